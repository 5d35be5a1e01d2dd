// The builder is for everybody: what axe-core finds in each of its states, in both
// browsers, light and dark, wide and narrow.
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Builder } from "../support/building.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

/** What axe-core finds by the rules of WCAG 2.2 A and AA and its best practices, a line each. */
async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    // The page that is being built is judged where it is published.
    const context = { include: [["html"]], exclude: [[".canvas-page"], ["iframe"]] };
    const { violations } = await axe.run(context, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

describe.each(browserKinds)("the page builder in %s", (kind) => {
  let server: TestServer;
  let browser: TestBrowser;
  let builder: Builder;

  beforeAll(async () => {
    server = await startServer();
    browser = await launch(kind);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  /** What is wrong in the state that is shown, in every scheme and width that the browser can be given. */
  async function wrong(page: Page): Promise<string[]> {
    const found: string[] = [];
    for (const width of [1440, 390]) {
      await page.setViewport({ width, height: 1000 });
      for (const scheme of kind === "chromium" ? ["light", "dark"] : [""]) {
        if (scheme)
          await page.emulateMediaFeatures([
            { name: "prefers-color-scheme", value: scheme },
            // Colours in between are nobody's colours.
            { name: "prefers-reduced-motion", value: "reduce" },
          ]);
        for (const each of await complaints(page)) found.push(`${width} ${scheme} ${each}`);
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
          found.push(`${width}: it scrolls sideways`);
      }
    }
    await page.setViewport({ width: 1440, height: 1000 });
    return found;
  }

  it("leaves nobody out: signing in", async () => {
    const page = await browser.newPage();
    await page.goto(`${server.url}builder/`);
    await page.waitForSelector("input[type=password]");
    expect(await wrong(page)).toEqual([]);
    await page.close();
  });

  it("leaves nobody out: pages, and a new one", async () => {
    builder = await Builder.open(await browser.newPage(), server);
    expect(await wrong(builder.page)).toEqual([]);
    await builder.press("New page");
    expect(await wrong(builder.page)).toEqual([]);
    await builder.press("Cancel");
  });

  it("leaves nobody out: editing, with each panel, publishing and trying", async () => {
    const { page } = builder;
    await builder.create("Desk", "Agent dashboard");
    expect(await wrong(page), "page settings").toEqual([]);
    await builder.row("phone");
    await builder.write("saveRecord", "const broken = ;");
    expect(await wrong(page), "phone, actions with an error").toEqual([]);
    await builder.write("saveRecord", "");
    await builder.panel("Functions");
    await builder.press("Add visitor account");
    await builder.fill("dialog[open] input[name=name]", "visitor");
    expect(await wrong(page), "a question").toEqual([]);
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]", { hidden: true });
    expect(await wrong(page), "functions").toEqual([]);
    await builder.panel("Variables");
    expect(await wrong(page), "variables").toEqual([]);
    await builder.saved();
    await builder.press("Publish");
    await builder.press("Publish the page");
    await page.waitForSelector("dialog[open] .address-row");
    expect(await wrong(page), "published").toEqual([]);
    await page.keyboard.press("Escape");
    await builder.panel("Versions");
    await page.waitForSelector("[aria-label='Versions'] table");
    expect(await wrong(page), "versions").toEqual([]);
    await builder.press("Try");
    await page.waitForSelector("iframe[sandbox]");
    expect(await wrong(page), "trying").toEqual([]);
  });
});
