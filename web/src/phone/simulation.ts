// For tests: two phones, one edge and a network between them that loses,
// repeats, delays and cuts by a plan that a seed makes. All on virtual time:
// the same seed is the same run.

import * as extras from "../extras.ts";
import { FakeDevices, FakePeer } from "../media/fake.ts";
import type { Clock } from "../sip/clock.ts";
import type { Socket } from "../sip/connection.ts";
import { FakeClock } from "../sip/fake.ts";
import { HeaderFields, isRequest, respond, serialize } from "../sip/message.ts";
import type { SipMessage, SipRequest } from "../sip/message.ts";
import { parseMessage } from "../sip/parser.ts";
import { parseUri, userOf } from "../sip/uri.ts";
import type { Call } from "./call.ts";
import { FakeStorage } from "./fake.ts";
import { Phone } from "./phone.ts";
import type { CallRecord } from "./types.ts";

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the weather does to messages: shares of them, and milliseconds. */
export interface Weather {
  lost: number;
  repeated: number;
  delay: number;
}

const FAIR: Weather = { lost: 0, repeated: 0, delay: 20 };

/** One end of a WebSocket at the edge. */
class Line implements Socket {
  binaryType: BinaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly id: number;
  readonly #network: Network;
  /** Neither side hears the other, and neither is told. */
  silent = false;
  gone = false;
  #sent = 0;
  #received = 0;

  constructor(network: Network, id: number) {
    this.#network = network;
    this.id = id;
  }

  send(data: unknown): void {
    if (this.gone) throw new Error("closed");
    this.#sent = this.#network.later(this.#sent, () => {
      if (!this.gone && !this.silent) this.#network.arrived(this, String(data));
    });
  }

  give(data: string): void {
    this.#received = this.#network.later(this.#received, () => {
      if (!this.gone && !this.silent) this.onmessage?.(new MessageEvent("message", { data }));
    });
  }

  close(): void {
    this.gone = true;
    this.#network.left(this);
  }

  cut(): void {
    if (this.gone) return;
    this.close();
    this.onclose?.(new Event("close") as CloseEvent);
  }
}

/** The edge, which forgets everything when it is restarted, and the network to it. */
export class Network {
  weather = FAIR;
  up = true;
  readonly lines = new Set<Line>();
  readonly #clock: Clock;
  readonly #chance: () => number;
  readonly #location = new Map<string, Line>();
  #count = 0;

  constructor(clock: Clock, chance: () => number) {
    this.#clock = clock;
    this.#chance = chance;
  }

  readonly connect = (): Socket => {
    const line = new Line(this, ++this.#count);
    this.lines.add(line);
    this.#clock.after(30, () => {
      if (line.gone) return;
      if (this.up) line.onopen?.(new Event("open"));
      else line.cut();
    });
    return line;
  };

  /** Runs after a while, and not before what was sent earlier over the same line. */
  later(before: number, run: () => void): number {
    const { lost, repeated, delay } = this.weather;
    const now = this.#clock.now();
    const at = Math.max(before, now + this.#chance() * delay);
    if (this.#chance() >= lost) this.#clock.after(at - now, run);
    if (this.#chance() < repeated) this.#clock.after(at - now, run);
    return at;
  }

  lineOf(user: string): Line | undefined {
    return this.#location.get(user);
  }

  left(line: Line): void {
    this.lines.delete(line);
    for (const [user, other] of this.#location) if (other === line) this.#location.delete(user);
  }

  restart(): void {
    for (const line of [...this.lines]) line.cut();
  }

  /** A stateless proxy (RFC 3261 §16.11) with a registrar. */
  arrived(line: Line, text: string): void {
    if (text === "\r\n\r\n") return line.give("\r\n");
    const message = parseMessage(text);
    if (isRequest(message)) return this.#request(line, message);
    const [, ...vias] = message.fields.all("Via");
    const back = Number(/;conn=(\d+)/.exec(message.fields.all("Via")[0]!)?.[1]);
    const fields = new HeaderFields([...message.fields].filter(([name]) => name !== "Via"));
    for (const via of vias) fields.add("Via", via);
    this.#to(
      [...this.lines].find(({ id }) => id === back),
      { ...message, fields },
    );
  }

  #request(line: Line, request: SipRequest): void {
    const { method, fields } = request;
    const user = userOf(parseUri(request.uri));
    if (method === "REGISTER") {
      const from = userOf(parseUri(/<(.*?)>/.exec(fields.get("To"))![1]!));
      if (fields.get("Expires") === "0") this.#location.delete(from);
      else this.#location.set(from, line);
      return line.give(serialize(respond(request, 200, "edge", [["Contact", fields.get("Contact")]])));
    }
    const target = this.#location.get(user);
    if (!target) {
      if (method !== "ACK") line.give(serialize(respond(request, user ? 480 : 200, "edge")));
      return;
    }
    const branch = /branch=([^;]+)/.exec(fields.all("Via")[0]!)![1]!;
    const via = `SIP/2.0/WSS edge.invalid;branch=${branch}e;conn=${line.id}`;
    this.#to(target, { ...request, fields: new HeaderFields([["Via", via], ...fields]) });
  }

  #to(line: Line | undefined, message: SipMessage): void {
    line?.give(serialize(message));
  }
}

