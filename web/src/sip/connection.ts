// One WebSocket to one of several servers (RFC 7118), and its keep-alive.

import { fraction } from "./clock.ts";
import type { Clock, Random, Timer } from "./clock.ts";
import { SipFailure } from "./failure.ts";

/** What is used of a WebSocket. */
export type Socket = Pick<WebSocket, "send" | "close" | "binaryType"> & {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

export type SocketFactory = (url: string, protocol: string) => Socket;

export interface ConnectionUser {
  opened(): void;
  received(data: string | Uint8Array): void;
  /** An open connection is gone, whoever closed it. */
  closed(): void;
  /** It goes to another server now: what was under way over the old one is lost. */
  moved(): void;
  /** At every keep-alive: five seconds have passed, or a sleep. */
  pulse(): void;
  /** Asks the server something that it must answer. */
  probe(answered: () => void): void;
}

/** How long one server may take to accept the WebSocket, in milliseconds. */
export const OPEN_LIMIT = 5_000;
/**
 * How often a keep-alive is sent, and how long its answer may take (RFC 5626
 * §4.4.1 and §5.4): a server that falls silent is noticed within 10 seconds.
 */
export const KEEP_ALIVE = 5_000;
export const PONG_LIMIT = 4_000;
/** A timer so much late says nothing about the server: the page was asleep. */
const LATE = 1_000;
/** How long a server that failed is passed over at first and at most. */
const FIRST_REST = 30_000;
const LONGEST_REST = 600_000;

const PING = "\r\n\r\n";
const PONG = "\r\n";

/** What is known of a server. */
interface Server {
  readonly url: string;
  failures: number;
  /** Others are tried before it until then. */
  rests: number;
  /** It asked not to be tried at all until then (Retry-After). */
  barred: number;
  /** It gives signs of life, so that silence means something. */
  answers: boolean;
  /** By requests: it does not answer CRLF. */
  probes: boolean;
}

/**
 * A connection to the first of the servers that accepts one.
 *
 *     closed --open()--> opening --accepted--> open --lost, close()--> closed
 *                           |                  |  ^                      ^
 *                           |                  +--+ prefer()             |
 *                           +---- no server accepted, close() -----------+
 */
export class Connection {
  readonly #servers: readonly Server[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #factory: SocketFactory;
  readonly #user: ConnectionUser;
  #state:
    | { readonly name: "closed" }
    | { readonly name: "opening"; readonly done: Promise<void>; abort(): void }
    | { readonly name: "open"; readonly socket: Socket; readonly server: Server } = { name: "closed" };
  #timer: Timer | undefined;
  /** A sign of life is due. */
  #asked = false;
  #preferring = false;

  constructor(
    servers: readonly string[],
    clock: Clock,
    random: Random,
    factory: SocketFactory,
    user: ConnectionUser,
  ) {
    this.#servers = servers.map((url) => ({
      ...{ url, failures: 0, rests: 0, barred: 0 },
      answers: false,
      probes: false,
    }));
    this.#clock = clock;
    this.#random = random;
    this.#factory = factory;
    this.#user = user;
  }

  /** The server that is connected, or an empty string. */
  get server(): string {
    return this.#state.name === "open" ? this.#state.server.url : "";
  }

  /** Milliseconds until a server may be tried. */
  get barred(): number {
    return Math.max(0, Math.min(...this.#servers.map(({ barred }) => barred)) - this.#clock.now());
  }

  /** Connects, or joins an attempt under way; rejects with SipFailure 503 when every server was tried. */
  open(): Promise<void> {
    if (this.#state.name === "open") return Promise.resolve();
    if (this.#state.name === "opening") return this.#state.done;
    let abort = () => {};
    const aborted = new Promise<void>((resolve) => (abort = resolve));
    const done = this.#try(aborted);
    this.#state = { name: "opening", done, abort };
    return done;
  }

  send(text: string): boolean {
    if (this.#state.name !== "open") return false;
    try {
      this.#state.socket.send(text);
      return true;
    } catch {
      this.#lost(this.#state.socket);
      return false;
    }
  }

  close(): void {
    const state = this.#state;
    if (state.name === "opening") {
      this.#state = { name: "closed" };
      state.abort();
    } else if (state.name === "open") this.#drop(state.socket);
  }

  /** The server can't be used although it is connected: the next `open()` goes to others first. */
  fail(seconds = 0): void {
    if (this.#state.name !== "open") return;
    const { server, socket } = this.#state;
    this.#failed(server, seconds);
    this.#drop(socket);
  }

  /** The server does what it should. */
  proven(): void {
    if (this.#state.name === "open") this.#state.server.failures = this.#state.server.rests = 0;
  }

  /** Asks for a sign of life now: the network has changed, or the page woke up. */
  check(): void {
    if (this.#state.name === "open" && !this.#asked) this.#ask(this.#state.socket);
  }

  /** Moves to a server earlier in the list if one has come back and it is still a good time. */
  async prefer(idle: () => boolean): Promise<void> {
    const state = this.#state;
    if (state.name !== "open" || this.#preferring) return;
    const now = this.#clock.now();
    const better = this.#servers
      .slice(0, this.#servers.indexOf(state.server))
      .find(({ rests }) => rests <= now);
    if (!better) return;
    this.#preferring = true;
    const socket = await this.#connect(better, new Promise(() => {}));
    this.#preferring = false;
    if (!socket) return;
    if (this.#state !== state || !idle()) return socket.close();
    this.#leave(state.socket);
    this.#enter(better, socket);
    this.#user.moved();
  }

  async #try(aborted: Promise<void>): Promise<void> {
    // The state is set by the caller before the first server is tried.
    await null;
    const current = this.#state;
    const now = this.#clock.now();
    const rested = ({ rests }: Server) => rests <= now;
    const servers = this.#servers.filter(({ barred }) => barred <= now);
    for (const server of [...servers.filter(rested), ...servers.filter((server) => !rested(server))]) {
      const socket = await this.#connect(server, aborted);
      if (this.#state !== current) {
        socket?.close();
        break;
      }
      if (!socket) continue;
      this.#enter(server, socket);
      this.#user.opened();
      return;
    }
    if (this.#state === current) this.#state = { name: "closed" };
    throw new SipFailure(503);
  }

  #connect(server: Server, aborted: Promise<void>): Promise<Socket | null> {
    return new Promise((resolve) => {
      let socket: Socket;
      const fail = () => {
        this.#failed(server);
        give(null);
      };
      const limit = this.#clock.after(OPEN_LIMIT, fail);
      const give = (result: Socket | null) => {
        limit.stop();
        if (socket) {
          socket.onopen = socket.onclose = null;
          if (!result) socket.close();
        }
        resolve(result);
      };
      try {
        socket = this.#factory(server.url, "sip");
      } catch {
        return fail();
      }
      void aborted.then(() => give(null));
      socket.binaryType = "arraybuffer";
      socket.onopen = () => give(socket);
      socket.onclose = fail;
    });
  }

  #failed(server: Server, seconds = 0): void {
    const rest = Math.min(LONGEST_REST, FIRST_REST * 2 ** server.failures++);
    const now = this.#clock.now();
    server.rests = now + rest * (0.5 + fraction(this.#random));
    server.barred = now + seconds * 1000;
  }

  #enter(server: Server, socket: Socket): void {
    this.#state = { name: "open", socket, server };
    socket.onclose = () => this.#lost(socket);
    socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(socket, data);
    // What the server makes of a keep-alive is known before it falls silent.
    this.#ask(socket);
  }

  #ask(socket: Socket, limit = PONG_LIMIT): void {
    this.#timer?.stop();
    this.#asked = true;
    if (this.#state.name !== "open") return;
    const { server } = this.#state;
    if (limit !== PONG_LIMIT) {
      // It was asked before.
    } else if (server.probes) this.#user.probe(() => this.#alive(socket));
    else this.send(PING);
    // Whoever can't be written to is gone by now.
    if (this.#state.name !== "open" || this.#state.socket !== socket) return;
    const due = this.#clock.now() + limit;
    this.#timer = this.#clock.after(limit, () => {
      if (this.#clock.now() - due > LATE) this.#ask(socket, LATE);
      else if (server.answers) this.#lost(socket);
      else {
        // Some servers ignore one kind: silence means something only after an answer.
        server.probes = !server.probes;
        this.#rest(socket);
      }
    });
  }

  #alive(socket: Socket): void {
    if (this.#state.name !== "open" || this.#state.socket !== socket) return;
    this.#state.server.answers = true;
    if (this.#asked) this.#rest(socket);
  }

  #rest(socket: Socket): void {
    this.#timer?.stop();
    this.#asked = false;
    this.#timer = this.#clock.after(KEEP_ALIVE, () => {
      this.#ask(socket);
      this.#user.pulse();
    });
  }

  #received(socket: Socket, data: unknown): void {
    if (this.#state.name !== "open" || this.#state.socket !== socket) return;
    if (data === PONG) this.#alive(socket);
    else if (data === PING) this.send(PONG);
    else if (typeof data === "string") this.#user.received(data);
    else if (data instanceof ArrayBuffer) this.#user.received(new Uint8Array(data));
  }

  /** The network or the server ended it. */
  #lost(socket: Socket): void {
    if (this.#state.name !== "open" || this.#state.socket !== socket) return;
    this.#failed(this.#state.server);
    this.#drop(socket);
  }

  #drop(socket: Socket): void {
    if (this.#state.name !== "open") return;
    this.#state = { name: "closed" };
    this.#leave(socket);
    this.#user.closed();
  }

  #leave(socket: Socket): void {
    this.#timer?.stop();
    this.#asked = false;
    socket.onclose = socket.onmessage = null;
    socket.close();
  }
}
