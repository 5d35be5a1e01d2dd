// Calls through the real binary when something breaks: the server dies, is
// frozen, or stays away; the network changes; the page is reloaded.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { BrowserKind, TestBrowser } from "../support/browsers.ts";
import { expectSilence, expectTone, neverSilent } from "../support/hearing.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

const run = promisify(execFile);

/** Each browser's microphone plays a tone of its own, in Hz. */
const tones: Record<BrowserKind, number> = { chromium: 500, firefox: 800 };

/** Both on one data folder. */
let first: TestServer;
let second: TestServer;
let accounts: TestServer["accounts"];
let site: StaticServer;
const browsers = new Map<BrowserKind, TestBrowser>();
const phones: TestPhone[] = [];

const address = (server: TestServer) => new URL(server.url).host;
const again = async (server: TestServer) => startServer({ data: server.data, listen: address(server) });

beforeAll(async () => {
  first = await startServer();
  ({ accounts } = first);
  second = await startServer({ data: first.data });
  site = await serveStatic({ root: resolve(import.meta.dirname, "../../web/dist") });
  for (const kind of browserKinds)
    browsers.set(kind, await launch(kind, { tone: tones[kind], autoplay: true }));
});

afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close();
  first.thaw();
  if (!first.running()) first = await again(first);
});

afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  await site?.close();
  await second?.close();
  await first?.close();
});

/** A page of a site with a phone of account 1001 or 1002 at these servers, registered. */
async function phoneOf(
  kind: BrowserKind,
  seat: 0 | 1,
  servers: readonly TestServer[] = [first],
): Promise<TestPhone> {
  const { username, password } = accounts[seat]!;
  const list = servers.map(({ sip }) => sip).join();
  const path = `/phone-${seat}`;
  site.route(
    path,
    `<!doctype html><html lang="en"><title>Phone</title><script type="module" src="/webphone.js"></script>
     <web-phone sip-server="${list}" username="${username}" password="${password}" auto-register></web-phone>`,
  );
  const phone = await TestPhone.open(browsers.get(kind)!, site.origin + path);
  phones.push(phone);
  return phone;
}

interface Pair {
  readonly caller: TestPhone;
  readonly callee: TestPhone;
  readonly tones: { readonly caller: number; readonly callee: number };
}

async function ringing(callerKind: BrowserKind, servers?: readonly TestServer[]): Promise<Pair> {
  const calleeKind = callerKind === "chromium" ? "firefox" : "chromium";
  const caller = await phoneOf(callerKind, 0, servers);
  const callee = await phoneOf(calleeKind, 1, servers);
  await caller.dial("1002");
  await callee.state("ringing-in");
  await caller.state("ringing-out");
  return { caller, callee, tones: { caller: tones[callerKind], callee: tones[calleeKind] } };
}

async function inCall(callerKind: BrowserKind, servers?: readonly TestServer[]): Promise<Pair> {
  const pair = await ringing(callerKind, servers);
  await pair.callee.press("answer");
  await Promise.all([pair.caller.state("active"), pair.callee.state("active")]);
  await heardBothWays(pair);
  return pair;
}

async function heardBothWays({ caller, callee, tones }: Pair): Promise<void> {
  await expectTone(caller.page, tones.callee);
  await expectTone(callee.page, tones.caller);
}

/** They have noticed that their server is gone: at another one they are back in a moment. */
const lost = (...phones: TestPhone[]) => Promise.all(phones.map((phone) => phone.told("unregistered")));

const back = async (...phones: TestPhone[]) => {
  for (const phone of phones) {
    await phone.registration("registered");
    await phone.reconnecting(false);
  }
};

/** What a call must still be able to do, and its records. */
async function everythingWorks(pair: Pair): Promise<void> {
  const { caller, callee } = pair;
  await caller.press("hold");
  await caller.state("held");
  await expectSilence(callee.page);
  await caller.press("hold");
  await caller.state("active");
  await callee.press("hold");
  await callee.state("held");
  await callee.press("hold");
  await callee.state("active");
  await heardBothWays(pair);
  await ends(pair);
}

async function ends({ caller, callee }: Pair): Promise<void> {
  await callee.press("hang-up");
  await Promise.all([caller.state("idle"), callee.state("idle")]);
  expect(await caller.record()).toMatchObject({ sipCode: 200, endedBy: "remote", direction: "outbound" });
  expect(await callee.record()).toMatchObject({ sipCode: 200, endedBy: "local", direction: "inbound" });
}

