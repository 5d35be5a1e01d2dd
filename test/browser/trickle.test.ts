// Candidates that come after the INVITE go to a peer that takes them: the echo
// test (RFC 8840).
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { expectTone } from "../support/hearing.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { startStun } from "../support/stun.ts";
import type { StunServer } from "../support/stun.ts";

declare global {
  interface Window {
    /** Every SIP message of the page. */
    sip: string[];
  }
}

/** Milliseconds that the STUN server takes: the INVITE is long gone by then. */
const LATE = 1_500;
const TONE = 700;

let server: TestServer;
let stun: StunServer;
beforeAll(async () => {
  server = await startServer();
  stun = await startStun("10.77.0.1", LATE);
});
afterAll(async () => {
  await stun?.close();
  await server?.close();
});

describe.each(browserKinds)("%s", (kind) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launch(kind, { tone: TONE, autoplay: true });
  });
  afterAll(() => browser?.close());

  it("calls at once, and tells of a candidate that its STUN server takes time for", async () => {
    const phone = await TestPhone.open(browser, server.accounts[0]!.link);
    const { page } = phone;
    await page.evaluate((url) => {
      window.sip = [];
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (data) {
        window.sip.push(String(data));
        send.call(this, data);
      };
      document.querySelector("web-phone")!.iceServers = [{ urls: url }];
    }, stun.url);
    await phone.dial("*43");
    await phone.state("active");
    await expectTone(page, TONE);
    const invite = await page.evaluate(() => window.sip.find((message) => message.startsWith("INVITE ")));
    expect(invite).not.toContain("typ srflx");
    if (kind === "firefox") await toldOfTheRest(page);
    await phone.press("hang-up");
    await phone.state("idle");
    await phone.close();
  });

  // Chromium looks no further once a path is there.
  async function toldOfTheRest(page: Page): Promise<void> {
    await page.waitForFunction(() => window.sip.some((message) => message.startsWith("INFO ")), {
      timeout: 15_000,
    });
    const sent = await page.evaluate(() => window.sip);
    const info = sent.find((message) => message.startsWith("INFO "))!;
    expect(info).toContain("Info-Package: trickle-ice");
    expect(info).toMatch(/^a=ice-ufrag:/m);
    expect(info).toMatch(
      new RegExp(`^a=candidate:.* ${stun.mapped.replaceAll(".", "\\.")} \\d+ typ srflx`, "m"),
    );
    // The echo has taken it: the call goes on.
    await expectTone(page, TONE);
  }
});
