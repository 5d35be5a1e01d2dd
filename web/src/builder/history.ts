// Undo and redo: a bounded list of states, in which typing counts as one change.

/** Changes with the same key that follow within this time, in milliseconds, are one. */
const mergeTime = 1500;

export class History<T> {
  #past: T[] = [];
  #present: T;
  #future: T[] = [];
  #key = "";
  #time = 0;
  readonly #limit: number;

  /** At most `limit` steps can be undone. */
  constructor(present: T, limit = 200) {
    this.#present = present;
    this.#limit = limit;
  }

  get present(): T {
    return this.#present;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Takes a new state. With a `key`, what is typed in one go becomes one step. */
  change(next: T, key = ""): void {
    if (next === this.#present) return;
    const now = Date.now();
    const merges = key !== "" && key === this.#key && now - this.#time < mergeTime && this.canUndo;
    if (!merges) {
      this.#past.push(this.#present);
      if (this.#past.length > this.#limit) this.#past.shift();
    }
    this.#future = [];
    this.#present = next;
    this.#key = key;
    this.#time = now;
  }

  undo(): boolean {
    return this.#step(this.#past, this.#future);
  }

  redo(): boolean {
    return this.#step(this.#future, this.#past);
  }

  #step(from: T[], to: T[]): boolean {
    const next = from.pop();
    if (next === undefined) return false;
    to.push(this.#present);
    this.#present = next;
    this.#key = "";
    return true;
  }
}
