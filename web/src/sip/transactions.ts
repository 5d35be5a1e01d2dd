// Transactions (RFC 3261 §17, RFC 6026) over a reliable transport: nothing is
// retransmitted here, and the timers that wait for stray copies (D, I, J, K)
// are zero, so that `completed` and `confirmed` pass at once where no ACK is due.

import type { Clock, Random, Timer } from "./clock.ts";
import { hexWord } from "./clock.ts";
import { HeaderFields, cseq, isRequest, respond } from "./message.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";

/** The round-trip estimate, in milliseconds (RFC 3261 §17.1.1.1). */
export const T1 = 500;
export const T2 = 4_000;
/** Timers B, F, H, L and M: 32 seconds. */
export const LIFETIME = 64 * T1;

type State = "trying" | "proceeding" | "accepted" | "completed" | "terminated";
type Event = "provisional" | "success" | "failure" | "acknowledged" | "expired" | "lost";
type Row = Partial<Record<Event, State>>;
/** The transitions; from a state without a row none leads on. */
type Table = Readonly<Partial<Record<State, Row>>>;

/**
 * The INVITE client (RFC 6026 §8.4, figure 5). Timer B runs in trying, timer M
 * in accepted, where each 2xx goes to the user.
 *
 *     trying --1xx--> proceeding --2xx--> accepted --M--> terminated
 *       |  \______________2xx______________^                ^
 *       +---- 300-699 (ACK), B, transport lost -------------+
 */
const INVITE_CLIENT: Table = {
  trying: {
    provisional: "proceeding",
    success: "accepted",
    failure: "terminated",
    expired: "terminated",
    lost: "terminated",
  },
  proceeding: { provisional: "proceeding", success: "accepted", failure: "terminated", lost: "terminated" },
  accepted: { success: "accepted", expired: "terminated" },
};

/**
 * Any other client (RFC 3261 §17.1.2, figure 6), where timer F runs
 * throughout; and any other server (§17.2.2, figure 8).
 *
 *     trying --1xx--> proceeding --2xx-6xx, F, lost--> terminated
 *       +--------------2xx-6xx, F, lost--------------------^
 */
const PENDING: Row = {
  provisional: "proceeding",
  success: "terminated",
  failure: "terminated",
  expired: "terminated",
  lost: "terminated",
};
const OTHER: Table = { trying: PENDING, proceeding: PENDING };

/**
 * The INVITE server (RFC 6026 §8.5, figure 7). Timer L runs in accepted, timer
 * H in completed. It outlives its connection: responses may take the next one
 * (RFC 3261 §18.2.2).
 *
 *     proceeding --2xx--> accepted --L, dropped--> terminated
 *         +----300-699--> completed --ACK, H---------^
 */
const INVITE_SERVER: Table = {
  proceeding: { provisional: "proceeding", success: "accepted", failure: "completed", lost: "terminated" },
  accepted: { success: "accepted", expired: "terminated", lost: "terminated" },
  completed: { acknowledged: "terminated", expired: "terminated" },
};

const eventOf = (status: number): Event =>
  status < 200 ? "provisional" : status < 300 ? "success" : "failure";

/** What both sides share: a state, its table, and one timer. */
class Machine {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #over: () => void;
  state: State;
  timer: Timer | undefined;

  constructor(table: Table, state: State, clock: Clock, over: () => void) {
    this.#table = table;
    this.state = state;
    this.#clock = clock;
    this.#over = over;
  }

  /** Runs the timer anew: 32 seconds. */
  limit(run: () => void = () => this.on("expired")): void {
    this.timer?.stop();
    this.timer = this.#clock.after(LIFETIME, run);
  }

  /** Makes the transition and says whether there was one. */
  on(event: Event): boolean {
    const next = this.#table[this.state]?.[event];
    if (!next) return false;
    this.state = next;
    if (next === "terminated") {
      this.timer?.stop();
      this.#over();
    }
    return true;
  }
}

/**
 * Hears every provisional response, the final one, and for INVITE each further
 * 2xx. Where no final one came, `response` is `null` and `status` is 408 (timer
 * B or F fired) or 503 (the transport is gone): RFC 3261 §8.1.3.1.
 */
export type ClientUser = (status: number, response: SipResponse | null) => void;

export class ClientTransaction {
  readonly request: SipRequest;
  readonly #layer: TransactionLayer;
  readonly #user: ClientUser;
  readonly #machine: Machine;

  constructor(layer: TransactionLayer, request: SipRequest, user: ClientUser, over: () => void) {
    this.request = request;
    this.#layer = layer;
    this.#user = user;
    const table = request.method === "INVITE" ? INVITE_CLIENT : OTHER;
    this.#machine = new Machine(table, "trying", layer.clock, over);
    this.#machine.limit(() => this.fail(408));
  }

  /** True while a CANCEL may be sent (RFC 3261 §9.1). */
  get proceeding(): boolean {
    return this.#machine.state === "proceeding";
  }

