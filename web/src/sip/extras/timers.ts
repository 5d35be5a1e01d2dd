// Session timers (RFC 4028): both roles. We ask for none, and serve those that
// the other side, or a proxy between, asks for.

import type { Timer } from "../clock.ts";
import type { FieldList } from "../dialog.ts";
import type { SipRequest, SipResponse } from "../message.ts";
import type { Session } from "../session.ts";
import { LIFETIME } from "../transactions.ts";
import type { ServerTransaction } from "../transactions.ts";

/** Seconds: the shortest interval that we take (§4), and the longest that we reckon with. */
export const SHORTEST = 90;
export const LONGEST = 86_400;
/** The longest Min-SE that we meet. */
const LONGEST_MINIMUM = 7_200;
/** Seconds between attempts at a refresh that was not answered. */
const RETRY = 10;
const MAX_ATTEMPTS = 3;

interface Asked {
  readonly seconds: number;
  readonly refresher: string;
}

/** What a Session-Expires field says, or `null`. */
function asked({ fields }: SipRequest | SipResponse): Asked | null {
  const [, seconds = "", more = ""] = /^(\d{1,10})\s*(;.*)?$/s.exec(fields.get("Session-Expires")) ?? [];
  const [, refresher = ""] = /;\s*refresher\s*=\s*"?(ua[cs])/i.exec(more) ?? [];
  return seconds ? { seconds: Math.min(Number(seconds), LONGEST), refresher: refresher.toLowerCase() } : null;
}

const knows = (request: SipRequest) => request.fields.tokens("Supported").includes("timer");

/** The option tags that we know. */
const KNOWN = /^(100rel|replaces|timer|trickle-ice)$/;

/**
 * Refuses a request that wants an extension nobody knows (RFC 3261 §8.2.2.3),
 * or a session that expires too soon where its sender knows what to make of
 * that (§9).
 */
export function refused(transaction: ServerTransaction): boolean {
  const { request } = transaction;
  const unknown = request.fields.tokens("Require").filter((option) => !KNOWN.test(option));
  if (unknown.length) return transaction.respond(420, [["Unsupported", unknown.join(", ")]]);
  const seconds = /^(INVITE|UPDATE)$/.test(request.method) && asked(request)?.seconds;
  if (typeof seconds !== "number" || seconds >= SHORTEST || !knows(request)) return false;
  return transaction.respond(422, [["Min-SE", String(SHORTEST)]]);
}

/**
 * The timer of a session.
 *
 *     off --Session-Expires in a 2xx--> on --a 2xx without it--> off
 *
 * While on, whoever is the refresher refreshes at half time; when the other
 * side is and does not, the session ends shortly before it expires (§10).
 */
export class SessionTimer {
  readonly #session: Session;
  #seconds = 0;
  #ours = false;
  #minimum = 0;
  #attempts = 0;
  #over = false;
  #timer: Timer | undefined;
  /** The connection that was there when the other side could last refresh. */
  #flow = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The fields of a request of ours (§7.1, §7.4), or of our 2xx to `request` (§9). */
  fields(request?: SipRequest): FieldList {
    if (request) return this.#answer(request);
    const fields: [string, string][] = [];
    if (this.#seconds)
      fields.push(["Session-Expires", `${this.#seconds};refresher=${this.#ours ? "uac" : "uas"}`]);
    else if (this.#minimum) fields.push(["Session-Expires", String(this.#minimum)]);
    if (this.#minimum) fields.push(["Min-SE", String(this.#minimum)]);
    return fields;
  }

  /** A 2xx to an INVITE or UPDATE of ours (§7.2). */
  agreed(response: SipResponse): void {
    const { seconds = 0, refresher = "" } = asked(response) ?? {};
    this.#start(seconds, refresher !== "uas");
  }

  /** After a 422: true when another attempt is worth it (§7.3). */
  longer(refusal: SipResponse): boolean {
    const minimum = parseInt(refusal.fields.get("Min-SE"));
    if (!(minimum > this.#minimum && minimum <= LONGEST_MINIMUM) || ++this.#attempts > MAX_ATTEMPTS)
      return false;
    this.#minimum = minimum;
    return true;
  }

  /** The session is over. */
  end(): void {
    this.#over = true;
    this.#off();
  }

  #off(): void {
    this.#timer?.stop();
    this.#seconds = 0;
    this.#ours = false;
  }

  /** A refresh by the other side that is answered with 2xx starts anew (§9). */
  #answer(request: SipRequest): FieldList {
    const { seconds = 0, refresher = "" } = asked(request) ?? {};
    const known = knows(request);
    const ours = refresher ? refresher === "uas" : !known;
    this.#start(seconds, ours);
    if (!seconds) return [];
    const fields: [string, string][] = [["Session-Expires", `${seconds};refresher=${ours ? "uas" : "uac"}`]];
    if (!ours && known) fields.push(["Require", "timer"]);
    return fields;
  }

  #start(seconds: number, ours: boolean): void {
    this.#off();
    if (!seconds || this.#over) return;
    this.#seconds = seconds;
    this.#ours = ours;
    if (ours) return this.#after(seconds * 500, () => void this.#refresh());
    this.#flow = this.#session.agent.flow;
    this.#after((seconds - Math.min(32, seconds / 3)) * 1000, () => this.#expire());
  }

  #after(milliseconds: number, run: () => void): void {
    this.#timer?.stop();
    this.#timer = this.#session.agent.clock.after(milliseconds, run);
  }

  /** Without a connection, and for a while with a new one, the other side is not to blame. */
  #expire(): void {
    const { connection, flow } = this.#session.agent;
    if (this.#flow === flow) return this.#session.hangup("network");
    if (connection.server) this.#flow = flow;
    this.#after(LIFETIME, () => this.#expire());
  }

  /** By UPDATE, or by a re-INVITE where the other side does not take that (§7.4). */
  async #refresh(): Promise<void> {
    // Unless it succeeds, which starts anew, it is tried again.
    this.#after(RETRY * 1000, () => void this.#refresh());
    if (!this.#session.allows("UPDATE")) return this.#session.user.refresh?.();
    const fields: FieldList = [
      ["Contact", this.#session.agent.contact],
      ["Supported", "timer"],
      ...this.fields(),
    ];
    try {
      this.#session.agreed(await this.#session.send("UPDATE", fields));
    } catch {
      // The next attempt is under way.
    }
  }
}
