// <web-phone> at Kamailio: registration, and calls between browsers.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Exchange, tones } from "../support/exchange.ts";
import { expectSilence, expectTone } from "../support/hearing.ts";

let exchange: Exchange;

beforeAll(async () => {
  exchange = await Exchange.start();
});
afterEach(() => exchange.clear());
afterAll(() => exchange?.close());

describe.each(browserKinds)("%s at Kamailio", (kind) => {
  it.each(["ws", "wss"] as const)("registers over %s with its password", async (scheme) => {
    const server = exchange.servers[0]![scheme];
    const phone = await exchange.phone(kind, "1001", server);
    expect(await phone.text("registration")).toBe("Ready");
  });

  it("is refused with a wrong password, and says so", async () => {
    const phone = await exchange.load(kind, "1001", { password: "not-the-one", autoRegister: false });
    await expect(phone.call("register")).rejects.toThrow(/password/);
    await phone.registration("unregistered");
    const errors = (await phone.seen()).filter(({ type }) => type === "error");
    expect(errors.map(({ detail }) => detail["code"])).toEqual(["authentication"]);
  });
});

it("a phone that signed off is not reached any more", async () => {
  const caller = await exchange.phone("firefox", "1001");
  const callee = await exchange.phone("chromium", "1002");
  await callee.call("unregister");
  await caller.dial("1002");
  expect(await caller.record()).toMatchObject({ sipCode: 480, ringTime: null });
});

describe.each([
  ["chromium", "firefox"],
  ["firefox", "chromium"],
] as const)("%s calls %s through Kamailio", (from, to) => {
  it("is heard both ways, holds, resumes and hangs up, and both records are right", async () => {
    const caller = await exchange.phone(from, "1001");
    const callee = await exchange.phone(to, "1002");
    await caller.dial("1002");
    await callee.state("ringing-in");
    await caller.state("ringing-out");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);
    await expectTone(caller.page, tones[to]);
    await expectTone(callee.page, tones[from]);

    for (const holder of [caller, callee]) {
      await holder.press("hold");
      await holder.state("held");
      await expectSilence(caller.page);
      await expectSilence(callee.page);
      await holder.press("hold");
      await holder.state("active");
      await expectTone(caller.page, tones[to]);
      await expectTone(callee.page, tones[from]);
    }

    await caller.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    const both = { from: "1001", to: "1002", sipCode: 200, codec: "opus" };
    expect(await caller.record()).toMatchObject({ ...both, direction: "outbound", endedBy: "local" });
    expect(await callee.record()).toMatchObject({ ...both, direction: "inbound", endedBy: "remote" });
  });

  it("is taken up again after the caller's page is loaded anew, and after the callee's", async () => {
    const caller = await exchange.phone(from, "1001");
    const callee = await exchange.phone(to, "1002");
    await caller.dial("1002");
    await callee.state("ringing-in");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);
    for (const phone of [caller, callee]) {
      await phone.reload();
      await Promise.all([caller.state("active"), callee.state("active")]);
      await Promise.all([caller.reconnecting(false), callee.reconnecting(false)]);
      await expectTone(caller.page, tones[to]);
      await expectTone(callee.page, tones[from]);
    }
    await callee.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
  });
});
