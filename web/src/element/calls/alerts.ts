// What a hidden tab shows of a call that rings: its title and, where the reader
// has allowed it, a notification of the system. All phones of a page share them.

/** Between one title and the other, in milliseconds. */
const beat = 1_000;

/** Characters of a name in the title. */
const longest = 60;

/** A call that rings. */
export interface Ringing {
  readonly id: string;
  /** Such as "Ann is calling". */
  readonly text: string;
  /** The number, or nothing more. */
  readonly more: string;
}

class Alerts {
  /** By phone. */
  readonly #ringing = new Map<object, readonly Ringing[]>();
  readonly #notes = new Map<string, Notification>();
  /** Calls that a notification has told of; a reader may have closed it. */
  readonly #told = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The page's own title, and the one that stands in its place. */
  #own = "";
  #ours = "";

  /** What rings at a phone now. */
  ring(phone: object, calls: readonly Ringing[]): void {
    const before = this.#ringing.size;
    if (calls.length) this.#ringing.set(phone, calls);
    else this.#ringing.delete(phone);
    if (!before && !this.#ringing.size) return;
    if (!before) document.addEventListener("visibilitychange", this.#follow);
    if (!this.#ringing.size) document.removeEventListener("visibilitychange", this.#follow);
    this.#follow();
  }

  get #all(): Ringing[] {
    return [...this.#ringing.values()].flat();
  }

  readonly #follow = (): void => {
    const all = this.#all;
    for (const [id, note] of this.#notes) {
      if (all.some((call) => call.id === id)) continue;
      note.close();
      this.#notes.delete(id);
    }
    for (const id of this.#told) if (!all.some((call) => call.id === id)) this.#told.delete(id);
    if (all.length && document.hidden) {
      for (const call of all) this.#notify(call);
      if (this.#timer !== undefined) return;
      this.#timer = setInterval(() => this.#turn(), beat);
      this.#turn();
    } else {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#restore();
    }
  };

  #notify({ id, text, more }: Ringing): void {
    if (this.#told.has(id)) return;
    this.#told.add(id);
    try {
      if (Notification.permission !== "granted") return;
      const note = new Notification(text, { body: more, tag: `web-phone ${id}` });
      note.onclick = () => {
        window.focus();
        note.close();
      };
      this.#notes.set(id, note);
    } catch {
      // Some browsers take none from a page (Chrome on Android), some know none.
    }
  }

  /** Shows the page's title and the call in turns. */
  #turn(): void {
    if (this.#restore()) return;
    const [call] = this.#all;
    if (!call) return;
    this.#own = document.title;
    document.title = `☎ ${call.text.slice(0, longest)}`;
    this.#ours = document.title;
  }

  /** Puts the page's title back, unless the page has set another one meanwhile. */
  #restore(): boolean {
    const mine = !!this.#ours && document.title === this.#ours;
    if (mine) document.title = this.#own;
    this.#ours = "";
    return mine;
  }
}

export const alerts = new Alerts();
