// The form of bench/results/*.json, which bench/report reads.
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");

export interface Results {
  /** ISO 8601. */
  readonly measured: string;
  readonly machine: string;
  /** What each peer was set to, in sentences. */
  readonly settings: readonly string[];
  readonly figures: readonly Figure[];
}

export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** About the ratio of medians where `against` is there, else about the median itself. */
  readonly goal?: {
    readonly text: string;
    readonly who: string;
    readonly against?: string;
    readonly atMost?: number;
    readonly atLeast?: number;
  };
  /** Cases or growth: then each series has one list of samples for each value. */
  readonly x?: { readonly label: string; readonly values: readonly (number | string)[] };
  readonly series: readonly {
    readonly who: string;
    readonly samples: readonly (number | readonly number[])[];
  }[];
  readonly note?: string;
  /** Where the time goes, for a goal that was missed: from a profile. */
  readonly profile?: string;
}

/** How often everything is measured. */
export const rounds = bounded(process.env["BENCH_ROUNDS"] ?? "5");

function bounded(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100)
    throw new Error("BENCH_ROUNDS is a whole number from 1 to 100");
  return value;
}

/** The names by which the report knows the peers, with their versions. */
export const names = {
  phone: "phone.js",
  "web-phone": "<web-phone>",
  jssip: `JsSIP ${await versionOf("jssip")}`,
  sipjs: `SIP.js ${await versionOf("sip.js")}`,
} as const;
export type Peer = keyof typeof names;

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, `node_modules/${name}/package.json`), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The samples of each peer, as they come. */
export class Samples {
  readonly #samples = new Map<Peer, number[]>();

  add(peer: Peer, sample: number): void {
    const list = this.#samples.get(peer) ?? [];
    list.push(Math.round(sample * 1000) / 1000);
    this.#samples.set(peer, list);
  }

  get series(): Figure["series"] {
    return [...this.#samples].map(([peer, samples]) => ({ who: names[peer], samples }));
  }
}

/** `browser` is what the browser says of its version. */
export async function publish(
  name: string,
  browser: string,
  settings: readonly string[],
  figures: readonly Figure[],
): Promise<void> {
  const [cpu] = cpus();
  const engine = browser.replace("Headless", "").replace("Chrome/", "Chromium ");
  const results: Results = {
    measured: new Date().toISOString(),
    machine: `${cpus().length} cores (${cpu?.model.trim()}), Linux ${release()}, ${engine}`,
    settings,
    figures: figures.filter(({ series }) => series.length),
  };
  const folder = join(root, "bench/results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(results, null, 2) + "\n");
  await promisify(execFile)("npx", ["prettier", "--write", "--log-level", "warn", file], { cwd: root });
}
