// The last SIP messages, for a report.

/** Messages that are kept, and their characters in all. */
const MAX_MESSAGES = 200;
const MAX_CHARACTERS = 262_144;

/** What a session description tells of keys (RFC 8839 §5.4, RFC 4568 §9.1, RFC 8122 §5). */
const KEYS = /^(a=(?:ice-pwd|crypto|fingerprint):).*/gm;

/** A message without keys; credentials are masked before. */
export const masked = (text: string) => text.replace(KEYS, "$1***");

export class MessageLog {
  /** Milliseconds since 1970, and what was said, the oldest first. */
  readonly entries: [time: number, direction: "in" | "out", text: string][] = [];
  #size = 0;

  add(time: number, direction: "in" | "out", text: string): void {
    const { entries } = this;
    entries.push([time, direction, text]);
    this.#size += text.length;
    while (entries.length > MAX_MESSAGES || this.#size > MAX_CHARACTERS)
      this.#size -= entries.shift()![2].length;
  }
}
