// SIP messages: header fields, requests, responses, and their text.

import { splitOutside } from "./uri.ts";

/** Compact forms of the fields that are read here (RFC 3261 §7.3.3, RFC 3515 §2.1, RFC 4028 §4). */
const COMPACT: Readonly<Record<string, string>> = {
  c: "content-type",
  f: "from",
  i: "call-id",
  k: "supported",
  l: "content-length",
  m: "contact",
  r: "refer-to",
  t: "to",
  v: "via",
  x: "session-expires",
};

/** The lower-case long name of a field (RFC 3261 §7.3.3). */
export function fieldName(name: string): string {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
}

/** The header fields of a message, in order; names compare by their long form. */
export class HeaderFields {
  #list: [name: string, value: string][] = [];
  /** The long form of each name. */
  #names: string[] = [];

  constructor(list: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of list) this.add(name, value);
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.#list[Symbol.iterator]();
  }

  /** The first field of that name, or an empty string. */
  get(name: string): string {
    return this.#list[this.#names.indexOf(fieldName(name))]?.[1] ?? "";
  }

  /** The value of every field of that name. */
  all(name: string): string[] {
    const long = fieldName(name);
    return this.#list.filter((_, i) => this.#names[i] === long).map(([, value]) => value);
  }

  /** The elements of a comma-separated field, over all fields of that name (RFC 3261 §7.3.1). */
  list(name: string): string[] {
    return this.all(name)
      .flatMap((value) => splitOutside(value, ","))
      .filter(Boolean);
  }

  /** The tokens of such a field, in lower case; at most 64. */
  tokens(name: string): string[] {
    return this.all(name)
      .join()
      .toLowerCase()
      .split(/[\s,]+/, 64)
      .filter(Boolean);
  }

  add(name: string, value: string | number): this {
    this.#names.push(fieldName(name));
    this.#list.push([name, String(value)]);
    return this;
  }

  /** Puts one field, at the end, in the place of all of that name. */
  set(name: string, value: string | number): this {
    for (let i; (i = this.#names.indexOf(fieldName(name))) >= 0;) {
      this.#names.splice(i, 1);
      this.#list.splice(i, 1);
    }
    return this.add(name, value);
  }
}

export interface SipRequest {
  readonly method: string;
  readonly uri: string;
  readonly fields: HeaderFields;
  readonly body: string;
}

export interface SipResponse {
  readonly status: number;
  readonly reason: string;
  readonly fields: HeaderFields;
  readonly body: string;
}

export type SipMessage = SipRequest | SipResponse;

export const isRequest = (message: SipMessage): message is SipRequest => "method" in message;

/** The text of a message; Content-Length is made to fit the body. */
export function serialize(message: SipMessage): string {
  const start = isRequest(message)
    ? `${message.method} ${message.uri} SIP/2.0`
    : `SIP/2.0 ${message.status} ${message.reason}`;
  const fields = new HeaderFields(message.fields).set(
    "Content-Length",
    new TextEncoder().encode(message.body).length,
  );
  return [start, ...Array.from(fields, ([name, value]) => `${name}: ${value}`), "", message.body].join(
    "\r\n",
  );
}

/** The number and method of CSeq. */
export function cseq(message: SipMessage): { number: number; method: string } {
  const [number = "", method = ""] = message.fields.get("CSeq").split(/\s+/);
  return { number: Number(number), method };
}

/**
 * The phrases of the responses that the phone sends most. A phrase is for
 * people and may be empty (RFC 3261 §7.2); the rest go without.
 */
const PHRASES: Readonly<Record<number, string>> = {
  180: "Ringing",
  200: "OK",
};

/**
 * The response to a request (RFC 3261 §8.2.6): every Via, From, To, Call-ID,
 * CSeq and Record-Route are copied; `tag` goes on a To that has none.
 */
export function respond(
  request: SipRequest,
  status: number,
  tag: string,
  more: Iterable<readonly [string, string]> = [],
  body = "",
): SipResponse {
  const fields = new HeaderFields();
  for (const name of ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"]) {
    for (const value of request.fields.all(name)) {
      const bare = name === "To" && status > 100 && !/;\s*tag\s*=/i.test(value);
      fields.add(name, bare ? `${value};tag=${tag}` : value);
    }
  }
  for (const [name, value] of more) fields.add(name, value);
  return { status, reason: PHRASES[status] ?? "", fields, body };
}
