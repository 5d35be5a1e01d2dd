// <web-phone> and plain SIP peers (UDP, RTP without ICE or encryption) through
// Kamailio and rtpengine.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Exchange, peers, tones } from "../support/exchange.ts";
import { expectSilence, expectTone } from "../support/hearing.ts";

let exchange: Exchange;

beforeAll(async () => {
  exchange = await Exchange.start();
});
afterEach(() => exchange.clear());
afterAll(() => exchange?.close());

describe.each(browserKinds)("%s and SIPp", (kind) => {
  it("calls, hears its own voice echoed, and hangs up", async () => {
    const sipp = await exchange.sipp("answer");
    const phone = await exchange.phone(kind, "1001");
    await phone.dial(peers.sipp);
    await phone.state("active");
    await expectTone(phone.page, tones[kind]);
    await phone.press("hang-up");
    await phone.state("idle");
    expect(await phone.record()).toMatchObject({ to: peers.sipp, endedBy: "local", codec: "PCMU" });
    await sipp.done();
  });

  it("is called, hears its own voice echoed, and is hung up on", async () => {
    const phone = await exchange.phone(kind, "1001");
    const sipp = await exchange.sipp("call", { number: "1001" });
    await phone.state("ringing-in");
    expect(await phone.text("caller")).toContain("Plain Peer");
    await phone.press("answer");
    await phone.state("active");
    await expectTone(phone.page, tones[kind]);
    await phone.state("idle");
    expect(await phone.record()).toMatchObject({ from: peers.sipp, endedBy: "remote", codec: "PCMU" });
    await sipp.done();
  });

  it("hears an announcement before the call is answered, and the call after", async () => {
    const sipp = await exchange.sipp("early", { tone: tones.sipp });
    const phone = await exchange.phone(kind, "1001");
    await phone.dial(peers.sipp);
    await phone.state("ringing-out");
    await phone.page.waitForFunction(() => document.querySelector("web-phone")!.call?.remoteStream);
    await expectTone(phone.page, tones.sipp);
    expect((await phone.seen()).map(({ type }) => type)).not.toContain("answer");
    await phone.state("active");
    await expectTone(phone.page, tones.sipp);
    await phone.press("hang-up");
    await phone.state("idle");
    await sipp.done();
  });
});

describe.each(browserKinds)("%s and baresip", (kind) => {
  it("calls, is heard and hears, holds and resumes, sends digits, and hangs up", async () => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    await phone.dial(peers.baresip);
    await phone.state("active");
    await expectTone(phone.page, tones.baresip);
    await baresip.hears(tones[kind]);

    await phone.press("hold");
    await phone.state("held");
    await expectSilence(phone.page);
    await baresip.hearsNot(tones[kind]);
    await phone.press("hold");
    await phone.state("active");
    await expectTone(phone.page, tones.baresip);
    await baresip.hears(tones[kind]);

    for (const digit of "19#") await phone.call("dialpadPress", digit);
    await baresip.hearsDigits("19#");

    await phone.press("hang-up");
    await phone.state("idle");
    await baresip.happens("CALL_CLOSED");
    expect(await phone.record()).toMatchObject({ to: peers.baresip, endedBy: "local", codec: "PCMU" });
  });

  it("is called, is heard and hears, and is hung up on", async () => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    baresip.command("dial", "sip:1001@phone.test");
    await phone.state("ringing-in");
    await phone.press("answer");
    await phone.state("active");
    await baresip.happens("CALL_ESTABLISHED");
    await expectTone(phone.page, tones.baresip);
    await baresip.hears(tones[kind]);
    baresip.command("hangup");
    await phone.state("idle");
    expect(await phone.record()).toMatchObject({ from: peers.baresip, endedBy: "remote", codec: "PCMU" });
  });

  it("takes the call up again after its page is loaded anew", async () => {
    const baresip = await exchange.baresip();
    const phone = await exchange.phone(kind, "1001");
    await phone.dial(peers.baresip);
    await phone.state("active");
    await expectTone(phone.page, tones.baresip);
    await phone.reload();
    await phone.state("active");
    await phone.reconnecting(false);
    await expectTone(phone.page, tones.baresip);
    await baresip.hears(tones[kind]);
    await phone.press("hang-up");
    await phone.state("idle");
    await baresip.happens("CALL_CLOSED");
  });
});
