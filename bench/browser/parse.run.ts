// Reading and writing SIP messages in the browser's engine: web-phone's parser,
// JsSIP's and SIP.js's, each in a page of its own, one after the other.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../../test/support/browsers.ts";
import type { TestBrowser } from "../../test/support/browsers.ts";
import { serveStatic } from "../../test/support/static.ts";
import type { StaticServer } from "../../test/support/static.ts";
import { root } from "./booth.ts";
import { messages } from "./messages.ts";
import { Samples, names, publish, rounds } from "./results.ts";
import type { Peer } from "./results.ts";

const peers = ["phone", "jssip", "sipjs"] as const;
const scripts = { phone: "web-phone", jssip: "jssip", sipjs: "sipjs" } as const;
type Kind = keyof typeof messages;
const kinds = Object.keys(messages) as Kind[];
/** How long one sample takes, in milliseconds. */
const period = 250;

/** What an INVITE is written from. */
const parts = {
  ...{ to: "1002@example.com", from: "1001@example.com", callId: "3848276298220188511" },
  ...{ branch: "z9hG4bK5c7d11e0f2", via: "a81kd03jf7x2.invalid", number: 1 },
  contact: "<sip:1001@a81kd03jf7x2.invalid;transport=ws>",
  body: messages.INVITE.slice(messages.INVITE.indexOf("\r\n\r\n") + 4),
};

/** See page/parse.js. */
interface Parse {
  read(text: string): unknown[];
  write(parts: object): string;
  rateOfReading(text: string, milliseconds: number): number;
  rateOfWriting(parts: object, milliseconds: number): number;
}

declare global {
  interface Window {
    parse?: Parse;
  }
}

const reading = Object.fromEntries(kinds.map((kind) => [kind, new Samples()])) as Record<Kind, Samples>;
const writing = new Samples();
const pages = new Map<Peer, Page>();
let chromium: TestBrowser;
let site: StaticServer;

beforeAll(async () => {
  chromium = await launch("chromium");
  site = await serveStatic({ csp: "default-src 'self'" });
  for (const peer of peers) {
    const body = await readFile(join(root, `test/out/bench/parse-${scripts[peer]}.js`));
    site.route(`/${peer}.js`, { type: "text/javascript", body });
    site.route(`/${peer}`, `<!doctype html><title>${peer}</title><script src="/${peer}.js"></script>`);
    const page = await chromium.newPage();
    await page.goto(`${site.origin}/${peer}`);
    pages.set(peer, page);
  }
});

afterAll(async () => {
  const version = await chromium.browser.version();
  await chromium.close();
  await site.close();
  const common = { unit: "messages/s", better: "higher" } as const;
  await publish("parse", version, settings, [
    ...kinds.map((kind) => ({
      ...common,
      id: `parse-${kind.toLowerCase().replace(" ", "-")}`,
      title: `Reading ${kind === "200 OK" ? "a 200 OK" : kind === "INVITE" ? "an INVITE of 917 bytes" : "a REGISTER"}`,
      goal: {
        text: "phone.js at least ten times JsSIP",
        who: names.phone,
        against: names.jssip,
        atLeast: 10,
      },
      series: reading[kind].series,
    })),
    { ...common, id: "build-invite", title: "Writing an INVITE", series: writing.series },
  ]);
});

const settings = [
  "In Chromium, each parser alone in a page, bundled and minified by esbuild, warm. No two messages that follow one another are the same text: tags, branches, Call-IDs and users differ.",
  "Of each message the same is read: method or status, the topmost Via's host and branch, user, host and tag of From and To, Call-ID, CSeq's number and method, Contact's user and host, and the body.",
  "web-phone checks every Via, From, To, Contact and Record-Route, and refuses a message that is not well-formed; `parseMessage()`. JsSIP: `Parser.parseMessage()`. SIP.js: `Parser.parseMessage()`. For writing: `serialize()`, and `OutgoingRequest` and `OutgoingRequestMessage` with `toString()`.",
];

describe("parsers", () => {
  it("read the same of each message", async () => {
    for (const kind of kinds) {
      const read = await Promise.all(
        [...pages.values()].map((page) => page.evaluate((text) => window.parse!.read(text), messages[kind])),
      );
      for (const fields of read.slice(1)) {
        // A URI without a user has an empty one here, none there.
        expect(fields.map((field) => field ?? "")).toEqual(read[0]!.map((field) => field ?? ""));
      }
    }
    expect(messages.INVITE).toHaveLength(917);
  });

  // The first round is for the engine to compile what runs often.
  it.each(Array.from({ length: rounds + 1 }, (_, i) => i))("round %i", async (round) => {
    for (const kind of kinds)
      for (const [peer, page] of pages) {
        const rate = await page.evaluate(
          (text, period) => window.parse!.rateOfReading(text, period),
          messages[kind],
          period,
        );
        if (round) reading[kind].add(peer, Math.round(rate));
      }
    for (const [peer, page] of pages) {
      const rate = await page.evaluate(
        (parts, period) => window.parse!.rateOfWriting(parts, period),
        parts,
        period,
      );
      if (round) writing.add(peer, Math.round(rate));
    }
  });
});
