// What real browsers let be heard: tones, where they go, and what a page that
// nobody has touched does about its silence.
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Stage } from "../support/stage.ts";

let stage: Stage;
const pages: Page[] = [];

// As browsers ship: what nobody has touched makes no sound.
beforeAll(async () => {
  stage = await Stage.open((kind) =>
    kind === "firefox"
      ? { tone: 800 }
      : { args: ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=3"] },
  );
});

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  await stage.clear();
});
afterAll(() => stage?.close());

async function pageOf(kind: (typeof browserKinds)[number]): Promise<Page> {
  const page = await stage.page(kind);
  pages.push(page);
  await page.evaluateOnNewDocument(listenIn);
  return page;
}

/** An ear at every way out of Web Audio, and a note of each device that is chosen. */
function listenIn(): void {
  const ears: AnalyserNode[] = [];
  const chosen: string[] = [];
  const connect = AudioNode.prototype.connect as (this: AudioNode, to: AudioNode) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, to: AudioNode) {
    if (to === this.context.destination) {
      const ear = new AnalyserNode(this.context, { fftSize: 4096, smoothingTimeConstant: 0 });
      ears.push(ear);
      connect.call(this, ear);
    }
    return connect.call(this, to);
  } as typeof AudioNode.prototype.connect;
  for (const [name, sink] of Object.entries({ context: AudioContext, element: HTMLMediaElement })) {
    const prototype = sink.prototype as { setSinkId?(id: string): Promise<void> };
    const set = prototype.setSinkId;
    if (!set) continue;
    prototype.setSinkId = function (id) {
      chosen.push(`${name} ${id}`);
      return set.call(this, id);
    };
  }
  Object.assign(window, {
    chosen,
    /** The frequencies that are loud now, in Hz. */
    heard: () =>
      ears.flatMap((ear) => {
        const bins = new Float32Array(ear.frequencyBinCount);
        ear.getFloatFrequencyData(bins);
        const width = ear.context.sampleRate / ear.fftSize;
        const peak = (bin: number) =>
          bins[bin]! > -45 && bins[bin]! >= (bins[bin - 1] ?? 0) && bins[bin]! > (bins[bin + 1] ?? 0);
        return [...bins.keys()].filter(peak).map((bin) => Math.round(bin * width));
      }),
  });
}

declare global {
  interface Window {
    chosen: string[];
    heard(): number[];
  }
}

/** Waits until a device was chosen last: the list of devices is asked for first, while it sounds already. */
async function chose(page: Page, device: string): Promise<void> {
  await page.waitForFunction((device) => window.chosen.at(-1) === device, {}, device);
}

/** Waits until these frequencies are heard together, or one by one. */
async function hears(page: Page, ...hertz: number[]): Promise<void> {
  await page.waitForFunction(
    (hertz) => {
      const found = window.heard();
      return hertz.every((wanted) => found.some((pitch) => Math.abs(pitch - wanted) < 15));
    },
    { timeout: 6_000, polling: 10 },
    hertz,
  );
}

describe.each(browserKinds)("%s, in a page that nobody has touched", (kind) => {
  it("says that it can't ring, and rings from the first gesture on", async () => {
    const page = await pageOf(kind);
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    const says = (text: string) => expect.poll(() => said, { timeout: 10_000 }).toContain(text);
    await stage.script(
      page,
      `const phone = new Phone(account);
       phone.addEventListener("change", () => console.log(phone.state, phone.soundBlocked));
       setInterval(() => heard().some((pitch) => Math.abs(pitch - 660) < 15) && console.log("rings"), 30);
       phone.register().then(() => console.log("registered"));`,
    );
    await says("registered");
    const caller = await stage.phone(kind === "firefox" ? "chromium" : "firefox", 1);
    await caller.dial("1001");
    await says("ringing-in true");
    expect(said).not.toContain("rings");
    await page.mouse.click(20, 20);
    await says("ringing-in false");
    await says("rings");
    await caller.press("hang-up");
    await says("idle false");
  });
});

describe("Chromium", () => {
  it("plays each tone through the device that it is meant for, and the default one when that is gone", async () => {
    const page = await pageOf("chromium");
    const account = await stage.engine(page);
    await page.mouse.click(20, 20);
    const [ringer, speaker] = await page.evaluate(async (account) => {
      const phone = (window.phone = new window.Phone(account));
      // Devices have names only for who may use some.
      for (const track of (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks())
        track.stop();
      const { speakers } = await phone.devices();
      const ids = speakers.map(({ id }) => id);
      phone.setConfig({ ringer: ids[0]!, speaker: ids[1]! });
      return ids;
    }, account);
    const play = (tone: string) => page.evaluate((tone) => void window.phone.playTone(tone), tone);
    await play("ringing");
    await hears(page, 660);
    await chose(page, `context ${ringer}`);
    expect(await page.evaluate(() => window.chosen)).toEqual([`context ${ringer}`]);
    await play("test");
    await hears(page, 554);
    await chose(page, `context ${speaker}`);
    await page.evaluate(() => window.phone.dialpadPress("5"));
    await hears(page, 770, 1336);

    // Nobody is there: the far end says so, and a busy tone is heard where we talk.
    const callee = await stage.phone("firefox", 1);
    await page.evaluate(() => void window.phone.makeCall("1002"));
    await callee.state("ringing-in");
    await hears(page, 425);
    await callee.press("answer");
    await page.waitForFunction(() => window.phone.state === "active");
    await chose(page, `element ${speaker}`);

    await page.evaluate((gone) => {
      const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
      navigator.mediaDevices.enumerateDevices = async () =>
        (await list()).filter(({ deviceId }) => deviceId !== gone);
      navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    }, speaker!);
    await page.waitForFunction(() => window.chosen.includes("element "));
    await callee.press("hang-up");
    await page.waitForFunction(() => window.phone.state === "idle");

    await page.evaluate(() => void window.phone.makeCall("1002"));
    await callee.state("ringing-in");
    await callee.press("hang-up");
    await page.waitForFunction(() => window.phone.state === "idle");
    await hears(page, 425);
    await page.waitForFunction(() => !window.heard().length, { timeout: 6_000 });
    // Three seconds of it are enough; a rest within it is half a second.
    expect(
      await page.evaluate(async () => {
        await new Promise((resolve) => setTimeout(resolve, 3_200));
        return window.heard();
      }),
    ).toEqual([]);
  });
});

describe("Firefox", () => {
  it("plays tones through an element, which has a choice of devices there", async () => {
    const page = await pageOf("firefox");
    const account = await stage.engine(page);
    await page.mouse.click(20, 20);
    const ringer = await page.evaluate(async (account) => {
      const phone = new window.Phone(account);
      // Devices have names only for who may use some.
      for (const track of (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks())
        track.stop();
      const [, other] = (await phone.devices()).speakers;
      phone.setConfig({ ringer: other!.id });
      void phone.playTone("ringing");
      return other!.id;
    }, account);
    await page.waitForFunction(() => window.chosen.length);
    expect(await page.evaluate(() => window.chosen)).toEqual([`element ${ringer}`]);
  });
});