describe.each(browserKinds)("a call from %s", (kind) => {
  it("goes on when the server is killed and started again", async () => {
    const pair = await inCall(kind);
    await neverSilent([pair.caller.page, pair.callee.page], async () => {
      await first.kill();
      await Promise.all([pair.caller.reconnecting(true), pair.callee.reconnecting(true)]);
      expect(await pair.caller.text("status-line")).toContain("Reconnecting");
      first = await again(first);
      await back(pair.caller, pair.callee);
    });
    await everythingWorks(pair);
  });

  it("goes on at the second server when the first is killed", async () => {
    const pair = await inCall(kind, [first, second]);
    await neverSilent([pair.caller.page, pair.callee.page], async () => {
      await first.kill();
      await lost(pair.caller, pair.callee);
      await back(pair.caller, pair.callee);
    });
    await everythingWorks(pair);
  });

  it("goes on at the second server when the first is frozen, and is hung up by the caller", async () => {
    const pair = await inCall(kind, [first, second]);
    await neverSilent([pair.caller.page, pair.callee.page], async () => {
      first.freeze();
      await lost(pair.caller, pair.callee);
      await back(pair.caller, pair.callee);
    });
    await heardBothWays(pair);
    await pair.caller.press("hang-up");
    await Promise.all([pair.caller.state("idle"), pair.callee.state("idle")]);
    expect(await pair.callee.record()).toMatchObject({ sipCode: 200, endedBy: "remote" });
  });

  it("is transferred after the server was killed and started again", async () => {
    const pair = await inCall(kind);
    await first.kill();
    first = await again(first);
    await back(pair.caller, pair.callee);
    await pair.caller.call("transfer", "*43");
    await pair.caller.state("idle");
    await pair.callee.state("active");
    // The echo test sends back what is said.
    await expectTone(pair.callee.page, pair.tones.callee);
    await pair.callee.press("hang-up");
    await pair.callee.state("idle");
  });

  it("is hung up on as soon as the server is there again when the button was pressed without it", async () => {
    const pair = await inCall(kind);
    await first.kill();
    await pair.caller.reconnecting(true);
    await pair.caller.press("hang-up");
    await pair.caller.state("idle");
    await pair.callee.reconnecting(true);
    first = await again(first);
    await pair.callee.state("idle");
    expect(await pair.caller.record()).toMatchObject({ sipCode: 200, endedBy: "local" });
    expect(await pair.callee.record()).toMatchObject({ sipCode: 200, endedBy: "remote" });
  });

  it("that rings goes on ringing when the server is killed, and is answered", async () => {
    const pair = await ringing(kind);
    await first.kill();
    await pair.callee.unregistered();
    first = await again(first);
    await pair.callee.registration("registered");
    await pair.callee.state("ringing-in");
    await pair.callee.press("answer");
    await Promise.all([pair.caller.state("active"), pair.callee.state("active")]);
    await heardBothWays(pair);
    await ends(pair);
  });

  it("is taken up again by both sides' reloads", async () => {
    const pair = await inCall(kind);
    await pair.caller.reload();
    await pair.caller.state("active");
    await back(pair.caller, pair.callee);
    await heardBothWays(pair);
    await pair.callee.reload();
    await pair.callee.state("active");
    await back(pair.caller, pair.callee);
    await heardBothWays(pair);
    const rang = (await pair.callee.seen()).filter(({ type }) => type === "ringingin");
    expect(rang).toHaveLength(0);
    await ends(pair);
  });

  it("with the echo test is taken up again after a reload", async () => {
    const caller = await phoneOf(kind, 0);
    await caller.dial("*43");
    await caller.state("active");
    await expectTone(caller.page, tones[kind]);
    await caller.reload();
    await caller.state("active");
    await back(caller);
    await expectTone(caller.page, tones[kind]);
    await caller.press("hang-up");
    await caller.state("idle");
  });

  describe("when the machine's address changes", () => {
    const [old, next] = ["10.77.0.1/24", "10.77.0.9/24"];
    const move = async (from: string, to: string) => {
      await run("ip", ["addr", "del", from, "dev", "wp0"]);
      await run("ip", ["addr", "add", to, "dev", "wp0"]);
      await run("ip", ["route", "replace", "default", "via", "10.77.0.2"]);
    };

    it("finds a new path without a new connection to the server", async () => {
      const pair = await inCall(kind);
      try {
        await move(old, next);
        // Whoever notices first mends it for both.
        await Promise.any([pair.caller.reconnecting(true), pair.callee.reconnecting(true)]);
        await back(pair.caller, pair.callee);
        await heardBothWays(pair);
        for (const phone of [pair.caller, pair.callee])
          expect((await phone.seen()).map(({ type }) => type)).not.toContain("unregistered");
        await ends(pair);
      } finally {
        await move(next, old);
      }
    });
  });
});
