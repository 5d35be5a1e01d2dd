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
const HOST = /^(?:[a-z\d](?:[\w.-]*\w)?\.?|\[[\da-f:.]+\])$/i;
/**
 * A SIP URI in one look: scheme, user, host, port, parameters, headers. The user
 * may hold ; and ? of its own: the first @ ends it.
 */
const SIP_URI = new RegExp(
  "^(sips?):(?:((?:[\\w.!~*'()/:&+$=?,;-]|%[\\da-f]{2})+)@)?" +
    `(${HOST.source.slice(1, -1)})(?::(\\d{1,5}))?` +
    "((?:;P+(?:=P+)?)*)(?:\\?((?:P|[=?])+))?$".replaceAll("P", "(?:[\\w.!~*'()[\\]/:&+$-]|%[\\da-f]{2})"),
  "i",
);
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
  const params = new Map<string, string | null>();
  const match = SIP_URI.exec(text);
  if (!match) {
    const scheme = (/^([a-z][a-z\d+.-]*):[^\s<>"]+$/i.exec(text) ?? fault())[1]!.toLowerCase();
    if (/^sips?$/.test(scheme)) fault();
    return { scheme, user: "", host: "", port: null, params, headers: "" };
  }
  const [, scheme = "", user = "", host = "", port, list, headers = ""] = match;
  if (host.length > 255 || Number(port ?? 0) > 65535) fault();
  if (list)
    for (const param of list.slice(1).split(";")) {
      const [name = "", value = null] = param.split("=");
      params.set(name.toLowerCase(), value);
    }
  return {
    ...{ scheme: scheme.toLowerCase(), user, host: host.toLowerCase() },
    ...{ port: port ? Number(port) : null, params, headers },
  };
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
  const list = text.trim();
  const param = /;\s*([\w.!%*+`'~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,<>]+)))?\s*/sy;
  while (param.lastIndex < list.length) {
    const [, name = "", quoted, value = null] = param.exec(list) ?? fault();
    params.set(name.toLowerCase(), quoted === undefined ? value : unescape(quoted));
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
