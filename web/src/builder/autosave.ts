// Saves what is edited: a moment after the last change, one request at a time.
//
//            change()             delay over
//   saved ───────────► waiting ───────────────► saving ──► saved
//                         ▲  more was changed      │
//                         ├────────────────────────┤
//                         │ change()               ├──► retrying ── later ──► saving
//                         ├── refused ◄────────────┤    (the server is not reached)
//                                                  └──► conflict (until resolved)
import { ApiError } from "./api.ts";

export type SaveState =
  | { readonly is: "saved" | "waiting" | "saving" }
  /** `retrying`: by itself; `refused`: not before the next change. */
  | { readonly is: "retrying" | "refused"; readonly message: string }
  | { readonly is: "conflict" };

/** What a save needs and gives. */
export interface Saved {
  readonly revision: number;
}

export interface AutosaveOptions<T, R extends Saved> {
  readonly revision: number;
  /** Sends a state; rejects with an {@link ApiError}. */
  readonly save: (state: T, revision: number) => Promise<R>;
  readonly onSaved: (answer: R) => void;
  readonly onState: (state: SaveState) => void;
  /** Milliseconds of rest after a change before it is sent. */
  readonly delay?: number;
}

const firstRetry = 1000;
const lastRetry = 30_000;

export class Autosave<T, R extends Saved> {
  readonly #options: AutosaveOptions<T, R>;
  #revision: number;
  #state: SaveState = { is: "saved" };
  #pending: { readonly state: T } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #retry = firstRetry;
  #closed = false;

  constructor(options: AutosaveOptions<T, R>) {
    this.#options = options;
    this.#revision = options.revision;
  }

  get state(): SaveState {
    return this.#state;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Whether something would be lost if the page went away now. */
  get unsaved(): boolean {
    return this.#pending !== undefined || this.#running !== undefined;
  }

  change(state: T): void {
    if (this.#closed) return;
    this.#pending = { state };
    if (this.#state.is === "conflict" || this.#running) return;
    this.#become({ is: "waiting" });
    this.#later(this.#options.delay ?? 800);
  }

  /** Saves now what is not saved. Resolves to whether all is saved. */
  async flush(): Promise<boolean> {
    while (!this.#closed && this.#state.is !== "conflict") {
      if (this.#running) await this.#running;
      else if (!this.#pending) return true;
      else {
        await this.#send();
        if (this.#state.is === "retrying" || this.#state.is === "refused") return false;
      }
    }
    return !this.unsaved;
  }

  /** Goes on from what the server has now; what is not saved yet is dropped. */
  restart(revision: number): void {
    clearTimeout(this.#timer);
    this.#revision = revision;
    this.#pending = undefined;
    this.#become({ is: "saved" });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #become(state: SaveState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #later(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(), delay);
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#closed || !this.#pending || this.#state.is === "conflict") return Promise.resolve();
    this.#running ??= this.#put(this.#pending.state).finally(() => {
      this.#running = undefined;
      if (!this.#pending || this.#closed) return;
      if (this.#state.is === "retrying") {
        this.#later(this.#retry);
        this.#retry = Math.min(this.#retry * 2, lastRetry);
      } else if (this.#state.is === "saved") {
        this.#become({ is: "waiting" });
        this.#later(this.#options.delay ?? 800);
      }
    });
    return this.#running;
  }

  async #put(state: T): Promise<void> {
    const sent = this.#pending;
    this.#become({ is: "saving" });
    try {
      const answer = await this.#options.save(state, this.#revision);
      this.#revision = answer.revision;
      this.#retry = firstRetry;
      if (this.#pending === sent) this.#pending = undefined;
      if (this.#closed) return;
      this.#options.onSaved(answer);
      this.#become({ is: "saved" });
    } catch (error) {
      this.#become(this.#failed(error, sent));
    }
  }

  #failed(error: unknown, sent: unknown): SaveState {
    const status = error instanceof ApiError ? error.status : 0;
    const message = error instanceof Error ? error.message : "Something went wrong.";
    if (status === 409) return { is: "conflict" };
    const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
    // What was changed meanwhile may be what the server takes.
    if (final && this.#pending !== sent) {
      this.#retry = firstRetry;
      return { is: "retrying", message };
    }
    return { is: final ? "refused" : "retrying", message };
  }
}
