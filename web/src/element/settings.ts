// Attributes and the settings behind them.
import { PhoneError } from "../phone/types.ts";
import type { PhoneConfig } from "../phone/types.ts";
import type { Part } from "./kit.ts";

/** Properties of text that mirror an attribute and nothing more. */
export const texts = ["width", "theme", "name", "configSrc"] as const;

/** Properties of text that are settings of the engine, with their names there. */
export const accountTexts = {
  sipServer: "wsServers",
  realm: "realm",
  displayName: "displayName",
  cli: "cli",
  username: "username",
  conference: "conference",
  echo: "echo",
} as const satisfies Record<string, keyof PhoneConfig>;

/** Properties that are boolean settings of the engine. */
export const accountFlags = ["autoRegister", "video", "resume"] as const;

/** Properties that show a part. Their attribute, `no-…`, hides it. */
export const shown = {
  showDialpad: "dialpad",
  showDialledNumber: "dialled-number",
  showAnswer: "answer",
  showHangUp: "hang-up",
  showHold: "hold",
  showMute: "mute",
  showDial: "dial",
  showStatus: "status",
  showTransfer: "transfer",
  showCamera: "camera",
  showHistory: "history",
  showSettings: "settings",
} as const satisfies Record<string, Part>;

/** The attribute of a property: `sipServer` is `sip-server`; what is on by default has a `no-…`. */
export const attributeOf = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase()).replace(/^(show-|(?=resume))/, "no-");

/** The engine's setting behind an attribute. */
export const settingOf: Readonly<Record<string, keyof PhoneConfig>> = Object.fromEntries(
  [...Object.entries(accountTexts), ...accountFlags.map((flag) => [flag, flag] as const)].map(
    ([property, setting]) => [attributeOf(property), setting],
  ),
);

/** The longest `ice-servers` that is read, in characters. */
const maximumIceServers = 16_384;

/** Reads the attribute `ice-servers`; the engine checks the servers themselves. */
export function parseIceServers(json: string): RTCIceServer[] {
  try {
    if (json.length > maximumIceServers) throw new Error(`over ${maximumIceServers} characters`);
    const servers: unknown = JSON.parse(json || "[]");
    if (!Array.isArray(servers)) throw new Error("not a list");
    return servers;
  } catch (cause) {
    throw new PhoneError(
      "not-configured",
      "The attribute ice-servers must be a JSON list of servers.",
      cause,
    );
  }
}

/** The CSS length that `width` asks for; a bare number is pixels. Empty for none. */
export function parseWidth(width: string): string {
  const length = /^\s*\d*\.?\d+\s*$/.test(width) ? `${width.trim()}px` : width;
  if (length && !CSS.supports("inline-size", length)) {
    throw new PhoneError("not-configured", "The attribute width must be a number or a CSS length.");
  }
  return length;
}
