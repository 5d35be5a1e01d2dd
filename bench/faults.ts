// The faults that are measured, each with what the person sees in <web-phone>.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startServer } from "../test/support/server.ts";
import { probeAddress } from "./probe.ts";
import { libraries } from "./stage.ts";
import type { Stage } from "./stage.ts";

const run = promisify(execFile);
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export interface Fault {
  readonly name: string;
  /** The table's first column. */
  readonly title: string;
  /** The table's second column. */
  readonly sees: string;
  readonly servers: 1 | 2;
  /** The servers by which a phone must be reached to be back. */
  readonly by: readonly number[];
  /** It is the media that it hits: hold is tried once sound is back. */
  readonly media?: true;
  /** Only the callers' pages are hit: it is they that have to be back, not the idle phones. */
  readonly onlyCallers?: true;
  /** Resolves when the fault has taken hold: from then on the phones are asked whether they are back. */
  strike(stage: Stage): Promise<void>;
  /** What follows by itself. */
  follow?(stage: Stage): Promise<void>;
  /** Undoes what would outlive the stage. */
  heal?(): Promise<void>;
}

/** The machine's address before and after. */
const addresses = ["10.77.0.1/24", "10.77.0.9/24"] as const;

async function move(from: string, to: string): Promise<void> {
  await run("ip", ["addr", "del", from, "dev", "wp0"]);
  await run("ip", ["addr", "add", to, "dev", "wp0"]);
  await run("ip", ["route", "replace", "default", "via", "10.77.0.2"]);
}

const cutFor = 8_000;

/** All media, and all signalling but the prober's, is lost without a word. */
async function cut(stage: Stage): Promise<void> {
  const rules = [["-p", "udp", "-j", "DROP"]];
  for (const { url } of stage.servers)
    for (const side of ["--dport", "--sport"])
      rules.push(["-p", "tcp", side, new URL(url).port, "-j", "DROP"]);
  for (const rule of rules) await run("iptables", ["-A", "INPUT", ...rule]);
}

const restore = async () => void (await run("iptables", ["-F", "INPUT"]));

export const faults: readonly Fault[] = [
  {
    name: "restart",
    title: "The server is killed and started again after 2 s",
    sees: "“Reconnecting” in place of “In call”, with the clock running on; the sound goes on. Then “In call” again. A phone without a call says “The server can’t be reached. Check your connection; trying again.”",
    servers: 1,
    by: [0],
    strike: (stage) => stage.servers[0]!.kill(),
    async follow(stage) {
      const [server] = stage.servers;
      await wait(2_000);
      stage.servers[0] = await startServer({ data: server!.data, listen: new URL(server!.url).host });
    },
  },
  {
    name: "killed",
    title: "The server is killed; a second one is there",
    sees: "“Reconnecting” for a moment; the sound goes on.",
    servers: 2,
    by: [1],
    strike: (stage) => stage.servers[0]!.kill(),
  },
  {
    name: "stopped",
    title: "The server is stopped in order; a second one is there",
    sees: "“Reconnecting” for a moment; the sound goes on.",
    servers: 2,
    by: [1],
    // It asks its phones to leave and waits for them: the phones' moment is the order, not the end.
    strike: async () => {},
    follow: async (stage) => void (await stage.servers[0]!.stop()),
  },
  {
    name: "frozen",
    title: "The server freezes with its connections open; a second one is there",
    sees: "Nothing for about 5 s, then “Reconnecting” for a moment; the sound goes on.",
    servers: 2,
    by: [1],
    strike: async (stage) => stage.servers[0]!.freeze(),
  },
  {
    name: "address",
    title: "The computer's address changes (another network)",
    sees: "Silence, then “Reconnecting”, then the call goes on over the new network.",
    servers: 2,
    by: [0, 1],
    media: true,
    strike: () => move(...addresses),
    heal: () => move(addresses[1], addresses[0]),
  },
  {
    name: "cable",
    title: "The network is gone for 8 s without a word",
    sees: "Silence and “Reconnecting”; the sound is back with the network.",
    servers: 2,
    by: [0, 1],
    media: true,
    async strike(stage) {
      // First, so that no moment is left in which the prober is cut off.
      for (const side of ["-s", "-d"])
        await run("iptables", ["-I", "INPUT", side, probeAddress, "-j", "ACCEPT"]);
      await cut(stage);
    },
    async follow() {
      await wait(cutFor);
      await restore();
    },
    heal: restore,
  },
  {
    name: "reload",
    title: "The caller's page is loaded anew",
    sees: "The page comes up with the call in it; nothing rings, and nothing has to be pressed.",
    servers: 2,
    by: [0, 1],
    media: true,
    onlyCallers: true,
    async strike(stage) {
      await Promise.all(libraries.map((library) => stage.phones.get(library)!.caller.page.reload()));
    },
  },
];
