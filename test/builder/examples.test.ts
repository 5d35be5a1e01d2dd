// What the five examples do beyond a call: each as the people who use it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { WebPhone } from "../../web/src/webphone.ts";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Administrator } from "../support/builder.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { ExportFile } from "../support/building.ts";

const example = (use: string) =>
  JSON.parse(
    readFileSync(resolve(import.meta.dirname, `../../web/src/app/static/examples/${use}.json`), "utf8"),
  ) as ExportFile;

const patience = { timeout: 20_000 };

describe("the examples", () => {
  let server: TestServer;
  let chromium: TestBrowser;
  let firefox: TestBrowser;
  const pages: Page[] = [];

  beforeAll(async () => {
    server = await startServer();
    chromium = await launch("chromium", { tone: 440, autoplay: true });
    firefox = await launch("firefox", { tone: 660, autoplay: true });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(async () => {
    await chromium.close();
    await firefox.close();
    await server.close();
  });

  async function open(browser: TestBrowser, url: string): Promise<Page> {
    const page = await browser.newPage();
    pages.push(page);
    await page.goto(url);
    await page.waitForSelector("#page > *", patience);
    return page;
  }

  async function signIn(page: Page, seat: 0 | 1): Promise<void> {
    const { username, password } = server.accounts[seat]!;
    await page.waitForSelector("#secret", { visible: true, ...patience });
    await page.$eval("#user", (field) => ((field as HTMLInputElement).value = ""));
    await page.type("#user", username);
    await page.type("#secret", password);
    await page.click("#enter");
    await page.waitForFunction(() => document.querySelector<WebPhone>("web-phone")!.registered, patience);
  }

  const state = (page: Page, wanted: string | null) =>
    page.waitForFunction(
      (each) => (document.querySelector<WebPhone>("web-phone")!.call?.state ?? null) === each,
      patience,
      wanted,
    );

  const says = (page: Page, id: string, text: string) =>
    page.waitForFunction(
      (key, wanted) => document.getElementById(key)!.textContent!.includes(wanted),
      patience,
      id,
      text,
    );

  const phone = (page: Page, act: "answer" | "hangup") =>
    page.$eval("web-phone", (element, method) => void (element as WebPhone)[method](), act);

  const call = (page: Page, number: string) =>
    page.$eval("web-phone", (element, to) => void (element as WebPhone).makeCall(to), number);

  it("mobile app: calls with video, remembers the user name, and installs", async () => {
    const caller = await open(chromium, `${server.url}examples/ott/`);
    const callee = await open(firefox, `${server.url}examples/ott/`);
    await signIn(caller, 0);
    await signIn(callee, 1);
    await call(caller, "1002");
    await state(callee, "ringing-in");
    await phone(callee, "answer");
    await Promise.all([state(caller, "active"), state(callee, "active")]);
    const video = (page: Page) => page.$eval("web-phone", (element) => (element as WebPhone).call!.video);
    expect(await video(caller)).toBe(true);
    expect(await video(callee)).toBe(true);
    const manifest = await caller.$eval("link[rel=manifest]", (link) => (link as HTMLLinkElement).href);
    expect(await (await fetch(manifest)).json()).toMatchObject({ name: "My phone", display: "standalone" });
    await phone(caller, "hangup");
    await state(callee, null);
    // The user name is there at the next visit.
    await caller.reload();
    await caller.waitForSelector("#user", { visible: true, ...patience });
    await caller.waitForFunction(
      (name) => document.querySelector<HTMLInputElement>("#user")!.value === name,
      patience,
      server.accounts[0]!.username,
    );
  });

  it("agent dashboard: shows who calls, keeps notes with the record, and lets no call in until one is ready", async () => {
    const agent = await open(chromium, `${server.url}examples/agent/`);
    const customer = await open(firefox, `${server.url}examples/ott/`);
    await signIn(agent, 0);
    await signIn(customer, 1);
    await call(customer, "1001");
    await state(agent, "ringing-in");
    await says(agent, "caller", "Grace Hopper");
    await says(agent, "details", "moth");
    await phone(agent, "answer");
    await state(agent, "active");
    await agent.type("#notes", "The moth is out.");
    await agent.select("#disposition", "Solved");
    await phone(customer, "hangup");
    await state(agent, null);
    await agent.waitForSelector("#save", { visible: true, ...patience });
    await agent.waitForFunction(() => !document.querySelector<WebPhone>("web-phone")!.registered, patience);
    expect(await agent.$eval("#state", (list) => (list as HTMLSelectElement).value)).toBe("Wrap-up");
    await agent.click("#save");
    await says(agent, "recent", "Grace Hopper");
    await says(agent, "recent", "Solved · The moth is out.");
    await agent.waitForFunction(() => document.querySelector<WebPhone>("web-phone")!.registered, patience);
    await agent.select("#state", "Pause");
    await agent.waitForFunction(() => !document.querySelector<WebPhone>("web-phone")!.registered, patience);
    // The records are there at the next visit.
    await agent.reload();
    await says(agent, "recent", "The moth is out.");
  });

  it("click-to-call: a link dials, and the phone goes when the call has ended", async () => {
    const page = await open(chromium, `${server.url}examples/click-to-call/`);
    expect(await page.$eval("web-phone", (element) => element.checkVisibility())).toBe(false);
    await page.click("#numbers a");
    await state(page, "active");
    expect(await page.$eval("web-phone", (element) => element.checkVisibility())).toBe(true);
    await phone(page, "hangup");
    await page.waitForFunction(() => !document.querySelector("web-phone")!.checkVisibility(), patience);
  });

  it("website help: a visitor of another site reaches the desk by name, and nobody else", async () => {
    const admin = await Administrator.signIn(server);
    const site = await serveStatic({ root: import.meta.dirname });
    try {
      const { page: wanted } = example("help");
      await admin.create("help", { ...wanted, embedding: [site.origin] });
      await admin.variable("DESTINATION", "1002", {}, "help");
      const { revision } = await admin.request<{ revision: number }>("GET", "pages/help");
      await admin.request("POST", "pages/help/publish", { revision });
      site.route("/", {
        headers: { "content-security-policy": `script-src ${server.url}; frame-src ${server.url}` },
        body: `<!doctype html><html lang="en"><title>Shop</title><main id="page"><h1>Shop</h1></main>
          <script src="${server.url}embed.js" data-page="help" data-launcher="Talk to us" async></script>`,
      });
      const desk = await open(firefox, `${server.url}examples/ott/`);
      await signIn(desk, 1);
      const visitor = await open(chromium, site.origin);
      await (await visitor.waitForSelector("pierce/button", patience))!.click();
      const frame = await visitor.waitForFrame((each) => each.url() === `${server.url}p/help`, patience);
      await (await frame.waitForSelector("#visitorName", patience))!.type("Ada <b>Lovelace</b>");
      await frame.click("#call");
      await state(desk, "ringing-in");
      expect(await desk.$eval("web-phone", (element) => (element as WebPhone).call!.displayName)).toBe(
        "Ada <b>Lovelace</b>",
      );
      await phone(desk, "answer");
      await frame.waitForFunction(
        () => document.querySelector("#notice")!.textContent!.includes("You are through"),
        patience,
      );
      // A copy of the visitor's account calls nobody else, and nothing secret is in the page.
      expect(await frame.content()).not.toMatch(/"password":"/);
      const refused = await frame.$eval("web-phone", (element) =>
        (element as WebPhone).makeCall("1001").then(
          (made) =>
            new Promise<number>((done) =>
              element.addEventListener("end", (event) => {
                const { detail } = event as unknown as { detail: { callId: string; sipCode: number } };
                if (detail.callId === made.id) done(detail.sipCode);
              }),
            ),
          () => 0,
        ),
      );
      expect(refused).toBe(403);
      await phone(desk, "hangup");
      await frame.waitForFunction(
        () => document.querySelector("#notice")!.textContent!.includes("Thank you"),
        patience,
      );
    } finally {
      await site.close();
    }
  });

  it("embedded application: nothing of the phone is seen, and the buttons follow the call", async () => {
    const page = await open(chromium, `${server.url}examples/embedded/`);
    await says(page, "status", "Ready");
    await page.click("#ring");
    await says(page, "status", "Speak now");
    expect(await page.$eval("web-phone", (element) => element.checkVisibility())).toBe(false);
    await page.click("#silence");
    await says(page, "silence", "Unmute");
    await page.click("#stop");
    await says(page, "status", "Ready");
    await page.waitForSelector("#ring", { visible: true, ...patience });
  });
});
