// What a browser loads, how long it takes to run it, and how long a page takes
// from the start of its navigation until its phone is registered.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../../test/support/browsers.ts";
import type { TestBrowser } from "../../test/support/browsers.ts";
import { Booth, packed, root, scripts } from "./booth.ts";
import { Samples, names, publish, rounds } from "./results.ts";
import type { Peer } from "./results.ts";

const peers = Object.keys(scripts) as Peer[];
/** These are short: they are measured this many times a round. */
const repeats = 3;

const bytes = new Samples();
const evaluation = new Samples();
const registration = new Samples();
let chromium: TestBrowser;
let booth: Booth;

beforeAll(async () => {
  chromium = await launch("chromium");
  booth = await Booth.open();
  // The first page of a browser is slow for reasons of its own.
  for (const peer of peers) await registered(peer);
});

afterAll(async () => {
  const version = await chromium.browser.version();
  await chromium.close();
  await booth.close();
  await publish("load", version, settings, [
    {
      id: "bytes",
      title: "What a browser loads",
      unit: "bytes",
      better: "lower",
      series: bytes.series,
      note: "Brotli 11, minified.",
    },
    ...(
      [
        ["phone", 18_000],
        ["web-phone", 30_000],
      ] as const
    ).map(([peer, atMost]) => ({
      id: `bytes-${peer}`,
      title: `Size of ${peer === "phone" ? "phone.js" : "webphone.js"}`,
      unit: "bytes",
      better: "lower" as const,
      goal: { text: `at most ${atMost.toLocaleString("en")} bytes`, who: names[peer], atMost },
      series: bytes.series.filter(({ who }) => who === names[peer]),
    })),
    {
      id: "evaluate",
      title: "Compiling and running the script",
      unit: "ms",
      better: "lower",
      series: evaluation.series,
      note: "`import()` of the script from memory in a fresh page, without network and without a code cache.",
    },
    {
      id: "registered",
      title: "From the start of the navigation to registered",
      unit: "ms",
      better: "lower",
      goal: {
        text: "phone.js at most 0.7 of JsSIP",
        who: names.phone,
        against: names.jssip,
        atMost: 0.7,
      },
      series: registration.series,
      profile:
        "By the times of requests and messages, of 60 to 80 ms some 28 pass until the script is there (process and first page of a fresh context, HTML, script), 10 until it has compiled and run and asks for a WebSocket, 7 until that is open, 2 until REGISTER is written, 2 until the challenge is there, 5 until it is read, hashed and answered, and 3 until the 200. By CPU samples, the largest parts of the engine's own 10 ms are the hash (2.6), the browser's own `WebSocket` (2.4) and checking the settings (1.4). What is left is the browser's and the same for all.",
      note: "A new browser context for each, so that nothing is cached; its tab has shown an empty page of the same site, so that no process has to start.",
    },
  ]);
});

const settings = [
  "All pages and scripts come from one server on the same machine, compressed with Brotli 11 and not cacheable; the SIP server is `webphone serve` on the same machine.",
  "JsSIP: one WebSocketInterface, `uri` and `password`; all else by default. Bundled by esbuild, minified.",
  'SIP.js: `SimpleUser` with `aor`, `authorizationUsername` and `authorizationPassword`, `logLevel: "error"`, `connect()` then `register()`; all else by default. Bundled by esbuild, minified.',
  "phone.js: `new Phone({wsServers, username, password, autoRegister: true})`. `<web-phone>`: the same as attributes. The page of phone.js has a `modulepreload` link for it. What only a call needs, `phone-extras.js`, is loaded once the phone is registered.",
];

async function registered(peer: Peer): Promise<number> {
  const context = await chromium.browser.createBrowserContext();
  try {
    const page = await context.newPage();
    // Starting a process is no part of a page's load: the tab has shown another page of the site.
    await page.goto(`${booth.site.origin}/empty`);
    await page.goto(booth.url(peer));
    const time = await page.waitForFunction(() => window.registeredAt, { timeout: 30_000, polling: 20 });
    return Number(await time.jsonValue());
  } finally {
    await context.close();
  }
}

async function evaluated(peer: Peer): Promise<number> {
  const context = await chromium.browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.goto(`${booth.site.origin}/import`);
    const path = peer === "web-phone" ? "/webphone.js" : `/${peer}.js`;
    return await page.evaluate((path) => window.importTime!(path), path);
  } finally {
    await context.close();
  }
}

describe("loading", () => {
  it.each(peers)("bytes of %s", async (peer) => {
    bytes.add(peer, packed(await readFile(join(root, scripts[peer]))).length);
  });

  it.each(Array.from({ length: rounds * repeats }, (_, i) => i + 1))("round %i", async () => {
    for (const peer of peers) {
      evaluation.add(peer, await evaluated(peer));
      const time = await registered(peer);
      expect(time).toBeGreaterThan(0);
      registration.add(peer, time);
    }
  });
});
