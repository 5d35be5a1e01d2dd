// Pictures of the page builder in its states, and of the five examples, to be
// looked at in test/out/screenshots-builder; the best are in the docs.
import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, it } from "vitest";
import type { WebPhone } from "../../web/src/webphone.ts";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Builder } from "../support/building.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

const out = resolve(import.meta.dirname, "../out/screenshots-builder");
const docs = resolve(import.meta.dirname, "../../docs/images");

let server: TestServer;
let browser: TestBrowser;

beforeAll(async () => {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await launch("chromium", { tone: 440, autoplay: true });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** The last transition, and what is loaded. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 600));

/** A picture in light and dark, wide and narrow; the first of them for the docs where it has a name there. */
async function take(page: Page, name: string, inDocs?: string): Promise<void> {
  for (const width of [1280, 390]) {
    await page.setViewport({ width, height: width === 390 ? 844 : 800 });
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await settled();
      await page.screenshot({ path: `${out}/${name}-${width}-${scheme}.png` });
      if (inDocs && width === 1280 && scheme === "light")
        await page.screenshot({ path: `${docs}/${inDocs}.png` });
    }
  }
  await page.setViewport({ width: 1280, height: 800 });
}

it("takes pictures of the builder", async () => {
  const page = await browser.newPage();
  await page.goto(`${server.url}builder/`);
  await page.waitForSelector("input[type=password]");
  await take(page, "sign-in");
  const builder = await Builder.open(page, server);
  await take(page, "no-pages");
  await builder.create("Contact us", "Click-to-call");
  await take(page, "page-settings");
  await builder.row("phone");
  await take(page, "phone", "builder");
  await builder.write(
    "callUs",
    `const phone = this.$("phone");\nthis.show("phone");\nif (!phone.registered) await phone.register();\nawait phone.makeCall(this.env.DESTINATION);`,
  );
  await page.waitForSelector("[data-row=phone]");
  await take(page, "actions");
  await builder.write("broken", 'const number = ;\nawait this.$("phone").makeCall(number);');
  await settled();
  await take(page, "error");
  await builder.write("broken", `throw new Error("This number is not known.");`);
  await builder.row("call");
  await builder.choose(builder.control("onClick"), "broken");
  await builder.panel("Functions");
  await take(page, "functions", "builder-functions");
  await builder.variable("CRM_KEY", "secret", ["protected", "private"]);
  await take(page, "variables", "builder-variables");
  await builder.press("Tablet, 768 pixels");
  await take(page, "tablet");
  await builder.saved();
  await builder.press("Try");
  const element = await page.waitForSelector("iframe[sandbox]");
  const frame = (await element!.contentFrame())!;
  // The frame is scaled: a press finds its place by the element.
  await frame.waitForSelector("#call");
  await frame.$eval("#call", (button) => (button as HTMLElement).click());
  await frame.waitForSelector(".page-console[open] li");
  await builder.panel("Actions");
  await take(page, "try", "builder-try");
  await builder.press("Design");
  await builder.publish();
  await builder.press("Publish");
  await take(page, "publish", "builder-publish");
  await page.keyboard.press("Escape");
  await builder.panel("Versions");
  await take(page, "versions");
  await builder.press("All pages", "link");
  await take(page, "pages");
  await builder.press("New page");
  await take(page, "new-page");
});

it("takes pictures of the examples", async () => {
  const { username, password } = server.accounts[0]!;
  const open = async (path: string, width = 900, height = 640) => {
    const page = await browser.newPage();
    await page.setViewport({ width, height });
    await page.goto(`${server.url}examples/${path}`);
    await page.waitForSelector("#page > *");
    return page;
  };
  const signIn = async (page: Page) => {
    await page.type("#user", username);
    await page.type("#secret", password);
    await page.click("#enter");
    await page.waitForSelector("#phone", { visible: true });
  };
  const active = (page: Page) =>
    page.waitForFunction(() => document.querySelector<WebPhone>("web-phone")?.call?.state === "active", {
      timeout: 20_000,
    });
  const example = async (page: Page, name: string) => {
    await settled();
    await page.screenshot({ path: `${docs}/example-${name}.png` });
    await page.screenshot({ path: `${out}/example-${name}.png` });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    await settled();
    await page.screenshot({ path: `${out}/example-${name}-dark.png` });
    await page.close();
  };

  await take(await open(""), "examples");
  const app = await open("ott/", 390, 760);
  await signIn(app);
  await example(app, "ott");
  const desk = await open("agent/", 1100, 760);
  await signIn(desk);
  await desk.$eval("#phone", (phone) => void (phone as WebPhone).makeCall("*43"));
  await active(desk);
  await desk.type("#notes", "Repeats everything that is said.");
  await example(desk, "agent");
  const numbers = await open("click-to-call/", 640, 560);
  await numbers.click("#numbers a");
  await active(numbers);
  await example(numbers, "click-to-call");
  const door = await open("embedded/", 480, 420);
  await door.waitForSelector("#ring:not([disabled])");
  await door.click("#ring");
  await active(door);
  await example(door, "embedded");
  const site = await open("site.html", 900, 640);
  const launcher = await site.waitForSelector("pierce/button");
  await launcher!.click();
  await settled();
  await example(site, "help");
});
