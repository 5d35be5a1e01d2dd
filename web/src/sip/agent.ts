// The user agent core (RFC 3261 §8): sends requests with credentials over one
// connection, and gives incoming ones to the session they belong to.

import type { Clock, Random } from "./clock.ts";
import { hexWord } from "./clock.ts";
import { Connection } from "./connection.ts";
import type { SocketFactory } from "./connection.ts";
import type { Draft } from "./dialog.ts";
import { tagOf } from "./dialog.ts";
import { strongest } from "./digest.ts";
import type { Challenge, Credentials } from "./digest.ts";
import { HeaderFields, cseq, isRequest, serialize } from "./message.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import type { SipExtras } from "./on-demand.ts";
import { parseMessage } from "./parser.ts";
import { LIFETIME, MAX_TRANSACTIONS, TransactionLayer, cancellation } from "./transactions.ts";
import type { ClientTransaction, ClientUser, ServerTransaction } from "./transactions.ts";
import { SyntaxFault, escapeUser } from "./uri.ts";

export const ALLOW = "INVITE, ACK, CANCEL, BYE, INFO, NOTIFY, OPTIONS, PRACK, REFER, UPDATE";
const AGENT = "web-phone";
/** Attempts at one request: a challenge, a stale nonce, and one more of each from a second proxy. */
const MAX_ATTEMPTS = 4;
/** How long messages wait for what is loaded on demand, in milliseconds. */
const LOAD_LIMIT = 2_000;

export interface AgentSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly webSocket: SocketFactory;
  readonly servers: readonly string[];
  readonly username: string;
  /** Asked for at each challenge, so that a renewed password is taken. */
  credentials(): Credentials | null;
  /**
   * Loads what few peers need. The first message that needs it, and those
   * behind it, wait for at most two seconds; then, and where loading failed,
   * things go on without: what was to be done with it is refused or left out.
   */
  sipExtras?: (() => Promise<SipExtras>) | undefined;
  trace?: ((direction: "in" | "out", text: string) => void) | undefined;
}

export interface AgentUser {
  opened(): void;
  closed(): void;
  /** The connection goes to another server now. */
  moved(): void;
  /** Five seconds have passed, or a sleep. */
  pulse(): void;
  /** Asks the server something that it must answer. */
  probe(answered: () => void): void;
  /** An INVITE outside a dialog. */
  invited(invite: ServerTransaction): void;
}

/** Who takes the requests of one Call-ID and local tag. */
export interface DialogUser {
  request(request: SipRequest, transaction: ServerTransaction): void;
  acknowledged(request: SipRequest): void;
  cancelled(request: SipRequest): void;
  /** An INVITE outside a dialog: true when it belongs to a call that is there, which has dealt with it. */
  invited(invite: ServerTransaction): boolean;
}

/** Hears of a request that was sent. */
export interface Reply {
  provisional?(response: SipResponse): void;
  /** The final response; for INVITE each further 2xx too. */
  final: ClientUser;
}

/** A request under way. */
export interface Sent {
  /** The last attempt. */
  request: SipRequest | null;
  /** Cancels an INVITE now, or as soon as it may be (RFC 3261 §9.1). */
  cancel(): void;
}

export class Agent {
  readonly clock: Clock;
  readonly random: Random;
  readonly connection: Connection;
  /** The address at which this phone is reached over its connection. */
  readonly contact: string;
  /** What was loaded on demand. */
  extras: SipExtras | null = null;
  /** Another number for each connection. */
  flow = 0;
  readonly #settings: AgentSettings;
  readonly #user: AgentUser;
  readonly #layer: TransactionLayer;
  readonly #dialogs = new Map<string, DialogUser>();
  /** Challenges answered before, by the kind of request and realm. */
  readonly #challenges = new Map<string, { field: string; register: boolean; challenge: Challenge }>();
  /** Sent as soon as there is a connection again. */
  #waiting: (() => void)[] = [];
  #patient = 0;
  #drained: (() => void)[] = [];
  /** Messages that wait for what is being loaded. */
  #held: SipMessage[] | null = null;
  // Nobody can reach a browser by name: RFC 7118 §5.
  readonly #host: string;