/** A phone, what it was told, and what it holds. */
export interface Party {
  readonly phone: Phone;
  readonly peers: FakePeer[];
  readonly devices: FakeDevices;
  readonly calls: Call[];
  readonly ends: CallRecord[];
  readonly listeners: Set<() => void>;
}

/** The first line of a message and its CSeq. */
const brief = (text: string) => `${text.split("\r\n")[0]} (${/^CSeq: (.*)$/m.exec(text)?.[1]})`;

/** A phone of the simulation, registered as soon as it can be. */
export function party(
  network: Network,
  clock: Clock,
  chance: () => number,
  username: string,
  trace: ((text: string) => void) | null,
): Party {
  const peers: FakePeer[] = [];
  const devices = new FakeDevices();
  const calls: Call[] = [];
  const ends: CallRecord[] = [];
  const listeners = new Set<() => void>();
  const listen = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const storage = new FakeStorage();
  const phone = new Phone(
    {
      wsServers: "wss://edge.example.com",
      realm: "example.com",
      username,
      password: "x",
      autoRegister: true,
    },
    {
      clock,
      random: (bytes) => Uint8Array.from({ length: bytes }, () => Math.floor(chance() * 256)),
      webSocket: network.connect,
      peerConnection: (configuration) => {
        const peer = new FakePeer(configuration);
        peers.push(peer);
        return peer as unknown as RTCPeerConnection;
      },
      mediaDevices: devices,
      sound: { play() {}, async once() {} },
      wake: listen,
      leave: listen,
      storage: () => storage as unknown as Storage,
      extras: async () => extras,
      ...(trace && { trace: (direction, text) => trace(`${username} ${direction} ${brief(text)}`) }),
    },
  );
  phone.addEventListener("end", ({ detail }) => ends.push(detail));
  phone.addEventListener("change", () => {
    for (const call of phone.calls) if (!calls.includes(call)) calls.push(call);
  });
  return { phone, peers, devices, calls, ends, listeners };
}

/** A path is there while both sides have an end of it open; whether it is, is noticed after a while. */
function paths(clock: Clock, parties: readonly [Party, Party]): () => void {
  let over = false;
  const open = ({ peers }: Party) => peers.filter(({ closed }) => !closed);
  const look = () => {
    if (over) return;
    for (const [us, them] of [parties, parties.toReversed()] as [Party, Party][]) {
      const state = open(them).length ? "connected" : "disconnected";
      for (const peer of open(us)) {
        if (peer.currentRemoteDescription && peer.connectionState !== state) peer.path(state);
      }
    }
    clock.after(LOOK, look);
  };
  look();
  return () => (over = true);
}

