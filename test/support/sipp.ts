// SIPp with scenarios of our own: its built-in ones ignore Record-Route.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Daemon } from "./daemon.ts";
import { address, freePorts } from "./ports.ts";
import { mulawTone } from "./tone.ts";

const scenarios = resolve(import.meta.dirname, "../interop/sipp");

/** A scenario that is not over by then has failed, in seconds. */
const patience = 40;

export interface SippOptions {
  /** The name of a file in test/interop/sipp. */
  readonly scenario: string;
  /** Its UDP port. */
  readonly port: number;
  /** Where its requests go, as host and port. */
  readonly proxy: string;
  /** The number to call, for a scenario that calls. */
  readonly number?: string;
  /** Plays a tone of this many Hz. Without it, SIPp echoes what it hears. */
  readonly tone?: number;
  /** Calls to take or to make. Default: 1. */
  readonly calls?: number;
}

export interface Sipp {
  /** Resolves when every call went by the scenario; rejects with SIPp's own words when one did not. */
  done(): Promise<void>;
  close(): Promise<void>;
}

export async function startSipp(options: SippOptions): Promise<Sipp> {
  const folder = await mkdtemp(join(tmpdir(), "webphone-sipp-"));
  const [media] = await freePorts(1);
  const host = address();
  const log = (name: string) => join(folder, name);
  const args = [
    options.proxy,
    ...["-sf", join(scenarios, `${options.scenario}.xml`)],
    ...["-i", host, "-p", String(options.port), "-t", "u1"],
    ...["-mi", host, "-mp", String(media)],
    ...["-m", String(options.calls ?? 1), "-l", "4"],
    ...["-s", options.number ?? "none"],
    ...["-timeout", `${patience}s`, "-timeout_error", "-nostdin"],
    ...["-trace_err", "-error_file", log("errors")],
    ...["-trace_msg", "-message_file", log("messages")],
  ];
  if (options.tone === undefined) args.push("-rtp_echo");
  else await writeFile(log("tone.ul"), mulawTone(options.tone, 2));
  // Files that scenarios play are named relative to the working directory.
  const daemon = await Daemon.start("sipp", args, { cwd: folder });
  return {
    done: async () => {
      const status = await daemon.exit;
      if (status === 0) return;
      const { readFile } = await import("node:fs/promises");
      const problem = await readFile(log("errors"), "utf8").catch(() => daemon.output.slice(-2_000));
      throw new Error(`sipp ended with status ${status}:\n${problem.slice(0, 4_000)}`);
    },
    close: async () => {
      await daemon.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
