// The panels of the screen, upon the real engine and the real server: recent
// calls, contacts, settings, the check before a call and the report.
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Hosts, press as pressNow, registrationIs, screen, stateIs, until } from "../support/hosts.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server?.close());

const account = (index: number) => {
  const { username, password } = server.accounts[index]!;
  return `sip-server="${server.sip}" username="${username}" password="${password}"`;
};
const desk = (attributes = "") => `<web-phone ${account(0)} auto-register ${attributes}></web-phone>`;
/** The other side: an API alone. */
const other = () =>
  `<web-phone id="other" ${account(1)} auto-register no-dialpad no-dialled-number
     no-answer no-hang-up no-hold no-mute no-dial no-status></web-phone>`;

describe.each(browserKinds)("the panels in %s", (kind) => {
  let hosts: Hosts;
  let page: Page;

  beforeAll(async () => void (hosts = await Hosts.start(kind, { tone: 600, autoplay: true })));
  afterAll(() => hosts?.close());
  afterEach(async () => {
    expect(await page.evaluate(() => window.faults)).toEqual([]);
    await page.evaluate(() => localStorage.clear());
    await page.close();
  });

  const open = async (body: string) => {
    page = await hosts.open(body);
    await registrationIs(page, "registered");
  };
  /** What the rows of the open panel say. */
  const rows = () =>
    page.evaluate(() =>
      [
        ...document.querySelector("web-phone")!.shadowRoot!.querySelectorAll(".panel li button:first-child"),
      ].map((row) => [
        row.querySelector("b")!.textContent,
        row.querySelector("span span")!.textContent!.split(" ·")[0],
      ]),
    );
  const shows = (selector: string) =>
    until(
      page,
      (selector) => !!document.querySelector("web-phone")!.shadowRoot!.querySelector(selector),
      selector,
    );
  const press = async (page: Page, part: string) => {
    await shows(`[part=${part}]`);
    await pressNow(page, part);
  };
  const focused = () =>
    page.evaluate(() => document.querySelector("web-phone")!.shadowRoot!.activeElement?.getAttribute("part"));
  const call = async () => {
    await page.evaluate(
      () => void document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.makeCall("1001"),
    );
    await stateIs(page, "ringing-in");
  };

  it("keeps the recent calls, calls back by one press, and forgets them when asked", async () => {
    await open(desk() + other());
    await registrationIs(page, "registered", "#other");
    await page.evaluate(() => (document.querySelector("web-phone")!.value = "1002"));
    await press(page, "dial");
    await until(
      page,
      () => document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.state === "ringing-in",
    );
    await page.evaluate(() => document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.hangup());
    await stateIs(page, "idle");
    await call();
    await page.evaluate(() => document.querySelector<HTMLElementTagNameMap["web-phone"]>("#other")!.hangup());
    await stateIs(page, "idle");

    // A call that was missed shows on the button, also on a later page, until the list is seen.
    await shows("[part=history][data-missed]");
    await page.reload();
    await registrationIs(page, "registered");
    await shows("[part=history][data-missed]");
    await press(page, "history");
    await shows("[part=past-call]");
    expect(await rows()).toEqual([
      ["1002", "Missed"],
      ["1002", "Outgoing"],
    ]);
    await shows("[part=history]:not([data-missed])");

    await press(page, "call-back");
    await stateIs(page, "ringing-out");
    expect(await screen(page)).toMatchObject({ caller: "1002" });
    await press(page, "hang-up");
    await stateIs(page, "idle");

    await press(page, "history");
    await until(
      page,
      () =>
        document.querySelector("web-phone")!.shadowRoot!.querySelectorAll("[part=past-call]").length === 3,
    );
    await press(page, "remove");
    expect(await rows()).toHaveLength(2);
    await press(page, "remove-all");
    await shows("[role=alert]");
    await press(page, "remove-all");
    expect(await rows()).toEqual([]);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  });

  it("keeps no calls where the host page hides them", async () => {
    await open(desk("no-history"));
    await page.evaluate(() => document.querySelector("web-phone")!.makeCall("*43"));
    await stateIs(page, "active");
    await press(page, "hang-up");
    await stateIs(page, "idle");
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  });

  it("knows callers by the contacts of the host page, finds and calls them", async () => {
    await open(desk() + other());
    await registrationIs(page, "registered", "#other");
    await page.evaluate(() => {
      document.querySelector("web-phone")!.contacts = [
        { name: "Ann Able", number: "1002" },
        { name: "Echo", number: "*43" },
      ];
    });
    await call();
    await until(
      page,
      () =>
        !!document
          .querySelector("web-phone")!
          .shadowRoot!.querySelector("[part=caller-name]")!
          .textContent!.includes("Ann Able"),
    );
    await press(page, "hang-up");
    await stateIs(page, "idle");
    await press(page, "history");
    await shows(".tabs button");
    await page.evaluate(() =>
      document
        .querySelector("web-phone")!
        .shadowRoot!.querySelector<HTMLElement>(".tabs button:last-child")!
        .click(),
    );
    await shows("[part=contact]");
    await (await page.$("web-phone >>> [part=search]"))!.type("ech");
    expect(await rows()).toEqual([["Echo", "*43"]]);
    await press(page, "call-back");
    await stateIs(page, "active");
  });

  it("is not loaded for a phone that draws nothing, whatever is kept in the browser", async () => {
    page = await hosts.open(other());
    await registrationIs(page, "registered");
    await page.evaluate(() => {
      localStorage.setItem("web-phone", '{"microphone":{"id":"x","label":"y"}}');
      return document.querySelector("web-phone")!.makeCall("*43");
    });
    await stateIs(page, "active");
    await page.evaluate(() => document.querySelector("web-phone")!.hangup());
    await stateIs(page, "idle");
    const loaded = await page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => name),
    );
    expect(loaded.filter((name) => /phone-(calls|panels|words)/.test(name))).toEqual([]);
  });

  it("says that a list of contacts can't be read, and tries again", async () => {
    await open(desk(`contacts="/contacts.json"`));
    await press(page, "history");
    await shows(".tabs button");
    await page.evaluate(() =>
      document
        .querySelector("web-phone")!
        .shadowRoot!.querySelector<HTMLElement>(".tabs button:last-child")!
        .click(),
    );
    await shows(".bad");
    hosts.site.route("/contacts.json", {
      type: "application/json",
      body: `[{"name":"Bob","number":"1002"},7]`,
    });
    await page.evaluate(() =>
      document
        .querySelector("web-phone")!
        .shadowRoot!.querySelector<HTMLElement>(".panel .plain:not([aria-pressed])")!
        .click(),
    );
    await shows("[part=contact]");
    expect(await rows()).toEqual([["Bob", "1002"]]);
  });

  it("chooses a microphone, shows that it hears, keeps the choice, and lets go of it", async () => {
    await open(desk());
    await page.evaluate(() => {
      const devices = navigator.mediaDevices;
      const original = devices.getUserMedia.bind(devices);
      const tracks: MediaStreamTrack[] = [];
      Object.assign(window, { tracks });
      devices.getUserMedia = async (wanted) => {
        const stream = await original(wanted);
        tracks.push(...stream.getTracks());
        return stream;
      };
    });
    await press(page, "settings");
    // A browser that has not asked yet tells no names.
    await shows("[part=allow], #microphone option:nth-child(2)");
    const asks = await page.evaluate(
      () => !!document.querySelector("web-phone")!.shadowRoot!.querySelector("[part=allow]"),
    );
    if (asks) await press(page, "allow");
    await shows("#microphone option:nth-child(2)");
    await until(
      page,
      () =>
        Number(
          document
            .querySelector("web-phone")!
            .shadowRoot!.querySelector("[part=meter]")
            ?.getAttribute("aria-valuenow"),
        ) > 3,
    );
    const chosen = await page.evaluate(() => {
      const select = document
        .querySelector("web-phone")!
        .shadowRoot!.querySelector<HTMLSelectElement>("#microphone")!;
      select.selectedIndex = select.options.length - 1;
      select.dispatchEvent(new Event("change"));
      return select.value;
    });
    expect(chosen).not.toBe("");
    const kept = () =>
      page.evaluate(
        () =>
          JSON.parse(localStorage.getItem("web-phone") ?? "{}") as {
            microphone?: { id: string; label: string };
          },
      );
    expect((await kept()).microphone).toMatchObject({ id: chosen, label: expect.stringMatching(/\w/) });
    await press(page, "close");
    await until(page, () =>
      (window as unknown as { tracks: MediaStreamTrack[] }).tracks.every(
        ({ readyState }) => readyState === "ended",
      ),
    );

    await page.reload();
    await registrationIs(page, "registered");
    await press(page, "settings");
    await until(
      page,
      (chosen) =>
        document.querySelector("web-phone")!.shadowRoot!.querySelector<HTMLSelectElement>("#microphone")
          ?.value === chosen,
      chosen,
    );
    await press(page, "reset");
    expect(await kept()).toEqual({});
  });

  it("checks before a call, with a call to the echo test", async () => {
    await open(desk(`echo="*43"`));
    await press(page, "settings");
    await press(page, "check");
    await press(page, "run-check");
    await shows("[part=check-step]");
    const found = await page.evaluate(() => {
      const root = document.querySelector("web-phone")!.shadowRoot!;
      const steps = [...root.querySelectorAll("[part=check-step]")].map((step) => step.className);
      return { steps, verdict: root.querySelector("[part=verdict]")!.textContent!.trim() };
    });
    expect(found.steps[0]).toBe("ok");
    expect(found.steps).toHaveLength(3);
    // On a machine under load the server may count as slow.
    expect(found.verdict).toMatch(/^(All is well\. You can call\.|You can call, but )/);
  });

  it("makes a report without the password, by a code that no server sees", async () => {
    await open(desk());
    await page.evaluate(() => {
      const original = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        void (blob as Blob).text().then((text) => Object.assign(window, { report: text }));
        return original(blob);
      };
      // What a browser does with a download is its own; Firefox's panel takes the focus.
      HTMLAnchorElement.prototype.click = function () {
        Object.assign(window, { file: this.download });
      };
      document.querySelector("web-phone")!.focus();
    });
    await page.keyboard.type("*#0*#");
    await page.keyboard.press("Enter");
    await press(page, "download");
    await until(page, () => "report" in window);
    const report = await page.evaluate(() => (window as unknown as { report: string }).report);
    expect(await page.evaluate(() => (window as unknown as { file: string }).file)).toMatch(
      /^web-phone-report-\d{4}-\d\d-\d\d\.json$/,
    );
    expect(JSON.parse(report)).toBeTypeOf("object");
    expect(report).toContain("REGISTER sip:");
    expect(report).not.toContain(server.accounts[0]!.password);
    expect(report).not.toMatch(/response="/);
    expect(await page.evaluate(() => document.querySelector("web-phone")!.value)).toBe("");
  });

  it("writes every message to the console with the attribute debug", async () => {
    const lines: string[] = [];
    page = await hosts.open("");
    page.on("console", (message) => lines.push(message.text()));
    const { username, password } = server.accounts[0]!;
    await page.evaluate(
      (wsServers, username, password) => {
        const phone = document.createElement("web-phone");
        phone.setAttribute("debug", "");
        phone.setConfig({ wsServers, username, password, autoRegister: true });
        document.querySelector("main")!.append(phone);
      },
      server.sip,
      username,
      password,
    );
    await registrationIs(page, "registered");
    await page.evaluate(() => document.querySelector("web-phone")!.unregister());
    await registrationIs(page, "unregistered");
    await expect.poll(() => lines.join("\n")).toMatch(/>>> REGISTER sip:/);
  });

  it("opens by the keyboard, and closing brings the focus back", async () => {
    await open(desk());
    await page.evaluate(() =>
      document.querySelector("web-phone")!.shadowRoot!.querySelector<HTMLElement>("[part=settings]")!.focus(),
    );
    await page.keyboard.press("Enter");
    await shows(".panel");
    expect(await focused()).toBe("close");
    // What is typed into a panel is not dialled.
    await page.keyboard.type("12");
    expect(await page.evaluate(() => document.querySelector("web-phone")!.value)).toBe("");
    await page.keyboard.press("Escape");
    await until(page, () => !document.querySelector("web-phone")!.shadowRoot!.querySelector(".panel"));
    expect(await focused()).toBe("settings");
  });
});
