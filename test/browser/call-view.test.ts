// What <web-phone> shows of a call beyond its buttons: pictures, quality, and
// what a reader who looks elsewhere sees. Two real phones on one page.
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Hosts, lineSays, press, registrationIs, screen, stateIs, until } from "../support/hosts.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

/** For axe, which is no host page. */
const lax = "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'";

type Phone = HTMLElementTagNameMap["web-phone"];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

describe.each(browserKinds)("the view of a call in %s", (kind) => {
  let hosts: Hosts;
  let page: Page;

  beforeAll(async () => {
    hosts = await Hosts.start(kind, { tone: 600, autoplay: true });
  });
  afterAll(() => hosts?.close());
  const phone = (index: number, more: string) => {
    const { username, password } = server.accounts[index]!;
    return `<web-phone sip-server="${server.sip}" username="${username}" password="${password}" auto-register ${more}></web-phone>`;
  };
  const desk = () => phone(0, `id="desk"`);
  const other = () => phone(1, `id="other" display-name="Ada" hidden`);
  const open = async (csp?: string) => {
    page = await hosts.open(desk() + other(), csp ? { csp } : {});
    await registrationIs(page, "registered");
    await registrationIs(page, "registered", "#other");
  };
  /** The other side calls; the desk answers by its button. */
  const talk = async (video: boolean, csp?: string) => {
    await open(csp);
    await page.evaluate(
      (video) => void document.querySelector<Phone>("#other")!.makeCall("1001", { video }),
      video,
    );
    await page.evaluate((video) => video && document.querySelector("web-phone")!.setConfig({ video }), video);
    await stateIs(page, "ringing-in");
    await press(page, "answer");
    await stateIs(page, "active");
  };
  /** A picture is there, and moves on. */
  const seen = (part: string) =>
    until(
      page,
      (part) => {
        const video = document
          .querySelector("web-phone")!
          .shadowRoot!.querySelector<HTMLVideoElement>(`[part=${part}]`);
        return !!video && video.videoWidth > 0 && !video.paused && video.currentTime > 0;
      },
      part,
    );
  const attribute = (part: string, name: string) =>
    page.evaluate(
      (part, name) =>
        document
          .querySelector("web-phone")!
          .shadowRoot!.querySelector(`[part=${part}]`)
          ?.getAttribute(name) ?? null,
      part,
      name,
    );
  const source = (want: string | null) =>
    until(page, (want) => document.querySelector("web-phone")!.call?.videoSource === want, want);
  const says = (part: string, words: string) =>
    until(
      page,
      (part, words) =>
        !!document
          .querySelector("web-phone")!
          .shadowRoot!.querySelector(`[part~=${part}]`)
          ?.textContent?.includes(words),
      part,
      words,
    );
  const gone = (part: string) =>
    until(
      page,
      (part) => !document.querySelector("web-phone")!.shadowRoot!.querySelector(`[part=${part}]`),
      part,
    );
  const findings = async () => {
    await page.evaluate(axe.source);
    return page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import("axe-core") };
      const only = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const { violations } = await axe.run("#desk", { runOnly: only });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
    });
  };

  describe("without video", () => {
    afterEach(async () => {
      expect(await page.evaluate(() => window.faults)).toEqual([]);
      await page.close();
    });

    it("says that the browser blocks sound, until the page is touched", async () => {
      await open();
      await page.evaluate(() => {
        // What drives this page counts as a touch of it: the refusal is put in its way.
        let touched = false;
        const contexts: AudioContext[] = [];
        const { resume } = AudioContext.prototype;
        Object.defineProperty(AudioContext.prototype, "state", {
          get(this: AudioContext) {
            if (!contexts.includes(this)) contexts.push(this);
            return touched ? "running" : "suspended";
          },
        });
        AudioContext.prototype.resume = function () {
          return touched ? resume.call(this) : new Promise(() => {});
        };
        addEventListener(
          "pointerdown",
          () => {
            touched = true;
            for (const context of contexts) context.dispatchEvent(new Event("statechange"));
          },
          true,
        );
        void document.querySelector<Phone>("#other")!.makeCall("1001");
      });
      await says("sound-blocked", "Your browser blocks sound. Click anywhere on the page to hear it ring.");
      await page.mouse.click(600, 500);
      await gone("sound-blocked");
      expect(await page.evaluate(() => document.querySelector("web-phone")!.state)).toBe("ringing-in");
    });

    it("shows how good the connection is, and its figures", async () => {
      await talk(false, lax);
      await until(
        page,
        () =>
          document
            .querySelector("web-phone")!
            .shadowRoot!.querySelector("[part=quality]")
            ?.getAttribute("aria-label") === "Good connection",
      );
      await press(page, "quality");
      await says("figures", "kbit/s");
      await says("panel", "opus");
      expect(await findings()).toEqual([]);
      await page.evaluate(() => {
        navigator.clipboard.writeText = async (text) => void window.told.push(text);
      });
      await press(page, "copy");
      await says("copy", "Copied");
      const told = await page.evaluate(() => window.told.at(-1)!);
      expect(told).toMatch(/^Sound \(MOS, 1 to 4\.5\): 4\.\d\nRound trip: \d+ ms\nSound codec: opus\n/);
      expect(told).toMatch(/\nLoss: You send 0 %, You receive 0 %\n/);
    });

    it("tells of a caller while the page is hidden: in its title, and by a notification where that is allowed", async () => {
      await open();
      const call = () => page.evaluate(() => void document.querySelector<Phone>("#other")!.makeCall("1001"));
      const title = (want: string) => until(page, (want) => document.title === want, want);
      await page.browserContext().overridePermissions(hosts.site.origin, ["notifications"]);
      await page.evaluate(() => {
        window.Notification = class extends Notification {
          constructor(...[title, options]: ConstructorParameters<typeof Notification>) {
            super(title, options);
            window.told.push(`notified:${title}`);
          }
          override close() {
            window.told.push("closed");
            super.close();
          }
        };
      });
      const front = await hosts.open("");
      await front.bringToFront();
      await until(page, () => document.hidden);
      await call();
      await title("☎ Ada is calling");
      expect(await page.evaluate(() => window.told)).toContain("notified:Ada is calling");
      await page.evaluate(() => void document.querySelector<Phone>("#other")!.hangup());
      await title("Host");
      await until(page, () => window.told.includes("closed"));
      // A phone that has left the page leaves its title alone.
      await call();
      await title("☎ Ada is calling");
      await page.evaluate(() => document.querySelector("web-phone")!.remove());
      expect(await page.evaluate(() => document.title)).toBe("Host");
      await front.close();
    });
  });

  describe("with video", () => {
    beforeAll(async () => {
      await talk(true, lax);
      await seen("remote-video");
    });
    afterAll(() => page.close());

    it("shows both pictures; one's own is a mirror and goes from corner to corner", async () => {
      await seen("local-video");
      const box = (part: string) =>
        page.evaluate((part) => {
          const { x, y, width, height } = document
            .querySelector("web-phone")!
            .shadowRoot!.querySelector(`[part=${part}]`)!
            .getBoundingClientRect();
          return { x: x + width / 2, y: y + height / 2 };
        }, part);
      const corner = async () => {
        const [own, all] = [await box("own-picture"), await box("video")];
        return `${own.y < all.y ? "top" : "bottom"} ${own.x < all.x ? "left" : "right"}`;
      };
      expect(await corner()).toBe("top right");
      await press(page, "own-picture");
      expect(await corner()).toBe("bottom right");
      for (const [key, want] of [
        ["ArrowLeft", "bottom left"],
        ["ArrowUp", "top left"],
        ["ArrowUp", "top left"],
        ["ArrowRight", "top right"],
      ] as const) {
        await page.keyboard.press(key);
        expect(await corner()).toBe(want);
      }
      const scale = await page.evaluate(
        () =>
          getComputedStyle(
            document.querySelector("web-phone")!.shadowRoot!.querySelector("[part=local-video]")!,
          ).scale,
      );
      expect(scale).toBe("-1 1");
      expect(await findings()).toEqual([]);
    });

    it("shares the screen, unmirrored, and goes back to the camera", async () => {
      const refuse = (message: string) =>
        page.evaluate((message) => {
          navigator.mediaDevices.getDisplayMedia = () => {
            setTimeout(() => window.told.push("refused"), 100);
            return Promise.reject(new DOMException(message, "NotAllowedError"));
          };
        }, message);
      // The reader chose none: nothing has gone wrong.
      await refuse("Permission denied");
      await press(page, "share-screen");
      await until(page, () => window.told.includes("refused"));
      expect((await screen(page)).line).toContain("In call");
      await refuse("Permission denied by system");
      await press(page, "share-screen");
      await lineSays(page, "Your browser blocks the screen");
      await page.evaluate(() => {
        const canvas = document.createElement("canvas");
        canvas.getContext("2d")!.fillRect(0, 0, 9, 9);
        navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(5);
      });
      await press(page, "share-screen");
      await source("screen");
      expect(await attribute("share-screen", "aria-pressed")).toBe("true");
      expect(await attribute("own-picture", "class")).toContain("screen");
      await press(page, "share-screen");
      await source("camera");
      await press(page, "camera");
      await source(null);
      await gone("own-picture");
      await press(page, "camera");
      await seen("local-video");
    });

    it("says that the other side's camera is off", async () => {
      await page.evaluate(() => document.querySelector<Phone>("#other")!.call!.setVideo(null));
      await says("no-picture", "Their camera is off");
      await page.evaluate(() => document.querySelector<Phone>("#other")!.call!.setVideo("camera"));
      await gone("no-picture");
      await seen("remote-video");
    });

    it("lets the picture float over other windows where the browser can, and says when it may not", async () => {
      const can = await page.evaluate(() => {
        HTMLVideoElement.prototype.requestPictureInPicture &&= function () {
          window.told.push(`floats:${this.getAttribute("part")}`);
          return Promise.reject(new DOMException("", "NotAllowedError"));
        };
        return document.pictureInPictureEnabled === true;
      });
      expect(await attribute("picture-in-picture", "aria-pressed")).toBe(can ? "false" : null);
      if (!can) return;
      await press(page, "picture-in-picture");
      await lineSays(page, "Your browser can’t show the picture that way");
      expect(await page.evaluate(() => window.told)).toContain("floats:remote-video");
    });

    it("fills the screen with the picture, and can still mute and hang up there", async () => {
      await press(page, "full-screen");
      await until(
        page,
        () => !!document.querySelector("web-phone")!.shadowRoot!.querySelector("[part=stage-hang-up]"),
      );
      const part = await page.evaluate(() =>
        document.querySelector("web-phone")!.shadowRoot!.fullscreenElement?.getAttribute("part"),
      );
      expect(part).toBe("video");
      await press(page, "stage-mute");
      expect(await attribute("stage-mute", "aria-pressed")).toBe("true");
      expect(await page.evaluate(() => document.querySelector("web-phone")!.muted)).toBe(true);
      await press(page, "stage-hang-up");
      await stateIs(page, "idle");
      await until(page, () => !document.fullscreenElement);
      expect(await page.evaluate(() => window.faults)).toEqual([]);
    });
  });
});
