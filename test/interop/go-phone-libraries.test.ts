// The phone in Go, by its commands, with JsSIP and SIP.js, unchanged from their
// packages, at our edge: both call it and are called by it.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { GoPhone, expectHeard } from "../support/gophone.ts";
import { expectTone } from "../support/hearing.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

/** What each says, in Hz. */
const tones = { go: 1_100, page: 500 } as const;
const patience = 20_000;

let server: TestServer;
let site: StaticServer;
let browser: TestBrowser;
const guests: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  server = await startServer();
  const page = (library: string) =>
    `<!doctype html><title>${library}</title><script src="/${library}.js"></script><script type="module" src="/peers.js"></script>`;
  site = await serveStatic({
    root: resolve(import.meta.dirname, "../out"),
    routes: { "/peer-jssip": page("jssip"), "/peer-sipjs": page("sipjs") },
    csp: "default-src 'self'; connect-src ws:; media-src blob: mediastream:",
  });
  const body = await readFile(resolve(import.meta.dirname, "peers.js"));
  site.route("/peers.js", { type: "text/javascript", body });
  browser = await launch("chromium", { tone: tones.page, autoplay: true });
});
afterEach(async () => {
  for (const guest of guests.splice(0)) await guest.close();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await server?.close();
});

async function peer(library: string): Promise<Page> {
  const { username, password } = server.accounts[0]!;
  const page = await browser.newPage();
  guests.push(page);
  const account = new URLSearchParams({ library, server: server.sip, username, password });
  await page.goto(`${site.origin}/peer-${library}#${account}`);
  await page.waitForFunction(() => window.peer?.registered, { timeout: patience });
  return page;
}

function command(name: "call" | "listen", ...args: string[]): GoPhone {
  const { username, password } = server.accounts[1]!;
  const made = new GoPhone(name, { server: server.sip, username, password }, ...args);
  guests.push(made);
  return made;
}

const isIn = (page: Page, state: string) =>
  page.waitForFunction((state) => window.peer!.state === state, { timeout: patience }, state);

describe.each(["jssip", "sipjs"])("%s", (library) => {
  it("is called by the phone in Go, is heard and hears, and hangs up", async () => {
    const callee = await peer(library);
    const caller = command("call", "1001", "--tone", String(tones.go), "--duration", "1m");
    await isIn(callee, "ringing");
    await callee.evaluate(() => window.peer!.answer());
    await isIn(callee, "up");
    await expectTone(callee, tones.go);
    await callee.evaluate(() => window.peer!.hangup());
    const outcome = await caller.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { to: "1001", endedBy: "remote" } });
    expectHeard(outcome, tones.page);
  });

  it("calls the phone in Go, is heard and hears, and is hung up on", async () => {
    const callee = command("listen", "--tone", String(tones.go), "--calls", "1", "--duration", "3s");
    await callee.says("Signed in");
    const caller = await peer(library);
    await caller.evaluate(() => window.peer!.call("1002"));
    await isIn(caller, "up");
    await expectTone(caller, tones.go);
    await isIn(caller, "idle");
    const outcome = await callee.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { from: "1001", endedBy: "local" } });
    expectHeard(outcome, tones.page);
  });
});
