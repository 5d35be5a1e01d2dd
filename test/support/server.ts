// The real binary, on a free port, with a data folder of its own.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Built by `make test` before the browser tests run. */
const binary = resolve(import.meta.dirname, "../../bin/webphone");

const startLimit = 20_000;

export interface Account {
  readonly username: string;
  readonly password: string;
  /** Opens the phone signed in. */
  readonly link: string;
}

export interface TestServer {
  /** Ends with a slash. */
  readonly url: string;
  /** The SIP server's address. */
  readonly sip: string;
  readonly data: string;
  /** The accounts that were made, 1001 and 1002. */
  readonly accounts: readonly Account[];
  /** Of the page builder; empty on the data of an earlier run. */
  readonly adminPassword: string;
  /** Runs a command of the binary on the same data. */
  command(args: readonly string[], input?: string): Promise<string>;
  /** SIGTERM; resolves to the exit status. */
  stop(): Promise<number | null>;
  running(): boolean;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its sockets and does nothing. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** SIGTERM, and the data folder is removed. */
  close(): Promise<void>;
}

/** Starts the binary, on the data and the address of an earlier run when they are given. */
export async function startServer(
  options: { data?: string; listen?: string; args?: string[] } = {},
): Promise<TestServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "webphone-data-")));
  const child = spawn(
    binary,
    ["serve", "--data", data, "--listen", options.listen ?? "localhost:0", ...(options.args ?? [])],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output = await announcement(child);
  const url = /(?:https?):\/\/\S+?\/(?=\s)/.exec(output)?.[0];
  if (!url) throw new Error(`no address in:\n${output}`);
  const accounts = [...output.matchAll(/^ {2}(\d+) {2}(\S+)$/gm)].map(([, username, link]) => {
    const secret = new URLSearchParams(new URL(link!).hash.slice(1)).get("password");
    return { username: username!, password: secret!, link: link! };
  });
  const running = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (running()) {
      child.kill(signal);
      // A frozen process takes no SIGTERM.
      child.kill("SIGCONT");
      await once(child, "exit");
    }
    return child.exitCode;
  };
  const stop = () => end("SIGTERM");
  return {
    url,
    sip: `${url.replace(/^http/, "ws")}sip`,
    data,
    accounts,
    adminPassword: /administrator's password, shown this once: (\S+)/.exec(output)?.[1] ?? "",
    command: (args, input) => run(["--data", data, ...args], input),
    stop,
    running,
    kill: async () => void (await end("SIGKILL")),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    close: async () => {
      await stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Waits for the lines that name the address (and, at first, the accounts). */
function announcement(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let output = "";
    let problems = "";
    const limit = setTimeout(() => fail(new Error(`the server did not start:\n${problems}`)), startLimit);
    child.stdout!.on("data", (chunk: Buffer) => {
      output += chunk;
      if (output.includes(" is at ")) {
        clearTimeout(limit);
        done(output);
      }
    });
    child.stderr!.on("data", (chunk: Buffer) => (problems += chunk));
    child.once("exit", () => {
      clearTimeout(limit);
      fail(new Error(`the server ended:\n${problems}`));
    });
  });
}

async function run(args: readonly string[], input = ""): Promise<string> {
  const child = spawn(binary, args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk));
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`exit status ${code}:\n${output}`);
  return output;
}
