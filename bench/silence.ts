// How long the other side was not heard, from what a page's ear has noted.
import type { Ear } from "./stage.ts";

/**
 * Sound counts as back after this long without a silent moment, and as gone
 * for good when it has been missing for this long at the end, in milliseconds.
 */
export const steady = 1_000;

/** The longest stretch of `[from, to]` in which nothing was heard, in milliseconds; `null`: it lasted to the end. */
export function longestSilence(heard: Ear["heard"], from: number, to: number): number | null {
  let silentSince = from;
  let longest = 0;
  for (const [first, last] of heard) {
    if (last < from) continue;
    if (first > to) break;
    longest = Math.max(longest, first - silentSince);
    silentSince = last;
  }
  return to - silentSince > steady ? null : longest;
}
