// The phone in Go, by its commands, with real browsers at our edge: each is
// heard, presses digits, holds, and takes a call up again after a reload.
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { BrowserKind, TestBrowser } from "../support/browsers.ts";
import { GoPhone, expectHeard } from "../support/gophone.ts";
import { expectSilence, expectTone } from "../support/hearing.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

/** The browsers' microphones, and what the command says, in Hz. */
const tones: Record<BrowserKind, number> = { chromium: 500, firefox: 800 };
const said = 1_100;

let server: TestServer;
let site: StaticServer;
const browsers = new Map<BrowserKind, TestBrowser>();
const phones: TestPhone[] = [];
const commands: GoPhone[] = [];

/** The phone in Go as 1002. */
function command(name: "call" | "listen", ...args: string[]): GoPhone {
  const made = new GoPhone(name, { server: server.sip, ...server.accounts[1]! }, ...args);
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
  for (const running of commands.splice(0)) await running.close();
});
afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  await site?.close();
  await server?.close();
});

describe.each(browserKinds)("%s", (kind) => {
  it("is called by webphone call, is heard and hears", async () => {
    const callee = await phone(kind);
    const caller = command("call", "1001", "--tone", String(said), "--duration", "1m", "--digits", "7");
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
    expectHeard(outcome, tones[kind]);
  });

  it("calls webphone listen, presses digits, holds, and is heard again after a reload", async () => {
    const callee = command("listen", "--tone", String(said), "--calls", "1");
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
    expectHeard(outcome, tones[kind]);
  });
});
