// How good a call is, in four levels that don't flicker, and what is wrong.
import type { CallStatistics, TroubleCause } from "../../phone/types.ts";

/** 0: not known yet; 1 bad, 2 poor, 3 fair, 4 good. */
export type Level = 0 | 1 | 2 | 3 | 4;

/** How many looks in a row have to be worse, or better, before the level follows. */
const worse = 2;
const better = 3;

/** The level of a mean opinion score (ITU-T G.107 annex B: from 4 on users are satisfied, from 3.1 many are not). */
export const levelOf = (mos: number): Level => (mos >= 4 ? 4 : mos >= 3.6 ? 3 : mos >= 3.1 ? 2 : 1);

/**
 * The level follows what was seen twice in a row when it is worse and three
 * times when it is better, and no further than all of these go.
 */
export class Signal {
  #level: Level = 0;
  #run: Level[] = [];
  #cause: TroubleCause = "none";
  #next: TroubleCause = "none";

  get level(): Level {
    return this.#level;
  }

  /** Takes one look; returns the cause when there is another one to tell of, else `null`. */
  take({ mos, cause }: Pick<CallStatistics, "mos" | "cause">): TroubleCause | null {
    this.#follow(levelOf(mos));
    // A network is worth a word once it can be heard.
    const heard = /^(microphone|server)$/.test(cause) || this.#level < 3 ? cause : "none";
    const again = heard === this.#next;
    this.#next = heard;
    if (!again || heard === this.#cause) return null;
    return (this.#cause = heard);
  }

  #follow(level: Level): void {
    const now = this.#level;
    if (!now) this.#level = level;
    if (!now || level === now) return void (this.#run = []);
    const side = (one: Level) => one > now;
    if (this.#run.some((one) => side(one) !== side(level))) this.#run = [];
    this.#run.push(level);
    if (this.#run.length < (level < now ? worse : better)) return;
    this.#level = (level < now ? Math.max(...this.#run) : Math.min(...this.#run)) as Level;
    this.#run = [];
  }
}
