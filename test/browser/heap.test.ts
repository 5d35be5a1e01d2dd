// A page that makes call after call, as an agent's does all day.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

const CALLS = 400;
/** Calls after which the browser has compiled what it wants to: some hundred kilobytes. */
const WARM = 200;
/** A transaction of a call lives on for 32 seconds (RFC 6026 §7.1, timers L and M), in milliseconds. */
const LINGER = 34_000;
/** What a call may leave behind, in bytes: less than any object of a call that is held on to. */
const LEFT_BY_A_CALL = 1_000;

declare global {
  interface Window {
    connections: WeakRef<RTCPeerConnection>[];
  }
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

describe.each(browserKinds)("%s", (kind) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await launch(kind, { tone: 440, autoplay: true });
  });
  afterAll(() => browser?.close());

  it(`keeps no peer connection open and no memory after ${CALLS} calls`, { timeout: 300_000 }, async () => {
    const phone = await TestPhone.open(browser, server.accounts[0]!.link);
    const { page } = phone;
    await page.evaluate(() => {
      window.connections = [];
      window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          window.connections.push(new WeakRef<RTCPeerConnection>(this));
        }
      };
    });
    const calls = (count: number) =>
      page.evaluate(async (count) => {
        const phone = document.querySelector("web-phone")!;
        const next = (type: string) =>
          new Promise<void>((resolve) => phone.addEventListener(type, () => resolve(), { once: true }));
        for (; count; count--) {
          const answered = next("answer");
          const ended = next("end");
          await phone.makeCall("*43");
          await answered;
          await phone.hangup();
          await ended;
        }
        window.heardEvents = [];
      }, count);
    const heap = async () => {
      if (kind !== "chromium") return 0;
      await new Promise((resolve) => setTimeout(resolve, LINGER));
      const session = await page.createCDPSession();
      try {
        await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = await session.send("Runtime.getHeapUsage");
        return usedSize;
      } finally {
        await session.detach();
      }
    };
    await calls(WARM);
    const before = await heap();
    await calls(CALLS - WARM);
    const after = await heap();
    const open = await page.evaluate(
      () =>
        window.connections.filter((reference) => {
          const connection = reference.deref();
          return connection && connection.signalingState !== "closed";
        }).length,
    );
    expect(await page.evaluate(() => window.connections.length)).toBe(CALLS);
    expect(open).toBe(0);
    expect((after - before) / (CALLS - WARM)).toBeLessThan(LEFT_BY_A_CALL);
    await phone.close();
  });
});
