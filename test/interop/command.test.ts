// The phone in Go, by its commands, with real browsers at our edge: each is
// heard, presses digits, holds, and takes a call up again after a reload.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CallRecord } from "../../web/src/phone/types.ts";
import { browserKinds, launch } from "../support/browsers.ts";
import type { BrowserKind, TestBrowser } from "../support/browsers.ts";
import { expectSilence, expectTone } from "../support/hearing.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

const binary = resolve(import.meta.dirname, "../../bin/webphone");

/** The browsers' microphones, and what the command says, in Hz. */
const tones: Record<BrowserKind, number> = { chromium: 500, firefox: 800 };
const said = 1_100;

interface Outcome {
  ok: boolean;
  code?: string;
  digits?: string;
  heard: { level: number; frequency: number };
  record: CallRecord;
}

/** A command of the phone under way. */
class Command {
  readonly #child: ChildProcess;
  #out = "";
  #problems = "";

  constructor(name: "call" | "listen", seat: number, ...args: string[]) {
    const { username, password } = server.accounts[seat]!;
    this.#child = spawn(binary, [name, "--json", ...args], {
      env: {
        ...process.env,
        WEBPHONE_SERVER: server.sip,
        WEBPHONE_USERNAME: username,
        WEBPHONE_PASSWORD: password,
      },
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => (this.#out += chunk));
    this.#child.stderr!.on("data", (chunk: Buffer) => (this.#problems += chunk));
  }

  /** Waits until it has said this of its progress. */
  async says(words: string): Promise<void> {
    while (!this.#problems.includes(words)) await once(this.#child.stderr!, "data");
  }

  /** Its one result, once it has ended. */
  async outcome(): Promise<Outcome> {
    if (this.#child.exitCode === null) await once(this.#child, "close");
    return JSON.parse(this.#out) as Outcome;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGINT");
    await once(this.#child, "exit");
  }
}

let server: TestServer;
let site: StaticServer;
const browsers = new Map<BrowserKind, TestBrowser>();
const phones: TestPhone[] = [];
const commands: Command[] = [];

function command(...args: ConstructorParameters<typeof Command>): Command {
  const made = new Command(...args);
  commands.push(made);
  return made;
}

async function phone(kind: BrowserKind): Promise<TestPhone> {
  const { username, password } = server.accounts[0]!;
  site.route(
    "/phone",
    `<!doctype html><html lang="en"><title>Phone</title><script type="module" src="/webphone.js"></script>
     <web-phone sip-server="${server.sip}" username="${username}" password="${password}" auto-register></web-phone>`,
  );
  const made = await TestPhone.open(browsers.get(kind)!, `${site.origin}/phone`);
  phones.push(made);
  return made;
}

beforeAll(async () => {
  server = await startServer();
  site = await serveStatic({ root: resolve(import.meta.dirname, "../../web/dist") });
  for (const kind of browserKinds)
    browsers.set(kind, await launch(kind, { tone: tones[kind], autoplay: true }));
});
afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close();
  for (const running of commands.splice(0)) await running.end();
});
afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  await site?.close();
  await server?.close();
});

const near = (outcome: Outcome, frequency: number) => {
  expect(outcome.heard.level).toBeGreaterThan(-40);
  expect(Math.abs(outcome.heard.frequency - frequency)).toBeLessThan(25);
};

describe.each(browserKinds)("%s", (kind) => {
  it("is called by webphone call, is heard and hears", async () => {
    const callee = await phone(kind);
    const caller = command("call", 1, "1001", "--tone", String(said), "--duration", "1m", "--digits", "7");
    await callee.state("ringing-in");
    await callee.press("answer");
    await callee.state("active");
    await expectTone(callee.page, said);
    await callee.press("hang-up");
    await callee.state("idle");
    const outcome = await caller.outcome();
    expect(outcome.record).toMatchObject({
      direction: "outbound",
      endedBy: "remote",
      sipCode: 200,
      codec: "PCMU",
    });
    near(outcome, tones[kind]);
  });

  it("calls webphone listen, presses digits, holds, and is heard again after a reload", async () => {
    const callee = command("listen", 1, "--tone", String(said), "--calls", "1");
    await callee.says("Signed in");
    const caller = await phone(kind);
    await caller.dial("1002");
    await caller.state("active");
    await expectTone(caller.page, said);
    for (const digit of "5#") await caller.call("dialpadPress", digit);
    await caller.press("hold");
    await caller.state("held");
    await expectSilence(caller.page);
    await caller.press("hold");
    await caller.state("active");
    await expectTone(caller.page, said);
    await caller.reload();
    await caller.state("active");
    await caller.reconnecting(false);
    await expectTone(caller.page, said);
    await caller.press("hang-up");
    await caller.state("idle");
    const outcome = await callee.outcome();
    expect(outcome.record).toMatchObject({ direction: "inbound", endedBy: "remote", sipCode: 200 });
    expect(outcome.digits).toBe("5#");
    near(outcome, tones[kind]);
  });
});
