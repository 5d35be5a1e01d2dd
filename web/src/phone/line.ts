// A line: one account at its servers, and its registration (RFC 3261 §10,
// RFC 5626 §4.2). A changed account is another line.

import { Agent } from "../sip/agent.ts";
import type { ServerTransaction } from "../sip/transactions.ts";
import { fraction } from "../sip/clock.ts";
import type { Timer } from "../sip/clock.ts";
import type { Draft, FieldList, Sequence } from "../sip/dialog.ts";
import type { SipResponse } from "../sip/message.ts";
import { SipFailure } from "../sip/failure.ts";
import { escapeUser, parseNameAddr } from "../sip/uri.ts";
import type { Environment } from "./environment.ts";
import { registrationError } from "./errors.ts";
import { realmOf } from "./settings.ts";
import type { Settings } from "./settings.ts";
import type { RegistrationState } from "./types.ts";

export interface LineUser {
  settings(): Settings;
  invited(line: Line, invite: ServerTransaction): void;
  /** The state has changed; with the reason when the line is not registered any more. */
  changed(line: Line, reason?: string): void;
  /** It is time to register again, after a loss or a refusal. */
  again(line: Line): void;
  /** A call needs the connection, registered or not. */
  inUse(line: Line): boolean;
  /** The connection is gone; what was under way over it is lost. */
  lost(line: Line): void;
  /** There is a connection again, and the line is registered if it wants to be and may. */
  restored(line: Line): void;
}

/**
 * Seconds between attempts: the first comes at once, then they are doubled each
 * time up to a minute, each half to one and a half times as long.
 */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 60;
/** And while a call waits for it. */
const LONGEST_IN_CALL = 4;
/** The share of its lifetime after which a binding is refreshed. */
const REFRESH = 0.85;
/** Seconds: lifetimes outside these bounds are refreshed as if they were at them. */
const SHORTEST_LIFETIME = 10;
const LONGEST_LIFETIME = 86_400;
/** Milliseconds that a server may take to answer REGISTER before the next one is asked. */
const REGISTER_LIMIT = 10_000;
/** The longest Retry-After that is honoured, in seconds. */
const LONGEST_BAR = 3_600;

/**
 * The registration.
 *
 *     unregistered --register()--> registering --200--> registered -+
 *          ^                           |                 |  ^       | refresh
 *          |                           |                 |  +-------+
 *          +----- refused, unreachable-+-- lost, gone ---+
 */
export class Line {
  readonly agent: Agent;
  readonly realm: string;
  readonly username: string;
  /** The UUID by which servers know this phone again (RFC 5626 §4.1). */
  readonly instance: string;
  /** The server last registered at, and the seconds it granted. */
  server = "";
  expires = 0;
  /** Registers again by itself when the connection was lost. */
  wanted = false;
  #state: RegistrationState = "unregistered";
  readonly #user: LineUser;
  readonly #clock: Environment["clock"];
  readonly #callId: string;
  readonly #sequence: Sequence = { value: 0 };
  readonly #contact: string;
  #attempt: Promise<void> | null = null;
  /** Kept so that the calls of a line that is let go of can end. */
  #last: { username: string; password: string } | null = null;
  #timer: Timer | undefined;
  /** When the binding is to be refreshed, by the wall clock: timers stand still in sleep. */
  #due = 0;
  #failures = 0;
  /** Seconds that a refusal asked to wait. */
  #patience = 0;
  /** An attempt waits for its time. */
  #resting = false;
  /** A connection was lost and what hung on it is not restored. */
  #broken = false;
  #retired = false;
  readonly #wake: Environment["wake"];
  #asleep: (() => void) | null = null;

