// What is read of session descriptions (RFC 8866) within a call and at its end,
// and what has to be mended in them.

import { section } from "./sdp.ts";

/**
 * An answer in which the media sections with these identifiers are refused
 * (RFC 3264 §6) and leave the bundle (RFC 8843 §7.3.3): browsers answer a
 * stopped transceiver as inactive and refuse it in their next offer only.
 */
export function refuse(answer: string, mids: readonly (string | null)[]): string {
  let [session = "", ...media] = answer.split(/^(?=m=)/m);
  media = media.map((part, i) => {
    const mid = /^a=mid:(\S+)/m.exec(part)?.[1] ?? "";
    // The first section holds the candidates of the whole bundle.
    if (!i || !mids.includes(mid)) return part;
    session = session.replace(/^a=group:BUNDLE.*/m, (group) => group.replace(` ${mid}`, ""));
    return part.replace(/ \d+/, " 0");
  });
  return session + media.join("");
}

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
