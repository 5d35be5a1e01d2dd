// A failure in what is loaded on demand, which has no PhoneError of its own:
// errorOf() makes it one.

import type { Entry } from "./errors.ts";

export class Fault extends Error {
  readonly entry: Entry;

  constructor(entry: Entry, cause?: unknown) {
    super(entry[1], { cause });
    this.entry = entry;
  }
}
