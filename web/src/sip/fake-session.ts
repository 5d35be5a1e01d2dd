// For tests: sessions of one agent at a scripted server.

import { Agent } from "./agent.ts";
import type { FieldList } from "./dialog.ts";
import * as extras from "./extras/index.ts";
import { FAR, FakeClock, FakeServer, answerAll, countingRandom, request, settle } from "./fake.ts";
import type { Script } from "./fake.ts";
import type { SipRequest } from "./message.ts";
import type { SipExtras } from "./on-demand.ts";
import { Session } from "./session.ts";
import type { SessionUser } from "./session.ts";
import type { ServerTransaction } from "./transactions.ts";

export const OFFER = "v=0 offer";
export const ANSWER = "v=0 answer";
export const SDP_TYPE = ["Content-Type", "application/sdp"] as const;

/** What a session told its user, in order, each as its name and what it said. */
export type Told = [name: keyof SessionUser, ...unknown[]];

/** Nothing can be loaded on demand. */
export const offline = () => Promise.reject(new Error("offline"));

export class SessionBench {
  readonly clock = new FakeClock();
  readonly server: FakeServer;
  readonly agent: Agent;
  readonly told: Told[] = [];
  /** INVITEs that make new calls. */
  readonly invites: ServerTransaction[] = [];
  /** Answers an offer of the other side. */
  offered: (sdp: string) => Promise<string> = async () => ANSWER;
  session!: Session;

  constructor(
    sipExtras: (() => Promise<SipExtras>) | undefined = async () => extras,
    script: Script = answerAll,
    servers = ["wss://one.example.com/sip"],
  ) {
    this.server = new FakeServer(script);
    this.agent = new Agent(
      {
        clock: this.clock,
        random: countingRandom(),
        webSocket: this.server.factory,
        servers,
        username: "1001",
        credentials: () => ({ username: "1001", password: "secret" }),
        sipExtras,
      },
      {
        opened() {},
        closed: () => this.session?.lost(),
        moved() {},
        pulse() {},
        probe() {},
        invited: (invite) => {
          this.invites.push(invite);
          this.session = Session.incoming(this.agent, this.user, invite);
        },
      },
    );
  }

  readonly user: SessionUser = {
    provisional: (...told) => this.told.push(["provisional", ...told]),
    answered: (...told) => this.told.push(["answered", ...told]),
    confirmed: (...told) => this.told.push(["confirmed", ...told]),
    offered: (sdp) => {
      this.told.push(["offered", sdp]);
      return this.offered(sdp);
    },
    refresh: () => this.told.push(["refresh"]),
    request: ({ method }, transaction) => {
      this.told.push(["request", method]);
      transaction.respond(200);
    },
    ended: (end) => this.told.push(["ended", end]),
  };

  /** How the session ended, once. */
  get end() {
    const ends = this.told.filter(([name]) => name === "ended");
    if (ends.length !== 1) throw new Error(`${ends.length} ends`);
    return ends[0]![1];
  }

  get over(): boolean {
    return this.told.some(([name]) => name === "ended");
  }

  async open(): Promise<this> {
    await this.agent.connection.open();
    return this;
  }

  /** A call of ours, with its INVITE sent. */
  async call(): Promise<SipRequest> {
    await this.open();
    this.session = Session.call(
      this.agent,
      this.user,
      "sip:1002@example.com",
      "<sip:1001@example.com>",
      [],
      OFFER,
    );
    return this.server.last("INVITE");
  }

  /** A call of ours that was answered. */
  async up(more: FieldList = []): Promise<SipRequest> {
    const invite = await this.call();
    this.server.respond(invite, 200, [FAR, ...more], ANSWER);
    await settle();
    return invite;
  }

  /** A call to us that rings. */
  async ringing(more: FieldList = [], body = OFFER): Promise<SipRequest> {
    await this.open();
    const invite = request("INVITE", more, body);
    await this.give(invite);
    return invite;
  }

  async give(message: SipRequest): Promise<void> {
    this.server.give(message);
    await settle();
  }

  /** A request of the caller within the dialog that its INVITE began. */
  async within(method: string, number: number, more: FieldList = [], body = ""): Promise<void> {
    const message = request(method, more, body, `z9hG4bK${method}${number}`);
    const to = this.server.lastResponse("INVITE").fields.get("To");
    message.fields.set("To", to).set("CSeq", `${number} ${method}`);
    await this.give(message);
  }

  /** The connection goes, and no other is to be had. */
  async cut(): Promise<void> {
    this.server.accepts = () => "refuse";
    this.server.socket.drop();
    await settle();
  }

  /** Another connection; the session hears of it. */
  async back(): Promise<void> {
    this.server.accepts = () => "open";
    await this.open();
    this.session.restored();
    await settle();
  }

  /** Timers but for the connection's. */
  async idle(): Promise<boolean> {
    this.agent.connection.close();
    await this.clock.advance(64_000);
    return this.clock.pending === 0;
  }

  /** The statuses sent for a method so far. */
  statuses(method: string): number[] {
    return this.server.responses
      .filter(({ fields }) => fields.get("CSeq").endsWith(method))
      .map(({ status }) => status);
  }
}

/** The INVITE of `request()` once more, as its caller sends it after a lost connection. */
export function anew(number: number, more: FieldList = [], branch = `z9hG4bKanew${number}`): SipRequest {
  const message = request("INVITE", more, OFFER, branch);
  message.fields.set("CSeq", `${number} INVITE`);
  return message;
}