  receive(response: SipResponse): void {
    const event = eventOf(response.status);
    const before = this.#machine.state;
    if (!this.#machine.on(event)) return;
    if (this.request.method === "INVITE") {
      if (event === "failure") this.#layer.send(acknowledgement(this.request, response));
      else if (event === "provisional") {
        // Later ones leave the timer of giveUp() alone.
        if (before === "trying") this.#machine.timer?.stop();
      } else if (before !== "accepted") this.#machine.limit();
    }
    this.#user(response.status, response);
  }

  fail(status: 408 | 503): void {
    if (this.#machine.on(status === 408 ? "expired" : "lost")) this.#user(status, null);
  }

  /** A cancelled INVITE that nobody answers is given up (RFC 3261 §9.1). */
  giveUp(): void {
    this.#machine.limit(() => this.fail(503));
  }
}

export class ServerTransaction {
  readonly request: SipRequest;
  /** The To tag of its responses. */
  tag: string;
  readonly #layer: TransactionLayer;
  readonly #machine: Machine;
  #last: SipResponse | null = null;

  constructor(layer: TransactionLayer, request: SipRequest, over: () => void) {
    this.#layer = layer;
    this.request = request;
    this.tag = hexWord(layer.random, 5);
    const invite = request.method === "INVITE";
    const [table, state] = invite ? ([INVITE_SERVER, "proceeding"] as const) : ([OTHER, "trying"] as const);
    this.#machine = new Machine(table, state, layer.clock, over);
  }

  /** An INVITE that waits for the ACK of its refusal. */
  get refused(): boolean {
    return this.#machine.state === "completed";
  }

  /** Another transaction of the same call takes its place: it is never answered. */
  drop(): void {
    this.#machine.on("lost");
  }

  /** Answers the request; an answer after the final one is dropped, except 2xx again. */
  respond(status: number, fields: Iterable<readonly [string, string]> = [], body = ""): boolean {
    const before = this.#machine.state;
    if (!this.#machine.on(eventOf(status))) return false;
    this.#last = respond(this.request, status, this.tag, fields, body);
    this.#layer.send(this.#last);
    const { state } = this.#machine;
    if (state !== before && (state === "accepted" || state === "completed")) this.#machine.limit();
    return true;
  }

  /** Sends a 2xx once more (RFC 3261 §13.3.1.4). */
  repeat(): void {
    if (this.#last) this.#layer.send(this.#last);
  }

  /** A copy of the request, or the ACK of a refusal. */
  receive(request: SipRequest): void {
    if (request.method === "ACK") this.#machine.on("acknowledged");
    else if (this.#machine.state !== "accepted") this.repeat();
  }
}

export interface LayerUser {
  /** A new request; its transaction is `null` for an ACK of a 2xx. */
  request(request: SipRequest, transaction: ServerTransaction | null): void;
}

/** How many transactions may be under way; a request beyond is dropped. */
export const MAX_TRANSACTIONS = 256;

export class TransactionLayer {
  readonly clock: Clock;
  readonly random: Random;
  readonly #write: (message: SipMessage) => boolean;
  readonly #user: LayerUser;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();

  constructor(clock: Clock, random: Random, write: (message: SipMessage) => boolean, user: LayerUser) {
    this.clock = clock;
    this.random = random;
    this.#write = write;
    this.#user = user;
  }

  send(message: SipMessage): boolean {
    return this.#write(message);
  }

  /** Sends a request whose Via is there in a transaction of its own. */
  start(request: SipRequest, user: ClientUser): ClientTransaction {
    const key = keyOf(request);
    const transaction = new ClientTransaction(this, request, user, () => this.#clients.delete(key));
    this.#clients.set(key, transaction);
    if (!this.send(request)) queueMicrotask(() => transaction.fail(503));
    return transaction;
  }

  receive(message: SipMessage): void {
    if (!isRequest(message)) return this.#clients.get(keyOf(message))?.receive(message);
    const key = keyOf(message);
    const known = this.#servers.get(key);
    // The ACK of a 2xx goes to the user, even where it wrongly has the INVITE's branch.
    const ack = message.method === "ACK" && !known?.refused;
    if (known && !ack) return known.receive(message);
    if (ack) return this.#user.request(message, null);
    if (this.#servers.size >= MAX_TRANSACTIONS) return;
    const transaction = new ServerTransaction(this, message, () => this.#servers.delete(key));
    this.#servers.set(key, transaction);
    this.#user.request(message, transaction);
  }

  /** The INVITE that a CANCEL means (RFC 3261 §9.2). */
  cancelled(cancel: SipRequest): ServerTransaction | undefined {
    return this.#servers.get(keyOf(cancel, "INVITE"));
  }

  /** The transport is gone: no pending request of ours will be answered. */
  lost(): void {
    for (const [key, { request }] of this.#servers) {
      if (request.method !== "INVITE") this.#servers.delete(key);
    }
    for (const transaction of [...this.#clients.values()]) transaction.fail(503);
  }
}

/** RFC 3261 §17.1.3 and §17.2.3: branch, sent-by and method; an ACK belongs to its INVITE. */
function keyOf(message: SipMessage, method = cseq(message).method): string {
  const [via = ""] = message.fields.list("Via");
  const [, by = "", branch = message.fields.get("Call-ID") + message.fields.get("CSeq")] =
    /^\S+\s+([^;\s]+).*?(?:;\s*branch\s*=\s*([^;\s]+).*)?$/is.exec(via) ?? [];
  return `${branch} ${by} ${method === "ACK" ? "INVITE" : method}`.toLowerCase();
}

/** The ACK of a refused INVITE (RFC 3261 §17.1.1.3). */
function acknowledgement({ uri, fields }: SipRequest, response: SipResponse): SipRequest {
  return within(uri, "ACK", fields, response.fields.get("To"));
}

/** The CANCEL of an INVITE (RFC 3261 §9.1). */
export function cancellation({ uri, fields }: SipRequest): SipRequest {
  return within(uri, "CANCEL", fields, fields.get("To"));
}

function within(uri: string, method: string, from: HeaderFields, to: string): SipRequest {
  const fields = new HeaderFields([["Via", from.get("Via")]]);
  for (const name of ["Route", "Max-Forwards", "From", "Call-ID", "Authorization", "Proxy-Authorization"]) {
    for (const value of from.all(name)) fields.add(name, value);
  }
  fields.add("To", to).add("CSeq", from.get("CSeq").replace(/\S+$/, method));
  return { method, uri, fields, body: "" };
}
