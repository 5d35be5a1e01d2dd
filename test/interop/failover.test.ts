// Two Kamailio servers of one cluster. The one that the phones are at is
// killed, stopped in order, or frozen, while they are idle and while they are
// in a call: they come back at the other one, and the call goes on there.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Exchange, peers, tones } from "../support/exchange.ts";
import { expectSilence, expectTone, neverSilent } from "../support/hearing.ts";
import type { TestPhone } from "../support/phones.ts";

const faults = [
  ["killed", "SIGKILL"],
  ["stopped in order", "SIGTERM"],
  ["frozen", "SIGSTOP"],
] as const;

let exchange: Exchange;

beforeAll(async () => {
  exchange = await Exchange.start(2);
});
afterEach(async () => {
  await exchange.clear();
  // A frozen server takes no order to stop.
  strike("SIGKILL");
  await exchange.servers[0]!.restart();
});
afterAll(() => exchange?.close());

const strike = (signal: NodeJS.Signals) => exchange.servers[0]!.signal(signal);

/** The phones have noticed, and are registered at the second server, with nothing left to do. */
async function moved(...phones: readonly TestPhone[]): Promise<void> {
  const second = exchange.servers[1]!.ws;
  for (const phone of phones) {
    await phone.page.waitForFunction(
      (second) =>
        window.heardEvents.some(({ type, detail }) => type === "registered" && detail["server"] === second),
      { timeout: 30_000, polling: 50 },
      second,
    );
    await phone.registration("registered");
    await phone.reconnecting(false);
  }
}

describe.each(faults)("when the server is %s", (_, signal) => {
  it("idle phones move to the other one and call each other there", async () => {
    const caller = await exchange.phone("chromium", "1001");
    const callee = await exchange.phone("firefox", "1002");
    strike(signal);
    await moved(caller, callee);
    await caller.dial("1002");
    await callee.state("ringing-in");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);
    await expectTone(caller.page, tones.firefox);
    await expectTone(callee.page, tones.chromium);
  });

  it("a call that rings is answered through the other one", async () => {
    const caller = await exchange.phone("firefox", "1001");
    const callee = await exchange.phone("chromium", "1002");
    await caller.dial("1002");
    await callee.state("ringing-in");
    await caller.state("ringing-out");
    strike(signal);
    await moved(caller, callee);
    await callee.state("ringing-in");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);
    await expectTone(caller.page, tones.chromium);
    await expectTone(callee.page, tones.firefox);
    await caller.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    expect(await caller.record()).toMatchObject({ sipCode: 200, endedBy: "local" });
    expect(await callee.record()).toMatchObject({ sipCode: 200, endedBy: "remote" });
  });

  it("a call between browsers goes on, and is held, resumed and ended through the other one", async () => {
    const caller = await exchange.phone("chromium", "1001");
    const callee = await exchange.phone("firefox", "1002");
    await caller.dial("1002");
    await callee.state("ringing-in");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);
    await expectTone(caller.page, tones.firefox);
    await expectTone(callee.page, tones.chromium);

    await neverSilent([caller.page, callee.page], async () => {
      strike(signal);
      await moved(caller, callee);
    });

    await callee.press("hold");
    await callee.state("held");
    await expectSilence(caller.page);
    await callee.press("hold");
    await callee.state("active");
    await expectTone(caller.page, tones.firefox);
    await expectTone(callee.page, tones.chromium);
    await callee.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    expect(await caller.record()).toMatchObject({ sipCode: 200, endedBy: "remote" });
    expect(await callee.record()).toMatchObject({ sipCode: 200, endedBy: "local" });
  });
});

describe.each(browserKinds)("%s in a call with a plain peer", (kind) => {
  it.each(faults)("goes on, holds, resumes and hangs up when the server is %s", async (_, signal) => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    await phone.dial(peers.baresip);
    await phone.state("active");
    await expectTone(phone.page, tones.baresip);

    await neverSilent([phone.page], async () => {
      strike(signal);
      await moved(phone);
    });

    await baresip.hears(tones[kind]);
    await phone.press("hold");
    await phone.state("held");
    await expectSilence(phone.page);
    await baresip.hearsNot(tones[kind]);
    await phone.press("hold");
    await phone.state("active");
    await expectTone(phone.page, tones.baresip);
    await baresip.hears(tones[kind]);
    await phone.press("hang-up");
    await phone.state("idle");
    await baresip.happens("CALL_CLOSED");
    expect(await phone.record()).toMatchObject({ sipCode: 200, endedBy: "local" });
  });
});
