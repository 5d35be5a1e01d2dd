// The actions of a page: code that its author wrote, compiled under the page's
// nonce (Content Security Policy Level 3 §7.1) and run with the page as `this`.
import type { ActionFunction } from "./document.ts";
import { messageOf, placeOf, sourceOf } from "./problems.ts";
import type { Problems } from "./problems.ts";

type Compiled = (this: unknown, detail: unknown) => Promise<unknown>;

/** After this many milliseconds an action that has not finished is told. */
const longAction = 10_000;

/** What the compiler hands over; set while an action's code is being read. */
interface Inbox {
  __webphoneAction?: Compiled | undefined;
}

export class Actions {
  readonly #compiled = new Map<string, Compiled>();
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Compiles an action. `prepare` may change its code, but not its lines. A syntax error is told. */
  compile({ name, code }: ActionFunction, nonce: string, prepare: (code: string) => string): void {
    const inbox = globalThis as Inbox;
    const script = document.createElement("script");
    script.nonce = nonce;
    const refused = (event: ErrorEvent) => {
      event.preventDefault();
      this.#problems.tell({
        action: name,
        line: event.lineno,
        message: event.message.replace("Uncaught ", ""),
      });
    };
    addEventListener("error", refused);
    try {
      // The code begins on the first line, so that its lines are those of the editor.
      script.textContent =
        `__webphoneAction=async function(detail){"use strict";${prepare(code)}\n}\n` +
        `//# sourceURL=${sourceOf(name)}`;
      document.head.append(script);
    } catch (error) {
      this.#problems.tell({ action: name, message: messageOf(error) });
    } finally {
      removeEventListener("error", refused);
      script.remove();
    }
    if (inbox.__webphoneAction) this.#compiled.set(name, inbox.__webphoneAction);
    inbox.__webphoneAction = undefined;
  }

  /** Runs an action and returns what it returns. What it throws is passed on. */
  async call(name: string, self: unknown, detail: unknown): Promise<unknown> {
    const timer = setTimeout(
      () =>
        this.#problems.tell({
          action: name,
          message: `This has not finished after ${longAction / 1000} seconds. Does it await something that never comes?`,
        }),
      longAction,
    );
    try {
      return await this.#compiled.get(name)?.call(self, detail);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs an action for its effects: what it throws is told. */
  async run(name: string, self: unknown, detail: unknown): Promise<void> {
    try {
      await this.call(name, self, detail);
    } catch (error) {
      this.#problems.tell({ action: name, ...placeOf(error), message: messageOf(error) });
    }
  }
}
