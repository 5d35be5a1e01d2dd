// Calls between real browsers through the real binary.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { BrowserKind, TestBrowser } from "../support/browsers.ts";
import { expectSilence, expectTone, heardWhile } from "../support/hearing.ts";
import { audible } from "../support/listen.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

/** Each browser's microphone plays a tone of its own, in Hz. */
const tones = { "chromium 1": 500, "chromium 2": 800, "firefox 1": 600, "firefox 2": 1000 } as const;

type Seat = keyof typeof tones;

let server: TestServer;
const browsers = new Map<Seat, TestBrowser>();
const phones: TestPhone[] = [];

beforeAll(async () => {
  server = await startServer();
  for (const [seat, tone] of Object.entries(tones) as [Seat, number][])
    browsers.set(seat, await launch(seat.split(" ")[0] as BrowserKind, { tone, autoplay: true }));
});

afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close();
});

afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  await server?.close();
});

/** A registered phone of account 1001 or 1002. */
async function phoneOf(seat: Seat, account: 0 | 1): Promise<TestPhone> {
  const phone = await TestPhone.open(browsers.get(seat)!, server.accounts[account]!.link);
  phones.push(phone);
  return phone;
}

const pairings = browserKinds.flatMap((caller) =>
  browserKinds.map((callee): [Seat, Seat] => [`${caller} 1`, `${callee} 2`]),
);

describe.each(pairings)("%s calls %s", (callerSeat, calleeSeat) => {
  it("rings, is answered, is heard both ways, holds, mutes, sends digits and ends", async () => {
    const caller = await phoneOf(callerSeat, 0);
    const callee = await phoneOf(calleeSeat, 1);
    await caller.dial("1002");
    await callee.state("ringing-in");
    await caller.state("ringing-out");
    expect(await callee.text("caller")).toContain("1001");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);

    await expectTone(caller.page, tones[calleeSeat]);
    await expectTone(callee.page, tones[callerSeat]);

    await caller.press("hold");
    await caller.state("held");
    await expectSilence(caller.page);
    await expectSilence(callee.page);
    await caller.press("hold");
    await caller.state("active");
    await expectTone(callee.page, tones[callerSeat]);
    await expectTone(caller.page, tones[calleeSeat]);

    await callee.press("mute");
    await expectSilence(caller.page);
    await callee.press("mute");
    await expectTone(caller.page, tones[calleeSeat]);

    // RFC 4733: the receiver plays the digit's two tones; 5 is 770 and 1336 Hz.
    await caller.press("mute");
    const [low, high, other] = await heardWhile(callee.page, [770, 1336, 1633], async () => {
      for (const digit of "555555") await caller.call("dialpadPress", digit);
    });
    expect(low).toBeGreaterThan(audible);
    expect(high).toBeGreaterThan(audible);
    expect(other).toBeLessThan(Math.min(low!, high!) - 20);

    await callee.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    const [sent, received] = [await caller.record(), await callee.record()];
    expect(sent).toMatchObject({
      direction: "outbound",
      from: "1001",
      to: "1002",
      sipCode: 200,
      endedBy: "remote",
    });
    expect(received).toMatchObject({
      direction: "inbound",
      from: "1001",
      to: "1002",
      sipCode: 200,
      endedBy: "local",
    });
    for (const record of [sent, received]) {
      const [start, ring, answer, end] = [
        record.startTime,
        record.ringTime!,
        record.answerTime!,
        record.endTime,
      ];
      expect([start, ring, answer, end]).toEqual([start, ring, answer, end].toSorted());
      expect(record.duration).toBeGreaterThan(0);
      expect(record.codec.toLowerCase()).toBe("opus");
      expect(record.quality!.mos).toBeGreaterThan(3);
    }
  });
});