  constructor(settings: AgentSettings, user: AgentUser) {
    const { clock, random } = settings;
    this.clock = clock;
    this.random = random;
    this.#settings = settings;
    this.#user = user;
    this.#host = `${hexWord(random, 6)}.invalid`;
    this.contact = `<sip:${escapeUser(settings.username)}@${this.#host};transport=ws>`;
    this.#layer = new TransactionLayer(clock, random, (message) => this.#write(message), {
      request: (request, transaction) => this.#request(request, transaction),
    });
    this.connection = new Connection(settings.servers, clock, random, settings.webSocket, {
      opened: () => {
        this.#opened();
        user.opened();
      },
      received: (data) => this.#received(data),
      closed: () => {
        this.#lost();
        user.closed();
      },
      moved: () => {
        this.#lost();
        this.#opened();
        user.moved();
      },
      pulse: () => user.pulse(),
      probe: (answered) => user.probe(answered),
    });
  }

  word(bytes = 8): string {
    return hexWord(this.random, bytes);
  }

  /** Requests of this Call-ID to this local tag go to `user`. */
  register(callId: string, tag: string, user: DialogUser): () => void {
    const key = `${callId} ${tag}`;
    this.#dialogs.set(key, user);
    return () => this.#dialogs.delete(key);
  }

  /** New credentials: what was answered with the old ones is forgotten. */
  forget(): void {
    this.#challenges.clear();
  }

  /**
   * Sends a request, and again with credentials when it is challenged (RFC 3261
   * §22). An INVITE that was under way when its connection was lost is
   * cancelled over the next one, so that it does not ring on for nobody.
   */
  send(draft: Draft, reply: Reply): Sent {
    let transaction: ClientTransaction | null = null;
    let cancelled = false;
    let due = false;
    const cancel = () => {
      if (!due || !transaction?.proceeding) return;
      due = false;
      transaction.giveUp();
      this.#layer.start(cancellation(transaction.request), () => {});
    };
    const sent: Sent = {
      request: null,
      cancel: () => {
        due = !cancelled;
        cancelled = true;
        cancel();
      },
    };
    const attempt = (tries: number) => {
      const request = (sent.request = this.#build(draft));
      const { flow } = this;
      let proceeding = false;
      transaction = this.#layer.start(request, (status, response) => {
        if (response && status < 200) {
          proceeding = draft.method === "INVITE";
          cancel();
          if (status > 100) reply.provisional?.(response);
        } else if (
          response &&
          !cancelled &&
          (status === 401 || status === 407) &&
          tries < MAX_ATTEMPTS &&
          this.#challenged(request, response)
        ) {
          attempt(tries + 1);
        } else {
          if (!response && proceeding && flow !== this.flow)
            this.#patiently((heard) => this.#layer.start(cancellation(request), heard));
          reply.final(status, response);
        }
      });
    };
    attempt(1);
    return sent;
  }

  /** As `send`, but waits up to 32 seconds for a connection, and outlives its loss. */
  sendPatiently(draft: Draft): void {
    this.#patiently((final) => this.send(draft, { final }));
  }

  #patiently(attempt: (heard: ClientUser) => unknown): void {
    const until = this.clock.now() + LIFETIME;
    this.#patient++;
    const over = () => {
      limit.stop();
      this.#waiting = this.#waiting.filter((other) => other !== go);
      if (!--this.#patient) for (const run of this.#drained.splice(0)) run();
    };
    const wait = () => {
      if (this.clock.now() < until) this.#waiting.push(go);
      else over();
    };
    const go = () =>
      void attempt((status, response) => {
        if (!response && status === 503) wait();
        else if (status >= 200) over();
      });
    const limit = this.clock.after(LIFETIME, () => {
      if (this.#waiting.includes(go)) over();
    });
    if (this.connection.server) go();
    else wait();
  }

  /** Loads what few peers need; resolves after two seconds at the latest. */
  load(): Promise<void> {
    return new Promise((resolve) => {
      const { sipExtras } = this.#settings;
      if (this.extras || !sipExtras) return resolve();
      const limit = this.clock.after(LOAD_LIMIT, resolve);
      const done = (extras: SipExtras | null) => {
        this.extras ??= extras;
        limit.stop();
        resolve();
      };
      sipExtras().then(done, () => done(null));
    });
  }

  #opened(): void {
    for (const send of this.#waiting.splice(0)) send();
  }

  #lost(): void {
    this.flow++;
    this.#layer.lost();
  }

  /** Requests that wait for a connection. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs once no patient request is under way. */
  whenDrained(run: () => void): void {
    if (this.#patient) this.#drained.push(run);
    else run();
  }

  /** Sends an ACK of a 2xx, which is no transaction (RFC 3261 §13.2.2.4). */
  acknowledge(draft: Draft, invite: SipRequest): () => void {
    const request = this.#build(draft, cseq(invite).number);
    for (const name of ["Authorization", "Proxy-Authorization"]) {
      for (const value of invite.fields.all(name)) request.fields.add(name, value);
    }
    const send = () => void this.#layer.send(request);
    send();
    return send;
  }

  #build({ method, uri, fields: own, body, sequence }: Draft, number = ++sequence.value): SipRequest {
    const transport = this.connection.server.startsWith("wss") ? "WSS" : "WS";
    const fields = new HeaderFields([
      ["Via", `SIP/2.0/${transport} ${this.#host};branch=z9hG4bK${this.word()}`],
      ["Max-Forwards", "70"],
      ...own,
      ["CSeq", `${number} ${method}`],
      ["User-Agent", AGENT],
    ]);
    const credentials = this.#settings.credentials();
    if (credentials && method !== "ACK") {
      for (const { field, register, challenge } of this.#challenges.values()) {
        if (register === (method === "REGISTER"))
          fields.add(field, challenge.answer(credentials, method, uri));
      }
    }
    return { method, uri, fields, body };
  }

  /** Takes over the challenges; false when the credentials themselves were refused. */
  #challenged({ method, fields }: SipRequest, response: SipResponse): boolean {
    if (!this.#settings.credentials()) return false;
    const field = response.status === 401 ? "Authorization" : "Proxy-Authorization";
    const register = method === "REGISTER";
    const taken = strongest(response, this.random, this.extras).filter((challenge) => {
      const key = `${field} ${register} ${challenge.realm}`;
      const before = this.#challenges.get(key)?.challenge;
      // Credentials that were just refused will be refused again, unless the
      // nonce was too old: then, and after a restart of the server, a nonce
      // that had been used before is worth another attempt.
      const refused = before && before.uses < 2 && !challenge.stale && fields.get(field);
      this.#challenges.delete(key);
      if (refused) return false;
      this.#challenges.set(key, { field, register, challenge });
      return true;
    });
    return taken.length > 0;
  }

  #write(message: SipMessage): boolean {
    const text = serialize(message);
    this.#trace("out", text);
    return this.connection.send(text);
  }

  #received(data: string | Uint8Array): void {
    let message: SipMessage;
    try {
      message = parseMessage(data);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      // A peer that can't write SIP can't read an answer either.
      return;
    }
    if (this.#settings.trace) this.#trace("in", serialize(message));
    if (this.#held) {
      if (this.#held.length < MAX_TRANSACTIONS) this.#held.push(message);
    } else if (this.extras || !this.#settings.sipExtras || !this.#rare(message)) this.#layer.receive(message);
    else {
      const held = (this.#held = [message]);
      void this.load().then(() => {
        this.#held = null;
        for (const message of held) this.#layer.receive(message);
      });
    }
  }

  /** It has to do with what is loaded on demand. */
  #rare(message: SipMessage): boolean {
    const { fields } = message;
    const request = isRequest(message);
    // What a response to REGISTER requires is no business of ours.
    if (fields.get("Session-Expires") || fields.get(request ? "Require" : "RSeq")) return true;
    // What changes a call that is there, or is its INVITE once more.
    if (request)
      return (
        /^(INVITE|PRACK|UPDATE)$/.test(message.method) &&
        [...this.#dialogs.keys()].some((key) => key.startsWith(fields.get("Call-ID")))
      );
    const status = String(message.status);
    return /^(3|422)/.test(status) || (/^40[17]/.test(status) && !strongest(message, this.random).length);
  }

  #trace(direction: "in" | "out", text: string): void {
    this.#settings.trace?.(direction, text.replace(/^((?:Proxy-)?Authorization:).*$/gim, "$1 ***"));
  }

  #request(request: SipRequest, transaction: ServerTransaction | null): void {
    const { method, fields } = request;
    const tag = tagOf(fields.get("To"));
    const user = this.#dialogs.get(`${fields.get("Call-ID")} ${tag}`);
    if (!transaction) return user?.acknowledged(request);
    const required = fields.get("Require");
    if (method === "CANCEL") {
      const invite = this.#layer.cancelled(request);
      transaction.respond(invite ? 200 : 481);
      if (invite) this.#dialogs.get(`${fields.get("Call-ID")} ${invite.tag}`)?.cancelled(request);
    } else if (this.extras ? this.extras.refused(transaction) : required) {
      transaction.respond(420, [["Unsupported", required]]);
    } else if (tag) {
      if (user) user.request(request, transaction);
      else transaction.respond(481);
    } else if (method === "INVITE") {
      if (![...this.#dialogs.values()].some((other) => other.invited(transaction)))
        this.#user.invited(transaction);
    } else if (method === "OPTIONS")
      transaction.respond(200, [
        ["Allow", ALLOW],
        ["Accept", "application/sdp"],
      ]);
    else transaction.respond(405, [["Allow", ALLOW]]);
  }
}
