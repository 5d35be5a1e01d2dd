// Names for numbers: the host page's, as a list or behind a URL.
import { fetchJson } from "../fetch-json.ts";
import type { Contact } from "../kit.ts";
import { record, text } from "./storage.ts";

/** Contacts that are taken, and bytes of a list that is fetched. */
const maximumContacts = 5_000;
const maximumSize = 1_048_576;
/** Digits from the end in which a national and an international form of a number agree. */
const significant = 8;

/** A number without what is only written (RFC 3966 §5.1.1), and an address without its scheme. */
const plain = (number: string): string => {
  const bare = number.replace(/^(?:sips?|tel):/i, "");
  return /[a-z@]/i.test(bare) ? bare.toLowerCase() : bare.replace(/[^+\d*#]/g, "");
};

/** The end of a long number, by which its forms find one another; empty for a short one. */
const tail = (number: string): string => {
  const digits = number.replace(/\D/g, "");
  return !/[a-z@*#]/.test(number) && digits.length >= significant ? digits.slice(-significant) : "";
};

export class Contacts {
  /** In the order of their names. */
  readonly all: readonly Contact[];
  readonly #names = new Map<string, string>();
  readonly #tails = new Map<string, { number: string; name: string } | null>();

  /** Takes what has a name and a number; anything else is left out. */
  constructor(list: unknown, language: string) {
    const { compare } = new Intl.Collator(language);
    this.all = (Array.isArray(list) ? list.slice(0, maximumContacts) : [])
      .map((one) => ({ name: text(record(one)["name"]).trim(), number: text(record(one)["number"]).trim() }))
      .filter(({ name, number }) => name && number)
      .sort((a, b) => compare(a.name, b.name));
    for (const { name, number } of this.all) {
      const full = plain(number);
      if (!this.#names.has(full)) this.#names.set(full, name);
      const end = tail(full);
      // Two numbers with one end: neither is meant for sure.
      if (end) {
        const other = this.#tails.get(end);
        this.#tails.set(end, other === undefined || other?.name === name ? { number: full, name } : null);
      }
    }
  }

  /** The name for a number, in whichever form it is written; empty for none. */
  nameOf(number: string): string {
    const full = plain(number);
    const exact = this.#names.get(full);
    if (exact) return exact;
    const found = this.#tails.get(tail(full));
    return found && sameForms(full, found.number) ? found.name : "";
  }

  /** Those whose name or number holds what was typed. */
  search(typed: string): readonly Contact[] {
    const wanted = typed.trim().toLowerCase();
    if (!wanted) return this.all;
    const digits = wanted.replace(/[^+\d*#]/g, "");
    return this.all.filter(
      ({ name, number }) =>
        name.toLowerCase().includes(wanted) || (digits.length > 1 && plain(number).includes(digits)),
    );
  }
}

/** `+49 30 12345678` and `030 12345678`: one holds the other, but for its prefix. */
function sameForms(a: string, b: string): boolean {
  const [short, long] = [a, b]
    .map((number) => number.replace(/\D/g, "").replace(/^0+/, ""))
    .sort((x, y) => x.length - y.length);
  return !!long && !!short && long.endsWith(short);
}

/** Fetches a list of contacts: one JSON list. Rejects when there is none. */
export async function fetchContacts(url: string): Promise<unknown> {
  const list = await fetchJson(url, maximumSize, "default");
  if (!Array.isArray(list)) throw new Error("not a list");
  return list;
}
