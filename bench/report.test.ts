import { describe, expect, it } from "vitest";
import type { Fault } from "./faults.ts";
import type { Figures } from "./measure.ts";
import { table } from "./report.ts";

const fault: Fault = {
  name: "killed",
  title: "Killed",
  sees: "Reconnecting",
  servers: 2,
  by: [1],
  strike: async () => {},
};
const kept: Figures = {
  idle: 1,
  silence: 0,
  reached: [1, 1],
  signalling: 2,
  kept: true,
  ended: [null, null],
  texts: [],
  idleTexts: [],
};
const lost: Figures = { ...kept, silence: null, signalling: null, kept: false, ended: [0.1, 0.2] };

/** The cell of the first library in the table of these runs. */
function cell(...runs: Figures[]): string {
  const versions = { "web-phone": "A", jssip: "B", sipjs: "C" };
  const found = runs.map((run) => ({ "web-phone": run, jssip: lost, sipjs: lost }));
  const text = table(
    { measured: "2026-01-02T03:04:05Z", browser: "X", versions, faults: [{ name: "killed", runs: found }] },
    [fault],
  );
  const row = text.split("\n").find((line) => line.startsWith("| Killed"))!;
  return row.split(" | ")[2]!;
}

describe("the table", () => {
  it("gives the median of the rounds and their spread", () => {
    const runs = [4, 2.5, 3].map((idle) => ({ ...kept, idle }));
    expect(cell(...runs)).toContain("can be called again: 3.0 s (2.5 s to 4.0 s)");
  });

  it("takes what did not happen in time as later than all that did", () => {
    expect(cell({ ...kept, idle: null }, kept, kept)).toContain(
      "can be called again: 1.0 s (1.0 s to never)",
    );
    expect(cell({ ...kept, idle: null }, { ...kept, idle: null }, kept)).toContain(
      "can be called again: never (1.0 s to never)",
    );
  });

  it("says that a call goes on, without silence, and when hold works", () => {
    expect(cell(kept)).toContain("**call goes on**<br>silence: none<br>hold works again: 2.0 s");
  });

  it("says that a call is there and nothing is heard any more", () => {
    expect(cell({ ...kept, silence: null, signalling: null })).toContain(
      "**call is left without sound**<br>silence: to the end<br>hold works again: never",
    );
  });

  it("says that a call is lost, and whether both ends know", () => {
    expect(cell(lost)).toMatch(/\*\*call lost, both ends know\*\*$/);
    expect(cell({ ...lost, ended: [0.1, null] })).toMatch(/\*\*call lost, one end does not know\*\*$/);
    expect(cell(lost, kept, kept)).toContain("**call lost in 1 of 3 runs, both ends know**");
  });
});