describe.each(browserKinds)("%s at the echo test", (kind) => {
  it("opens the printed link, presses Dial and hears itself", async () => {
    const seat: Seat = `${kind} 1`;
    // As a browser that has never called from here.
    await (await phoneOf(seat, 0)).page.evaluate(() => localStorage.clear());
    const phone = await phoneOf(seat, 0);
    expect(await phone.page.evaluate(() => location.hash)).toBe("");
    await phone.page.waitForFunction(() => document.querySelector("web-phone")!.value === "*43");
    await phone.press("dial");
    await phone.state("active");
    await expectTone(phone.page, tones[seat]);
    await phone.press("hold");
    await phone.state("held");
    await expectSilence(phone.page);
    await phone.press("hold");
    await phone.state("active");
    await expectTone(phone.page, tones[seat]);
    await phone.press("hang-up");
    await phone.state("idle");
    expect(await phone.record()).toMatchObject({ to: "*43", sipCode: 200, endedBy: "local" });
  });

  it("sees itself", async () => {
    const phone = await phoneOf(`${kind} 1`, 0);
    await phone.page.evaluate(
      () => void document.querySelector("web-phone")!.makeCall("echo", { video: true }),
    );
    await phone.state("active");
    const frames = await phone.page.evaluate(async () => {
      const picture = document.createElement("video");
      picture.muted = true;
      picture.srcObject = document.querySelector("web-phone")!.call!.remoteStream;
      await picture.play();
      await new Promise<void>((resolve) => {
        let left = 5;
        const count = () => (--left ? picture.requestVideoFrameCallback(count) : resolve());
        picture.requestVideoFrameCallback(count);
      });
      return { width: picture.videoWidth, height: picture.videoHeight };
    });
    expect(frames.width * frames.height).toBeGreaterThan(100);
  });
});

describe.each(browserKinds)("%s and calls that do not come about", (kind) => {
  const other = kind === "chromium" ? "firefox" : "chromium";

  it("tells of a decline", async () => {
    const caller = await phoneOf(`${kind} 1`, 0);
    const callee = await phoneOf(`${other} 2`, 1);
    await caller.dial("1002");
    await callee.state("ringing-in");
    await callee.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    expect(await caller.record()).toMatchObject({
      sipCode: 603,
      endedBy: "remote",
      answerTime: null,
      duration: 0,
    });
    expect(await callee.record()).toMatchObject({
      sipCode: 603,
      endedBy: "local",
      answerTime: null,
      duration: 0,
    });
  });

  it("cancels", async () => {
    const caller = await phoneOf(`${kind} 1`, 0);
    const callee = await phoneOf(`${other} 2`, 1);
    await caller.dial("1002");
    await callee.state("ringing-in");
    await caller.state("ringing-out");
    await caller.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    expect(await caller.record()).toMatchObject({ sipCode: 487, endedBy: "local", answerTime: null });
    expect(await callee.record()).toMatchObject({ sipCode: 487, endedBy: "remote", answerTime: null });
  });

  it("tells of a callee who is not there, and of one who does not exist", async () => {
    const caller = await phoneOf(`${kind} 1`, 0);
    await caller.dial("1002");
    expect(await caller.record()).toMatchObject({ sipCode: 480, endedBy: "remote", ringTime: null });
    expect(await caller.text("status-line")).not.toBe("");
    await caller.page.evaluate(() => void (window.heardEvents = []));
    await caller.dial("4711");
    expect(await caller.record()).toMatchObject({ sipCode: 404, endedBy: "remote", ringTime: null });
  });

  it("tells of a wrong password, in words", async () => {
    const [account] = server.accounts;
    const link = `${server.url}#username=${account!.username}&password=not-the-one`;
    const phone = await TestPhone.load(browsers.get(`${kind} 1`)!, link);
    phones.push(phone);
    const problem = await phone.page.waitForSelector("#problem:not(:empty)", { visible: true });
    expect(await problem!.evaluate((element) => element.textContent)).toMatch(/password/i);
    await phone.registration("unregistered");
  });

  it("tells of a missing microphone, in words", async () => {
    const deaf = await launch(kind, {
      prefs: { "media.navigator.permission.disabled": true, "media.cubeb.force_mock_context": false },
    });
    try {
      const phone = await TestPhone.open(deaf, server.accounts[0]!.link);
      await phone.dial("*43");
      await phone.page.waitForFunction(() => window.heardEvents.some(({ type }) => type === "error"));
      const [error] = (await phone.seen()).filter(({ type }) => type === "error");
      expect(error!.detail["code"]).toBe("no-device");
      expect(await phone.text("status-line")).toMatch(/microphone/i);
      await phone.state("idle");
    } finally {
      await deaf.close();
    }
  });
});
