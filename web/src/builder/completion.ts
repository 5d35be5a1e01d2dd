// What the code editor offers behind `this.`, `this.env.`, `this.$("…").`,
// `detail.` and where the ID of a component is wanted. Looks at the text before
// the cursor only; editor.ts hands it to CodeMirror.
import type { Component } from "../page/document.ts";

export interface Offer {
  readonly label: string;
  /** What it is, in a word or a signature. */
  readonly detail?: string;
  readonly info?: string;
  readonly type: "method" | "property" | "variable" | "text";
}

export interface Offers {
  /** Where what is replaced begins, in the text before the cursor. */
  readonly from: number;
  readonly offers: readonly Offer[];
}

/** What a page has for its actions. */
export interface CodeContext {
  readonly components: readonly { readonly id: string; readonly type: Component["type"] }[];
  readonly functions: readonly string[];
  readonly variables: readonly string[];
}

const method = (label: string, detail: string, info: string): Offer => ({
  label,
  detail,
  info,
  type: "method",
});
const property = (label: string, detail: string, info = ""): Offer => ({
  label,
  detail,
  type: "property",
  ...(info && { info }),
});

/** `this` of an action: the contract's list. */
const thisMembers: readonly Offer[] = [
  property("env", "variables", "The environment variables of the page that are not private."),
  method("$", "(id)", "The component with this ID; short for getComponent."),
  method("getComponent", "(id)", "The component with this ID."),
  method("getValue", "(id)", "What is filled in there; of a phone, the number to dial."),
  method("getValues", "()", "What is filled in everywhere, by ID."),
  method("setData", "({id: value})", "Shows values: the text of a heading, the value of an input …"),
  method("hide", "(ids)", "Hides one component or a list of them."),
  method("show", "(ids)", "Shows one component or a list of them."),
  method("refresh", "()", "Looks all variables and functions up again and runs the action refresh."),
  method("saveEnvVars", "({NAME: value})", "Keeps values for this visitor; dynamic fields follow."),
  method("call", "(name, data)", "Runs another function of the page and resolves to what it returns."),
];

const componentMembers: readonly Offer[] = [
  method("hide", "()", "Hides it."),
  method("show", "()", "Shows it."),
  property("id", "text"),
  property("hidden", "true or false"),
];

const phoneMembers: readonly Offer[] = [
  method("makeCall", "(address)", "Calls a number or an address; resolves to the call."),
  method("answer", "()", "Answers the call that rings."),
  method("hangup", "()", "Ends, cancels or declines the call."),
  method("hold", "()", "Puts the call on hold."),
  method("unhold", "()", "Takes the call off hold."),
  method("mute", "()", "Switches the microphone off."),
  method("unmute", "()", "Switches the microphone on."),
  method("dialpadPress", "(digit)", "Sends a tone in a call, else adds to the number."),
  method("transfer", "(target)", "Hands the call to an address or another call."),
  method("register", "()", "Signs the account in at the server."),
  method("unregister", "()", "Signs the account out."),
  method("setConfig", "({wsServers, username, …})", "Sets the account; can be called at any time."),
  ...componentMembers,
  property("registered", "true or false", "Whether calls can come in."),
  property("status", "text", "What the phone is doing."),
  property("call", "call or null", "The current call."),
  property("calls", "list"),
  property("held", "true or false"),
  property("muted", "true or false"),
  property("value", "text", "The number to dial."),
];

const inputMembers: readonly Offer[] = [
  ...componentMembers,
  property("value", "text", "What is filled in."),
  method("focus", "()", "Puts the cursor there."),
];

const detailMembers: readonly Offer[] = [
  property("callId", "call", "The same for all events of a call."),
  property("direction", "call", "inbound or outbound."),
  property("from", "call", "Who calls."),
  property("to", "call", "Who is called."),
  property("displayName", "call", "The caller's name."),
  property("video", "call"),
  property("code", "onRingingOut, onError", "The SIP status, or the kind of error."),
  property("message", "onError", "A sentence for a person."),
  property("cause", "onError"),
  property("server", "onRegistered"),
  property("expires", "onRegistered", "Seconds."),
  property("reason", "onUnregistered, onEnd"),
  property("startTime", "onEnd", "ISO 8601."),
  property("ringTime", "onEnd", "ISO 8601, or null."),
  property("answerTime", "onEnd", "ISO 8601, or null."),
  property("endTime", "onEnd", "ISO 8601."),
  property("duration", "onEnd", "Answered seconds."),
  property("sipCode", "onEnd"),
  property("endedBy", "onEnd", "local, remote or network."),
  property("codec", "onEnd"),
  property("quality", "onEnd", "{mos, jitter, packetsLost, roundTripTime}, or null."),
];

/** Where an ID is wanted: `this.$("`, `getValue("`, `hide(["a", "`. */
const wantsId =
  /(?:\$|\bgetComponent|\bgetValue|\b(?:this\s*\.\s*)?(?:hide|show))\s*\(\s*(?:\[\s*(?:"[^"]*"\s*,\s*|'[^']*'\s*,\s*)*)?["'`]([\w-]*)$/;
const wantsFunction = /\bthis\s*\.\s*call\s*\(\s*["'`]([\w$]*)$/;
const behindComponent = /(?:\$|\bgetComponent)\s*\(\s*(["'`])([\w-]+)\1\s*\)\s*\.\s*([\w$]*)$/;
const behindEnv = /\bthis\s*\.\s*env\s*\.\s*([\w$]*)$/;
const behindThis = /\bthis\s*\.\s*([\w$]*)$/;
const behindDetail = /(?<![\w$.])detail\s*\.\s*([\w$]*)$/;

function membersOf(type: Component["type"] | undefined): readonly Offer[] {
  if (type === "web-phone") return phoneMembers;
  return type === "input" ? inputMembers : componentMembers;
}

/** What fits at the end of `before`; undefined when nothing of ours does. */
export function offersAt(before: string, context: CodeContext): Offers | undefined {
  // What is looked at is never more than a line or two.
  const start = Math.max(0, before.length - 500);
  const text = before.slice(start);
  const at = (length: number | undefined, offers: readonly Offer[]): Offers => ({
    from: before.length - (length ?? 0),
    offers,
  });
  let match = wantsId.exec(text);
  if (match) {
    const ids = context.components.map(({ id, type }): Offer => ({ label: id, detail: type, type: "text" }));
    return at(match[1]?.length, ids);
  }
  match = wantsFunction.exec(text);
  if (match)
    return at(
      match[1]?.length,
      context.functions.map((label): Offer => ({ label, type: "text" })),
    );
  match = behindComponent.exec(text);
  if (match) {
    const id = match[2];
    return at(match[3]?.length, membersOf(context.components.find((each) => each.id === id)?.type));
  }
  match = behindEnv.exec(text);
  if (match)
    return at(
      match[1]?.length,
      context.variables.map((label): Offer => ({ label, type: "variable" })),
    );
  match = behindThis.exec(text);
  if (match) return at(match[1]?.length, thisMembers);
  match = behindDetail.exec(text);
  if (match) return at(match[1]?.length, detailMembers);
  return undefined;
}
