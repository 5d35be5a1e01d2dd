// The phone in Go, by its commands `webphone call` and `webphone listen`.
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { CallRecord } from "../../web/src/phone/types.ts";

const binary = resolve(import.meta.dirname, "../../bin/webphone");

/** Half the width within which a frequency counts as the one sent, in Hz. */
const nearby = 25;

export interface GoAccount {
  /** URLs, separated by commas. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

export interface Outcome {
  readonly ok: boolean;
  readonly code?: string;
  readonly digits?: string;
  readonly heard: { readonly level: number; readonly frequency: number };
  readonly record: CallRecord;
}

/** A command of the phone under way. */
export class GoPhone {
  readonly #child: ChildProcess;
  #out = "";
  #progress = "";

  constructor(name: "call" | "listen", account: GoAccount, ...args: string[]) {
    this.#child = spawn(binary, [name, "--json", "--insecure", ...args], {
      env: {
        ...process.env,
        WEBPHONE_SERVER: account.server,
        WEBPHONE_USERNAME: account.username,
        WEBPHONE_PASSWORD: account.password,
      },
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => (this.#out += chunk));
    this.#child.stderr!.on("data", (chunk: Buffer) => (this.#progress += chunk));
  }

  /** Waits until it has said this of its progress. */
  async says(words: string): Promise<void> {
    while (!this.#progress.includes(words)) {
      if (this.#child.exitCode !== null) throw new Error(`it has ended: ${this.#progress}${this.#out}`);
      await Promise.race([once(this.#child.stderr!, "data"), once(this.#child, "close")]);
    }
  }

  /** The result of its one call, once it has ended. */
  async outcome(): Promise<Outcome> {
    if (this.#child.exitCode === null) await once(this.#child, "close");
    return JSON.parse(this.#out) as Outcome;
  }

  /** Interrupts it, as Ctrl+C does. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.interrupt();
    await once(this.#child, "exit");
  }
}

export function expectHeard(outcome: Outcome, frequency: number): void {
  expect(outcome.heard.level).toBeGreaterThan(-40);
  expect(Math.abs(outcome.heard.frequency - frequency)).toBeLessThan(nearby);
}

export interface Gate {
  /** The server's address by way of the gate. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A way to a server that takes WebSockets of its own pages alone: what goes
 * through has their Origin, which a program has not.
 */
export async function openGate(server: string, origin: string): Promise<Gate> {
  const { hostname, port, protocol } = new URL(server);
  const secure = protocol === "wss:";
  const target = { host: hostname, port: Number(port) };
  const sockets = new Set<Socket>();
  const pass = (near: Socket): void => {
    const far: Socket = secure ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.once("data", (head: Buffer) => {
      far.write(head.toString("latin1").replace("\r\n", `\r\nOrigin: ${origin}\r\n`), "latin1");
      near.pipe(far);
    });
    far.pipe(near);
  };
  const gate: Server = secure ? createTlsServer(await certificate(), pass) : createServer(pass);
  gate.listen(0, "localhost");
  await once(gate, "listening");
  return {
    url: `${protocol}//localhost:${(gate.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => gate.close(done));
    },
  };
}

/** A certificate that nobody vouches for. */
async function certificate(): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), "webphone-gate-"));
  try {
    const args =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -keyout key -out cert";
    await promisify(execFile)("openssl", args.split(" "), { cwd: folder });
    return { key: await readFile(join(folder, "key")), cert: await readFile(join(folder, "cert")) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
