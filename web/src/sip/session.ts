// The usage of a dialog that an INVITE sets up (RFC 3261 §13, §14, §15): both
// ends of it, from the first INVITE to BYE. Session descriptions pass through
// as text.

import { ALLOW } from "./agent.ts";
import type { Agent, DialogUser, Sent } from "./agent.ts";
import type { Timer } from "./clock.ts";
import { SipFailure } from "./failure.ts";
import { fraction } from "./clock.ts";
import { Dialog, tagOf } from "./dialog.ts";
import type { DialogState, FieldList, Sequence } from "./dialog.ts";
import { cseq } from "./message.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { Depth } from "./on-demand.ts";
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
  /**
   * Our answer was acknowledged; `sdp` is there when our 200 held the offer,
   * unless the ACK was lost with a connection.
   */
  confirmed(sdp: string): void;
  /** An offer within the call, or an empty string that asks for ours. Rejecting refuses it with 488. */
  offered(sdp: string): Promise<string>;
  /** It is time to make an offer that changes nothing, so that the session does not expire (RFC 4028 §7.4). */
  refresh?(): void;
  /** INFO, REFER or NOTIFY within the call. */
  request(request: SipRequest, transaction: ServerTransaction): void;
  /** Exactly once. */
  ended(end: SessionEnd): void;
}

/** A confirmed session as plain data, from which another page can go on. */
export interface SessionSnapshot extends DialogState {
  /** The CSeq number of our last request. */
  readonly localNumber: number;
}

/** How often an INVITE goes out again because its connection was lost. */
const MAX_RESENDS = 4;
/**
 * How long a phone rings, in milliseconds: proxies end it by then (RFC 3261
 * §16.6, timer C). After it was without a connection it is shorter, since the
 * caller may have gone meanwhile, and nobody would say so.
 */
const RING_LIMIT = 180_000;
const LINGER = 60_000;

