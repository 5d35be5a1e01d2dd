// The parser of SIP messages (RFC 3261 §7, §25), strict: what a well-formed
// message needs is checked here, once, so that nothing behind it has to.
//
// Bounds: 65,536 bytes and 128 header fields. Whatever the bytes, it returns a
// message or throws SyntaxFault, in time that grows with their number.

import { HeaderFields, cseq, fieldName, isRequest } from "./message.ts";
import type { SipMessage } from "./message.ts";
import { fault, isToken, parseNameAddr, parseParams, parseUri, splitOutside } from "./uri.ts";

export const MAX_BYTES = 65_536;
export const MAX_FIELDS = 128;

/** Fields of which a message has one (RFC 3261 §20, table 2), and their form. */
const SINGLE: Readonly<Record<string, (value: string) => unknown>> = {
  from: parseNameAddr,
  to: parseNameAddr,
  "call-id": (value) => /^[^\s,;]+$/.test(value) || fault(),
  cseq: (value) => (/^\d{1,10}\s+\S+$/.test(value) && parseInt(value) < 2 ** 31) || fault(),
  "max-forwards": (value) => whole(value, 255),
  "content-length": (value) => whole(value, MAX_BYTES),
  expires: (value) => whole(value, 2 ** 32 - 1),
  "content-type": (value) => /^[^\s/;]+\s*\/\s*[^\s/;]+\s*(;|$)/.test(value) || fault(),
  "refer-to": parseNameAddr,
  date: (value) => / GMT$/.test(value) || fault(),
};

/** Fields that are lists, and the form of an element. */
const LISTED: Readonly<Record<string, (value: string) => unknown>> = {
  via(value) {
    const [, rest = ""] =
      /^SIP\s*\/\s*2\.0\s*\/\s*[\w.!%*+`'~-]+\s+(?:[\w.-]+|\[[\da-f:.]+\])(?:\s*:\s*\d{1,5})?\s*(;.*)?$/is.exec(
        value,
      ) ?? fault();
    parseParams(rest);
  },
  contact: (value) => value === "*" || parseNameAddr(value),
  route: parseNameAddr,
  "record-route": parseNameAddr,
};

const NEEDED = ["via", "from", "to", "call-id", "cseq"];

/** Parses one message, as it stood in one WebSocket frame (RFC 7118 §5). */
export function parseMessage(data: string | Uint8Array): SipMessage {
  // More characters than bytes there cannot be.
  if (data.length > MAX_BYTES) fault();
  let text: string;
  let decode: (from: number, to?: number) => string;
  // Most messages are ASCII, where characters are bytes.
  if (typeof data === "string" && !/[^\0-\x7f]/.test(data)) {
    text = data;
    decode = (from, to) => text.slice(from, to);
  } else {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    text = new TextDecoder("latin1").decode(bytes);
    if (text.length > MAX_BYTES) fault();
    decode = (from, to) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(from, to));
  }
  // Empty lines before the start line are let through (RFC 3261 §7.5).
  const start = /^(?:\r\n)*/.exec(text)![0].length;
  const end = text.indexOf("\r\n\r\n", start);
  if (end < 0) fault();
  const head = decode(start, end).replace(/\r\n[ \t]+/g, " ") + "\r\n";
  const first = head.indexOf("\r\n");
  const fields = new HeaderFields();
  const line = /([\w.!%*+`'~-]+)[ \t]*:([^\r\n]*)\r\n/y;
  line.lastIndex = first + 2;
  for (let count = 0; line.lastIndex < head.length; count++) {
    const match = line.exec(head);
    if (!match || count === MAX_FIELDS) fault();
    const value = match[2]!.trim();
    const name = fieldName(match[1]!);
    const form = SINGLE[name];
    // None of these may be empty.
    if (form && fields.get(name)) fault();
    form?.(value);
    const element = LISTED[name];
    if (element) splitOutside(value, ",").forEach(element);
    fields.add(match[1]!, value);
  }
  for (const name of NEEDED) if (!fields.get(name)) fault();
  const whole = end + 4;
  const length = fields.get("content-length");
  if (length && whole + Number(length) > text.length) fault();
  const body = decode(whole, length ? whole + Number(length) : undefined);
  const message = { ...startLine(head.slice(0, first)), fields, body };
  if (isRequest(message) && cseq(message).method !== message.method) fault();
  return message;
}

function startLine(line: string): { method: string; uri: string } | { status: number; reason: string } {
  const response = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i.exec(line);
  if (response) return { status: Number(response[1]), reason: response[2] ?? "" };
  const [, method = "", uri = ""] = /^(\S+) (\S+) SIP\/2\.0$/i.exec(line) ?? fault();
  if (!isToken(method) || parseUri(uri).headers) fault();
  return { method, uri };
}

function whole(value: string, most: number): void {
  if (!/^\d{1,10}$/.test(value) || Number(value) > most) fault();
}