/** Something that happens at a time, in milliseconds from the start. */
interface Deed {
  readonly at: number;
  readonly what: string;
  run(): void;
}

/** Milliseconds of a plan's storm at the most, and of the calm behind it. */
const STORM = 60_000;
const CALM = 300_000;
/** Milliseconds after which a media path that has come or gone is noticed. */
const LOOK = 3_000;

export interface Outcome {
  readonly caller: Party;
  readonly callee: Party;
  readonly clock: FakeClock;
  /** What happened, for whoever has to understand a failure. */
  readonly story: readonly string[];
}

/**
 * Runs the plan of a seed: a call from 1001 to 1002 through a storm. `calm` is
 * called when the storm has been over for a while; afterwards the calls are
 * ended and both phones are stopped. A story that is `told` has every message.
 */
export async function simulate(
  seed: number,
  calm: (outcome: Outcome) => void,
  told = false,
): Promise<Outcome> {
  const chance = dice(seed);
  const clock = new FakeClock();
  const network = new Network(clock, chance);
  const story: string[] = [];
  const start = clock.now();
  const tell = (text: string) => void story.push(`${Math.round(clock.now() - start)} ${text}`);
  const trace = told ? tell : null;
  const caller = party(network, clock, chance, "1001", trace);
  const callee = party(network, clock, chance, "1002", trace);
  const outcome = { caller, callee, clock, story };
  const blind = paths(clock, [caller, callee]);
  await clock.advance(1_000);

  const quietly = (work: Promise<unknown> | undefined) => void work?.catch(() => {});
  const both = [caller, callee];
  const storm = chance() * STORM;
  const deeds: Deed[] = [];
  const deed = (what: string, run: () => void, at = chance() * storm) => void deeds.push({ at, what, run });
  const often = (most: number, make: () => void) => {
    for (let left = Math.floor(chance() * (most + 1)); left > 0; left--) make();
  };
  deed("call", () => quietly(caller.phone.makeCall("1002")), 0);
  deed("answer", () => quietly(callee.phone.answer()), chance() * 3_000);
  often(1, () => deed("answer again", () => quietly(callee.phone.answer())));
  for (const { phone } of both) {
    const who = phone.username;
    often(2, () => deed(`${who} holds`, () => quietly(phone.call?.hold())));
    often(2, () => deed(`${who} unholds`, () => quietly(phone.call?.unhold())));
    often(2, () => {
      const source = chance() < 0.6 ? "camera" : null;
      deed(`${who} shows ${source}`, () => quietly(phone.call?.setVideo(source)));
    });
    often(2, () => deed(`${who} is cut off`, () => network.lineOf(who)?.cut()));
    often(1, () =>
      deed(`${who} falls silent`, () => ((network.lineOf(who) ?? { silent: true }).silent = true)),
    );
    if (chance() < 0.1) deed(`${who} hangs up`, () => quietly(phone.hangup()));
  }
  often(1, () => deed("the edge restarts", () => network.restart()));
  often(1, () => {
    const at = chance() * storm;
    const back = at + chance() * 10_000;
    deed("the edge goes", () => ((network.up = false), network.restart()), at);
    deed("the edge is back", () => (network.up = true), Math.min(back, storm));
  });
  network.weather = { lost: chance() * 0.05, repeated: chance() * 0.05, delay: 10 + chance() * 1_000 };

  const begun = clock.now();
  for (const { at, what, run } of deeds.sort((a, b) => a.at - b.at)) {
    await clock.advance(Math.max(0, begun + at - clock.now()));
    tell(what);
    run();
  }
  await clock.advance(Math.max(0, begun + storm - clock.now()));
  tell("calm");
  network.weather = FAIR;
  network.up = true;
  await clock.advance(CALM);
  calm(outcome);
  const over = Promise.all(both.map(({ phone }) => phone.stop()));
  await clock.advance(CALM);
  await over;
  blind();
  await clock.advance(LOOK);
  return outcome;
}
