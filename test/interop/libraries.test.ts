// JsSIP and SIP.js, unchanged from their packages, at our edge: they register,
// call each other and call <web-phone>, both ways.
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { expectTone } from "../support/hearing.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

const libraries = ["jssip", "sipjs"] as const;
type Library = (typeof libraries)[number];

/** The microphones' tones, in Hz. */
const tones = [500, 800] as const;
const patience = 20_000;

let server: TestServer;
let site: StaticServer;
const browsers: TestBrowser[] = [];
const pages: Page[] = [];

beforeAll(async () => {
  server = await startServer();
  const page = (library: Library) =>
    `<!doctype html><title>${library}</title><script src="/${library}.js"></script><script type="module" src="/peers.js"></script>`;
  site = await serveStatic({
    root: resolve(import.meta.dirname, "../out"),
    routes: { "/peer-jssip": page("jssip"), "/peer-sipjs": page("sipjs") },
    csp: "default-src 'self'; connect-src ws:; media-src blob: mediastream:",
  });
  const { readFile } = await import("node:fs/promises");
  site.route("/peers.js", {
    type: "text/javascript",
    body: await readFile(resolve(import.meta.dirname, "peers.js")),
  });
  for (const tone of tones) browsers.push(await launch("chromium", { tone, autoplay: true }));
});

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
});

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await site?.close();
  await server?.close();
});

/** A library's phone as 1001 in the first browser or as 1002 in the second. */
async function peer(library: Library, seat: 0 | 1): Promise<Page> {
  const { username, password } = server.accounts[seat]!;
  const page = await browsers[seat]!.newPage();
  pages.push(page);
  const account = new URLSearchParams({ library, server: server.sip, username, password });
  await page.goto(`${site.origin}/peer-${library}#${account}`);
  await page.waitForFunction(() => window.peer?.registered, { timeout: patience });
  return page;
}

async function phone(seat: 0 | 1): Promise<TestPhone> {
  const phone = await TestPhone.open(browsers[seat]!, server.accounts[seat]!.link);
  pages.push(phone.page);
  return phone;
}

const isIn = (page: Page, state: string) =>
  page.waitForFunction((state) => window.peer!.state === state, { timeout: patience }, state);

describe.each(libraries)("%s", (library) => {
  it("calls <web-phone>, is heard, and is hung up on", async () => {
    const caller = await peer(library, 0);
    const callee = await phone(1);
    await caller.evaluate(() => window.peer!.call("1002"));
    await callee.state("ringing-in");
    await callee.press("answer");
    await Promise.all([callee.state("active"), isIn(caller, "up")]);
    await expectTone(callee.page, tones[0]);
    await expectTone(caller, tones[1]);
    await callee.press("hang-up");
    await isIn(caller, "idle");
    expect(await callee.record()).toMatchObject({
      direction: "inbound",
      from: "1001",
      sipCode: 200,
      endedBy: "local",
    });
  });

  it("is called by <web-phone>, is held and resumed, and hangs up", async () => {
    const caller = await phone(0);
    const callee = await peer(library, 1);
    await caller.dial("1002");
    await isIn(callee, "ringing");
    await caller.state("ringing-out");
    await callee.evaluate(() => window.peer!.answer());
    await Promise.all([caller.state("active"), isIn(callee, "up")]);
    await expectTone(caller.page, tones[1]);
    await caller.press("hold");
    await caller.state("held");
    await caller.press("hold");
    await caller.state("active");
    await expectTone(callee, tones[0]);
    await callee.evaluate(() => window.peer!.hangup());
    await caller.state("idle");
    expect(await caller.record()).toMatchObject({
      direction: "outbound",
      to: "1002",
      sipCode: 200,
      endedBy: "remote",
    });
  });

  const other = libraries.find((other) => other !== library)!;

  it(`calls ${other}`, async () => {
    const caller = await peer(library, 0);
    const callee = await peer(other, 1);
    await caller.evaluate(() => window.peer!.call("1002"));
    await isIn(callee, "ringing");
    await callee.evaluate(() => window.peer!.answer());
    await Promise.all([isIn(caller, "up"), isIn(callee, "up")]);
    await expectTone(callee, tones[0]);
    await expectTone(caller, tones[1]);
    await caller.evaluate(() => window.peer!.hangup());
    await isIn(callee, "idle");
  });
});
