// Redirects (RFC 3261 §8.1.3.4): where a call that was sent elsewhere goes.

import type { SipResponse } from "../message.ts";
import { parseNameAddr } from "../uri.ts";

/** How many other targets one call tries. */
export const MAX_TARGETS = 5;

export class Redirects {
  readonly #seen = new Set<string>();
  #targets: string[] = [];

  /** The next target after this refusal by `uri`, or an empty string. */
  next(refusal: SipResponse, uri: string): string {
    this.#seen.add(uri);
    // A failure for good (§21.6).
    if (refusal.status >= 600) this.#targets = [];
    if (/^30[012]$/.test(String(refusal.status))) this.#targets.unshift(...this.#read(refusal));
    return this.#targets.shift() ?? "";
  }

  /** Its contacts that a phone can call, by their q values, without those that were tried. */
  #read({ fields }: SipResponse): string[] {
    const found: { uri: string; q: number }[] = [];
    for (const contact of fields.list("Contact")) {
      if (contact === "*") continue;
      const { uri, params } = parseNameAddr(contact);
      // Fields in a URI are for pages that link to a call.
      if (!/^(sips?|tel):/i.test(uri) || uri.includes("?")) continue;
      const q = Number(params.get("q") ?? 1);
      found.push({ uri, q: q >= 0 && q <= 1 ? q : 0 });
    }
    return found
      .sort((a, b) => b.q - a.q)
      .map(({ uri }) => uri)
      .filter((uri) => this.#seen.size <= MAX_TARGETS && !this.#seen.has(uri) && this.#seen.add(uri));
  }
}
