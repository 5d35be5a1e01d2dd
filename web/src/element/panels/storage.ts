// What is kept in the browser. It may be missing, full or refused, and what is
// in it may be anybody's: everything that is read is checked.

/** The most that is read, in characters. */
const maximum = 262_144;

/** What is kept under a key, or `null`. */
export function read(key: string): unknown {
  try {
    const text = localStorage.getItem(key);
    return text && text.length <= maximum ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** Keeps a value, or nothing for `null`; what can't be kept is lost without harm. */
export function write(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full or refused.
  }
}

/** A plain object, or an empty one. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

/** A text of at most 256 characters, without control characters; empty for anything else. */
export const text = (value: unknown): string =>
  typeof value === "string" ? value.replace(/\p{Cc}/gu, "").slice(0, 256) : "";
