// For tests: time and chance under control, and a scripted SIP server at the
// other end of a fake WebSocket.

import type { Clock, Random } from "./clock.ts";
import type { Socket } from "./connection.ts";
import { HeaderFields, isRequest, respond, serialize } from "./message.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { parseMessage } from "./parser.ts";

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = Date.UTC(2030, 0, 1);
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void) {
    const timer = { at: this.#now + Math.max(0, milliseconds), run };
    this.#timers.push(timer);
    return { stop: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** The wall clock goes on by so many milliseconds and no timer does, as in a sleep. */
  sleep(milliseconds: number): void {
    this.#now += milliseconds;
    this.#timers = this.#timers.map((timer) => Object.assign(timer, { at: timer.at + milliseconds }));
  }

  /** Goes on by so many milliseconds, timer by timer. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await settle();
    for (;;) {
      let next: { at: number; run: () => void } | undefined;
      for (const timer of this.#timers) if (timer.at <= until && (!next || timer.at < next.at)) next = timer;
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
    }
    this.#now = until;
  }
}

/** Bytes that differ each time and are the same in each run. */
export function countingRandom(): Random {
  let count = 0;
  return (bytes) => {
    count++;
    return Uint8Array.from({ length: bytes }, (_, i) => (count >> (8 * (i % 4))) & 0xff);
  };
}

export class FakeSocket implements Socket {
  binaryType: BinaryType = "blob";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly url: string;
  readonly sent: string[] = [];
  closed = false;
  #server: FakeServer;

  constructor(url: string, server: FakeServer) {
    this.url = url;
    this.#server = server;
  }

  open(): void {
    this.onopen?.(new Event("open"));
  }

  /** The server or the network closes it. */
  drop(): void {
    this.closed = true;
    this.onclose?.(new Event("close") as CloseEvent);
  }

  send(data: unknown): void {
    if (this.closed) throw new Error("closed");
    this.sent.push(String(data));
    this.#server.took(this, String(data));
  }

  close(): void {
    this.closed = true;
  }

  give(data: string | ArrayBuffer): void {
    this.onmessage?.(new MessageEvent("message", { data }));
  }
}

/** What a server does with a request; without an answer it keeps silent. */
export type Script = (request: SipRequest, server: FakeServer) => void;

/** A scripted server: it keeps what it gets and answers by its script. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly requests: SipRequest[] = [];
  readonly responses: SipResponse[] = [];
  /** Which servers accept connections. */
  accepts: (url: string) => "open" | "refuse" | "silent" = () => "open";
  /** Keep-alives are answered. */
  pongs = false;
  script: Script;

  constructor(script: Script = answerAll) {
    this.script = script;
  }

  readonly factory = (url: string): Socket => {
    const socket = new FakeSocket(url, this);
    this.sockets.push(socket);
    queueMicrotask(() => {
      const how = this.accepts(url);
      if (how === "open") socket.open();
      else if (how === "refuse") socket.drop();
    });
    return socket;
  };

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  took(socket: FakeSocket, text: string): void {
    if (text === "\r\n\r\n" && this.pongs) queueMicrotask(() => socket.give("\r\n"));
    if (!text.trim()) return;
    const message = parseMessage(text);
    if (isRequest(message)) {
      this.requests.push(message);
      // As over a network: the answer comes later than the request goes.
      queueMicrotask(() => this.script(message, this));
    } else this.responses.push(message);
  }

  give(message: SipMessage): void {
    this.socket.give(serialize(message));
  }

  respond(
    request: SipRequest,
    status: number,
    more: readonly (readonly [string, string])[] = [],
    body = "",
    tag = "far",
  ): void {
    this.give(respond(request, status, tag, more, body));
  }

  /** The requests of a method so far. */
  got(method: string): SipRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  last(method: string): SipRequest {
    const request = this.got(method).at(-1);
    if (!request) throw new Error(`No ${method} was sent`);
    return request;
  }

  lastResponse(method: string): SipResponse {
    const found = this.responses.findLast(({ fields }) => fields.get("CSeq").endsWith(method));
    if (!found) throw new Error(`No response to ${method} was sent`);
    return found;
  }

  /** A request of the other side within the dialog that `invite` of the phone began. */
  within(
    invite: SipRequest,
    method: string,
    number: number,
    more: readonly (readonly [string, string])[] = [],
    body = "",
  ): SipRequest {
    const { fields } = invite;
    const own = new HeaderFields([
      ["Via", `SIP/2.0/WSS far.example.com;branch=z9hG4bKfar${method}${number}`],
      ["From", `${fields.get("To")};tag=far`],
      ["To", fields.get("From")],
      ["Call-ID", fields.get("Call-ID")],
      ["CSeq", `${number} ${method}`],
      ["Max-Forwards", "70"],
      ["Contact", "<sip:far@far.example.com>"],
      ...more,
    ]);
    return { method, uri: "sip:1001@x.invalid", fields: own, body };
  }
}

/** Contact of the far end. */
export const FAR = ["Contact", "<sip:far@far.example.com;transport=ws>"] as const;

/** Says 200 to everything but INVITE, which it leaves to the test. */
export function answerAll(request: SipRequest, server: FakeServer): void {
  if (request.method === "REGISTER") {
    server.respond(request, 200, [["Contact", request.fields.get("Contact")]]);
  } else if (!/^(INVITE|ACK)$/.test(request.method)) server.respond(request, 200);
}

export function request(
  method: string,
  more: readonly (readonly [string, string])[] = [],
  body = "",
  branch = `z9hG4bK${method}`,
): SipRequest {
  const fields = new HeaderFields([
    ["Via", `SIP/2.0/WSS far.example.com;branch=${branch}`],
    ["From", '"Bob" <sip:1002@example.com>;tag=far'],
    ["To", "<sip:1001@example.com>"],
    ["Call-ID", "incoming"],
    ["CSeq", `1 ${method}`],
    ["Max-Forwards", "70"],
    ["Contact", "<sip:far@far.example.com>"],
    ...more,
  ]);
  return { method, uri: "sip:1001@x.invalid;transport=ws", fields, body };
}
