// The one authority on the recovery of a call. Its rule:
//
//   signalling lost                     nothing: the line connects again by itself, media goes on
//   signalling well, media path lost    ICE restart, again with growing waits
//   signalling well, media lost long    the call is over
//
// It never restarts media for a fault of the signalling, nor connects anew for
// a fault of the media.

import type { Clock, Timer } from "../sip/clock.ts";

/** `between`: it is being looked for. */
export type Path = "well" | "between" | "sick";

export interface Patient {
  path(): Path;
  /** Requests of ours reach the other side. */
  reachable(): boolean;
  /** Offers an ICE restart (RFC 8445 §2.4); resolves when it was answered or failed. */
  restart(): Promise<void>;
  /** Nothing helped. */
  giveUp(): void;
}

/**
 * Milliseconds that a path may be gone before it is looked for anew. Browsers
 * have waited some seconds before they say so, and the old path may still come
 * back meanwhile. The callee waits longer, so that offers seldom cross.
 */
export const GRACE = { outbound: 500, inbound: 2_000 } as const;
/** The waits between attempts grow by this, up to four times as much. */
export const BETWEEN = 4_000;
/** A call without media that can be signalled is over after so many milliseconds. */
export const HOPELESS = 45_000;

export class Health {
  readonly #clock: Clock;
  readonly #grace: number;
  readonly #patient: Patient;
  #attempts = 0;
  #timer: Timer | undefined;
  #deadline: Timer | undefined;
  #busy = false;

  constructor(clock: Clock, grace: number, patient: Patient) {
    this.#clock = clock;
    this.#grace = grace;
    this.#patient = patient;
    this.check();
  }

  /** Path or signalling have come or gone. */
  check(): void {
    const path = this.#patient.path();
    if (path === "well") this.#attempts = 0;
    if (path === "well" || !this.#patient.reachable()) return this.stop();
    // A search may never end: where the other side can't take new keys, say.
    this.#deadline ??= this.#clock.after(HOPELESS, () => this.#patient.giveUp());
    if (path === "between" || this.#busy) return;
    const wait = this.#attempts ? BETWEEN * Math.min(4, this.#attempts) : this.#grace;
    this.#timer ??= this.#clock.after(wait, () => void this.#restart());
  }

  /** An offer has just asked for another path: that one gets its time. */
  tried(): void {
    this.#attempts ||= 1;
    this.#timer?.stop();
    this.#timer = undefined;
  }

  stop(): void {
    this.#timer?.stop();
    this.#deadline?.stop();
    this.#timer = this.#deadline = undefined;
  }

  async #restart(): Promise<void> {
    this.#timer = undefined;
    this.#attempts++;
    this.#busy = true;
    await this.#patient.restart().catch(() => {});
    this.#busy = false;
    // What was stopped meanwhile stays so unless there is still cause.
    if (this.#deadline) this.check();
  }
}
