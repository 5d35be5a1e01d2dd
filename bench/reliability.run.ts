// The same faults for <web-phone>, JsSIP and SIP.js, at the same moment and at
// the same servers, and the table of docs/reliability.md. Nothing is asserted
// about times; a run fails when a phone does not even come up before its fault.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../test/support/browsers.ts";
import { faults } from "./faults.ts";
import { measure } from "./measure.ts";
import type { Run } from "./measure.ts";
import { publish } from "./report.ts";
import { House, libraries } from "./stage.ts";

const rounds = Number(process.env["ROUNDS"] ?? 3);
/** Names of faults, separated by commas; all by default. */
const only = process.env["FAULTS"]?.split(",");
const chosen = faults.filter(({ name }) => !only || only.includes(name));

const runs = new Map<string, Run[]>(chosen.map(({ name }) => [name, []]));
const measured = new Date().toISOString();
let house: House;
let browser: string;

const versionOf = async (name: string) => {
  const text = await readFile(resolve(import.meta.dirname, `../node_modules/${name}/package.json`), "utf8");
  return (JSON.parse(text) as { version: string }).version;
};

beforeAll(async () => {
  const chromium = await launch("chromium");
  browser = (await chromium.browser.version()).replace("Headless", "").replace("Chrome/", "Chromium ");
  await chromium.close();
  house = await House.open();
});

afterAll(async () => {
  await house?.close();
  const versions = {
    "web-phone": "`<web-phone>`",
    jssip: `JsSIP ${await versionOf("jssip")}`,
    sipjs: `SIP.js ${await versionOf("sip.js")}`,
  };
  const found = [...runs].filter(([, runs]) => runs.length).map(([name, runs]) => ({ name, runs }));
  if (found.length) await publish({ measured, browser, versions, faults: found }, faults);
});

describe.each(Array.from({ length: rounds }, (_, i) => i + 1))("round %i", () => {
  it.each(chosen.map((fault) => [fault.title, fault] as const))("%s", async (_, fault) => {
    const run = await measure(fault, house);
    runs.get(fault.name)!.push(run);
    expect(Object.keys(run)).toEqual([...libraries]);
  });
});
