// A 2xx of ours to an INVITE, until its ACK is here (RFC 3261 §13.3.1.4).

import type { Clock, Timer } from "./clock.ts";
import { cseq } from "./message.ts";
import type { FieldList } from "./dialog.ts";
import { LIFETIME, T1, T2 } from "./transactions.ts";
import type { ServerTransaction } from "./transactions.ts";

export class Answer {
  readonly sdp: string;
  /** It sets the session up. */
  readonly initial: boolean;
  /** The CSeq number of the INVITE, and of the ACK. */
  readonly number: number;
  readonly #transaction: ServerTransaction;
  readonly #clock: Clock;
  readonly #failed: () => void;
  #timer: Timer | undefined;

  /** Sends it. `failed` is called where no ACK comes for 64·T1. */
  constructor(
    transaction: ServerTransaction,
    fields: FieldList,
    sdp: string,
    initial: boolean,
    clock: Clock,
    failed: () => void,
  ) {
    this.#transaction = transaction;
    this.sdp = sdp;
    this.initial = initial;
    this.number = cseq(transaction.request).number;
    this.#clock = clock;
    this.#failed = failed;
    transaction.respond(200, fields, sdp);
    this.#repeat(T1, clock.now() + LIFETIME);
  }

  /** Sends it over a new connection: its time begins anew. */
  restart(): void {
    this.stop();
    this.#transaction.repeat();
    this.#repeat(T1, this.#clock.now() + LIFETIME);
  }

  stop(): void {
    this.#timer?.stop();
  }

  #repeat(wait: number, until: number): void {
    const now = this.#clock.now();
    this.#timer = this.#clock.after(Math.min(wait, until - now), () => {
      if (this.#clock.now() >= until) return this.#failed();
      this.#transaction.repeat();
      this.#repeat(Math.min(wait * 2, T2), until);
    });
  }
}
