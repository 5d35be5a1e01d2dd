// What can be done with more than one call: take another one, ask first and
// then transfer, and merge all of them at a conference address.
import type { Call } from "../../phone/call.ts";
import type { Lent } from "./texts.ts";

/** It rings in, or is just being answered. */
export const waits = ({ direction, answerTime }: Call): boolean => direction === "inbound" && !answerTime;

/** It is answered and not over. */
export const isUp = ({ state }: Call): boolean => state === "active" || state === "held";

export class Several {
  readonly #lent: Lent;
  /** The call that another one was begun for, those that were there before, and the other one. */
  #asking: { readonly about: Call; readonly before: readonly Call[]; asked?: Call | undefined } | null = null;
  #busy = false;

  constructor(lent: Lent) {
    this.#lent = lent;
  }

  /** A transfer or a merge is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  /** All calls but the one that the screen shows. */
  get others(): Call[] {
    const { kit } = this.#lent;
    const shown = kit.call();
    return kit.host.phone.calls.filter((call) => call !== shown);
  }

  /** The call that is asked about and, once it is there, the one that is asked. */
  get asking(): { about: Call; asked: Call | undefined } | null {
    const asking = this.#asking;
    if (!asking) return null;
    const { calls } = this.#lent.kit.host.phone;
    const { about, before } = asking;
    const asked = (asking.asked ??= calls.find(
      (call) => call.direction === "outbound" && !before.includes(call),
    ));
    if (!calls.includes(about) || (asked && !calls.includes(asked))) return (this.#asking = null);
    return { about, asked };
  }

  /** Calls may be merged: there is a place for it, and two are up. */
  get mergeable(): boolean {
    const { phone } = this.#lent.kit.host;
    return !!phone.config.conference && phone.calls.filter(isUp).length > 1;
  }

  /** Calls a target to ask whether it takes the call, which is on hold meanwhile. */
  ask(about: Call, target: string): void {
    const { kit } = this.#lent;
    const { phone } = kit.host;
    const asking = (this.#asking = { about, before: phone.calls });
    kit.attempt(
      phone.makeCall(target, { video: false }).catch((error: unknown) => {
        if (this.#asking === asking) this.#asking = null;
        throw error;
      }),
    );
  }

  /** Joins the two sides; this phone is out of the conversation then (RFC 5589 §7). */
  join(about: Call, target: Call): Promise<void> {
    return this.#transferred(about.transfer(target), this.#lent.name(target));
  }

  /** Sends the other side to a number. */
  transfer(call: Call, number: string): Promise<void> {
    return this.#transferred(call.transfer(number), number);
  }

  async #transferred(transfer: Promise<void>, name: string): Promise<void> {
    await this.work(transfer);
    const { kit, t } = this.#lent;
    kit.say(t("transferDone", { name }), false);
    kit.update();
  }

  /** Gives the one that is asked up and takes the first call again. */
  back(about: Call, asked: Call): void {
    this.#lent.kit.attempt(asked.hangup().then(() => about.unhold()));
  }

  /** Notes that something is under way, so that its buttons are off meanwhile. */
  async work<T>(promise: Promise<T>): Promise<T> {
    const { kit } = this.#lent;
    this.#busy = true;
    kit.update();
    try {
      return await promise;
    } finally {
      this.#busy = false;
      kit.update();
    }
  }

  /** Calls the conference address and sends every call that is up there. */
  merge(): void {
    const { kit } = this.#lent;
    kit.attempt(this.work(this.#merge()));
  }

  async #merge(): Promise<void> {
    const { kit, t, name } = this.#lent;
    const { phone } = kit.host;
    const { conference = "" } = phone.config;
    const calls = phone.calls.filter(isUp);
    const last = kit.call();
    kit.say(t("merging"), false);
    let room: Call;
    try {
      room = await phone.makeCall(conference, { video: false });
      await this.#comesUp(room);
    } catch (error) {
      // Whoever was being talked to is talked to again.
      if (last && isUp(last)) await last.unhold();
      throw error;
    }
    const outcomes = await Promise.allSettled(calls.map((call) => call.transfer(conference)));
    const left = calls.filter((call, i) => outcomes[i]!.status === "rejected" && isUp(call));
    if (left.length) kit.say(t("notMerged", { name: left.map(name).join(", ") }), true);
  }

  /** Waits until a call of ours is up; rejects with its error when it ends first. */
  #comesUp(call: Call): Promise<void> {
    const { phone } = this.#lent.kit.host;
    return new Promise((resolve, reject) => {
      const look = () => {
        const over = call.state === "ended";
        if (!over && !isUp(call)) return;
        phone.removeEventListener("change", look);
        if (over) {
          const message = this.#lent.t("notMergedAll");
          reject(call.error ?? Object.assign(new Error(message), { code: "internal" }));
        } else resolve();
      };
      phone.addEventListener("change", look);
      look();
    });
  }
}
