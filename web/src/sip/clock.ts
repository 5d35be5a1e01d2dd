// Time and chance, injected: every timer of RFC 3261 runs on a Clock and every
// tag, branch and backoff comes from a Random, so that tests decide both.

/** A timer that has been set; `stop()` is harmless at any time. */
export interface Timer {
  stop(): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  after(milliseconds: number, run: () => void): Timer;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const id = setTimeout(run, milliseconds);
    return { stop: () => clearTimeout(id) };
  },
};

/** Random bytes that nobody can guess. */
export type Random = (bytes: number) => Uint8Array;

export const systemRandom: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

/** A random word of twice as many lower-case hexadecimal digits as `bytes`. */
export function hexWord(random: Random, bytes: number): string {
  return [...random(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A random fraction from 0 up to, not including, 1. */
export function fraction(random: Random): number {
  const [high = 0, low = 0] = random(2);
  return (high * 256 + low) / 65536;
}