/**
 * The states. `cancelled` and `ended` have told their user; a cancelled INVITE
 * still waits for what the other side makes of it. Without a connection for 32
 * seconds, calling and ringing end.
 *
 *     calling --2xx--> confirmed --BYE--> ended
 *        |  hangup        ^                 ^
 *        +--> cancelled --|--any final------+
 *        +--300-699, no answer--------------+
 *                         |ACK              |
 *     ringing --answer--> accepted --no ACK-+
 *        +--CANCEL, refusal-----------------+
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
  /** Sends it, and again, there or to another URI. */
  #send: (uri?: string) => void = () => {};
  #resends = 0;
  /** It was lost with its connection. */
  #unsent = false;
  /** Runs while it rings here, and while there is no connection for our INVITE. */
  #limit: Timer | undefined;
  /** The INVITE of the callee, and the connection it came by. */
  #invite: ServerTransaction | null = null;
  #flow = 0;
  /** A 2xx of ours that waits for its ACK. */
  #unacknowledged: {
    readonly transaction: ServerTransaction;
    readonly sdp: string;
    readonly initial: boolean;
    timer?: Timer;
  } | null = null;
  /** A re-INVITE of ours, or of theirs, has no final answer yet. */
  #offering: "us" | "them" | null = null;
  /** BYE goes out as soon as the ACK is here (RFC 3261 §15). */
  #byeDue = false;
  #extensions: Depth | null = null;

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
    const sequence: Sequence = { value: 0 };
    session.#send = (target = uri) => {
      const fields: FieldList = [
        ["From", `${from};tag=${tag}`],
        ["To", `<${uri}>`],
        ["Call-ID", session.callId],
        ...session.#offerFields(sdp),
        ...more,
      ];
      let early = "";
      session.#sent = agent.send(
        { method: "INVITE", uri: target, fields, body: sdp, sequence },
        {
          provisional: (response) => {
            const { status, body } = response;
            if (session.#state !== "calling" || session.#depth?.provisional(response, sequence) === false)
              return;
            // Of several forks with early media the first is heard; 199 says that one is over (RFC 6228).
            const fork = response.fields.get("To");
            const heard = body && (early ||= fork) === fork;
            if (status !== 199) user.provisional(status, heard ? body : "");
          },
          final: (status, response) => session.#final(status, response, sequence),
        },
      );
    };
    session.#send();
    return session;
  }

  /** Takes an INVITE and lets the caller hear that it rings. */
  static incoming(agent: Agent, user: SessionUser, invite: ServerTransaction): Session {
    const session = new Session(agent, user, invite.request.fields.get("Call-ID"), invite.tag, "ringing");
    session.#take(invite);
    return session;
  }

  /** Goes on with a session of another page; what was read from outside has to be checked before. */
  static resume(agent: Agent, user: SessionUser, { localNumber, ...state }: SessionSnapshot): Session {
    const session = new Session(agent, user, state.callId, tagOf(state.local), "confirmed");
    session.#dialog = new Dialog(state, { value: localNumber });
    return session;
  }

  /** What `resume` needs, once the session is confirmed. */
  snapshot(): SessionSnapshot | null {
    const dialog = this.#dialog!;
    return this.#state === "confirmed" ? { ...dialog.state, localNumber: dialog.sequence.value } : null;
  }

  /** The other side understands an option tag or Info package. */
  supports(option: string): boolean {
    return !!this.#dialog?.state.options.includes(option.toLowerCase());
  }

  /** The other side takes requests of this method. */
  allows(method: string): boolean {
    return !!this.#dialog?.state.allow.includes(method.toLowerCase());
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
    if (this.#state !== "ringing" || this.#depth?.waits(() => this.accept(sdp))) return;
    this.#limit?.stop();
    this.#to("accepted");
    this.#accept(this.#invite!, sdp, true);
  }

  /** Cancels, declines with `status` or ends, whatever fits. `by` is who the record names. */
  hangup(by: SessionEnd["by"] = "local", status = 603): void {
    if (this.#state === "ringing") {
      this.#invite?.respond(status);
      this.#end(by, status);
    } else if (this.#state === "calling") {
      this.#to(this.#unsent ? "ended" : "cancelled");
      this.#sent?.cancel();
      this.#user.ended({ by, status: 487, cause: 0 });
    } else if (this.#dialog) {
      // A cancelled INVITE has no dialog.
      if (this.#state === "accepted") this.#byeDue = true;
      else if (this.#state === "confirmed") this.#bye();
      this.#end(by, 200);
    }
  }

  /** Another page goes on with the session: lets go of it and sends nothing. */
  forget(): void {
    this.#unacknowledged?.timer?.stop();
    this.#unacknowledged = null;
    this.#to("ended");
  }

  /** The connection is gone. What is up goes on; what is not waits for the next one. */
  lost(): void {
    if (this.#state === "ringing") this.#wait();
    this.#unacknowledged?.timer?.stop();
    this.#depth?.lost();
  }

  /** There is a connection again. */
  restored(): void {
    this.#depth?.restored();
    if (this.#state === "ringing") {
      this.#ring();
      this.#wait(LINGER);
    } else if (this.#unsent && this.#state === "calling") {
      this.#limit?.stop();
      this.#unsent = false;
      this.#send(this.#sent?.request?.uri);
    }
    this.#unacknowledged?.transaction.repeat();
    this.#repeat();
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
        const sent = this.#agent.send(dialog.draft("INVITE", this.#offerFields(sdp), sdp), {
          final: (status, response) => {
            if (again) return again();
            if (!response || status >= 300) {
              return reject(this.#refused(status, response));
            }
            dialog.refresh(response);
            again = this.#agent.acknowledge(dialog.draft("ACK"), sent.request!);
            this.#depth?.agreed(response);
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
    return this.#dialog?.state.caller ? 2_100 + share * 1_900 : share * 2_000;
  }

  /** Sends another request within the call; rejects with SipFailure unless it is answered with 2xx. */
  async send(method: string, fields: FieldList = [], body = ""): Promise<SipResponse> {
    const dialog = this.#dialog;
    if (!dialog) throw new SipFailure(481);
    return new Promise((resolve, reject) => {
      this.#agent.send(dialog.draft(method, fields, body), {
        final: (status, response) => {
          if (!response || status >= 300) return reject(this.#refused(status, response));
          if (method === "UPDATE") dialog.refresh(response);
          resolve(response);
        },
      });
    });
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    const { method } = request;
    const dialog = this.#dialog ?? this.#depth?.early(request);
    // Another fork shares our tag: its requests are not this call's.
    if (dialog?.remoteTag !== tagOf(request.fields.get("From"))) return void transaction.respond(481);
    if (!dialog.admits(request)) return void transaction.respond(500);
    const waiting = this.#unacknowledged;
    // Only who had our answer goes on so: its ACK was lost with a connection.
    if (
      waiting &&
      cseq(request).number > cseq(waiting.transaction.request).number &&
      !/^(BYE|PRACK|UPDATE)$/.test(method)
    )
      this.#confirm("");
    if (method === "BYE") {
      transaction.respond(200);
      this.#invite?.respond(487);
      this.#unacknowledged?.timer?.stop();
      this.#unacknowledged = null;
      this.#end("remote", this.#state === "ringing" ? 487 : 200, causeOf(request));
    } else if (/^(INVITE|UPDATE)$/.test(method)) void this.#reoffered(request, transaction, dialog);
    else if (/^(INFO|NOTIFY|REFER)$/.test(method)) this.#user.request(request, transaction);
    else if (method !== "PRACK") transaction.respond(method === "OPTIONS" ? 200 : 405, [["Allow", ALLOW]]);
    else if (this.#depth) this.#depth.acknowledged(transaction);
    else transaction.respond(481);
  }

  acknowledged(request: SipRequest): void {
    const waiting = this.#unacknowledged?.transaction.request;
    if (waiting && cseq(waiting).number === cseq(request).number) this.#confirm(request.body);
  }

  cancelled(request: SipRequest): void {
    if (this.#state !== "ringing") return;
    this.#invite?.respond(487);
    this.#end("remote", 487, causeOf(request));
  }

  /** The caller's INVITE goes out anew when its connection was lost: the same call, by another transaction. */
  invited(invite: ServerTransaction): boolean {
    const { fields } = invite.request;
    const waiting = this.#unacknowledged;
    const open = this.#state === "ringing" || waiting?.initial;
    if (
      !open ||
      fields.get("Call-ID") !== this.callId ||
      tagOf(fields.get("From")) !== this.#dialog!.remoteTag
    )
      return false;
    const later = cseq(invite.request).number - this.#dialog!.state.remoteNumber;
    if (later < 0 || (!later && this.#flow === this.#agent.flow)) {
      // The same request by another way (RFC 3261 §8.2.2.2).
      invite.respond(482);
    } else {
      this.#invite!.drop();
      this.#take(invite);
    }
    return true;
  }

  /** What is loaded on demand, once it is there. */
  get #depth(): Depth | null {
    return (this.#extensions ??= this.#agent.extras?.depth(this, this.#agent, this.#user) ?? null);
  }

  /** The fields of an INVITE of ours, or of our 2xx to `request`. */
  #offerFields(sdp: string, request?: SipRequest): FieldList {
    return [
      ["Contact", this.#agent.contact],
      ["Allow", ALLOW],
      ["Supported", "100rel, replaces, timer, trickle-ice"],
      ["Recv-Info", "trickle-ice"],
      ...(this.#depth?.fields(request) ?? []),
      ...(sdp ? ([["Content-Type", "application/sdp"]] as const) : []),
    ];
  }

  #to(next: State): boolean {
    if (!NEXT[this.#state].includes(next)) return false;
    this.#state = next;
    if (next === "ended") {
      this.#limit?.stop();
      this.#extensions?.stop();
      if (!this.#unacknowledged) this.#forget();
    }
    return true;
  }

  #end(by: SessionEnd["by"], status: number, cause = 0): void {
    if (this.#to("ended")) this.#user.ended({ by, status, cause });
  }

  /** It is over after so long. */
  #wait(milliseconds = LIFETIME): void {
    this.#limit?.stop();
    this.#limit = this.#agent.clock.after(milliseconds, () => {
      this.#invite?.respond(480);
      this.#end("network", 0);
    });
  }

  /** A final response to the first INVITE, and 2xx of other forks or once more. */
  #final(status: number, response: SipResponse | null, sequence: Sequence): void {
    if (!response || status >= 300) {
      const next =
        response && this.#state === "calling" && this.#depth?.again(response, this.#sent!.request!.uri);
      if (this.#state === "cancelled") this.#to("ended");
      else if (next) this.#send(next);
      else if (response) this.#end("remote", status);
      else if (status === 503 && this.#resends++ < MAX_RESENDS) {
        this.#unsent = true;
        this.#wait();
      } else this.#end("network", status === 408 ? 408 : 0);
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
    this.#depth?.agreed(response);
    this.#user.answered(response.body);
  }

  /** The caller's INVITE, first or once more: rings, or answers as before. */
  #take(invite: ServerTransaction): void {
    const waiting = this.#unacknowledged;
    invite.tag = this.#tag;
    this.#invite = invite;
    this.#flow = this.#agent.flow;
    this.#dialog = Dialog.ofCallee(invite.request, this.#tag);
    waiting?.timer?.stop();
    if (waiting) return this.#accept(invite, waiting.sdp, true);
    this.#ring();
    this.#wait(RING_LIMIT);
  }

  #ring(): void {
    if (!this.#depth?.ring(this.#invite!)) this.#invite!.respond(180, [["Contact", this.#agent.contact]]);
  }

  /** An INVITE or UPDATE within the dialog (RFC 3261 §14.2, RFC 3311 §5.2). */
  async #reoffered(request: SipRequest, transaction: ServerTransaction, dialog: Dialog): Promise<void> {
    const { method, body } = request;
    const update = method === "UPDATE";
    if (update && !body) {
      dialog.refresh(request);
      return void transaction.respond(200, this.#offerFields("", request));
    }
    if (this.#offering === "us") return void transaction.respond(491);
    // Before the dialog is confirmed there was an answer only where it is an early one.
    const open = this.#state === "confirmed" || dialog !== this.#dialog;
    if (this.#offering || this.#unacknowledged || !open) {
      return void transaction.respond(500, [["Retry-After", "1"]]);
    }
    this.#offering = "them";
    try {
      const sdp = await this.#user.offered(body);
      dialog.refresh(request);
      if (update) transaction.respond(200, this.#offerFields(sdp, request), sdp);
      else if (this.#state === "confirmed") this.#accept(transaction, sdp, false);
      else transaction.respond(487);
    } catch {
      transaction.respond(488);
    } finally {
      this.#offering = null;
    }
  }

  /** Answers an INVITE with 200. */
  #accept(transaction: ServerTransaction, sdp: string, initial: boolean): void {
    transaction.respond(200, this.#offerFields(sdp, transaction.request), sdp);
    this.#unacknowledged = { transaction, sdp, initial };
    this.#repeat();
  }

  /** Sends the 200 until its ACK comes, and gives up after 64·T1 (RFC 3261 §13.3.1.4). */
  #repeat(): void {
    const waiting = this.#unacknowledged;
    if (!waiting) return;
    const { clock } = this.#agent;
    const until = clock.now() + LIFETIME;
    const repeat = (wait: number) => {
      waiting.timer = clock.after(Math.min(wait, until - clock.now()), () => {
        if (clock.now() < until) {
          waiting.transaction.repeat();
          return repeat(Math.min(wait * 2, T2));
        }
        this.#unacknowledged = null;
        this.#bye();
        this.#end("network", 200);
      });
    };
    waiting.timer?.stop();
    repeat(T1);
  }

  /** The 200 needs no more waiting for its ACK. */
  #confirm(sdp: string): void {
    const waiting = this.#unacknowledged!;
    waiting.timer?.stop();
    this.#unacknowledged = null;
    if (this.#byeDue) this.#bye();
    if (waiting.initial) this.#to("confirmed");
    if (this.#state === "confirmed") this.#user.confirmed(sdp);
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
