// What a call that is up needs: offers within it (hold, and telling the other
// side where we are after a loss), its path, late candidates, transfer, and
// what a later page has to know. Loaded on demand, so that it has its own copies
// of what it imports: no class is shared with the rest.

import { fingerprintOf } from "../media/details.ts";
import { Digits } from "../media/digits.ts";
import { GRACE, Health } from "../media/health.ts";
import { fraction } from "../sip/clock.ts";
import type { Timer } from "../sip/clock.ts";
import type { DialogState, FieldList } from "../sip/dialog.ts";
import type { SipRequest } from "../sip/message.ts";
import type { ServerTransaction } from "../sip/transactions.ts";
import type { Call } from "./call.ts";
import { media } from "./desk.ts";
import { deviceFault } from "./device-errors.ts";
import { Picture } from "./picture.ts";
import { save } from "./resume.ts";
import type { SavedCall } from "./resume.ts";
import { Referring, referFields, takeRefer } from "./transfer.ts";
import type { Referral } from "./transfer.ts";
import type { CallStatistics } from "./types.ts";
import { sendCandidates, takeInfo } from "./trickle.ts";

/** Attempts at a change of a call that meets 491 (RFC 3261 §14.1). */
const MAX_GLARES = 5;
/** The waits between attempts to reach the other side again, in milliseconds: doubled each time. */
const RETRY = 500;
const LONGEST_WAIT = 8_000;
/**
 * Milliseconds before a refresh, after a loss that both sides may have had: an
 * offer of the other side that waits for us comes first, so that offers seldom
 * cross, which would cost seconds.
 */
const LEAD = { outbound: 300, inbound: 1_000 } as const;
/** How long a call may take to be taken up by a new page, in milliseconds. */
const RESUME_LIMIT = 30_000;
/** How long INFO says that a digit lasts, in milliseconds. */
const DIGIT = 160;

interface Offer {
  /** Looked at before each attempt. */
  due(): boolean;
  /** What the offer proposes; by default the call stays as it is. */
  held?: boolean;
  /** Tries until the other side is reached. */
  patient?: boolean;
  describe?(): Promise<string>;
}

export class Upkeep {
  readonly #call: Call;
  readonly #health: Health;
  #queue: Promise<unknown> = Promise.resolve();
  #due: Timer | undefined;
  /** Ends the wait of the offer that is due. */
  #proceed: () => void = () => {};
  /** Ends what listens for late candidates, and for the page to go. */
  #untrickle: () => void = () => {};
  readonly #stay: () => void;
  readonly #digits: Digits;
  /** @internal */
  readonly picture: Picture;
  #resumed = false;
  #informing: Promise<unknown> = Promise.resolve();
  /** The REFER of ours that is under way. */
  #referring: Referring | null = null;

