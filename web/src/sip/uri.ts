// SIP URIs, header parameters and name-addr (RFC 3261 §19.1, §20.10, §25.1).

/** Raised for text that is not the SIP grammar. */
export class SyntaxFault extends Error {}

/** Parameters by lower-case name; `null` is a parameter without a value. */
export type Params = ReadonlyMap<string, string | null>;

export interface Uri {
  /** Lower case. */
  readonly scheme: string;
  /** As written, with its escapes; empty when absent. */
  readonly user: string;
  /** Lower case; empty for schemes other than sip and sips. */
  readonly host: string;
  readonly port: number | null;
  readonly params: Params;
  /** What stood after `?`; empty when absent. */
  readonly headers: string;
}

export interface NameAddr {
  /** The display name without quotes; empty when absent. */
  readonly name: string;
  readonly uri: string;
  readonly params: Params;
}

const TOKEN = /^[\w.!%*+`'~-]+$/;
const HOST = /^(?:[a-z\d](?:[\w.-]*[\w])?\.?|\[[\da-f:.]+\])$/i;
const USER = /^(?:[\w.!~*'()/:&+$=?,;-]|%[\da-f]{2})+$/i;
const PARAM = /^(?:[\w.!~*'()[\]/:&+$-]|%[\da-f]{2})+$/i;
const HEADERS = /^(?:[\w.!~*'()[\]/:&+$=?-]|%[\da-f]{2})+$/i;
// One way only to match white space, so that time grows with the length.
const NAME_ADDR = /^("(?:[^"\\]|\\.)*"\s*|[^"<]*)<([^<>]*)>(.*)$/s;

export const isToken = (text: string) => TOKEN.test(text);
export const isHost = (text: string) => text.length < 256 && HOST.test(text);

/** What exactly is wrong is not said: the trace shows the message itself. */
export function fault(): never {
  throw new SyntaxFault("Malformed SIP");
}

/** Parses a URI of any scheme; sip and sips URIs to their parts (RFC 3261 §19.1.1). */
export function parseUri(text: string): Uri {
  const [, scheme = "", rest = ""] = /^([a-z][a-z\d+.-]*):([^\s<>"]+)$/i.exec(text) ?? fault();
  const params = new Map<string, string | null>();
  const uri = { scheme: scheme.toLowerCase(), user: "", host: "", port: null, params, headers: "" };
  if (!/^sips?$/.test(uri.scheme)) return uri;
  // The user part may hold ; and ? of its own: the first @ ends it.
  const at = rest.indexOf("@");
  const user = rest.slice(0, Math.max(at, 0));
  if (at >= 0 && !USER.test(user)) fault();
  const [, host = "", port, list = "", headers = ""] =
    /^([^;?:[]+|\[[^\]]*\])(?::(\d{1,5}))?((?:;[^?]*)?)(?:\?(.+))?$/.exec(rest.slice(at + 1)) ?? fault();
  if (!isHost(host) || Number(port ?? 0) > 65535 || (headers && !HEADERS.test(headers))) fault();
  for (const param of list.split(";").slice(1)) {
    const [name = "", value, more] = param.split("=");
    if (!PARAM.test(name) || (value !== undefined && !PARAM.test(value)) || more !== undefined) fault();
    params.set(name.toLowerCase(), value ?? null);
  }
  return { ...uri, user, host: host.toLowerCase(), port: port ? Number(port) : null, headers };
}

/** The user part without its escapes, for people to read. */
export function userOf(uri: Uri): string {
  try {
    return decodeURIComponent(uri.user);
  } catch {
    return uri.user;
  }
}

/** Escapes what a user part may not hold (RFC 3261 §25.1). */
export function escapeUser(text: string): string {
  return encodeURIComponent(text).replace(/%(26|3D|2B|24|2C)/g, decodeURIComponent);
}

/** Splits at a separator that stands outside quotes and angle brackets. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let angle = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i++;
      else quoted = c !== '"';
    } else if (c === '"') quoted = true;
    else if (c === "<") angle = true;
    else if (c === ">") angle = false;
    else if (c === separator && !angle) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  if (quoted || angle) fault();
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

/** Parses `;name=value;…` with quoted values (RFC 3261 §25.1, generic-param). */
export function parseParams(text: string): Params {
  const params = new Map<string, string | null>();
  const [before, ...parts] = splitOutside(text, ";");
  if (before) fault();
  for (const part of parts) {
    const [, name = "", quoted, value] =
      /^([^\s="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,<>]+)))?$/s.exec(part) ?? fault();
    if (!isToken(name)) fault();
    params.set(name.toLowerCase(), quoted === undefined ? (value ?? null) : unescape(quoted));
  }
  return params;
}

/** Parses the value of From, To, Contact, Route, Refer-To and their like. */
export function parseNameAddr(text: string): NameAddr {
  const match = NAME_ADDR.exec(text.trim());
  if (match) {
    const [, shown = "", uri = "", params = ""] = match;
    const name = shown.trim();
    const quoted = name.startsWith('"');
    if (!quoted && name && !name.split(/\s+/).every(isToken)) fault();
    parseUri(uri);
    return { name: quoted ? unescape(name.slice(1, -1)) : name, uri, params: parseParams(params.trim()) };
  }
  // Without brackets the parameters belong to the field, and ? and , are not
  // allowed in the address (RFC 3261 §20).
  const [, uri = "", params = ""] = /^([^;]*)(.*)$/s.exec(text.trim()) ?? [];
  if (/[?,]/.test(uri)) fault();
  parseUri(uri.trim());
  return { name: "", uri: uri.trim(), params: parseParams(params) };
}

/** Text as a quoted string; control characters become spaces. */
export function quote(text: string): string {
  return `"${text.replace(/[\0-\x1f\x7f]/g, " ").replace(/["\\]/g, "\\$&")}"`;
}

export const unescape = (text: string) => text.replace(/\\(.)/gs, "$1");
