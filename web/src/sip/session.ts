// The usage of a dialog that an INVITE sets up (RFC 3261 §13, §14, §15): both
// ends of it, from the first INVITE to BYE. Session descriptions pass through
// as text.

import { ALLOW } from "./agent.ts";
import type { Agent, DialogUser, Sent } from "./agent.ts";
import type { Timer } from "./clock.ts";
import { SipFailure } from "./failure.ts";
import { fraction } from "./clock.ts";
import { Dialog, tagOf } from "./dialog.ts";
import type { FieldList, Sequence } from "./dialog.ts";
import { cseq } from "./message.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { LIFETIME, T1, T2 } from "./transactions.ts";
import type { ServerTransaction } from "./transactions.ts";

export interface SessionEnd {
  readonly by: "local" | "remote" | "network";
  /** The final status of the INVITE, or 0. */
  readonly status: number;
  /** The status in a Reason field (RFC 3326), or 0. */
  readonly cause: number;
}

export interface SessionUser {
  /** 180 or another sign of life; `sdp` is empty without early media. */
  provisional(status: number, sdp: string): void;
  /** The other side answered our INVITE; it was acknowledged. */
  answered(sdp: string): void;
  /** Our answer was acknowledged; `sdp` is there when our 200 held the offer. */
  confirmed(sdp: string): void;
  /** An offer within the call, or an empty string that asks for ours. Rejecting refuses it with 488. */
  offered(sdp: string): Promise<string>;
  /** INFO, REFER or NOTIFY within the call. */
  request(request: SipRequest, transaction: ServerTransaction): void;
  /** Exactly once. */
  ended(end: SessionEnd): void;
}

const SDP: FieldList[number] = ["Content-Type", "application/sdp"];

/**
 * The states. `cancelled` and `ended` have told their user; a cancelled INVITE
 * still waits for what the other side makes of it.
 *
 *     calling --2xx--> confirmed --BYE--> ended
 *        |  hangup        ^                 ^
 *        +--> cancelled --|--any final------+
 *        +--300-699, no answer--------------+
 *                         |ACK              |
 *     ringing --answer--> accepted --no ACK-+
 *        +--CANCEL, refusal, lost-----------+
 */
type State = "calling" | "cancelled" | "ringing" | "accepted" | "confirmed" | "ended";

const NEXT: Readonly<Record<State, readonly State[]>> = {
  calling: ["confirmed", "cancelled", "ended"],
  cancelled: ["ended"],
  ringing: ["accepted", "ended"],
  accepted: ["confirmed", "ended"],
  confirmed: ["ended"],
  ended: [],
};

export class Session implements DialogUser {
  readonly callId: string;
  readonly #agent: Agent;
  readonly #user: SessionUser;
  readonly #tag: string;
  readonly #forget: () => void;
  #state: State;
  #dialog: Dialog | null = null;
  /** The INVITE of the caller while it is under way. */
  #sent: Sent | null = null;
  /** The INVITE of the callee. */
  #invite: ServerTransaction | null = null;
  /** A 2xx of ours that waits for its ACK. */
  #unacknowledged: { number: number; timer: Timer; initial: boolean } | null = null;
  /** A re-INVITE of ours, or of theirs, has no final answer yet. */
  #offering: "us" | "them" | null = null;
  /** BYE goes out as soon as the ACK is here (RFC 3261 §15). */
  #byeDue = false;

  private constructor(agent: Agent, user: SessionUser, callId: string, tag: string, state: State) {
    this.#agent = agent;
    this.#user = user;
    this.callId = callId;
    this.#tag = tag;
    this.#state = state;
    this.#forget = agent.register(callId, tag, this);
  }

  /** Sends an INVITE. `from` is a name-addr without a tag. */
  static call(
    agent: Agent,
    user: SessionUser,
    uri: string,
    from: string,
    more: FieldList,
    sdp: string,
  ): Session {
    const tag = agent.word(5);
    const session = new Session(agent, user, agent.word(12), tag, "calling");
    const fields: FieldList = [
      ["From", `${from};tag=${tag}`],
      ["To", `<${uri}>`],
      ["Call-ID", session.callId],
      ...session.#offerFields(),
      ...more,
    ];
    const sequence: Sequence = { value: 0 };
    session.#sent = agent.send(
      { method: "INVITE", uri, fields, body: sdp, sequence },
      {
        provisional: ({ status, body }) => {
          if (session.#state === "calling") user.provisional(status, body);
        },
        final: (status, response) => session.#final(status, response, sequence),
      },
    );
    return session;
  }

