// The settings of a phone, with their bounds. They come from markup, scripts
// and servers, so nothing is taken on trust: a value that does not fit is
// refused with all that came with it.

import { isHost } from "../sip/uri.ts";
import { PhoneError } from "./types.ts";
import type { PhoneConfig } from "./types.ts";

export type Settings = Required<Omit<PhoneConfig, "wsServers">> & { readonly wsServers: readonly string[] };

/** Servers of either kind, and characters of a text and of an address. */
const MAX_SERVERS = 16;
const MAX_TEXT = 256;
const MAX_URL = 2_048;

const text = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_TEXT && !/[\0-\x1f\x7f]/.test(value);
const flag = (value: unknown) => typeof value === "boolean";

/** The default of each setting, and what it may be. */
const SETTINGS: Readonly<Record<keyof Settings, readonly [unknown, (value: unknown) => boolean]>> = {
  wsServers: [[], (value) => Array.isArray(value) && value.length <= MAX_SERVERS && value.every(isServer)],
  username: ["", text],
  password: ["", (value) => typeof value === "string" && value.length <= MAX_URL],
  displayName: ["", text],
  cli: ["", text],
  realm: ["", (value) => text(value) && (!value || isHost(value))],
  iceServers: [
    [],
    (value) => Array.isArray(value) && value.length <= MAX_SERVERS && value.every(isIceServer),
  ],
  autoRegister: [false, flag],
  video: [false, flag],
  expires: [600, (value) => Number.isInteger(value) && Number(value) >= 60 && Number(value) <= 86_400],
  resume: [false, flag],
  microphone: ["", text],
  speaker: ["", text],
  ringer: ["", text],
  camera: ["", text],
  echoCancellation: [true, flag],
  noiseSuppression: [true, flag],
  autoGainControl: [true, flag],
  conference: ["", text],
  echo: ["", text],
};

export const DEFAULTS = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, [value]]) => [name, value]),
) as unknown as Settings;

function isServer(value: unknown): boolean {
  if (typeof value !== "string" || value.length > MAX_URL) return false;
  try {
    const { protocol, username, hash } = new URL(value);
    return /^wss?:$/.test(protocol) && !username && !hash;
  } catch {
    return false;
  }
}

function isIceServer(value: unknown): boolean {
  const urls: unknown = typeof value === "object" && value !== null && "urls" in value ? value.urls : null;
  return [urls]
    .flat()
    .every((url) => typeof url === "string" && url.length <= MAX_URL && /^(stun|turn)s?:/i.test(url));
}

/** The settings with the members of a config put in; throws PhoneError and changes nothing when one is bad. */
export function merge(settings: Settings, config: PhoneConfig): Settings {
  if (typeof config !== "object" || config === null) throw bad("settings");
  const next: Record<string, unknown> = { ...settings };
  for (const [name, [, check]] of Object.entries(SETTINGS)) {
    let value: unknown = config[name as keyof PhoneConfig];
    if (value === undefined || value === null) continue;
    if (name === "wsServers" && typeof value === "string") {
      value = value
        .split(",")
        .map((url) => url.trim())
        .filter(Boolean);
    }
    if (!check(value)) throw bad(name);
    next[name] = Array.isArray(value) ? [...value] : value;
  }
  return next as unknown as Settings;
}

/** The domain of the account. */
export function realmOf({ realm, wsServers }: Settings): string {
  return realm || (wsServers[0] ? new URL(wsServers[0]).hostname : "");
}

/** True when there is enough to register with. */
export const complete = ({ wsServers, username, password }: Settings) =>
  !!(wsServers.length && username && password);

const bad = (name: string) =>
  new PhoneError("not-configured", `The setting ${name} has no valid value. Correct it.`);