  constructor(call: Call) {
    this.#call = call;
    const { clock, leave } = call.host.environment;
    this.#stay = leave(() => save(call.host));
    this.#digits = new Digits(clock, (digits) => [...digits].forEach((digit) => this.#inform(digit)));
    this.picture = new Picture(call, () => this.#offer({ due: () => true }));
    this.#health = new Health(clock, GRACE[call.direction], {
      // Before the answer nobody misses a path.
      path: () => (call.up ? (call.peer?.path ?? "between") : "well"),
      reachable: () => !call.stale && !call.line.broken,
      restart: () => this.#refresh(),
      giveUp: () => call.session?.hangup("network"),
    });
    this.#trickle();
  }

  /** There is no path; one that has never been is missed by a call that was up before. */
  get silent(): boolean {
    const { path } = this.#call.peer ?? {};
    return path === "sick" || (this.#resumed && path !== "well");
  }

  /** The path has come or gone. */
  check(): void {
    this.#health.check();
  }

  /** There is a connection again: the other side has to hear of it (RFC 3261 §12.2.1.1). */
  restored(): void {
    this.#proceed();
    const { host, direction } = this.#call;
    this.#due?.stop();
    this.#due = host.environment.clock.after(LEAD[direction], () => this.#refresh().catch(() => {}));
  }

  /** Both sides know of one another, and of the media. */
  agreed(): void {
    this.#call.stale = false;
    // What waits behind a glare need not wait any longer, or is done.
    this.#proceed();
    this.#trickle();
    this.#health.check();
    this.#call.host.changed();
  }

  setHeld(held: boolean, others?: Promise<void>): Promise<void> {
    return this.#offer({ due: () => this.#call.peer?.held !== held, held }, others);
  }

  /** Answers an offer within the call, or makes one where an empty text asks for it. */
  async offered(offer: string): Promise<string> {
    const peer = this.#call.peer!;
    const before = fingerprintOf(peer.connection.currentRemoteDescription?.sdp ?? "");
    // A page that was reloaded, say: browsers hang when they apply another
    // endpoint to the connection that is there.
    if (offer && before && before !== fingerprintOf(offer)) peer.renew();
    const answer = await (offer ? peer.answer(offer) : peer.reoffer(peer.held));
    // The other side learns from our answer where we are.
    if (!this.#call.line.broken) this.agreed();
    return answer;
  }

  /** Gives a call of an earlier page media of its own. */
  resume(saved: SavedCall): Promise<void> {
    const { held } = saved;
    const call = this.#call;
    this.#resumed = true;
    const limit = call.host.environment.clock.after(RESUME_LIMIT, () => call.session?.hangup("network"));
    const describe = () => (call.peer ? call.peer.reoffer(held) : call.begin(saved));
    return this.#offer({ due: () => call.stale, held, patient: true, describe }).finally(() => limit.stop());
  }

  async statistics(): Promise<CallStatistics | null> {
    return (await media()).statisticsOf(this.#call);
  }

  /** Microphone or camera are gone, and there is no other: the call goes on. */
  lost(kind: "audio" | "video", cause: unknown): void {
    this.#call.host.failed(deviceFault(cause, kind === "audio" ? "microphone" : "camera"));
    if (kind === "video") this.picture.off();
  }

  /** Sends a digit: as a telephone event (RFC 4733), or by INFO where that can't be. */
  press(digit: string): void {
    const { peer } = this.#call;
    if (peer && !this.#digits.press(peer.connection, digit)) this.#inform(digit);
  }

  /**
   * Sends the other side to `uri`, or joins it with the other side of the call
   * that has the dialog `other`; resolves to the status there.
   */
  refer(uri: string, from: string, other?: DialogState): Promise<number> {
    const { session, up, host } = this.#call;
    if (!up || !session) throw new Error("The call is not up");
    this.#referring = new Referring();
    return this.#referring.run(session, host.environment.clock, referFields(uri, from, other));
  }

  /** INFO, NOTIFY or REFER of the other side. */
  request(request: SipRequest, transaction: ServerTransaction): void {
    const { method, fields } = request;
    const { session, peer, up } = this.#call;
    if (method === "REFER") {
      takeRefer(session!, request, transaction, up ? (referral) => this.#go(referral) : null);
    } else if (fields.get("Info-Package") && peer) void takeInfo(request, transaction, peer.connection);
    else {
      transaction.respond(200);
      if (method === "NOTIFY") this.#referring?.notified(request);
    }
  }

  /** Goes where the other side sends us, and takes this call again when that comes to nothing. */
  async #go(referral: Referral): Promise<number> {
    const call = this.#call;
    const { held } = call;
    let status = 603;
    try {
      return (status = await call.dial(referral));
    } finally {
      if (status >= 300 && !held && call.held) call.unhold().catch(() => {});
    }
  }

  /** The call is over; `status` is what a transfer under way has come to. */
  stop(status: number): void {
    this.#due?.stop();
    this.#health.stop();
    this.#digits.stop();
    this.#untrickle();
    this.#stay();
    this.#proceed();
    this.#referring?.settle(status);
  }

  #inform(digit: string): void {
    const fields: FieldList = [["Content-Type", "application/dtmf-relay"]];
    const body = `Signal=${digit}\r\nDuration=${DIGIT}\r\n`;
    this.#informing = this.#informing
      .then(() => this.#call.session!.send("INFO", fields, body))
      .catch(() => {});
  }

  /** Tells the other side where we are now, and looks for a path if there is none. */
  #refresh(): Promise<void> {
    return this.#offer({ due: () => this.#call.stale || this.#call.peer?.path === "sick", patient: true });
  }

  /**
   * Makes an offer while it is due. Offers wait for one another, for the
   * connection when it is lost, and begin anew after a glare.
   */
  #offer({ due, held, patient, describe }: Offer, others?: Promise<void>): Promise<void> {
    const call = this.#call;
    const turn = this.#queue.then(async () => {
      await others;
      for (let tries = 1; ; tries++) {
        const { session, line } = call;
        if (!call.up || !session) throw new Error("The call is not up");
        if (!due()) return;
        if (line.broken) {
          await this.#pause();
          continue;
        }
        const hold = held ?? !!call.peer?.held;
        const sick = call.peer?.path === "sick";
        try {
          const answer = await session.reinvite(describe ?? (() => call.peer!.reoffer(hold)));
          await call.peer!.agreed(hold, answer);
          if (sick) this.#health.tried();
          return this.agreed();
        } catch (cause) {
          await call.peer?.rollback().catch(() => {});
          // Nothing wakes what waits for a call that is over.
          if (!call.up) throw cause;
          const { status = 0, local = false } = cause as { status?: number; local?: boolean };
          if (local && status === 503) await this.#pause(line.broken ? undefined : RETRY);
          else if (status === 491 && (patient || tries < MAX_GLARES)) await this.#pause(this.#glareDelay());
          else if (patient && (status === 408 || status === 480 || status >= 500))
            await this.#pause(Math.min(LONGEST_WAIT, RETRY * 2 ** tries));
          else {
            // Whoever refuses the offer has heard from us all the same.
            if (status && !local) this.agreed();
            throw cause;
          }
        }
      }
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** How long to wait after 491 before the next offer, in milliseconds (RFC 3261 §14.1). */
  #glareDelay(): number {
    const { session, host } = this.#call;
    const share = fraction(host.environment.random);
    return session?.dialog?.state.caller ? 2_100 + share * 1_900 : share * 2_000;
  }

  /** Waits for a time, or for the connection to come back. */
  #pause(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer =
        milliseconds === undefined
          ? undefined
          : this.#call.host.environment.clock.after(milliseconds, () => this.#proceed());
      this.#proceed = () => {
        timer?.stop();
        resolve();
      };
    });
  }

  #trickle(): void {
    const { session, peer } = this.#call;
    if (!peer || !session?.supports("trickle-ice")) return;
    this.#untrickle();
    this.#untrickle = sendCandidates(session, peer.connection, peer.sent);
  }
}
