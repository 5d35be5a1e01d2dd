// The fields of every component, in the order in which the inspector shows them,
// each with its explanation.
import { showFlags } from "../page/document.ts";
import type { PhoneEventProperty } from "../page/document.ts";

/** A field whose value is a constant, a variable or a function's result. */
export interface ValueField {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly kind: "text" | "multiline" | "html" | "password" | "flag" | "servers";
  /** Of a flag, when the document says nothing. */
  readonly standard?: boolean;
  readonly placeholder?: string;
  /** Without a value the component is not whole: an empty text stays in the document. */
  readonly needed?: boolean;
  readonly check?: (text: string) => string;
}

const showTexts: Readonly<Record<(typeof showFlags)[number], readonly [label: string, help: string]>> = {
  showDialpad: ["Dialpad", "The keys 0 to 9, * and #, to dial and to send tones in a call."],
  showDialledNumber: ["Dialled Number", "The text box of the number to dial."],
  showAnswer: ["Answer", "The button that answers a call that rings."],
  showHangUp: ["Hang Up", "The button that ends, cancels or declines a call."],
  showHold: ["Hold", "The button that puts a call on hold, at the network, and takes it off again."],
  showMute: ["Mute", "The button that switches the microphone off and on."],
  showDial: ["Dial", "The button that starts the call."],
  showStatus: ["Status", "Whether the phone is registered, and what the call is doing."],
};

export const phoneShow: readonly ValueField[] = showFlags.map((name) => ({
  name,
  label: showTexts[name][0],
  help: showTexts[name][1],
  kind: "flag",
  standard: true,
}));

/** What is wrong with the address of a SIP server, in words. */
export function serverProblem(text: string): string {
  if (text === "") return "";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "A SIP server is an address such as wss://sip.example.com/sip.";
  }
  if (url.protocol !== "wss:" && url.protocol !== "ws:")
    return "The address of a SIP server starts with wss:// (or ws://).";
  return text.includes(",") ? "One server in each line: the comma separates servers." : "";
}

export function widthProblem(text: string): string {
  if (text === "" || /^\d+(\.\d+)?$/.test(text) || CSS.supports("width", text)) return "";
  return "A width is a number of pixels such as 320, or a CSS length such as 20rem or 100%.";
}

export const phoneWidth: ValueField = {
  name: "width",
  label: "Width",
  help: "A number of pixels or any CSS length; left empty, it fills its container up to 320 px.",
  kind: "text",
  placeholder: "320",
  check: widthProblem,
};

export const phoneAutoRegister: ValueField = {
  name: "autoRegister",
  label: "Auto Register",
  help: "Registers as soon as the account is there, so that calls can come in.",
  kind: "flag",
  standard: false,
};

export const phoneAccount: readonly ValueField[] = [
  {
    name: "sipServer",
    label: "Default SIP Server",
    help: "WebSocket addresses in order of preference: when one fails, the phone goes on with the next.",
    kind: "servers",
  },
  {
    name: "realm",
    label: "Default Realm",
    help: "The domain of the account; left empty, it is the host of the first server.",
    kind: "text",
    placeholder: "example.com",
  },
  {
    name: "displayName",
    label: "Default Display Name",
    help: "The name that others see when this phone calls.",
    kind: "text",
  },
  {
    name: "cli",
    label: "Default CLI",
    help: "The number that others see when this phone calls; left empty, it is the username.",
    kind: "text",
  },
  {
    name: "username",
    label: "Default Username",
    help: "The account at the SIP server.",
    kind: "text",
    placeholder: "1001",
  },
  {
    name: "password",
    label: "Default Password",
    help: "The account's password; for a public page let a function of the kind Visitor account bring it.",
    kind: "password",
  },
];

export const hiddenField = (what: string): ValueField => ({
  name: "hidden",
  label: "Hidden",
  help:
    what === "web-phone"
      ? "When ticked, the whole phone is hidden and keeps working: actions can use it, and show it."
      : "When ticked, it is hidden until an action shows it.",
  kind: "flag",
  standard: false,
});

export const phoneEventTexts: Readonly<Record<PhoneEventProperty, string>> = {
  onAnswer: "When a call is answered, by either side.",
  onRingingOut: "When the other side rings.",
  onRingingIn: "When a call comes in and starts to ring.",
  onEnd: "Once for every call when it ends, with its record: times, duration, reason.",
  onRegistered: "When the server has registered the account.",
  onUnregistered: "When the registration ends, is refused or is lost.",
  onError: "When something goes wrong; the message says what and what to do.",
};

export const headingText: ValueField = {
  name: "text",
  label: "Text",
  help: "What the heading says.",
  kind: "text",
  needed: true,
};

export const paragraphText: ValueField = {
  name: "text",
  label: "Text",
  help: "What the paragraph says; line breaks are kept.",
  kind: "multiline",
  needed: true,
};

export const inputFields: readonly ValueField[] = [
  { name: "label", label: "Label", help: "What is to be filled in.", kind: "text", needed: true },
  { name: "value", label: "Value", help: "What is filled in already.", kind: "text" },
  {
    name: "placeholder",
    label: "Placeholder",
    help: "An example that shows while nothing is filled in.",
    kind: "text",
  },
];

export const buttonLabel: ValueField = {
  name: "label",
  label: "Label",
  help: "What the button does, in a word or two.",
  kind: "text",
  needed: true,
};

export const htmlField: ValueField = {
  name: "html",
  label: "HTML",
  help: "Markup without scripts; a value from a variable or function is shown as text.",
  kind: "html",
  needed: true,
};
