// Every field of the Config table, from the builder to the page that it publishes.
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PhoneComponent } from "../../web/src/page/document.ts";
import { phoneEvents } from "../../web/src/page/document.ts";
import type { WebPhone } from "../../web/src/webphone.ts";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Builder } from "../support/building.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

/** Every field at a value that is not its default. */
const every = {
  type: "web-phone",
  id: "desk",
  width: "280",
  showDialpad: false,
  showDialledNumber: false,
  showAnswer: false,
  showHangUp: false,
  showHold: false,
  showMute: false,
  showDial: false,
  showStatus: false,
  autoRegister: true,
  sipServer: "wss://one.example.com/sip,wss://two.example.com/sip",
  realm: "example.com",
  displayName: "The desk",
  cli: "4930123456",
  username: "1001",
  password: "correct horse",
  hidden: true,
  actions: {
    onAnswer: "onAnswerRan",
    onRingingOut: "onRingingOutRan",
    onRingingIn: "onRingingInRan",
    onEnd: "onEndRan",
    onRegistered: "onRegisteredRan",
    onUnregistered: "onUnregisteredRan",
    onError: "refresh",
  },
} satisfies PhoneComponent;

/** The Config table: what the builder calls it, in its order, and where it is. */
const table = [
  ["id", "ID"],
  ["width", "Width"],
  ["showDialpad", "Dialpad"],
  ["showDialledNumber", "Dialled Number"],
  ["showAnswer", "Answer"],
  ["showHangUp", "Hang Up"],
  ["showHold", "Hold"],
  ["showMute", "Mute"],
  ["showDial", "Dial"],
  ["showStatus", "Status"],
  ["autoRegister", "Auto Register"],
  ["sipServer", "Default SIP Server"],
  ["realm", "Default Realm"],
  ["displayName", "Default Display Name"],
  ["cli", "Default CLI"],
  ["username", "Default Username"],
  ["password", "Default Password"],
  ["hidden", "Hidden"],
  ...phoneEvents.map((event) => [event, event]),
];

describe("the Config table", () => {
  let server: TestServer;
  let browser: TestBrowser;
  let page: Page;
  let builder: Builder;

  beforeAll(async () => {
    server = await startServer();
    browser = await launch("chromium");
    builder = await Builder.open(await browser.newPage(), server);
    await builder.create("Every field");
    for (const event of Object.keys(every.actions).slice(0, -1))
      await builder.write(`${event}Ran`, `(window.ran ??= []).push("${event}");`);
    await builder.write("refresh", `(window.ran ??= []).push("refresh");`);
    await builder.add(every);
    await builder.saved();
    // A page in the background takes no clicks: the builder comes first.
    const address = await builder.publish();
    page = await browser.newPage();
    await page.goto(address);
    await page.waitForSelector("#desk");
    await page.waitForFunction(() => "ran" in window);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  it("stands in the inspector whole, in its order, each field with an explanation", async () => {
    const fields = await builder.page.$$eval(".fields [data-field]", (all) =>
      all.map((field) => {
        const control = field.querySelector<HTMLElement>(":is(input, textarea, select:not(.source))")!;
        const help = control
          .getAttribute("aria-describedby")!
          .split(" ")
          .map((id) => document.getElementById(id)?.textContent?.trim() ?? "");
        const label = field.querySelector("label, .label")!.textContent!.trim();
        return [(field as HTMLElement).dataset["field"], label, help.join("").length > 10];
      }),
    );
    expect(fields).toEqual(table.map((row) => [...row, true]));
    const groups = await builder.page.$$eval(".fields legend", (all) => all.map((each) => each.textContent));
    expect(groups).toEqual(["Show", "Attribute Action", "Action Settings"]);
  });

  it.each(table.filter(([field]) => !field!.startsWith("on") && field !== "password"))(
    "reaches the published page: %s (%s)",
    async (field) => {
      const value = await page.$eval("#desk", (phone, name) => phone[name as "id"], field!);
      expect(value).toEqual(every[field as keyof typeof every]);
    },
  );

  it("reaches the published page: password, which is never to be read there", async () => {
    expect(await page.$eval("#desk", (phone) => phone.outerHTML)).not.toContain(every.password);
    expect(await page.$eval("#desk", (phone) => (phone as WebPhone).password)).toBe("");
    // With a password there is an account to register: the phone tries the servers of the list.
    await page.waitForFunction(
      () => document.querySelector<WebPhone>("#desk")!.getAttribute("registration") === "registering",
    );
  });

  it.each(phoneEvents)("runs the action of %s", async (event) => {
    const wanted = event === "onError" ? "refresh" : event;
    await page.evaluate((type) => {
      (window as unknown as { ran: string[] }).ran = [];
      const told = Object.assign(new Event(type), { detail: { code: "internal", message: "A test." } });
      document.querySelector("#desk")!.dispatchEvent(told);
    }, event.slice(2).toLowerCase());
    await page.waitForFunction(
      (name) => (window as unknown as { ran: string[] }).ran.includes(name),
      { timeout: 5_000 },
      wanted,
    );
  });
});
