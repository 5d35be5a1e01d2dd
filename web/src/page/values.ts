// Looks dynamic values up. Within one pass each function is called once, however
// many values it fills.
import { isDynamic } from "./document.ts";
import type { Dynamic, Value } from "./document.ts";
import type { Environment } from "./environment.ts";
import { member } from "./fill.ts";

/** How long a function that fills a value may take, in milliseconds. */
const patience = 15_000;

export type Caller = (name: string) => Promise<unknown>;

/** One pass over a page's values. */
export class Lookup {
  readonly #environment: Environment;
  readonly #call: Caller;
  readonly #called = new Map<string, Promise<unknown>>();

  constructor(environment: Environment, call: Caller) {
    this.#environment = environment;
    this.#call = call;
  }

  /** The value itself. Rejects with a sentence. */
  async resolve(value: Value<string | boolean>): Promise<unknown> {
    return isDynamic(value) ? this.#dynamic(value) : value;
  }

  async #dynamic(value: Dynamic): Promise<unknown> {
    if ("env" in value) {
      const text = this.#environment.get(value.env);
      if (text === undefined) throw new Error(`There is no variable ${value.env}.`);
      return text;
    }
    const { function: name, field } = value;
    const answer = await this.#once(name);
    if (field === undefined) return answer;
    const inner = member(answer, field.split("."));
    if (inner === undefined) throw new Error(`What the function ${name} returned has no ${field}.`);
    return inner;
  }

  #once(name: string): Promise<unknown> {
    let answer = this.#called.get(name);
    if (!answer) {
      answer = within(patience, this.#call(name), `The function ${name} took too long.`);
      // Whoever waits for it hears of a failure; nobody else needs to.
      answer.catch(() => {});
      this.#called.set(name, answer);
    }
    return answer;
  }
}

function within<T>(time: number, promise: Promise<T>, late: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(late)), time);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
