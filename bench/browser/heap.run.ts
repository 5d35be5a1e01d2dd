// The JS heap of a registered phone that has nothing to do, and after a hundred
// calls, each to the server's echo test and hung up as soon as it is up.
import type { CDPSession, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../../test/support/browsers.ts";
import type { TestBrowser } from "../../test/support/browsers.ts";
import { Booth, until } from "./booth.ts";
import { Samples, names, publish, rounds } from "./results.ts";
import type { Peer } from "./results.ts";

const peers = ["phone", "web-phone", "jssip", "sipjs"] as const;
const calls = 100;
const echo = "*43";
/** Until what SIP keeps of a call for 32 seconds (64·T1) is let go of, in milliseconds. */
const settling = 36_000;
/** Timers that run once soon after the registration are done by then, in milliseconds. */
const idle = 3_000;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const resting = new Samples();
const used = new Samples();
let chromium: TestBrowser;
let booth: Booth;

beforeAll(async () => {
  chromium = await launch("chromium", { tone: 500, autoplay: true });
  booth = await Booth.open();
});

afterAll(async () => {
  const version = await chromium.browser.version();
  await chromium.close();
  await booth.close();
  const common = (id: string, title: string) =>
    ({
      id,
      title,
      unit: "kB",
      better: "lower",
      goal: {
        text: "phone.js at most half of JsSIP",
        who: names.phone,
        against: names.jssip,
        atMost: 0.5,
      },
    }) as const;
  await publish("heap", version, settings, [
    { ...common("heap-idle", "JS heap of a registered phone"), series: resting.series },
    { ...common("heap-calls", `JS heap after ${calls} calls`), series: used.series, profile: afterCalls },
  ]);
});

const afterCalls =
  "By heap snapshots taken before and after 40 calls, nothing of a call that has ended is left but its messages in the log for support: 190 kB, bounded by 200 messages of 256 KiB in all. Some 540 kB are machine code and feedback that V8 made of functions that ran often (`InstructionStream` 320 kB, `FeedbackVector`, `BytecodeArray`): JsSIP has 530 kB of them more after its calls than before. V8 drops them after a time without use: of ours 270 kB within 40 seconds of collecting garbage. 100 kB are the browser's own objects. With the idle phone's heap, the machine code alone is more than half of what JsSIP has.";

const settings = [
  "Used JS heap as V8 counts it (`Runtime.getHeapUsage`) after three garbage collections, less that of an empty page. Each phone is in a page of its own browser context.",
  `Calls go to the echo test of \`webphone serve\` and are hung up as soon as they are up; the heap is taken ${settling / 1000} seconds after the last one.`,
  "Settings as in the measurement of calls, without ICE servers. The order of the phones on the page is chance: they run side by side, since no time is measured.",
];

async function heap(session: CDPSession): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await session.send("HeapProfiler.collectGarbage");
    await wait(100);
  }
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize / 1000;
}

/** The page's own part of the heap, from the measure of an empty page. */
async function opened(path: string): Promise<{ page: Page; session: CDPSession; close(): Promise<void> }> {
  const context = await chromium.browser.createBrowserContext();
  const page = await context.newPage();
  const session = await page.createCDPSession();
  await page.goto(path);
  return { page, session, close: () => context.close() };
}

async function call(page: Page): Promise<void> {
  await page.evaluate((number) => void window.handset!.call(number), echo);
  await until(page, "up");
  await page.evaluate(() => void window.handset!.hangUp());
  await until(page, "idle");
}

async function measure(peer: Peer, empty: number): Promise<void> {
  const { page, session, close } = await opened(booth.url(peer));
  await until(page, "registered");
  await wait(idle);
  resting.add(peer, (await heap(session)) - empty);
  for (let i = 0; i < calls; i++) await call(page);
  await wait(settling);
  used.add(peer, (await heap(session)) - empty);
  await close();
}

describe("the heap", () => {
  it.each(Array.from({ length: Math.ceil(rounds * 0.4) }, (_, i) => i + 1))("round %i", async () => {
    // What looks at a page adds to its heap: the empty one is looked at in the same way.
    const { page, session, close } = await opened(`${booth.site.origin}/empty`);
    await until(page, "registered");
    await wait(idle);
    const empty = await heap(session);
    await close();
    expect(empty).toBeGreaterThan(0);
    // Side by side: no time is measured.
    await Promise.all(peers.map((peer) => measure(peer, empty)));
  });
});
