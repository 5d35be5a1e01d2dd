// What the screen loads when it is needed: its view of a call, beyond what every
// call has, and its panels.
import { html, nothing } from "lit/html.js";
import { live } from "lit/directives/live.js";
import type { Call } from "../phone/call.ts";
import type { CallRecord } from "../phone/types.ts";
import { draw } from "./icons.ts";
import { historyKey, storageKey } from "./kit.ts";
import type { Kit, PanelName, ScreenHost, Template, View, ViewModule, Words } from "./kit.ts";

type Name = "calls" | "panels";

const modules: Readonly<Record<Name, () => Promise<ViewModule>>> = {
  calls: () => import("../calls.ts"),
  panels: () => import("../panels.ts"),
};

/** How long a module that could not be had is not asked for again, in milliseconds. */
const patience = 5_000;

/** What the views ask of the screen. */
interface Lender extends Pick<Kit, "call" | "update" | "say" | "attempt" | "dial"> {
  words(): Words | undefined;
}

export class Views {
  readonly #kit: Kit;
  readonly #loading: Partial<Record<Name, Promise<View>>> = {};
  readonly #loaded: Partial<Record<Name, View>> = {};
  #shown: PanelName | null = null;
  /** What had the focus before the panel. */
  #before: HTMLElement | null = null;

  constructor(host: ScreenHost, root: ShadowRoot, { words, ...screen }: Lender) {
    const views = this;
    this.#kit = {
      ...screen,
      host,
      root,
      html,
      nothing,
      live,
      draw,
      text: (key) => words()?.text(key),
      get lang() {
        return words()?.lang ?? "en";
      },
      get dir() {
        return words()?.dir ?? "ltr";
      },
      get shown() {
        return views.shown;
      },
      nameOf: (call) => views.nameOf(call),
      open: (panel) => (panel ? views.open(panel) : views.close()),
    };
  }

  /** The panel that is open. */
  get shown(): PanelName | null {
    return this.#shown;
  }

  /** Opens a panel; the one that is open closes. */
  open(panel: PanelName): void {
    if (panel === this.#shown) return this.close();
    const { root, update, attempt } = this.#kit;
    const of = panel === "transfer" || panel === "quality" || panel === "calls" ? "calls" : "panels";
    attempt(
      this.#load(of).then(() => {
        if (!this.#shown) this.#before = root.activeElement as HTMLElement | null;
        this.#shown = panel;
        update();
        const find = (selector: string) => root.querySelector<HTMLElement>(`.panel ${selector}`);
        (find("[data-first]") ?? find("button"))?.focus();
      }),
    );
  }

  close(): void {
    if (!this.#shown) return;
    this.#shown = null;
    this.#kit.update();
    this.#before?.focus();
  }

  /** A code that is dialled and that no server sees: `*#0*#` opens the report. */
  code(number: string): boolean {
    const mine = number === "*#0*#";
    if (mine) this.open("report");
    return mine;
  }

  /** Before each drawing: loads what is needed now. A phone that draws nothing needs no views, but for its trace. */
  changed(drawn: boolean): void {
    const { phone, contacts, element } = this.#kit.host;
    if (drawn && phone.call) this.#fetch("calls");
    if ((drawn && !this.#loading.panels && (contacts.length || stored())) || element.hasAttribute("debug"))
      this.#fetch("panels");
    for (const view of this.#all()) view.changed?.();
  }

  /** The element is not in a document for now. */
  pause(): void {
    for (const view of this.#all()) view.pause?.();
  }

  ended(record: CallRecord): void {
    const { host } = this.#kit;
    if (host.shows("status") && host.shows("history")) {
      this.#load("panels").then(
        (view) => view.ended?.(record),
        () => {},
      );
    }
  }

  /** Who the other side is: the user's name for it, its own, its number, or nothing (RFC 3323 §4.1.1.3). */
  nameOf({ remote, displayName }: Call): string {
    const number = remote === "anonymous" ? "" : remote;
    return this.#loaded.panels?.nameOf?.(remote) || displayName || number;
  }

  banner(): Template | null {
    return this.#loaded.calls?.banner?.() ?? null;
  }

  badge(call: Call): Template {
    return this.#loaded.calls?.badge?.(call) ?? "";
  }

  stage(call: Call): Template | null {
    return this.#loaded.calls?.stage?.(call) ?? null;
  }

  tools(call: Call): Template {
    return this.#loaded.calls?.tools?.(call) ?? "";
  }

  panel(): Template | null {
    const shown = this.#shown;
    return (
      shown &&
      (this.#all()
        .map((view) => view.panel?.(shown))
        .find(Boolean) ??
        null)
    );
  }

  #all(): View[] {
    return Object.values(this.#loaded);
  }

  #fetch(name: Name): void {
    this.#load(name).catch(() => {});
  }

  #load(name: Name): Promise<View> {
    return (this.#loading[name] ??= modules[name]().then(
      ({ open }) => {
        const view = open(this.#kit);
        this.#loaded[name] = view;
        this.#kit.host.style(view.styles);
        this.#kit.update();
        return view;
      },
      (cause: unknown) => {
        setTimeout(() => delete this.#loading[name], patience);
        throw cause;
      },
    ));
  }
}

function stored(): boolean {
  try {
    return !!localStorage.getItem(storageKey) || /"fresh":true/.test(localStorage.getItem(historyKey) ?? "");
  } catch {
    // A frame without an origin of its own has no storage.
    return false;
  }
}
