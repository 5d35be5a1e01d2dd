// The environment variables that a page may see. What `saveEnvVars()` saves is
// kept in the visitor's own browser, under this page's name: it changes nothing for
// anybody else. Code of other pages of the same server could read it there.
import { toText } from "./components.ts";

/** Bounds of what a page may save. */
const maximumVariables = 100;
const maximumLength = 16_384;

/** The part of the browser's storage that is used. */
export type EnvironmentStorage = Pick<Storage, "getItem" | "setItem">;

export class Environment {
  readonly #given: Readonly<Record<string, string>>;
  readonly #storage: EnvironmentStorage | undefined;
  readonly #key: string;
  readonly #saved = new Map<string, string>();

  /** The browser may refuse its storage: then what is saved lasts as long as the page. */
  constructor(
    page: string,
    given: Readonly<Record<string, string>>,
    storage: EnvironmentStorage | undefined,
  ) {
    this.#given = given;
    this.#storage = storage;
    this.#key = `web-phone page ${page}`;
    try {
      const saved: unknown = JSON.parse(storage?.getItem(this.#key) ?? "{}");
      for (const [name, value] of Object.entries(saved as object)) {
        if (typeof value === "string") this.#saved.set(name, value);
      }
    } catch {
      // Another hand wrote there: what was saved is lost, and the page goes on without.
    }
  }

  /** The value of a variable, or `undefined`. */
  get(name: string): string | undefined {
    return this.#saved.get(name) ?? (Object.hasOwn(this.#given, name) ? this.#given[name] : undefined);
  }

  names(): string[] {
    return [...new Set([...Object.keys(this.#given), ...this.#saved.keys()])];
  }

  /** Saves variables for this visitor. Throws a sentence, and saves nothing, where one is not fit. */
  save(variables: Readonly<Record<string, unknown>>): void {
    const texts = Object.entries(variables).map(([name, value]) => {
      const text = toText(value);
      if (!/^[A-Za-z_]\w{0,63}$/.test(name))
        throw new Error(`"${name.slice(0, 64)}" is no name of a variable.`);
      if (text.length > maximumLength) throw new Error(`${name} is longer than ${maximumLength} characters.`);
      return [name, text] as const;
    });
    const all = new Map([...this.#saved, ...texts]);
    if (all.size > maximumVariables) throw new Error(`A page saves at most ${maximumVariables} variables.`);
    for (const [name, text] of texts) this.#saved.set(name, text);
    try {
      this.#storage?.setItem(this.#key, JSON.stringify(Object.fromEntries(this.#saved)));
    } catch {
      // Storage is full or refused: the value holds until the page is left.
    }
  }

  /** What actions see as `this.env`: a variable that is missing is told by `missing`. */
  view(missing: (name: string) => void): Readonly<Record<string, string | undefined>> {
    return new Proxy(Object.create(null) as Record<string, string | undefined>, {
      get: (_, name) => {
        if (typeof name !== "string") return undefined;
        const value = this.get(name);
        if (value === undefined) missing(name);
        return value;
      },
      has: (_, name) => typeof name === "string" && this.get(name) !== undefined,
      ownKeys: () => this.names(),
      getOwnPropertyDescriptor: (_, name) => {
        const value = typeof name === "string" ? this.get(name) : undefined;
        return value === undefined ? undefined : { value, enumerable: true, configurable: true };
      },
      set: (_, name) => {
        throw new Error(`Use saveEnvVars({ ${String(name)}: … }) to change a variable.`);
      },
    });
  }
}
