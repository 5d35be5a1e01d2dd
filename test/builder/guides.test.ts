// The page builder, used as an administrator uses it, up to a call on the page
// that was built.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PageDocument } from "../../web/src/page/document.ts";
import type { WebPhone } from "../../web/src/webphone.ts";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Administrator } from "../support/builder.ts";
import { Builder } from "../support/building.ts";
import type { ExportFile, Manner } from "../support/building.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

const examples = resolve(import.meta.dirname, "../../web/src/app/static/examples");
const example = (use: string) => JSON.parse(readFileSync(`${examples}/${use}.json`, "utf8")) as ExportFile;

/** The order of functions, and actions that do nothing, make no difference. */
const comparable = (page: PageDocument): PageDocument => ({
  ...page,
  functions: page.functions
    .filter((each) => each.kind !== "action" || each.code)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});

const callState = (page: Page, state: string | null) =>
  page.waitForFunction(
    (wanted) => (document.querySelector<WebPhone>("web-phone")!.call?.state ?? null) === wanted,
    { timeout: 20_000 },
    state,
  );

describe("the page builder", () => {
  let server: TestServer;
  let admin: Administrator;
  let chromium: TestBrowser;
  let firefox: TestBrowser;
  const pages: Page[] = [];

  beforeAll(async () => {
    server = await startServer();
    admin = await Administrator.signIn(server);
    chromium = await launch("chromium", { tone: 440, autoplay: true });
    firefox = await launch("firefox", { tone: 440, autoplay: true });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(async () => {
    await chromium.close();
    await firefox.close();
    await server.close();
  });

  async function open(browser: TestBrowser, url?: string): Promise<Page> {
    const page = await browser.newPage();
    pages.push(page);
    page.on("dialog", (dialog) => void dialog.accept().catch(() => {}));
    if (url) await page.goto(url);
    return page;
  }

  const click = (page: Page, id: string) => page.click(`#${id}`);

  /** What a visitor does on the page of each guide, up to a call. */
  const visits: Readonly<Record<string, (page: Page) => Promise<void>>> = {
    ott: async (page) => {
      await page.type("#user", server.accounts[0]!.username);
      await page.type("#secret", server.accounts[0]!.password);
      await click(page, "enter");
      await page.waitForSelector("#phone", { visible: true });
      await page.$eval("#phone", (phone) => void (phone as WebPhone).makeCall("*43"));
    },
    agent: async (page) => {
      await page.type("#user", server.accounts[1]!.username);
      await page.type("#secret", server.accounts[1]!.password);
      await click(page, "enter");
      await page.waitForSelector("#phone", { visible: true });
      await page.$eval("#phone", (phone) => void (phone as WebPhone).makeCall("*43"));
    },
    "click-to-call": (page) => page.click("#numbers a"),
    help: async (page) => {
      await page.type("#visitorName", "Ada");
      await click(page, "call");
    },
    embedded: async (page) => {
      await page.waitForSelector("#ring:not([disabled])");
      await click(page, "ring");
    },
  };

  describe.each(Object.keys(visits))("builds the page of the guide %s", (use) => {
    it.each<Manner>(["mouse", "keyboard"])(
      "by %s, publishes it, and it makes a call in another browser",
      async (manner) => {
        const wanted = example(use);
        const builder = await Builder.open(await open(chromium), server, manner);
        const title = `${wanted.page.title} ${manner}`;
        await builder.build({ ...wanted, page: { ...wanted.page, title } });
        const address = await builder.publish();
        const name = address.split("/").at(-1)!;
        const built = await admin.request<{ page: PageDocument }>("GET", `pages/${name}`);
        expect(comparable(built.page)).toEqual(comparable({ ...wanted.page, title }));
        const page = await open(firefox, address);
        await page.waitForSelector("#page > *");
        await visits[use]!(page);
        await callState(page, "active");
        await page.$eval("web-phone", (phone) => void (phone as WebPhone).hangup());
        await callState(page, null);
      },
    );
  });
});
