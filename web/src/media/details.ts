// What is read of session descriptions (RFC 8866) within a call and at its end.

import { section } from "./sdp.ts";

/** True when telephone events are understood (RFC 4733). */
export const hearsDigits = (sdp: string) => /^a=rtpmap:\d+ telephone-event\//im.test(section(sdp, "audio"));

/** The DTLS certificate of whoever made the description (RFC 8122 §5). */
export const fingerprintOf = (sdp: string) => /^a=fingerprint:(.+)/im.exec(sdp)?.[1]?.trim().toLowerCase();

/** Payload types that need no rtpmap (RFC 3551 §6). */
const STATIC: Readonly<Record<string, string>> = { 0: "PCMU", 8: "PCMA", 9: "G722" };

/** The codec that an answer put first. */
export function codecOf(answer: string): string {
  const audio = section(answer, "audio");
  const [, type = ""] = /^m=audio \d+ \S+ (\d+)/.exec(audio) ?? [];
  return new RegExp(`^a=rtpmap:${type} ([^/\\s]+)`, "m").exec(audio)?.[1] ?? STATIC[type] ?? "";
}
