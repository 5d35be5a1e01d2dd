// For tests: a phone at a scripted server.

import * as extras from "../extras.ts";
import { FakeDevices, FakePeer } from "../media/fake.ts";
import type { Tone } from "../media/tones.ts";
import { FakeClock, FakeServer, countingRandom, settle } from "../sip/fake.ts";
import type { Script } from "../sip/fake.ts";
import { Phone } from "./phone.ts";
import type { PhoneConfig, PhoneEventName, RegistrationState } from "./types.ts";

export const ACCOUNT: PhoneConfig = {
  wsServers: "wss://one.example.com/sip",
  realm: "example.com",
  username: "1001",
  password: "secret",
};

const EVENTS: PhoneEventName[] = [
  "answer",
  "ringingout",
  "ringingin",
  "end",
  "registered",
  "unregistered",
  "error",
];

/** What outlives a page. */
export class FakeStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

export interface Bench {
  phone: Phone;
  clock: FakeClock;
  server: FakeServer;
  peers: FakePeer[];
  devices: FakeDevices;
  /** What was captured of microphone and camera. */
  streams: FakeDevices["streams"];
  /** The name of every event, in order, and what it told. */
  events: [PhoneEventName, unknown][];
  names(): string[];
  tone(): Tone | null;
  heard(): unknown;
  /** The single tones, with the devices that were chosen for them. */
  played: string[];
  /** The browser keeps the page silent, or no longer does. */
  block(is: boolean): void;
  trace: string[];
  /** The network or the page comes back. */
  wake(): void;
  /** The page goes. */
  leave(): void;
  /** How many listen for either. */
  listeners(): number;
  storage: FakeStorage;
  /** How the registration stood each time that something asked for what is loaded on demand. */
  loads: readonly RegistrationState[];
  /** The candidates that the next connections find, as lines of a description. */
  found: string;
  /** The next microphone answers with this error. */
  deny(name: string | null): void;
}

export function bench(
  config: PhoneConfig = ACCOUNT,
  script?: Script,
  clock = new FakeClock(),
  storage = new FakeStorage(),
): Bench {
  const server = new FakeServer(script);
  const peers: FakePeer[] = [];
  const devices = new FakeDevices();
  const events: Bench["events"] = [];
  const trace: string[] = [];
  const leavers = new Set<() => void>();
  const wakers = new Set<() => void>();
  let tone: Tone | null = null;
  let heard: unknown = null;
  let block: (is: boolean) => void = () => {};
  const played: string[] = [];
  const loads: RegistrationState[] = [];
  const phone = new Phone(config, {
    clock,
    random: countingRandom(),
    webSocket: server.factory,
    peerConnection: (configuration) => {
      const peer = new FakePeer(configuration);
      peer.found = made.found;
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    mediaDevices: devices,
    wake: (listener) => {
      wakers.add(listener);
      return () => wakers.delete(listener);
    },
    leave: (listener) => {
      leavers.add(listener);
      return () => leavers.delete(listener);
    },
    storage: () => storage as unknown as Storage,
    extras: async () => {
      loads.push(phone.registration);
      return extras;
    },
    sound: {
      play: (wish) => {
        ({ tone, stream: heard } = wish);
        block = wish.blocked;
      },
      once: async (name, device) => void played.push(`${name} ${device}`.trim()),
    },
    trace: (direction, text) => trace.push(`${direction} ${text}`),
  });
  for (const name of EVENTS) phone.addEventListener(name, (event) => events.push([name, event.detail]));
  const made: Bench = {
    found: "",
    phone,
    clock,
    server,
    peers,
    devices,
    streams: devices.streams,
    events,
    trace,
    names: () => events.map(([name]) => name),
    tone: () => tone,
    heard: () => heard,
    played,
    loads,
    block: (is) => block(is),
    wake: () => wakers.forEach((listener) => listener()),
    leave: () => leavers.forEach((listener) => listener()),
    listeners: () => wakers.size + leavers.size,
    storage,
    deny: (name) => (devices.denied = name),
  };
  return made;
}

export { settle };
