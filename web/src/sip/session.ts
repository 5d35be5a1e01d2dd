// The usage of a dialog that an INVITE sets up (RFC 3261 §13, §14, §15): both
// ends of it, from the first INVITE to BYE. Session descriptions pass through
// as text.

import { ALLOW } from "./agent.ts";
import type { Agent, DialogUser, Sent } from "./agent.ts";
import { Answer } from "./answer.ts";
import type { Timer } from "./clock.ts";
import { SipFailure } from "./failure.ts";
import { Dialog, tagOf } from "./dialog.ts";
import type { DialogState, FieldList, Sequence } from "./dialog.ts";
import { cseq } from "./message.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { Depth } from "./on-demand.ts";
import { LIFETIME } from "./transactions.ts";
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
  /** @internal For the rooms beside this one, as are all that are marked so. */
  readonly agent: Agent;
  /** @internal */
  readonly user: SessionUser;
  readonly #tag: string;
  readonly #forget: () => void;
  #state: State;
  /** @internal */
  dialog: Dialog | null = null;
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
  /** @internal */
  flow = 0;
  /** A 2xx of ours that waits for its ACK. */
  #answer: Answer | null = null;
  /** BYE goes out as soon as the ACK is here (RFC 3261 §15). */
  #byeDue = false;
  #extensions: Depth | null = null;

  private constructor(agent: Agent, user: SessionUser, callId: string, tag: string, state: State) {
    this.agent = agent;
    this.user = user;
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
        ...session.fields(sdp),
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
    session.take(invite);
    return session;
  }

  /** Goes on with a session of another page; what was read from outside has to be checked before. */
  static resume(agent: Agent, user: SessionUser, { localNumber, ...state }: SessionSnapshot): Session {
    const session = new Session(agent, user, state.callId, tagOf(state.local), "confirmed");
    session.dialog = new Dialog(state, { value: localNumber });
    return session;
  }

  /** What `resume` needs, once the session is confirmed. */
  snapshot(): SessionSnapshot | null {
    const dialog = this.dialog!;
    return this.#state === "confirmed" ? { ...dialog.state, localNumber: dialog.sequence.value } : null;
  }

  /** The other side understands an option tag or Info package. */
  supports(option: string): boolean {
    return !!this.dialog?.state.options.includes(option.toLowerCase());
  }

  /** The other side takes requests of this method. */
  allows(method: string): boolean {
    return !!this.dialog?.state.allow.includes(method.toLowerCase());
  }

  /** The callee's 200. */
  accept(sdp: string): void {
    if (this.#state !== "ringing" || this.#depth?.waits(() => this.accept(sdp))) return;
    this.#limit?.stop();
    this.#to("accepted");
    this.answer(this.#invite!, sdp, true);
  }

  /** Cancels, declines with `status` or ends, whatever fits. `by` is who the record names. */
  hangup(by: SessionEnd["by"] = "local", status = 603): void {
    if (this.#state === "ringing") {
      this.#invite?.respond(status);
      this.#end(by, status);
    } else if (this.#state === "calling") {
      this.#to(this.#unsent ? "ended" : "cancelled");
      this.#sent?.cancel();
      this.user.ended({ by, status: 487, cause: 0 });
    } else if (this.dialog) {
      // A cancelled INVITE has no dialog.
      if (this.#state === "accepted") {
        this.#byeDue = true;
        // Nobody says any more when there is a connection.
        this.#answer?.restart();
      } else if (this.#state === "confirmed") this.#bye();
      this.#end(by, 200);
    }
  }

  /** The connection is gone. What is up goes on; what is not waits for the next one. */
  lost(): void {
    if (this.#state === "ringing") this.#wait();
    this.#answer?.stop();
  }

  /** There is a connection again. */
  restored(): void {
    if (this.#state === "ringing") {
      this.#ring();
      this.#wait(LINGER, 480);
    } else if (this.#unsent && this.#state === "calling") {
      this.#limit?.stop();
      this.#unsent = false;
      this.#send(this.#sent?.request?.uri);
    }
    this.#answer?.restart();
  }

  /**
   * Sends the offer that `describe` makes within the call and resolves to the
   * answer; rejects with SipFailure. Until then offers of the other side meet 491.
   */
  async reinvite(describe: () => Promise<string>): Promise<string> {
    await this.agent.load();
    const depth = this.#depth;
    if (!depth) throw new SipFailure(503);
    return depth.offer(describe);
  }

  /** Sends another request within the call; rejects with SipFailure unless it is answered with 2xx. */
  async send(method: string, fields: FieldList = [], body = ""): Promise<SipResponse> {
    const dialog = this.dialog;
    if (!dialog) throw new SipFailure(481);
    return new Promise((resolve, reject) => {
      this.agent.send(dialog.draft(method, fields, body), {
        final: (status, response) => {
          if (!response || status >= 300) return reject(this.refused(status, response));
          resolve(response);
        },
      });
    });
  }

  request(request: SipRequest, transaction: ServerTransaction): void {
    const { method } = request;
    const dialog = this.dialog ?? this.#depth?.early(request);
    // Another fork shares our tag: its requests are not this call's.
    if (dialog?.remoteTag !== tagOf(request.fields.get("From"))) return void transaction.respond(481);
    if (!dialog.admits(request)) return void transaction.respond(500);
    // Only who had our answer goes on so: its ACK was lost with a connection.
    const late = this.#answer && cseq(request).number > this.#answer.number;
    if (late && !/^(BYE|PRACK|UPDATE)$/.test(method)) this.#confirm("");
    if (method === "BYE") {
      transaction.respond(200);
      this.#invite?.respond(487);
      this.#settle();
      this.#end("remote", this.#state === "ringing" ? 487 : 200, causeOf(request));
    } else if (/^(INVITE|PRACK|UPDATE)$/.test(method)) {
      if (this.#depth) this.#depth.request(request, transaction, dialog);
      else transaction.respond(500, [["Retry-After", "1"]]);
    } else if (/^(INFO|NOTIFY|REFER)$/.test(method)) this.user.request(request, transaction);
    else transaction.respond(method === "OPTIONS" ? 200 : 405, [["Allow", ALLOW]]);
  }

  acknowledged(request: SipRequest): void {
    if (this.#answer?.number === cseq(request).number) this.#confirm(request.body);
  }

  cancelled(request: SipRequest): void {
    if (this.#state !== "ringing") return;
    this.#invite?.respond(487);
    this.#end("remote", 487, causeOf(request));
  }

  invited(invite: ServerTransaction): boolean {
    return !!this.#depth?.invited(invite);
  }

  /** @internal It rings here, or our answer to the INVITE waits for its ACK. */
  get open(): boolean {
    return this.#state === "ringing" || !!this.#answer?.initial;
  }

  /** What is loaded on demand, once it is there. */
  get #depth(): Depth | null {
    return (this.#extensions ??= this.agent.extras?.depth(this) ?? null);
  }

  /** @internal Confirmed, and no answer of ours waits for its ACK. */
  get steady(): boolean {
    return this.#state === "confirmed" && !this.#answer;
  }

  /** @internal The fields of an INVITE of ours, or of our 2xx to `request`. */
  fields(sdp: string, request?: SipRequest): FieldList {
    return [
      ["Contact", this.agent.contact],
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
      if (!this.#answer) this.#forget();
    }
    return true;
  }

  #end(by: SessionEnd["by"], status: number, cause = 0): void {
    if (this.#to("ended")) this.user.ended({ by, status, cause });
  }

  /** It is over after so long, with this status. */
  #wait(milliseconds = LIFETIME, status = 0): void {
    this.#limit?.stop();
    this.#limit = this.agent.clock.after(milliseconds, () => {
      this.#invite?.respond(480);
      this.#end("network", status);
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
    const same = this.dialog?.remoteTag === dialog.remoteTag;
    // A 2xx that comes again is acknowledged again (RFC 3261 §13.2.2.4).
    this.agent.acknowledge((same ? this.dialog! : dialog).draft("ACK"), this.#sent!.request!);
    if (same) return;
    if (this.dialog || this.#state !== "calling") {
      // Another fork answered too, or the CANCEL came too late.
      this.agent.send(dialog.draft("BYE"), { final() {} });
      if (this.#state === "cancelled") this.#to("ended");
      return;
    }
    this.dialog = dialog;
    this.#to("confirmed");
    this.#depth?.agreed(response);
    this.user.answered(response.body);
  }

  /** @internal The caller's INVITE, first or once more: rings, or answers as before. */
  take(invite: ServerTransaction): void {
    this.#invite?.drop();
    invite.tag = this.#tag;
    this.#invite = invite;
    this.flow = this.agent.flow;
    this.dialog = Dialog.ofCallee(invite.request, this.#tag);
    const answer = this.#settle();
    if (answer) return this.answer(invite, answer.sdp, true);
    this.#ring();
    this.#wait(RING_LIMIT, 480);
  }

  #ring(): void {
    if (!this.#depth?.ring(this.#invite!)) this.#invite!.respond(180, [["Contact", this.agent.contact]]);
  }

  /** @internal Answers an INVITE with 200. */
  answer(transaction: ServerTransaction, sdp: string, initial = false): void {
    const fields = this.fields(sdp, transaction.request);
    this.#answer = new Answer(transaction, fields, sdp, initial, this.agent.clock, () => {
      this.#answer = null;
      this.#bye();
      this.#end("network", 200);
    });
  }

  /** The 200 waits no longer for its ACK. */
  #settle(): Answer | null {
    const answer = this.#answer;
    answer?.stop();
    this.#answer = null;
    return answer;
  }

  #confirm(sdp: string): void {
    const answer = this.#settle();
    if (this.#byeDue) this.#bye();
    if (answer?.initial) this.#to("confirmed");
    if (this.#state === "confirmed") this.user.confirmed(sdp);
  }

  #bye(): void {
    this.#byeDue = false;
    if (this.dialog) this.agent.sendPatiently(this.dialog.draft("BYE"));
    this.#forget();
  }

  /** @internal A 2xx to an INVITE or UPDATE of ours. */
  agreed(response: SipResponse): void {
    this.dialog?.refresh(response);
    this.#depth?.agreed(response);
  }

  /** @internal The failure; after 481 the other side no longer knows the dialog (RFC 3261 §12.2.1.2). */
  refused(status: number, response: SipResponse | null): SipFailure {
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
