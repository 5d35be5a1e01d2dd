// Reliable provisional responses (RFC 3262): both roles. Where the caller does
// not require them, none of ours is reliable.

import type { Agent } from "../agent.ts";
import { fraction } from "../clock.ts";
import type { Timer } from "../clock.ts";
import { Dialog, tagOf } from "../dialog.ts";
import type { Sequence } from "../dialog.ts";
import { cseq } from "../message.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import type { Session } from "../session.ts";
import { LIFETIME, T1 } from "../transactions.ts";
import type { ServerTransaction } from "../transactions.ts";

/** Early dialogs that are kept apart; the responses of further forks are not acknowledged. */
export const MAX_FORKS = 16;

/** A fork of our INVITE that has sent a reliable response. */
interface Fork {
  readonly dialog: Dialog;
  /** The number of the INVITE, and of the last response that was taken. */
  readonly invite: number;
  rseq: number;
  /** It has answered our offer. */
  answered: boolean;
}

/** The caller's side: acknowledges each reliable response of each fork, in order. */
export class Acknowledger {
  readonly #agent: Agent;
  readonly #forks = new Map<string, Fork>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** False for a copy, and for a response that comes too early (RFC 3262 §4). */
  take(response: SipResponse, sequence: Sequence): boolean {
    const { fields, body } = response;
    const rseq = Number(fields.get("RSeq"));
    if (
      !fields.tokens("Require").includes("100rel") ||
      !(Number.isInteger(rseq) && rseq > 0 && rseq < 2 ** 32)
    )
      return true;
    const tag = tagOf(fields.get("To"));
    const invite = cseq(response).number;
    let fork = this.#forks.get(tag);
    if (fork?.invite === invite) {
      if (rseq !== fork.rseq + 1) return false;
      fork.rseq = rseq;
    } else {
      if (!fork && this.#forks.size >= MAX_FORKS) return true;
      fork = { dialog: Dialog.ofCaller(response, sequence), invite, rseq, answered: false };
      this.#forks.set(tag, fork);
    }
    fork.answered ||= !!body;
    this.#agent.send(fork.dialog.draft("PRACK", [["RAck", `${rseq} ${invite} INVITE`]]), { final() {} });
    return true;
  }

  /** The early dialog of a request, once our offer was answered in it (RFC 3311 §5.2). */
  early(request: SipRequest): Dialog | undefined {
    const fork = this.#forks.get(tagOf(request.fields.get("From")));
    return request.method === "UPDATE" && fork?.answered ? fork.dialog : undefined;
  }
}

/**
 * The callee's side, where the INVITE requires it.
 *
 *     idle --ring()--> sent --PRACK--> acknowledged --ring()--> sent
 *                       +--64·T1--> 504
 */
export class Ringer {
  readonly #session: Session;
  #rseq = 0;
  #invite: ServerTransaction | null = null;
  #timer: Timer | undefined;
  /** What waits for PRACK. */
  #due: (() => void)[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Sends a reliable 180 until PRACK comes (RFC 3262 §3); false where none is required. */
  ring(invite: ServerTransaction): boolean {
    const { fields, body } = invite.request;
    if (!fields.tokens("Require").includes("100rel")) return false;
    // The first reliable response would have to hold our offer (§5), which
    // nobody has made yet.
    if (!body) return invite.respond(100);
    const { clock, contact, random } = this.#session.agent;
    // One at a time (§3).
    if (this.#timer && this.#invite === invite) {
      invite.repeat();
      return true;
    }
    // The first number is random (§3).
    this.#rseq = this.#rseq ? this.#rseq + 1 : 1 + Math.floor(fraction(random) * 2 ** 31);
    this.#invite = invite;
    invite.respond(180, [
      ["Contact", contact],
      ["Require", "100rel"],
      ["RSeq", String(this.#rseq)],
    ]);
    const until = clock.now() + LIFETIME;
    const repeat = (wait: number) => {
      this.#timer = clock.after(Math.min(wait, until - clock.now()), () => {
        if (clock.now() >= until) return this.#session.hangup("network", 504);
        invite.repeat();
        repeat(wait * 2);
      });
    };
    this.stop();
    repeat(T1);
    return true;
  }

  /** True when a reliable response waits for PRACK; `run` is called then. */
  waits(run: () => void): boolean {
    if (this.#timer) this.#due.push(run);
    return !!this.#timer;
  }

  /** A PRACK (RFC 3262 §3). */
  acknowledged(transaction: ServerTransaction): void {
    const { fields, body } = transaction.request;
    const [rseq, number, method] = fields.get("RAck").split(/\s+/);
    const invite = this.#timer && this.#invite && cseq(this.#invite.request).number;
    if (Number(rseq) !== this.#rseq || Number(number) !== invite || method !== "INVITE")
      return void transaction.respond(481);
    // A second offer, before the first one is answered.
    if (body) return void transaction.respond(488);
    this.stop();
    transaction.respond(200);
    for (const run of this.#due.splice(0)) run();
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }
}
