// One WebSocket to one of several servers (RFC 7118), and its keep-alive.

import type { Clock, Timer } from "./clock.ts";
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
}

/** How long one server may take to accept the WebSocket, in milliseconds. */
export const OPEN_LIMIT = 5_000;
/** How often a keep-alive is sent, and how long its answer may take (RFC 5626 §4.4.1). */
export const KEEP_ALIVE = 30_000;
export const PONG_LIMIT = 10_000;

const PING = "\r\n\r\n";
const PONG = "\r\n";

/**
 * A connection to the first of the servers that accepts one.
 *
 *     closed --open()--> opening --accepted--> open --lost, close()--> closed
 *                           |                                            ^
 *                           +---- no server accepted, close() -----------+
 */
export class Connection {
  readonly #servers: readonly string[];
  readonly #clock: Clock;
  readonly #factory: SocketFactory;
  readonly #user: ConnectionUser;
  #state:
    | { readonly name: "closed" }
    | { readonly name: "opening"; readonly done: Promise<void>; abort(): void }
    | { readonly name: "open"; readonly socket: Socket; readonly server: string } = { name: "closed" };
  #timer: Timer | undefined;
  /** This server answers keep-alives, so that silence means something. */
  #answers = false;

  constructor(servers: readonly string[], clock: Clock, factory: SocketFactory, user: ConnectionUser) {
    this.#servers = servers;
    this.#clock = clock;
    this.#factory = factory;
    this.#user = user;
  }

  /** The server that is connected, or an empty string. */
  get server(): string {
    return this.#state.name === "open" ? this.#state.server : "";
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
    } else if (state.name === "open") this.#lost(state.socket);
  }

  async #try(aborted: Promise<void>): Promise<void> {
    // The state is set by the caller before the first server is tried.
    await null;
    const current = this.#state;
    for (const server of this.#servers) {
      const socket = await this.#connect(server, aborted);
      if (this.#state !== current) {
        socket?.close();
        break;
      }
      if (!socket) continue;
      this.#state = { name: "open", socket, server };
      this.#answers = false;
      socket.onclose = () => this.#lost(socket);
      socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(socket, data);
      this.#ping(socket);
      this.#user.opened();
      return;
    }
    if (this.#state === current) this.#state = { name: "closed" };
    throw new SipFailure(503);
  }

  #connect(server: string, aborted: Promise<void>): Promise<Socket | null> {
    return new Promise((resolve) => {
      let socket: Socket;
      try {
        socket = this.#factory(server, "sip");
      } catch {
        return resolve(null);
      }
      const give = (result: Socket | null) => {
        limit.stop();
        socket.onopen = socket.onclose = null;
        if (!result) socket.close();
        resolve(result);
      };
      const limit = this.#clock.after(OPEN_LIMIT, () => give(null));
      void aborted.then(() => give(null));
      socket.binaryType = "arraybuffer";
      socket.onopen = () => give(socket);
      socket.onclose = () => give(null);
    });
  }

  #ping(socket: Socket): void {
    this.#timer = this.#clock.after(KEEP_ALIVE, () => {
      this.send(PING);
      // Some servers ignore keep-alives: only one that has answered before is
      // taken for dead when it falls silent.
      if (this.#answers) this.#timer = this.#clock.after(PONG_LIMIT, () => this.#lost(socket));
      else this.#ping(socket);
    });
  }

  #received(socket: Socket, data: unknown): void {
    if (this.#state.name !== "open" || this.#state.socket !== socket) return;
    if (data === PONG) {
      this.#answers = true;
      this.#timer?.stop();
      this.#ping(socket);
    } else if (data === PING) this.send(PONG);
    else if (typeof data === "string") this.#user.received(data);
    else if (data instanceof ArrayBuffer) this.#user.received(new Uint8Array(data));
  }

  #lost(socket: Socket): void {
    if (this.#state.name !== "open" || this.#state.socket !== socket) return;
    this.#state = { name: "closed" };
    this.#timer?.stop();
    socket.onclose = socket.onmessage = null;
    socket.close();
    this.#user.closed();
  }
}
