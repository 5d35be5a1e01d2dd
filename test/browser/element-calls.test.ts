// What the screen of <web-phone> shows and takes in each state of a call,
// upon the real engine and the real server.
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Hosts, lineSays, press, registrationIs, screen, stateIs, until } from "../support/hosts.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

/** For axe, which is no host page. */
const lax = "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const account = (index: number) => {
  const { username, password } = server.accounts[index]!;
  return `sip-server="${server.sip}" username="${username}" password="${password}"`;
};
const desk = (attributes = "") => `<web-phone ${account(0)} auto-register ${attributes}></web-phone>`;
/** The other side: an API alone. */
const other = () =>
  `<web-phone id="other" ${account(1)} display-name="Ada Lovelace" auto-register no-dialpad no-dialled-number
     no-answer no-hang-up no-hold no-mute no-dial no-status></web-phone>`;

describe.each(browserKinds)("<web-phone> with a server in %s", (kind) => {
  let hosts: Hosts;
  let page: Page;

  beforeAll(async () => {
    hosts = await Hosts.start(kind, { tone: 600, autoplay: true });
  });
  afterAll(() => hosts?.close());
  afterEach(async () => {
    expect(await page.evaluate(() => window.faults)).toEqual([]);
    await page.close();
  });

  const echo = async () => {
    page = await hosts.open(desk());
    await registrationIs(page, "registered");
    await page.evaluate(() => document.querySelector("web-phone")!.focus());
    await page.keyboard.type("*43");
    await page.keyboard.press("Enter");
    await stateIs(page, "active");
  };
  const ring = async () => {
    page = await hosts.open(desk() + other());
    await registrationIs(page, "registered");
    await registrationIs(page, "registered", "#other");
    await page.evaluate(
      () => void document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.makeCall("1001"),
    );
    await stateIs(page, "ringing-in");
  };
  const told = (type: string) =>
    page.evaluate((type) => window.told.filter((word) => word === type).length, type);

  it("registers by itself once it has credentials, and says Ready", async () => {
    page = await hosts.open(desk());
    await registrationIs(page, "registered");
    expect(await screen(page)).toMatchObject({ badge: "Ready", state: "idle" });
  });

  it("dials with Enter, shows the digits sent, and ends by its button alone", async () => {
    await echo();
    expect(await screen(page)).toMatchObject({ caller: "*43" });
    expect((await screen(page)).line).toMatch(/^In call 00:0\d$/);
    for (const sent of ["1", "12", "12#"]) {
      // A digit shows once the media can carry it.
      while ((await screen(page)).below !== sent) await page.keyboard.press(sent.at(-1) as "1");
    }
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    expect((await screen(page)).state).toBe("active");
    await press(page, "hang-up");
    await stateIs(page, "idle");
    await lineSays(page, "Call ended");
    expect(await told("end")).toBe(1);
  });

  it("mutes and holds by buttons that show that they are pressed", async () => {
    await echo();
    const pressed = (part: string) =>
      page.evaluate(
        (part) =>
          document.querySelector("web-phone")!.shadowRoot!.querySelector(`[part=${part}]`)!.ariaPressed,
        part,
      );
    await press(page, "mute");
    expect([await pressed("mute"), (await screen(page)).muted]).toEqual(["true", true]);
    await press(page, "mute");
    expect([await pressed("mute"), (await screen(page)).muted]).toEqual(["false", false]);
    await press(page, "hold");
    await stateIs(page, "held");
    await lineSays(page, "On hold");
    expect(await pressed("hold")).toBe("true");
    await press(page, "hold");
    await stateIs(page, "active");
  });

  it("recalls the last number when Dial is pressed without one", async () => {
    await echo();
    await press(page, "hang-up");
    await stateIs(page, "idle");
    await page.evaluate(() => (document.querySelector("web-phone")!.value = ""));
    await press(page, "dial");
    expect(await screen(page)).toMatchObject({ number: "*43", state: "idle" });
    await press(page, "dial");
    await stateIs(page, "active");
  });

  it("shows who calls, with Decline and Answer side by side", async () => {
    await ring();
    const seen = await screen(page);
    expect(seen).toMatchObject({
      caller: "Ada Lovelace",
      below: "1002",
      line: expect.stringContaining("Incoming call"),
    });
    expect(seen.parts).toEqual(expect.arrayContaining(["answer", "hang-up", "avatar"]));
    expect(seen.parts).not.toContain("dial");
    await press(page, "answer");
    await stateIs(page, "active");
    await stateIs(page, "active", "#other");
  });

  it("answers with Enter and declines with Escape", async () => {
    await ring();
    await page.evaluate(() =>
      document.querySelector("web-phone")!.shadowRoot!.querySelector<HTMLElement>(".card")!.focus(),
    );
    await page.keyboard.press("Escape");
    await stateIs(page, "idle");
    await stateIs(page, "idle", "#other");
    await page.evaluate(
      () => void document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.makeCall("1001"),
    );
    await stateIs(page, "ringing-in");
    await page.keyboard.press("Enter");
    await stateIs(page, "active");
  });

  it("rings aloud, unless a listener prevents it", async () => {
    await ring();
    const sounds = async () => {
      const before = await page.evaluate(() => (window as unknown as { sounds: number }).sounds);
      await page.evaluate(
        () => void document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.makeCall("1001"),
      );
      await stateIs(page, "ringing-in");
      const after = await page.evaluate(() => (window as unknown as { sounds: number }).sounds);
      await page.evaluate(() => document.querySelector("web-phone")!.hangup());
      await stateIs(page, "idle", "#other");
      return after - before;
    };
    await page.evaluate(() => {
      // Long loops are the bell; the caller's ringback is another pitch but of the same kind.
      const start = AudioBufferSourceNode.prototype.start;
      Object.assign(window, { sounds: 0 });
      AudioBufferSourceNode.prototype.start = function (...args) {
        if (this.buffer?.duration === 4) (window as unknown as { sounds: number }).sounds++;
        return start.apply(this, args);
      };
      return document.querySelector("web-phone")!.hangup();
    });
    await stateIs(page, "idle");
    await stateIs(page, "idle", "#other");
    expect(await sounds()).toBe(1);
    await page.evaluate(() =>
      document.querySelector("web-phone")!.addEventListener("ringingin", (e) => e.preventDefault()),
    );
    expect(await sounds()).toBe(0);
  });

  it("tells callback properties the same as listeners", async () => {
    page = await hosts.open(desk());
    await registrationIs(page, "registered");
    const same = await page.evaluate(async () => {
      const phone = document.querySelector("web-phone")!;
      const heard: unknown[] = [];
      const ended = new Promise((resolve) => {
        phone.onAnswer = (detail) => heard.push(detail);
        phone.addEventListener("answer", (event) => heard.push(event.detail, event.bubbles));
        phone.onEnd = (record) => heard.push(record);
        phone.addEventListener("end", (event) => resolve(heard.push(event.detail)));
      });
      await phone.makeCall("*43");
      while (phone.state !== "active") await new Promise((resolve) => setTimeout(resolve, 20));
      await phone.hangup();
      await ended;
      return [heard.length, heard[0] === heard[1], heard[2], heard[3] === heard[4]];
    });
    expect(same).toEqual([5, true, false, true]);
  });

  it("keeps its call when it is moved in the document, and ends it when it is gone", async () => {
    await echo();
    const seen = await page.evaluate(async () => {
      const phone = document.querySelector("web-phone")!;
      const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      const { call } = phone;
      document.body.append(phone);
      phone.remove();
      await wait(500);
      document.querySelector("main")!.append(phone);
      await wait(1_500);
      return phone.call === call && phone.state;
    });
    expect(seen).toBe("active");
    await page.evaluate(() => {
      const phone = document.querySelector("web-phone")!;
      Object.assign(window, { gone: phone });
      phone.remove();
    });
    await until(page, () => {
      const { gone } = window as unknown as { gone: HTMLElementTagNameMap["web-phone"] };
      return gone.state === "idle" && gone.registration === "unregistered";
    });
    // Back in the document, it registers again by itself.
    await page.evaluate(() => document.body.append((window as unknown as { gone: HTMLElement }).gone));
    await registrationIs(page, "registered");
  });

  it("keeps keys and main button where they are in every state", async () => {
    const places = () =>
      page.evaluate(() => {
        const { shadowRoot } = document.querySelector("web-phone")!;
        return [".main", "[part=mute]", "[data-key='5']", ".card"].map((selector) => {
          const { x, y, width, height } = shadowRoot!.querySelector(selector)!.getBoundingClientRect();
          return [x, y, width, height].map(Math.round);
        });
      });
    await ring();
    const ringing = await places();
    await press(page, "answer");
    await stateIs(page, "active");
    expect(await places()).toEqual(ringing);
    await press(page, "hang-up");
    await stateIs(page, "idle");
    expect(await places()).toEqual(ringing);
  });

  it("gets its settings over HTTP, and says when they can't be had", async () => {
    const { username, password } = server.accounts[0]!;
    hosts.site.route("/config.json", {
      type: "application/json",
      body: JSON.stringify({ wsServers: server.sip, username, password }),
    });
    hosts.site.route("/large.json", {
      type: "application/json",
      body: `{"username":"${"9".repeat(70_000)}"}`,
    });
    page = await hosts.open(`<web-phone config-src="/config.json" auto-register></web-phone>`);
    await registrationIs(page, "registered");
    expect(await page.evaluate(() => document.querySelector("web-phone")!.username)).toBe(username);
    await page.close();
    page = await hosts.open(`<web-phone config-src="/large.json" auto-register></web-phone>`);
    await until(page, () => window.told.includes("error:not-configured"));
  });

  it.each([
    ["a wrong password", "authentication", "user name or password is wrong"],
    ["a server that is not there", "transport", "can't be reached"],
  ])("says in words what to do about %s", async (_, code, words) => {
    const sip = code === "transport" ? "ws://localhost:9/sip" : server.sip;
    page = await hosts.open(
      `<web-phone sip-server="${sip}" username="1001" password="no" auto-register></web-phone>`,
    );
    await lineSays(page, words);
    expect(await page.evaluate(() => window.told)).toContain(`error:${code}`);
  });

  it.each([
    ["a microphone that is refused", "NotAllowedError", "permission", "Allow it in the address bar"],
    ["a microphone that is missing", "NotFoundError", "no-device", "Connect one"],
  ])("says in words what to do about %s", async (_, name, code, words) => {
    page = await hosts.open(desk());
    await registrationIs(page, "registered");
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name));
      document.querySelector("web-phone")!.value = "*43";
    }, name);
    await press(page, "dial");
    await lineSays(page, words);
    expect(await told(`error:${code}`)).toBe(1);
    expect((await screen(page)).state).toBe("idle");
  });

  it("says that a number does not exist", async () => {
    page = await hosts.open(desk());
    await registrationIs(page, "registered");
    await page.evaluate(() => void document.querySelector("web-phone")!.makeCall("999999"));
    await lineSays(page, "This number does not exist");
  });

  it("gives axe nothing to complain about in any state", async () => {
    page = await hosts.open(desk() + other(), { csp: lax });
    await page.evaluate(axe.source);
    const schemes = kind === "chromium" ? (["light", "dark"] as const) : [null];
    const check = async (state: string) => {
      for (const scheme of schemes) {
        await page.evaluate(
          (scheme) => document.querySelector("web-phone")!.setAttribute("theme", scheme ?? ""),
          scheme,
        );
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof import("axe-core") };
          const only = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await axe.run("web-phone", { runOnly: only });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
        });
        expect(found, `${state}, ${scheme}`).toEqual([]);
      }
    };
    await registrationIs(page, "registered");
    await registrationIs(page, "registered", "#other");
    await check("idle");
    await page.evaluate(() => (document.querySelector("web-phone")!.value = "+442079460018"));
    await check("with a number");
    await page.evaluate(
      () => void document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.makeCall("1001"),
    );
    await stateIs(page, "ringing-in");
    await check("ringing in");
    await press(page, "answer");
    await stateIs(page, "active");
    await press(page, "mute");
    await check("active");
    await press(page, "hold");
    await stateIs(page, "held");
    await check("held");
    await press(page, "hang-up");
    await stateIs(page, "idle");
    await page.evaluate(() => void document.querySelector("web-phone")!.makeCall("999999"));
    await lineSays(page, "This number does not exist");
    await check("with an error");
  });
});
