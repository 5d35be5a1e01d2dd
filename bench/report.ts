// The results as a file, and the table of docs/reliability.md made from them.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Fault } from "./faults.ts";
import type { Figures, Run } from "./measure.ts";
import { libraries } from "./stage.ts";
import type { Library } from "./stage.ts";

const root = resolve(import.meta.dirname, "..");
const results = join(root, "bench/results/reliability.json");
const page = join(root, "docs/reliability.md");
const [begin, end] = ["<!-- measured: begin -->", "<!-- measured: end -->"];

/** Below this there is no silence that a person hears: the resolution of listening, twice. In seconds. */
const unheard = 0.1;

export interface Results {
  /** ISO 8601. */
  readonly measured: string;
  readonly browser: string;
  readonly versions: Readonly<Record<Library, string>>;
  readonly faults: readonly { readonly name: string; readonly runs: readonly Run[] }[];
}

/** Median and spread; `null` counts as later than every time. */
function spread(times: readonly (number | null)[]): string {
  const sorted = times.map((time) => time ?? Infinity).sort((a, b) => a - b);
  const text = (time: number) =>
    time === Infinity ? "never" : time < unheard ? "none" : time.toFixed(1) + " s";
  const [least, median, most] = [sorted[0]!, sorted[(sorted.length - 1) >> 1]!, sorted.at(-1)!].map(text);
  return least === most ? median! : `${median} (${least} to ${most})`;
}

/** What became of the call, over all runs. */
function fate(figures: readonly Figures[]): string {
  const kept = figures.filter((run) => run.kept).length;
  if (kept === figures.length)
    return figures.every((run) => run.silence === null) ? "call is left without sound" : "call goes on";
  const known = figures.filter((run) => !run.kept).every((run) => run.ended.every((time) => time !== null));
  const lost = kept ? `call lost in ${figures.length - kept} of ${figures.length} runs` : "call lost";
  return `${lost}, ${known ? "both ends know" : "one end does not know"}`;
}

function cell(figures: readonly Figures[]): string {
  const lines = [
    `can be called again: ${spread(figures.map((run) => run.idle)).replaceAll("none", "at once")}`,
    `**${fate(figures)}**`,
  ];
  if (figures.some((run) => run.kept))
    lines.push(
      `silence: ${spread(figures.map((run) => run.silence)).replaceAll("never", "to the end")}`,
      `hold works again: ${spread(figures.map((run) => run.signalling))}`,
    );
  return lines.join("<br>");
}

/** The table in Markdown: a row for each fault, a column for each library. */
export function table(
  { measured, browser, versions, faults: measuredFaults }: Results,
  faults: readonly Fault[],
): string {
  const rows = measuredFaults.map(({ name, runs }) => {
    const { title, sees } = faults.find((fault) => fault.name === name)!;
    return [title, sees, ...libraries.map((library) => cell(runs.map((run) => run[library])))];
  });
  const rounds = Math.min(...measuredFaults.map(({ runs }) => runs.length));
  return [
    `Measured on ${measured.slice(0, 10)} with ${browser}; ${rounds === 1 ? "one round" : `${rounds} rounds: median (least to most)`}.`,
    "",
    row(["Fault", "What the person sees in `<web-phone>`", ...libraries.map((library) => versions[library])]),
    row(["---", "---", ...libraries.map(() => "---")]),
    ...rows.map(row),
  ].join("\n");
}

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** Writes the results, and the table between the page's two marks. */
export async function publish(found: Results, faults: readonly Fault[]): Promise<void> {
  await mkdir(join(root, "bench/results"), { recursive: true });
  await writeFile(results, JSON.stringify(found, null, 2) + "\n");
  const text = await readFile(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} lacks the marks of its table`);
  await writeFile(
    page,
    `${text.slice(0, from + begin.length)}\n\n${table(found, faults)}\n\n${text.slice(to)}`,
  );
}
