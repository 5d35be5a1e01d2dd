// For tests: the view of calls upon a real phone at a scripted server, with a
// screen that draws nothing but what the view gives it.
import { html, nothing, render } from "lit/html.js";
import { live } from "lit/directives/live.js";
import { AUDIO } from "../../media/fake.ts";
import type { Call } from "../../phone/call.ts";
import { ACCOUNT, bench, settle } from "../../phone/fake.ts";
import type { Bench } from "../../phone/fake.ts";
import type { PhoneConfig, PhoneError } from "../../phone/types.ts";
import { FAR, answerAll, request } from "../../sip/fake.ts";
import type { Script } from "../../sip/fake.ts";
import type { Kit, PanelName, Part, ScreenHost, View } from "../kit.ts";
import { open } from "./view.ts";

/** Every call is taken at once, and every change within it. */
const taking: Script = (message, server) => {
  if (message.method === "INVITE") server.respond(message, 200, [FAR], AUDIO);
  else answerAll(message, server);
};

export interface Desk {
  readonly bench: Bench;
  readonly view: View;
  readonly root: HTMLElement;
  /** What was said on the status line. */
  readonly said: string[];
  /** The call that the screen shows. */
  shown: Call | null;
  panel: PanelName | null;
  hidden: Set<Part>;
  /** A call rings in. */
  ring(name: string, number: string): Promise<Call>;
  /** A call of ours that is up. */
  call(number: string): Promise<Call>;
  /** Draws the banner and the panel, and finds what has a part. */
  draw(): Promise<void>;
  part(name: string): HTMLElement | null;
  press(name: string): Promise<void>;
  /** The parts of the banner's and panel's buttons. */
  buttons(): string[];
}

export function desk(
  config: PhoneConfig & Record<string, unknown> = {},
  script: Script = taking,
  contacts: ScreenHost["contacts"] = [],
): Desk {
  const b = bench({ ...ACCOUNT, ...config } as PhoneConfig, script);
  const element = document.createElement("div");
  const root = element.attachShadow({ mode: "open" });
  const place = document.createElement("div");
  root.append(place);
  document.body.append(element);
  const said: string[] = [];
  const host: ScreenHost = {
    element,
    phone: b.phone,
    disabled: false,
    language: "",
    texts: null,
    contacts,
    shows: (part) => !desk.hidden.has(part),
    edited: () => {},
    style: () => {},
  };
  const update = () => {
    const { call, calls } = b.phone;
    const waiting = call?.direction === "inbound" && !call.answerTime;
    if (!(waiting && calls.some((one) => one === desk.shown && one.answerTime))) desk.shown = call;
    desk.view.changed?.();
    const panel = desk.panel && desk.view.panel?.(desk.panel);
    render(html`${desk.view.banner?.() ?? ""}${panel ?? ""}`, place);
  };
  const kit: Kit = {
    host,
    root,
    html,
    nothing,
    live,
    draw: () => html`<svg></svg>`,
    text: () => undefined,
    lang: "en",
    dir: "ltr",
    call: () => desk.shown,
    nameOf: ({ remote, displayName }) => displayName || remote,
    update,
    attempt: (work) =>
      void work.catch((error: PhoneError) => {
        said.push(error.message);
        update();
      }),
    say: (text) => void said.push(text),
    dial: () => {},
    get shown() {
      return desk.panel;
    },
    open: (panel) => {
      desk.panel = panel;
      update();
    },
  };
  const desk: Desk = {
    bench: b,
    view: null as unknown as View,
    root: place,
    said,
    shown: null,
    panel: null,
    hidden: new Set(),
    async ring(name, number) {
      if (!b.phone.registered) await b.phone.register();
      const id = `in-${number}`;
      const message = request("INVITE", [], AUDIO, `z9hG4bK${id}`);
      message.fields.set("Call-ID", id).set("From", `"${name}" <sip:${number}@example.com>;tag=${id}`);
      b.server.give(message);
      await desk.draw();
      return b.phone.calls.at(-1)!;
    },
    async call(number) {
      const call = await b.phone.makeCall(number);
      await desk.draw();
      return call;
    },
    async draw() {
      await settle();
      update();
    },
    part: (name) => place.querySelector<HTMLElement>(`[part=${name}]`),
    async press(name) {
      desk.part(name)!.click();
      await desk.draw();
    },
    buttons: () => [...place.querySelectorAll("button")].map((button) => button.getAttribute("part")!),
  };
  Object.assign(desk, { view: open(kit) });
  b.phone.addEventListener("change", update);
  return desk;
}
