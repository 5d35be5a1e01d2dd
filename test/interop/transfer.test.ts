// Calls that are handed on (RFC 3515, RFC 3891, RFC 5589) among web phones and
// plain SIP peers, through Kamailio.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Exchange, peers, tones } from "../support/exchange.ts";
import { expectTone } from "../support/hearing.ts";
import type { TestPhone } from "../support/phones.ts";

let exchange: Exchange;

beforeAll(async () => {
  exchange = await Exchange.start();
});
afterEach(() => exchange.clear());
afterAll(() => exchange?.close());

async function connect(caller: TestPhone, callee: TestPhone, number: string): Promise<void> {
  await caller.dial(number);
  await callee.state("ringing-in");
  await callee.press("answer");
  await Promise.all([caller.state("active"), callee.state("active")]);
}

describe.each(browserKinds)("%s", (kind) => {
  const other = kind === "chromium" ? "firefox" : "chromium";

  it("sends another web phone on to baresip", async () => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    const friend = await exchange.phone(other, "1002");
    await connect(phone, friend, "1002");
    await phone.call("transfer", peers.baresip);
    await phone.state("idle");
    await expectTone(friend.page, tones.baresip);
    await baresip.hears(tones[other]);
    await friend.press("hang-up");
    await friend.state("idle");
  });

  it("sends baresip on to another web phone", async () => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    const friend = await exchange.phone(other, "1002");
    await phone.dial(peers.baresip);
    await phone.state("active");
    const transfer = phone.call("transfer", "1002");
    await friend.state("ringing-in");
    await friend.press("answer");
    await friend.state("active");
    await transfer;
    await phone.state("idle");
    await expectTone(friend.page, tones.baresip);
    await baresip.hears(tones[other]);
    await friend.press("hang-up");
    await friend.state("idle");
  });

  it("is sent on by baresip", async () => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    const friend = await exchange.phone(other, "1002");
    await phone.dial(peers.baresip);
    await phone.state("active");
    await expectTone(phone.page, tones.baresip);
    baresip.command("transfer", "sip:1002@phone.test");
    await friend.state("ringing-in");
    await friend.press("answer");
    await friend.state("active");
    await expectTone(friend.page, tones[kind]);
    await expectTone(phone.page, tones[other]);
    await baresip.happens("CALL_CLOSED");
    await friend.press("hang-up");
    await Promise.all([phone.state("idle"), friend.state("idle")]);
  });

  it("is sent on by SIPp and tells it how that goes", async () => {
    const sipp = await exchange.sipp("refer");
    const phone = await exchange.phone(kind, "1001");
    const friend = await exchange.phone(other, "1002");
    await phone.dial(peers.sipp);
    await friend.state("ringing-in");
    await friend.press("answer");
    await friend.state("active");
    await sipp.done();
    await expectTone(phone.page, tones[other]);
    await friend.press("hang-up");
    await Promise.all([phone.state("idle"), friend.state("idle")]);
  });

  it("joins the two that it has spoken to, and leaves", async () => {
    const phone = await exchange.phone(kind, "1001");
    const second = await exchange.phone(other, "1002");
    await connect(phone, second, "1002");
    const third = await exchange.phone(other, "1003");
    await phone.call("makeCall", "1003");
    await third.state("ringing-in");
    await third.call("answer");
    await third.state("active");
    await phone.page.evaluate(async () => {
      const [first, consultation] = document.querySelector("web-phone")!.calls;
      await first!.transfer(consultation!);
    });
    await phone.state("idle");
    await Promise.all([second.state("active"), third.state("active")]);
    await expectTone(second.page, tones[other]);
    await expectTone(third.page, tones[other]);
    expect(await third.page.evaluate(() => document.querySelector("web-phone")!.call!.remote)).toBe("1002");
    await third.call("hangup");
    await Promise.all([second.state("idle"), third.state("idle")]);
  });
});
