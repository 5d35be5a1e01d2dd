// One fault, measured for all libraries at once: the same moment, the same
// servers, the same load.
import type { Fault } from "./faults.ts";
import { longestSilence, steady } from "./silence.ts";
import { libraries, Stage } from "./stage.ts";
import type { House, Library, Phone, Phones } from "./stage.ts";

/** How long the phones have to come back, in milliseconds. */
export const bound = 60_000;

/** A run ends before the bound when nothing is left to wait for, but not before this. */
const shortest = 30_000;

/** How often the pages are asked; they keep their times themselves. */
const pace = 250;

/** Hold and resume are heard for this long after they are agreed, in milliseconds. */
const settling = 2_000;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One library in one run. Times are seconds since the fault; `null` is "not within the bound". */
export interface Figures {
  /** The idle phone could be called again, or the caller's where only its page is hit. */
  readonly idle: number | null;
  /** The longest time that either end did not hear the other; `null`: to the end, or the call was lost. */
  readonly silence: number | null;
  /** The phones of the call could be reached again: caller, callee. */
  readonly reached: readonly (number | null)[];
  /** Hold was agreed by the other side. */
  readonly signalling: number | null;
  /** The call was there at both ends when the run ended. */
  readonly kept: boolean;
  /** When each end knew that the call had ended: caller, callee. `null`: it did not. */
  readonly ended: readonly (number | null)[];
  /** What the status lines of the caller and of the idle phone have said, in order. */
  readonly texts: readonly string[];
  readonly idleTexts: readonly string[];
}

export type Run = Readonly<Record<Library, Figures>>;

export async function measure(fault: Fault, house: House): Promise<Run> {
  const stage = await Stage.set(house, fault.servers);
  try {
    const at = Date.now();
    const over = { value: false };
    await fault.strike(stage);
    const following = fault.follow?.(stage);
    const watches = libraries.map((library) => new Watch(stage, fault, at, stage.phones.get(library)!));
    const all = watches.map((watch) => watch.settled(over));
    await Promise.race([Promise.all([...all, wait(shortest)]), wait(bound)]);
    over.value = true;
    await following;
    const figures = await Promise.all(watches.map((watch) => watch.figures()));
    return Object.fromEntries(libraries.map((library, i) => [library, figures[i]!])) as Run;
  } finally {
    await stage.close();
    await fault.heal?.();
  }
}

/** Watches one library's phones from the fault on. */
class Watch {
  readonly #stage: Stage;
  readonly #fault: Fault;
  readonly #at: number;
  readonly #phones: Phones;
  #idle: number | null = null;
  readonly #reached: (number | null)[] = [null, null];
  #signalling: number | null = null;
  /** When hold was asked for and when the call was resumed: silence between them is no fault. */
  #asked: number | undefined;
  #resumed: number | undefined;

  constructor(stage: Stage, fault: Fault, at: number, phones: Phones) {
    this.#stage = stage;
    this.#fault = fault;
    this.#at = at;
    this.#phones = phones;
  }

  get #pair(): readonly Phone[] {
    return [this.#phones.caller, this.#phones.callee];
  }

  #since(time: number): number {
    return (time - this.#at) / 1000;
  }

  /** Resolves when nothing is left to wait for. */
  async settled(over: { readonly value: boolean }): Promise<void> {
    const deadline = this.#at + bound;
    const idle = async () => {
      const phone = this.#fault.onlyCallers ? this.#phones.caller : this.#phones.idle;
      const time = await this.#stage.reached(phone, deadline, this.#fault.by);
      if (time) this.#idle = this.#since(time);
    };
    const call = async () => {
      this.#pair.forEach(async (phone, i) => {
        const time = await this.#stage.reached(phone, deadline, this.#fault.by);
        if (time) this.#reached[i] = this.#since(time);
      });
      const reachable = () => this.#reached.every((time) => time !== null);
      while (!over.value && !(await this.#ended()))
        if (reachable() && (await this.#heard()) && (await this.#holds())) return;
        else await wait(pace);
    };
    await Promise.all([idle(), call()]);
  }

  /** Both ends say that there is no call; a page that is loading says nothing. */
  async #ended(): Promise<boolean> {
    const seen = await Promise.all(this.#pair.map((phone) => phone.seen()));
    // A page that was loaded anew may still take its call up again.
    const patient = this.#fault.onlyCallers && Date.now() - this.#at < bound / 2;
    return !patient && seen.every((page) => page && !page.up);
  }

  /** Both ends hear the other: steadily since the fault where it is the media that it hits. */
  async #heard(): Promise<boolean> {
    const seen = await Promise.all(this.#pair.map((phone) => phone.seen()));
    const from = this.#fault.media ? this.#at : 0;
    return seen.every((page) => {
      const last = page?.ear.heard.at(-1);
      return (
        page?.up && last && Date.now() - last[1] < steady / 2 && last[1] - Math.max(last[0], from) > steady
      );
    });
  }

  /** Presses hold as a person would; the call may not survive that. */
  async #holds(): Promise<boolean> {
    const { caller } = this.#phones;
    this.#asked ??= Date.now();
    const agreed = caller.asks("hold").then(
      () => true,
      () => false,
    );
    const left = this.#at + bound - Date.now();
    if (!(await Promise.race([agreed, wait(left).then(() => false)]))) return false;
    this.#signalling = this.#since(Date.now());
    await caller.asks("unhold").catch(() => {});
    this.#resumed = Date.now();
    return true;
  }

  async figures(): Promise<Figures> {
    const end = Date.now();
    const seen = await Promise.all(this.#pair.map((phone) => phone.seen()));
    const kept = seen.every((page) => page?.up);
    const silences = seen.flatMap((page) => {
      const heard = page?.ear.heard ?? [];
      const before = longestSilence(heard, this.#at, this.#asked ?? end);
      return this.#resumed ? [before, longestSilence(heard, this.#resumed + settling, end)] : [before];
    });
    const longest = silences.reduce<number>((longest, next) => Math.max(longest, next ?? Infinity), 0);
    // A page that was loaded anew without its call has known from then on.
    const ended = seen.map((page) => (page && !page.up ? this.#since(page.ear.endedAt ?? this.#at) : null));
    return {
      idle: this.#idle,
      silence: kept && longest < Infinity ? longest / 1000 : null,
      reached: this.#reached,
      signalling: this.#signalling,
      kept,
      ended,
      texts: seen[0]?.ear.texts ?? [],
      idleTexts: (await this.#phones.idle.seen())?.ear.texts ?? [],
    };
  }
}
