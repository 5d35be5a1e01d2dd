// Microphones that come, go, are chosen and refused, in real browsers.
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import { expectTone, neverSilent } from "../support/hearing.ts";
import type { TestPhone } from "../support/phones.ts";
import { openTracks, watchCaptures } from "../support/pictures.ts";
import { Stage, tones } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open((kind) => ({ tone: tones[kind], autoplay: true }));
});

afterEach(() => stage.clear());
afterAll(() => stage?.close());

/**
 * Gives a page two more microphones that are made by Web Audio, each with a tone
 * of its own, which can be unplugged. The browser's own stays the default one.
 */
async function plugIn(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const media = navigator.mediaDevices;
    const own = media.getUserMedia.bind(media);
    const list = media.enumerateDevices.bind(media);
    const hertz: Record<string, number> = { headset: 1500, desk: 2000 };
    const plugged = new Set(Object.keys(hertz));
    const open = new Map<string, MediaStreamTrack[]>();
    media.getUserMedia = async (options: MediaStreamConstraints = {}) => {
      const wanted = Object(Object(options.audio).deviceId).exact as string;
      if (!(wanted in hertz)) return own(options);
      if (!plugged.has(wanted)) throw new DOMException("", "OverconstrainedError");
      const context = new AudioContext();
      const voice = new OscillatorNode(context, { frequency: hertz[wanted]! });
      const out = context.createMediaStreamDestination();
      voice.connect(out);
      voice.start();
      const [track] = out.stream.getAudioTracks();
      track!.getSettings = () => ({ deviceId: wanted, groupId: wanted });
      open.set(wanted, [...(open.get(wanted) ?? []), track!]);
      (window as unknown as { captures: MediaStreamTrack[] }).captures.push(track!);
      return out.stream;
    };
    media.enumerateDevices = async () => [
      ...(await list()),
      ...[...plugged].map((deviceId) => {
        const device = { kind: "audioinput", deviceId, groupId: deviceId, label: `The ${deviceId}` };
        return { ...device, toJSON: () => device } as MediaDeviceInfo;
      }),
    ];
    Object.assign(window, {
      unplug(id: string) {
        plugged.delete(id);
        for (const track of open.get(id) ?? []) {
          track.stop();
          track.dispatchEvent(new Event("ended"));
        }
        media.dispatchEvent(new Event("devicechange"));
      },
      plug(id: string) {
        plugged.add(id);
        media.dispatchEvent(new Event("devicechange"));
      },
    });
  });
}

const device = ({ page }: TestPhone, deed: "plug" | "unplug", id: string) =>
  page.evaluate(
    (deed, id) => (window as unknown as Record<string, (id: string) => void>)[deed]!(id),
    deed,
    id,
  );
const configure = ({ page }: TestPhone, config: object) =>
  page.evaluate((config) => document.querySelector("web-phone")!.setConfig(config), config);

describe.each(browserKinds)("%s", (kind) => {
  it("changes the microphone within a call, and loses and finds it again, without silence", async () => {
    const phone = await stage.echo(kind, plugIn);
    await expectTone(phone.page, tones[kind]);
    await neverSilent([phone.page], async () => {
      await configure(phone, { microphone: "headset" });
      await expectTone(phone.page, 1500);
      await device(phone, "unplug", "headset");
      await expectTone(phone.page, tones[kind]);
      await device(phone, "plug", "headset");
      await expectTone(phone.page, 1500);
      await configure(phone, { microphone: "desk", noiseSuppression: false });
      await expectTone(phone.page, 2000);
    });
    expect(await openTracks(phone.page)).toEqual(["audio"]);
    await phone.press("hang-up");
    await phone.state("idle");
    expect(await openTracks(phone.page)).toEqual([]);
    expect((await phone.seen()).filter(({ type }) => type === "error")).toEqual([]);
  });
});

// Firefox's microphone for tests can't be treated otherwise.
it("Chromium treats the sound of the microphone otherwise within a call", async () => {
  const { page } = await stage.echo("chromium");
  const treated = () =>
    page.evaluate(() => {
      const [track] = document.querySelector("web-phone")!.call!.localStream!.getAudioTracks();
      return track!.getSettings().echoCancellation;
    });
  expect(await treated()).toBe(true);
  await page.evaluate(() => document.querySelector("web-phone")!.setConfig({ echoCancellation: false }));
  await page.waitForFunction(() => {
    const [track] = document.querySelector("web-phone")!.call!.localStream!.getAudioTracks();
    return track!.getSettings().echoCancellation === false;
  });
  expect(await openTracks(page)).toEqual(["audio"]);
  await expectTone(page, tones.chromium);
});

describe("Chromium with two microphones and three cameras", () => {
  it("lists them, takes the chosen ones, checks and meters, and goes on without a camera that is refused", async () => {
    const three = await launch("chromium", { args: ["--use-fake-device-for-media-stream=device-count=3"] });
    try {
      const page = await three.newPage();
      await watchCaptures(page);
      const account = await stage.engine(page);
      const { origin } = new URL(page.url());
      const cdp = await page.createCDPSession();
      const permit = (name: string, setting: "granted" | "denied") =>
        cdp.send("Browser.setPermission", { permission: { name }, setting, origin });
      await permit("microphone", "granted");
      await permit("camera", "granted");
      const found = await page.evaluate(async (account) => {
        const phone = (window.phone = new window.Phone({ ...account, echo: "*43" }));
        await phone.register();
        const devices = await phone.devices();
        const [, microphone] = devices.microphones;
        const [, camera] = devices.cameras;
        phone.setConfig({ microphone: microphone!.id, camera: camera!.id });
        const checked = await phone.check();
        const levels: number[] = [];
        const stop = await phone.meter((level) => levels.push(level));
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        stop();
        const call = await phone.makeCall("*43");
        while (call.state !== "active") await new Promise((resolve) => setTimeout(resolve, 20));
        await call.setVideo("camera");
        const settings = call.localStream!.getTracks().map((track) => track.getSettings().deviceId);
        await call.setVideo(null);
        return { devices, checked, levels, settings, chosen: [microphone!.id, camera!.id] };
      }, account);
      expect(found.devices.microphones).toHaveLength(2);
      expect(found.devices.cameras).toHaveLength(3);
      expect(new Set(found.devices.microphones.map(({ label }) => label)).size).toBe(2);
      expect(found.settings).toEqual(found.chosen);
      expect(found.checked).toMatchObject({
        microphone: { ok: true, device: found.devices.microphones[1]!.label },
        // A machine under load may answer slowly, and drop a packet.
        server: { code: expect.stringMatching(/^(ok|slow)$/), registered: true },
        path: { code: expect.stringMatching(/^(ok|poor)$/), quality: { codec: "opus" } },
        verdict: expect.stringMatching(/^(good|fair)$/),
      });
      expect(found.levels.length).toBeGreaterThan(15);
      expect(Math.max(...found.levels)).toBeGreaterThan(0.05);
      expect(await openTracks(page)).toEqual(["audio"]);

      await permit("camera", "denied");
      const refused = await page.evaluate(async () => {
        const { phone } = window;
        const code = await phone.setVideo("camera").catch((error: { code: string }) => error.code);
        const state = phone.state;
        const statistics = await phone.statistics();
        await phone.stop();
        return { code, state, statistics };
      });
      expect(refused).toMatchObject({ code: "permission", state: "active", statistics: { codec: "opus" } });
      expect(await openTracks(page)).toEqual([]);
    } finally {
      await three.close();
    }
  });
});
