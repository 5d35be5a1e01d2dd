// Pictures between real browsers: on, off, shared, and seen by one side alone.
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { expectTone } from "../support/hearing.ts";
import type { TestPhone } from "../support/phones.ts";
import { expectNoPicture, expectPicture, openTracks } from "../support/pictures.ts";
import { Stage, tones } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open((kind) => ({ tone: tones[kind], autoplay: true }));
});

afterEach(() => stage.clear());
afterAll(() => stage?.close());

const show = ({ page }: TestPhone, source: "camera" | "screen" | null) =>
  page.evaluate((source) => document.querySelector("web-phone")!.call!.setVideo(source), source);
const seen = ({ page }: TestPhone) =>
  page.evaluate(() => {
    const { video, videoSource } = document.querySelector("web-phone")!.call!;
    return { video, videoSource };
  });

describe("Chromium and Firefox", () => {
  const [us, them] = ["chromium", "firefox"] as const;

  it("an audio call gets pictures, one way and both, keeps them through hold and reload, and goes back", async () => {
    const { caller, callee } = await stage.call(us, them);
    expect(await openTracks(caller.page)).toEqual(["audio"]);

    await show(caller, "camera");
    await expectPicture(callee.page);
    expect(await seen(caller)).toEqual({ video: true, videoSource: "camera" });
    // Whoever is shown something shows nothing by itself.
    expect(await seen(callee)).toEqual({ video: true, videoSource: null });
    expect(await openTracks(callee.page)).toEqual(["audio"]);

    await show(callee, "camera");
    await Promise.all([expectPicture(caller.page), expectPicture(callee.page)]);

    await caller.press("hold");
    await caller.state("held");
    await expectNoPicture(caller.page);
    await caller.press("hold");
    await caller.state("active");
    await Promise.all([expectPicture(caller.page), expectPicture(callee.page)]);

    await caller.reload();
    await caller.state("active");
    await caller.reconnecting(false);
    await Promise.all([expectPicture(caller.page), expectPicture(callee.page)]);
    expect(await seen(caller)).toEqual({ video: true, videoSource: "camera" });

    await show(caller, null);
    expect(await openTracks(caller.page)).toEqual(["audio"]);
    await Promise.all([expectNoPicture(callee.page), expectPicture(caller.page)]);
    await show(callee, null);
    await expectNoPicture(caller.page);
    for (const phone of [caller, callee]) {
      expect(await seen(phone)).toEqual({ video: false, videoSource: null });
      expect(await openTracks(phone.page)).toEqual(["audio"]);
    }
    await Promise.all([expectTone(caller.page, tones[them]), expectTone(callee.page, tones[us])]);
    await caller.press("hang-up");
    await Promise.all([caller.state("idle"), callee.state("idle")]);
    for (const { page } of [caller, callee]) expect(await openTracks(page)).toEqual([]);
  });
});

describe.each(browserKinds)("%s at the echo test", (kind) => {
  it("shows the screen in place of the camera, and the camera again when sharing is ended", async () => {
    const phone = await stage.echo(kind);
    const { page } = phone;
    if (kind === "firefox") await fakeScreen(page);
    await show(phone, "camera");
    await expectPicture(page);
    await show(phone, "screen");
    expect(await seen(phone)).toEqual({ video: true, videoSource: "screen" });
    expect(await openTracks(page)).toEqual(["audio", "video"]);
    await expectPicture(page);
    const before = await page.evaluate(() => {
      // As the browser's own button does.
      const [track] = document.querySelector("web-phone")!.call!.localStream!.getVideoTracks();
      track!.stop();
      track!.dispatchEvent(new Event("ended"));
      return track!.id;
    });
    await page.waitForFunction(
      (before) => {
        const { videoSource, localStream } = document.querySelector("web-phone")!.call!;
        return videoSource === "camera" && localStream!.getVideoTracks()[0]?.id !== before;
      },
      {},
      before,
    );
    await expectPicture(page);
    await show(phone, null);
    expect(await openTracks(page)).toEqual(["audio"]);
    await expectNoPicture(page);
    await show(phone, "camera");
    await expectPicture(page);
    await expectTone(page, tones[kind]);
  });
});

/** Firefox has no screen to share without a window: a moving picture stands for it. */
async function fakeScreen(page: Page): Promise<void> {
  await page.evaluate(() => {
    navigator.mediaDevices.getDisplayMedia = async () => {
      const canvas = document.createElement("canvas");
      const paint = canvas.getContext("2d")!;
      let hue = 0;
      setInterval(() => {
        paint.fillStyle = `hsl(${(hue += 20)},90%,50%)`;
        paint.fillRect(0, 0, canvas.width, canvas.height);
      }, 50);
      const stream = canvas.captureStream(15);
      (window as unknown as { captures: MediaStreamTrack[] }).captures.push(...stream.getTracks());
      return stream;
    };
  });
}
