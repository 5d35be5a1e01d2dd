// What a person writes as a number, made into what can be dialled.

/** Longest number or address, in characters: what the engine takes. */
export const maximumLength = 256;

/** A number written with visual separators (RFC 3966 §5.1.1) and nothing else. */
const written = /^[+\d*#\s()./\p{Pd}]+$/u;

/**
 * Takes the separators out of a written number ("+44 (20) 7946-0018"), the
 * scheme off a plain `tel:` URI and the name off a name-addr
 * (`"Bob" <sip:bob@example.com>`, RFC 3261 §20.10). Anything else, such as a
 * SIP address or a service name, stays as it is but for white space around it
 * and characters that cannot be seen.
 */
export function dialable(text: string): string {
  const plain = text.slice(0, 1024).normalize("NFKC").replace(/\p{C}/gu, "");
  const address = (/<([^<>]+)>/.exec(plain)?.[1] ?? plain).trim();
  const number = address.replace(/^tel:/i, "");
  return (written.test(number) ? number.replace(/[^+\d*#]/g, "") : address).slice(0, maximumLength);
}

/** Seconds as `00:43` or `1:02:03`. */
export function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const s = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(s / 60);
  return (
    (minutes < 60 ? two(minutes) : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`) + ":" + two(s % 60)
  );
}

/** The one or two letters that stand for a caller's name; empty for a number. */
export function initials(name: string): string {
  const words = name.match(/\p{L}+/gu) ?? [];
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => (word ? [...word][0] : ""))
    .join("")
    .toUpperCase();
}