  /** Takes an INVITE and lets the caller hear that it rings. */
  static incoming(agent: Agent, user: SessionUser, invite: ServerTransaction): Session {
    const { request, tag } = invite;
    const session = new Session(agent, user, request.fields.get("Call-ID"), tag, "ringing");
    session.#invite = invite;
    session.#dialog = Dialog.ofCallee(request, tag);
    invite.respond(180, [["Contact", agent.contact]]);
    return session;
  }

  /** The Replaces value by which a third party takes this dialog over (RFC 3891 §3). */
  get replaces(): string {
    return `${this.callId};to-tag=${this.#dialog?.remoteTag};from-tag=${this.#tag}`;
  }

  /** True when a Replaces value that was received means this dialog. */
  replacedBy(callId: string, to: string, from: string): boolean {
    return this.callId === callId && this.#tag === to && this.#dialog?.remoteTag === from;
  }

  /** The callee's 200. */
  accept(sdp: string): void {
    if (this.#invite && this.#to("accepted")) this.#accept(this.#invite, sdp, true);
  }

  /** Cancels, declines or ends, whatever fits. `by` is who the record names. */
  hangup(by: SessionEnd["by"] = "local"): void {
    if (this.#state === "ringing") {
      this.#invite?.respond(603);
      this.#end("local", 603);
    } else if (this.#state === "calling") {
      this.#to("cancelled");
      this.#sent?.cancel();
      this.#user.ended({ by, status: 487, cause: 0 });
    } else if (this.#dialog) {
      // A cancelled INVITE has no dialog.
      if (this.#state === "accepted") this.#byeDue = true;
      else if (this.#state === "confirmed") this.#bye();
      this.#end(by, 200);
    }
  }

  /** The connection is gone: a confirmed call goes on, any other is lost. */
  lost(): void {
    if (this.#state === "ringing") this.#end("network", 0);
  }

  /**
   * Sends the offer that `describe` makes within the call and resolves to the
   * answer; rejects with SipFailure. Until then offers of the other side meet 491.
   */
  async reinvite(describe: () => Promise<string>): Promise<string> {
    const dialog = this.#dialog;
    const busy = this.#state !== "confirmed" || this.#offering || this.#unacknowledged;
    if (busy || !dialog) throw new SipFailure(491);
    this.#offering = "us";
    try {
      const sdp = await describe();
      return await new Promise((resolve, reject) => {
        let again: (() => void) | null = null;
        const sent = this.#agent.send(dialog.draft("INVITE", this.#offerFields(), sdp), {
          final: (status, response) => {
            if (again) return again();
            if (!response || status >= 300) {
              return reject(this.#refused(status, response));
            }
            dialog.refresh(response);
            again = this.#agent.acknowledge(dialog.draft("ACK"), sent.request!);
            resolve(response.body);
          },
        });
      });
    } finally {
      this.#offering = null;
    }
  }

  /** How long to wait after 491 before the next offer, in milliseconds (RFC 3261 §14.1). */
  glareDelay(): number {
    const share = fraction(this.#agent.random);
    return this.#invite ? share * 2_000 : 2_100 + share * 1_900;
  }

  /** Sends another request within the call; rejects with SipFailure unless it is answered with 2xx. */
  async send(method: string, fields: FieldList = [], body = ""): Promise<void> {
    const dialog = this.#dialog;
    if (!dialog) throw new SipFailure(481);
    return new Promise((resolve, reject) => {
      this.#agent.send(dialog.draft(method, fields, body), {
        final: (status, response) => {
          if (status < 300) resolve();
          else reject(this.#refused(status, response));
        },
      });
    });
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    const { method } = request;
    const dialog = this.#dialog;
    // Another fork shares our tag: its requests are not this call's.
    if (dialog?.remoteTag !== tagOf(request.fields.get("From"))) transaction.respond(481);
    else if (!dialog.admits(request)) transaction.respond(500);
    else if (method === "BYE") {
      transaction.respond(200);
      this.#invite?.respond(487);
      this.#unacknowledged?.timer.stop();
      this.#unacknowledged = null;
      this.#end("remote", this.#state === "ringing" ? 487 : 200, causeOf(request));
    } else if (method === "INVITE") void this.#reoffered(request, transaction);
    else if (/^(INFO|NOTIFY|REFER)$/.test(method)) this.#user.request(request, transaction);
    else transaction.respond(method === "OPTIONS" ? 200 : 405, [["Allow", ALLOW]]);
  }

  acknowledged(request: SipRequest): void {
    const waiting = this.#unacknowledged;
    if (waiting?.number !== cseq(request).number) return;
    waiting.timer.stop();
    this.#unacknowledged = null;
    if (this.#byeDue) this.#bye();
    if (waiting.initial) this.#to("confirmed");
    if (this.#state === "confirmed") this.#user.confirmed(request.body);
  }

  cancelled(request: SipRequest): void {
    if (this.#state !== "ringing") return;
    this.#invite?.respond(487);
    this.#end("remote", 487, causeOf(request));
  }

  #offerFields(): FieldList {
    return [["Contact", this.#agent.contact], ["Allow", ALLOW], ["Supported", "replaces"], SDP];
  }

  #to(next: State): boolean {
    if (!NEXT[this.#state].includes(next)) return false;
    this.#state = next;
    if (next === "ended" && !this.#unacknowledged) this.#forget();
    return true;
  }

  #end(by: SessionEnd["by"], status: number, cause = 0): void {
    if (this.#to("ended")) this.#user.ended({ by, status, cause });
  }

  /** A final response to the first INVITE, and 2xx of other forks or once more. */
  #final(status: number, response: SipResponse | null, sequence: Sequence): void {
    if (!response || status >= 300) {
      if (this.#state === "cancelled") this.#to("ended");
      else if (response) this.#end("remote", status);
      else this.#end("network", status === 408 ? 408 : 0);
      return;
    }
    const dialog = Dialog.ofCaller(response, sequence);
    const same = this.#dialog?.remoteTag === dialog.remoteTag;
    // A 2xx that comes again is acknowledged again (RFC 3261 §13.2.2.4).
    this.#agent.acknowledge((same ? this.#dialog! : dialog).draft("ACK"), this.#sent!.request!);
    if (same) return;
    if (this.#dialog || this.#state !== "calling") {
      // Another fork answered too, or the CANCEL came too late.
      this.#agent.send(dialog.draft("BYE"), { final() {} });
      if (this.#state === "cancelled") this.#to("ended");
      return;
    }
    this.#dialog = dialog;
    this.#to("confirmed");
    this.#user.answered(response.body);
  }

  /** An INVITE within the dialog (RFC 3261 §14.2). */
  async #reoffered(request: SipRequest, transaction: ServerTransaction): Promise<void> {
    if (this.#offering === "us") return void transaction.respond(491);
    if (this.#offering || this.#unacknowledged || this.#state !== "confirmed") {
      return void transaction.respond(500, [["Retry-After", "1"]]);
    }
    this.#offering = "them";
    try {
      const sdp = await this.#user.offered(request.body);
      this.#dialog?.refresh(request);
      if (this.#state === "confirmed") this.#accept(transaction, sdp, false);
      else transaction.respond(487);
    } catch {
      transaction.respond(488);
    } finally {
      this.#offering = null;
    }
  }

  /** Sends 200 until its ACK comes, and gives up after 64·T1 (RFC 3261 §13.3.1.4). */
  #accept(transaction: ServerTransaction, sdp: string, initial: boolean): void {
    const { clock } = this.#agent;
    const until = clock.now() + LIFETIME;
    transaction.respond(200, this.#offerFields(), sdp);
    const repeat = (wait: number): Timer =>
      clock.after(Math.min(wait, until - clock.now()), () => {
        if (clock.now() < until) {
          transaction.repeat();
          waiting.timer = repeat(Math.min(wait * 2, T2));
          return;
        }
        this.#unacknowledged = null;
        this.#bye();
        this.#end("network", 200);
      });
    const waiting = { number: cseq(transaction.request).number, timer: repeat(T1), initial };
    this.#unacknowledged = waiting;
  }

  #bye(): void {
    this.#byeDue = false;
    if (this.#dialog) this.#agent.sendPatiently(this.#dialog.draft("BYE"));
    this.#forget();
  }

  /** The failure; after 481 the other side no longer knows the dialog (RFC 3261 §12.2.1.2). */
  #refused(status: number, response: SipResponse | null): SipFailure {
    if (status === 481 && this.#state === "confirmed") {
      this.#bye();
      this.#end("remote", 200);
    }
    return new SipFailure(status, response?.reason);
  }
}

/** The SIP status of a Reason field (RFC 3326), or 0. */
function causeOf({ fields }: SipRequest): number {
  const [, cause = 0] = /^SIP\s*;.*?cause\s*=\s*(\d{3})/i.exec(fields.get("Reason")) ?? [];
  return Number(cause);
}