  /** `instance` is the UUID of an earlier life of this phone. */
  constructor(environment: Environment, settings: Settings, user: LineUser, instance?: string) {
    this.#user = user;
    this.#clock = environment.clock;
    this.#wake = environment.wake;
    this.realm = realmOf(settings);
    this.username = settings.username;
    const { username, wsServers: servers } = settings;
    this.agent = new Agent(
      {
        ...environment,
        sipExtras: () => environment.extras().then(({ sip }) => sip),
        servers,
        username,
        credentials: () => {
          const { password } = user.settings();
          return this.#retired || !password ? this.#last : (this.#last = { username, password });
        },
      },
      {
        opened() {},
        closed: () => this.#lost(),
        moved: () => {
          this.#broken = true;
          void this.register().catch(() => {});
        },
        pulse: () => this.#pulse(),
        probe: (answered) => this.probe(answered),
        invited: (invite) => user.invited(this, invite),
      },
    );
    this.#callId = this.agent.word(12);
    const hex = this.agent.word(16);
    // A version 4 UUID (RFC 9562 §5.4).
    this.#broken = !!instance;
    this.instance = instance ?? hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
    this.#contact = `${this.agent.contact};reg-id=1;+sip.instance="<urn:uuid:${this.instance}>"`;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** Connects without registering. */
  connect(): Promise<void> {
    // Loaded while the network is well: it is needed most when it is not.
    void this.agent.load();
    return this.#connect();
  }

  /** There is no connection, or what hung on the one before is not restored. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Registers, or joins an attempt under way; rejects with PhoneError. */
  register(): Promise<void> {
    this.#attempt ??= this.#register().finally(() => (this.#attempt = null));
    return this.#attempt;
  }

  /** Removes the binding. */
  async unregister(): Promise<void> {
    this.wanted = false;
    await this.#attempt?.catch(() => {});
    this.wanted = false;
    this.#stop();
    if (this.#state !== "registered") return;
    try {
      await this.#bind(0);
    } catch (error) {
      // Without a connection there is nothing left to remove the binding by.
      if (!(error instanceof SipFailure && error.local)) throw registrationError(error);
    } finally {
      this.#to("unregistered", "The phone has signed off.");
    }
  }

  /** The account is another now: lets go of this one, and of the connection once no call needs it. */
  async retire(): Promise<void> {
    await this.unregister().catch(() => {});
    this.#retired = true;
    this.release();
  }

  /** Closes the connection once nothing needs it. */
  release(): void {
    this.agent.whenDrained(() => {
      if (this.wanted || this.#state !== "unregistered" || this.#attempt || this.#user.inUse(this)) return;
      this.#stop();
      this.#asleep?.();
      this.#asleep = null;
      this.agent.connection.close();
    });
  }

  #connect(): Promise<void> {
    this.#asleep ??= this.#wake(() => this.#woke());
    return this.agent.connection.open();
  }

  async #register(): Promise<void> {
    this.#stop();
    if (this.#state !== "registered") this.#to("registering");
    const { connection } = this.agent;
    try {
      let server = "";
      for (let left = this.#user.settings().wsServers.length; ; left--) {
        await this.#connect();
        server = connection.server;
        try {
          this.expires = await this.#bind(this.#user.settings().expires);
          break;
        } catch (cause) {
          // A server that does not do its work: the next one is asked at once.
          if (left < 2 || connection.server || !(cause instanceof SipFailure)) throw cause;
        }
      }
      connection.proven();
      this.wanted = true;
      const life = Math.min(LONGEST_LIFETIME, Math.max(this.expires, SHORTEST_LIFETIME)) * REFRESH * 1000;
      this.#due = this.#clock.now() + life;
      this.#timer = this.#clock.after(life, () => this.#refresh());
      const moved = this.server !== server && this.#state === "registered";
      this.server = server;
      this.#to("registered");
      if (moved) this.#user.changed(this);
    } catch (cause) {
      const error = registrationError(cause);
      const wasRegistered = this.#state === "registered";
      this.#to("unregistered", error.message);
      // Refused credentials are worth another attempt only with others.
      if (error.code === "authentication") {
        this.wanted = false;
        if (wasRegistered) this.#user.again(this);
      }
      // Only what was lost is tried again at once.
      this.#failures ||= 1;
      this.#retry();
      throw error;
    } finally {
      // Not before: running it would delay the registration by as long.
      void this.agent.load();
      this.#restored();
    }
  }

  #refresh(): void {
    void this.register().catch(() => {});
  }

  /** One REGISTER, again with a longer lifetime where 423 asks for it; resolves to the seconds granted. */
  async #bind(expires: number): Promise<number> {
    for (let tries = 0; ; tries++) {
      const response = await new Promise<SipResponse>((resolve, reject) => {
        const draft = this.#draft("REGISTER", this.#callId, this.#sequence, [
          ["Contact", `${this.#contact};expires=${expires}`],
          ["Expires", String(expires)],
          ["Supported", "path, outbound"],
        ]);
        const { connection } = this.agent;
        const limit = this.#clock.after(REGISTER_LIMIT, () => {
          reject(new SipFailure(408));
          connection.fail();
        });
        this.agent.send(draft, {
          final: (status, got) => {
            limit.stop();
            const wait = Math.min(LONGEST_BAR, parseInt(got?.fields.get("Retry-After") || "0") || 0);
            this.#patience = wait;
            if (got && status >= 500 && status < 600 && this.#user.settings().wsServers.length > 1) {
              this.#patience = 0;
              connection.fail(wait);
            }
            const longer = Number(got?.fields.get("Min-Expires"));
            if (got && (status < 300 || (status === 423 && tries < 2 && longer <= LONGEST_LIFETIME)))
              resolve(got);
            else reject(new SipFailure(status, got?.reason));
          },
        });
      });
      if (response.status === 423) {
        expires = Math.max(expires, Number(response.fields.get("Min-Expires")));
        continue;
      }
      const ours = response.fields
        .list("Contact")
        .filter((contact) => contact !== "*")
        .map(parseNameAddr)
        .find(({ uri }) => this.#contact.startsWith(`<${uri}>`));
      const granted = ours?.params.get("expires") ?? (response.fields.get("Expires") || expires);
      return Number(granted) || expires;
    }
  }

  #lost(): void {
    this.#stop();
    this.#broken = true;
    this.#user.lost(this);
    // An attempt under way hears it from its transaction.
    if (this.#attempt) return;
    this.#to("unregistered", "The connection to the server was lost.");
    this.#retry();
  }

  #restored(): void {
    if (!this.#broken || !this.agent.connection.server) return;
    this.#broken = false;
    this.#user.restored(this);
  }

  #stop(): void {
    this.#timer?.stop();
    this.#resting = false;
  }

  #retry(): void {
    const needed = this.#user.inUse(this) || this.agent.waiting > 0;
    if (!this.wanted && !needed) return;
    const backoff =
      this.#failures &&
      Math.min(needed ? LONGEST_IN_CALL : LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#failures - 1));
    this.#failures++;
    const wait = Math.max(
      backoff * 1000 * (0.5 + fraction(this.agent.random)),
      this.#patience * 1000,
      this.agent.connection.barred,
    );
    this.#stop();
    this.#resting = true;
    this.#timer = this.#clock.after(wait, () => this.#again());
  }

  #again(): void {
    this.#stop();
    if (this.wanted) return this.#user.again(this);
    this.connect().then(
      () => this.#restored(),
      () => this.#retry(),
    );
  }

  /** A sign that the network or the page is back: no time is lost waiting. */
  #woke(): void {
    this.agent.connection.check();
    if (this.#resting && !this.#patience) this.#again();
  }

  #pulse(): void {
    const registered = this.#state === "registered";
    // A connection that lives is no failure, unless the server refuses the phone.
    if (registered || !this.wanted) this.#failures = 0;
    if (!registered || this.#attempt) return;
    const idle = () => !this.#attempt && !this.#user.inUse(this);
    if (this.#clock.now() >= this.#due) this.#refresh();
    else if (idle()) void this.agent.connection.prefer(idle);
  }

  /** OPTIONS, for servers that know no keep-alive, and to see how long an answer takes (RFC 3261 §11). */
  probe(answered: () => void): void {
    const draft = this.#draft("OPTIONS", this.agent.word(12), { value: 0 }, []);
    this.agent.send(draft, { final: (_, response) => response && answered() });
  }

  /** A request to the registrar (RFC 3261 §10.2). */
  #draft(method: string, callId: string, sequence: Sequence, more: FieldList): Draft {
    const aor = `<sip:${escapeUser(this.username)}@${this.realm}>`;
    const fields: FieldList = [
      ["From", `${aor};tag=${this.agent.word(5)}`],
      ["To", aor],
      ["Call-ID", callId],
      ...more,
    ];
    return { method, uri: `sip:${this.realm}`, fields, body: "", sequence };
  }

  #to(state: RegistrationState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#user.changed(this, reason);
  }
}
