// Every state of the screen, as the steps that lead to it.
import type { WebPhone } from "../webphone.ts";
import type { Script, ScriptedServer } from "./server.ts";

export interface Stage {
  readonly phone: WebPhone;
  readonly server: ScriptedServer;
  /** Presses a button of the phone by its part. */
  press(part: string): Promise<void>;
  /** Waits until something is so. */
  until(test: () => boolean): Promise<void>;
  /** What getUserMedia() is refused with. */
  refuse(name: string): void;
}

export interface Scene {
  readonly title: string;
  /** The browser lets the phone make no sound. */
  readonly silent?: boolean;
  /** What the browser has kept from before, by its key. */
  kept?(): Readonly<Record<string, unknown>>;
  readonly script?: Script;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Not registered before the steps. */
  readonly cold?: boolean;
  steps?(stage: Stage): unknown;
}

const ann = { number: "1002", name: "Ann Able" } as const;
const bob = { number: "+493012345678", name: "Bob Brown" } as const;
const longest = { number: "1002", name: "Wolfeschlegelsteinhausen Bergerdorff-Xyz" } as const;

/** A call that Ann made and that is up. */
const talking = async (
  { phone, server, until }: Stage,
  party: { number: string; name?: string; video?: boolean } = ann,
) => {
  await server.call(party);
  await until(() => phone.state === "ringing-in");
  await phone.answer({ video: !!party.video });
  await until(() => phone.state === "active");
  const picture = () => phone.shadowRoot!.querySelector<HTMLVideoElement>("[part~=remote-video]");
  if (party.video) await until(() => !!picture()?.videoWidth);
};

const contacts = [
  { name: "Ann Able", number: "1002" },
  { name: "Bob Brown", number: "+49 30 1234 5678" },
  { name: "Carla Conti", number: "1044" },
  { name: "Support", number: "*43" },
];

/** Recent calls as the browser keeps them. */
const past = () => {
  const hour = 3_600_000;
  const call = (
    number: string,
    name: string,
    direction: string,
    hours: number,
    duration: number,
    missed = false,
  ) => ({
    number,
    name,
    direction,
    missed,
    video: false,
    time: Date.now() - hours * hour,
    duration,
  });
  return {
    "web-phone history": {
      "1001@gallery.invalid": [
        call("1002", "Ann Able", "inbound", 0.2, 0, true),
        call("+493012345678", "Bob Brown", "outbound", 1.5, 184),
        call("1044", "", "inbound", 26, 62),
        call("1002", "Ann Able", "outbound", 30, 0),
        call("anonymous", "", "inbound", 90, 0, true),
        call("1007", "Wolfeschlegelsteinhausen Bergerdorff", "inbound", 240, 3725),
      ],
    },
  };
};

