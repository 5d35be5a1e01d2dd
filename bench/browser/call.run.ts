// From makeCall() to the INVITE on the wire, and to sound at both ends: two
// browsers, each library's caller in one and its callee in the other, which
// answers at once. As it is, with a STUN server that can't be reached, and with
// twenty network interfaces more.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../../test/support/browsers.ts";
import type { TestBrowser } from "../../test/support/browsers.ts";
import { Booth, until } from "./booth.ts";
import { Samples, names, publish, rounds } from "./results.ts";
import type { Figure, Peer } from "./results.ts";

const run = promisify(execFile);

/** `<web-phone>` calls by the same engine as phone.js. */
const peers = ["phone", "jssip", "sipjs"] as const;
/** Nothing answers there: packets to it leave over the pair of interfaces and end. */
const unreachable = "stun:192.0.2.1:3478";
/** The microphones' tones, in Hz: the callers' and the callees'. */
const tones = [500, 800] as const;
const interfaces = Array.from({ length: 20 }, (_, i) => `more${i}`);
/** Both ends are heard by then, in milliseconds, or the run fails. */
const patience = 170_000;

interface Case {
  readonly id: string;
  readonly title: string;
  readonly stun?: string;
  readonly atMost: number;
  readonly rounds: number;
  /** Where the time to sound goes, should it miss its goal. */
  readonly profile?: string;
  /** What is to be there before the browsers start, and to go after. */
  readonly network?: { up(): Promise<void>; down(): Promise<void> };
}

const cases: readonly Case[] = [
  { id: "", title: "", atMost: 0.7, rounds: rounds * 2 },
  // Two minutes each: two of the libraries wait for the server, at both ends.
  {
    id: "-stun",
    title: " with an unreachable STUN server",
    stun: unreachable,
    atMost: 0.1,
    rounds: Math.ceil(rounds * 0.4),
  },
  {
    id: "-interfaces",
    title: " with 20 more interfaces",
    atMost: 0.7,
    rounds,
    profile:
      "By the events of both connections, the INVITE leaves 95 ms earlier than JsSIP's, and from there on both take 140 to 200 ms, nearly all of it in the browser: with 21 addresses at either end it makes 441 pairs and a socket for each address, which on two cores keeps `setRemoteDescription()` waiting for 25 to 100 ms in either library; looking for TCP candidates, which can't be turned off, goes on meanwhile.",
    network: {
      async up() {
        for (const [i, name] of interfaces.entries()) {
          // One end has an address; the other is there so that the first one runs.
          await run("ip", ["link", "add", name, "type", "veth", "peer", "name", `${name}b`]);
          await run("ip", ["addr", "add", `10.78.${i}.1/24`, "dev", name]);
          for (const end of [name, `${name}b`]) await run("ip", ["link", "set", end, "up"]);
        }
      },
      async down() {
        for (const name of interfaces) await run("ip", ["link", "del", name]);
      },
    },
  },
];

const figures: Figure[] = [];
let booth: Booth;
let version = "";

beforeAll(async () => {
  booth = await Booth.open();
});

afterAll(async () => {
  await booth.close();
  await publish("call", version, settings, figures);
});

const settings = [
  "Two Chromium browsers without a window, each with a microphone that plays a tone and needs no permission; both phones of a library are registered at `webphone serve` on the same machine. The network is a loopback interface and one veth pair.",
  "The callee answers as soon as it is told of the call. Times are from the call of the library's method; the INVITE counts when it is given to the WebSocket; sound counts when the tone of the other side is heard (RMS above -50 dB, looked at each 5 ms), at whichever end it is later.",
  "phone.js: `makeCall()`, all settings by default; `onRingingIn` calls `answer()`.",
  "JsSIP: `ua.call(target, {mediaConstraints: {audio: true, video: false}, pcConfig: {iceServers}})`, and the same for `answer()`; the remote stream is played by an `<audio autoplay>`.",
  "SIP.js: `SimpleUser` with `call()`, and `answer()` in `onCallReceived`; its audio element is given. Its default STUN server, which is a third party's, is taken away.",
  "ICE servers: none; in the case of the unreachable STUN server `stun:192.0.2.1:3478` for each of them, where packets go nowhere.",
];

/** The phones of one case: a caller and a callee of each library. */
class Floor {
  readonly #browsers: TestBrowser[];
  readonly #pages = new Map<Peer, readonly [Page, Page]>();

  private constructor(browsers: TestBrowser[]) {
    this.#browsers = browsers;
  }

  static async open(stun?: string): Promise<Floor> {
    const floor = new Floor(
      await Promise.all(tones.map((tone) => launch("chromium", { tone, autoplay: true }))),
    );
    version = await floor.#browsers[0]!.browser.version();
    const spy = await readFile(join(import.meta.dirname, "page/spy.js"), "utf8");
    for (const peer of peers) {
      const open = async (seat: 0 | 1) => {
        const page = await floor.#browsers[seat]!.browser.newPage({ type: "window" });
        await page.evaluateOnNewDocument(spy);
        await page.goto(booth.url(peer, { seat, ...(stun && { stun }) }));
        await until(page, "registered");
        return page;
      };
      floor.#pages.set(peer, [await open(0), await open(1)]);
    }
    return floor;
  }

  /** One call; milliseconds to the INVITE and to sound at both ends. */
  async call(peer: Peer): Promise<{ invite: number; audio: number }> {
    const [caller, callee] = this.#pages.get(peer)!;
    await callee.evaluate(() => window.spy!.reset());
    const begin = await caller.evaluate((number) => {
      const now = window.spy!.reset();
      void window.handset!.call(number);
      return now;
    }, booth.callee(peer));
    const heard = async (page: Page) => {
      const time = await page.waitForFunction(() => window.spy!.heard, { timeout: patience, polling: 20 });
      return Number(await time.jsonValue());
    };
    const times = await Promise.all([heard(caller), heard(callee)]);
    const invite = await caller.evaluate(() => window.spy!.invite);
    await until(caller, "up");
    await caller.evaluate(() => void window.handset!.hangUp());
    await Promise.all([until(caller, "idle"), until(callee, "idle")]);
    return { invite: invite - begin, audio: Math.max(...times) - begin };
  }

  async close(): Promise<void> {
    for (const browser of this.#browsers) await browser.close();
  }
}

describe.each(cases)("a call$title", ({ id, title, stun, atMost, rounds, network, profile }) => {
  const invite = new Samples();
  const audio = new Samples();
  let floor: Floor;

  beforeAll(async () => {
    await network?.up();
    floor = await Floor.open(stun);
    // The first call of a page compiles what it needs: it is not counted.
    if (!stun) for (const peer of peers) await floor.call(peer);
  });

  afterAll(async () => {
    await floor.close();
    await network?.down();
    const goal = {
      text: `phone.js at most ${atMost} of JsSIP`,
      who: names.phone,
      against: names.jssip,
      atMost,
    };
    const common = { unit: "ms", better: "lower", goal } as const;
    figures.push(
      { id: `invite${id}`, title: `From makeCall() to the INVITE${title}`, series: invite.series, ...common },
      {
        id: `audio${id}`,
        title: `From makeCall() to sound at both ends${title}`,
        series: audio.series,
        ...common,
        ...(profile && { profile }),
      },
    );
  });

  it.each(Array.from({ length: rounds }, (_, i) => i + 1))("round %i", async () => {
    for (const peer of peers) {
      const times = await floor.call(peer);
      expect(times.invite).toBeGreaterThan(0);
      invite.add(peer, times.invite);
      audio.add(peer, times.audio);
    }
  });
});