export const scenes: Readonly<Record<string, Scene>> = {
  unregistered: { title: "Not signed in", cold: true },
  connecting: {
    title: "Connecting",
    script: { connection: "silent" },
    cold: true,
    steps: ({ phone }) => void phone.register().catch(() => {}),
  },
  unreachable: {
    title: "No server",
    script: { connection: "refused" },
    cold: true,
    steps: ({ phone }) => phone.register().catch(() => {}),
  },
  "wrong-password": {
    title: "Wrong password",
    script: { registration: 403 },
    cold: true,
    steps: ({ phone }) => phone.register().catch(() => {}),
  },
  ready: { title: "Ready" },
  number: { title: "A number", steps: ({ phone }) => (phone.value = "030 1234567") },
  "long-number": { title: "A long number", steps: ({ phone }) => (phone.value = "+49301234567890123456789") },
  calling: {
    title: "Calling",
    script: { answers: () => 0 },
    steps: ({ phone }) => phone.makeCall("1002"),
  },
  "ringing-out": {
    title: "Ringing out",
    script: { answers: () => 180 },
    steps: async ({ phone, until }) => {
      await phone.makeCall("1002");
      await until(() => phone.state === "ringing-out");
    },
  },
  busy: {
    title: "Busy",
    script: { answers: () => 486 },
    steps: async ({ phone, until }) => {
      await phone.makeCall("1002");
      await until(() => !phone.call);
    },
  },
  "ringing-in": {
    title: "Ringing in",
    steps: async ({ phone, server, until }) => {
      await server.call(ann);
      await until(() => phone.state === "ringing-in");
    },
  },
  "ringing-long": {
    title: "A long name rings",
    steps: async ({ phone, server, until }) => {
      await server.call(longest);
      await until(() => phone.state === "ringing-in");
    },
  },
  "ringing-unknown": {
    title: "An unknown caller",
    steps: async ({ phone, server, until }) => {
      await server.call({ number: "anonymous" });
      await until(() => phone.state === "ringing-in");
    },
  },
  active: { title: "In a call", steps: talking },
  muted: {
    title: "Muted",
    steps: async (stage) => {
      await talking(stage);
      stage.phone.mute();
    },
  },
  held: {
    title: "On hold",
    steps: async (stage) => {
      await talking(stage);
      await stage.phone.hold();
    },
  },
  "remote-held": {
    title: "Held by the other side",
    steps: async (stage) => {
      await talking(stage);
      await stage.server.hold();
    },
  },
  reconnecting: {
    title: "Reconnecting",
    steps: async (stage) => {
      await talking(stage);
      stage.server.vanish();
      await stage.until(() => stage.phone.reconnecting);
    },
  },
  waiting: {
    title: "A second call waits",
    steps: async (stage) => {
      await talking(stage);
      await stage.server.call(bob);
      await stage.until(() => stage.phone.calls.length === 2);
    },
  },
  "two-calls": {
    title: "Two calls",
    steps: async (stage) => {
      stage.phone.setConfig({ conference: "3000" });
      await talking(stage);
      await talking(stage, bob);
    },
  },
  "call-list": {
    title: "All calls",
    steps: async (stage) => {
      await talking(stage);
      await talking(stage, bob);
      await stage.press("banner-call");
    },
  },
  "asking-first": {
    title: "Asking before a transfer",
    steps: async (stage) => {
      const { phone, press, until } = stage;
      await talking(stage);
      await press("transfer");
      const field = phone.shadowRoot!.querySelector<HTMLInputElement>("[part~=transfer-target]")!;
      field.value = "1044";
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await press("transfer-ask");
      await until(() => phone.calls.length === 2 && phone.call!.state === "active");
    },
  },
  transfer: {
    title: "Transfer",
    steps: async (stage) => {
      await talking(stage);
      await stage.press("transfer");
    },
  },
  quality: {
    title: "Quality",
    steps: async (stage) => {
      await talking(stage);
      await stage.press("quality");
    },
  },
  video: { title: "A video call", steps: (stage) => talking(stage, { ...ann, video: true }) },
  "video-theirs": {
    title: "Their picture alone",
    steps: async (stage) => {
      await talking(stage, { ...ann, video: true });
      await stage.phone.setVideo(null);
    },
  },
  "video-screen": {
    title: "Sharing the screen",
    steps: async (stage) => {
      await talking(stage, { ...ann, video: true });
      await stage.phone.setVideo("screen");
    },
  },
  "no-picture": {
    title: "No picture of the other side",
    script: { camera: false },
    steps: async ({ phone, until }) => {
      await phone.makeCall("1002", { video: true });
      await until(() => !!phone.shadowRoot!.querySelector("[part~=no-picture]"));
    },
  },
  history: { title: "Recent calls", kept: past, steps: (stage) => stage.press("history") },
  "history-empty": { title: "No calls yet", steps: (stage) => stage.press("history") },
  contacts: {
    title: "Contacts",
    kept: past,
    steps: async (stage) => {
      stage.phone.contacts = contacts;
      await stage.press("history");
      await stage.press("tab-contacts");
    },
  },
  settings: { title: "Settings", steps: (stage) => stage.press("settings") },
  check: {
    title: "Check before a call",
    steps: async (stage) => {
      await stage.press("settings");
      await stage.press("check");
    },
  },
  "check-done": {
    title: "What the check found",
    steps: async (stage) => {
      stage.phone.setConfig({ echo: "*43" });
      await stage.press("settings");
      await stage.press("check");
      await stage.press("run-check");
      await stage.until(() => !!stage.phone.shadowRoot!.querySelector("[part~=check-step]"));
    },
  },
  report: {
    title: "Report a problem",
    steps: async (stage) => {
      stage.phone.value = "*#0*#";
      await stage.press("dial");
      await stage.until(() => !!stage.phone.shadowRoot!.querySelector("[part=download]"));
    },
  },
  "sound-blocked": {
    title: "Sound is blocked",
    silent: true,
    steps: async ({ phone, server, until }) => {
      await server.call(ann);
      await until(() => phone.soundBlocked);
    },
  },
  blocked: {
    title: "The microphone is blocked",
    steps: async (stage) => {
      stage.refuse("NotAllowedError");
      stage.phone.value = "1002";
      await stage.press("dial");
    },
  },
  lost: {
    title: "No microphone",
    steps: async (stage) => {
      stage.refuse("NotFoundError");
      stage.phone.value = "1002";
      await stage.press("dial");
    },
  },
  disabled: { title: "Disabled", attributes: { disabled: "" } },
  "two-buttons": {
    title: "Answer and Hang up alone",
    attributes: {
      "no-dialpad": "",
      "no-dialled-number": "",
      "no-hold": "",
      "no-mute": "",
      "no-dial": "",
      "no-status": "",
    },
    steps: async ({ phone, server, until }) => {
      await server.call(ann);
      await until(() => phone.state === "ringing-in");
    },
  },
  "no-pad": { title: "Without a keypad", attributes: { "no-dialpad": "" }, steps: talking },
};
