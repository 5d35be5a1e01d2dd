// Every state of the screen, for everyone: what axe-core says of it in light and
// dark, right to left at twice the size, and in forced colours; that nothing is
// cut off, too small for a finger or without a name.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "puppeteer-core";
import { browserKinds, launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { findings, openScene, sceneNames, scenePage } from "../support/gallery.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => void (server = await startServer()));
afterAll(() => server?.close());

/** What is wrong with the layout: text that is cut off sideways, and targets under 44 px (24 px by WCAG 2.2 SC 2.5.8). */
const misfits = (page: Page) =>
  page.evaluate(() => {
    const phone = document.querySelector("web-phone")!;
    const wrong: string[] = [];
    const card = phone.shadowRoot!.querySelector<HTMLElement>("[part=card]")!;
    if (card.scrollWidth > card.clientWidth + 1) wrong.push(`the card is ${card.scrollWidth} wide`);
    for (const control of phone.shadowRoot!.querySelectorAll<HTMLElement>(
      "button, select, input:not([type=checkbox])",
    )) {
      if (control.closest("[inert]") || !control.checkVisibility({ visibilityProperty: true })) continue;
      const { width, height } = control.getBoundingClientRect();
      if (width < 43.5 || height < 43.5) wrong.push(`${control.getAttribute("part")}: ${width} × ${height}`);
    }
    return wrong;
  });

describe.each(browserKinds)("the screen in %s", (kind) => {
  let browser: TestBrowser;
  let page: Page;

  beforeAll(async () => {
    browser = await launch(kind, { autoplay: true });
    page = await scenePage(browser, 352, 640);
  });
  afterAll(() => browser?.close());

  it.each(sceneNames)("leaves nobody out: %s", async (scene) => {
    await openScene(page, server.url, { scene, theme: "light" });
    const found: Record<string, string[]> = { light: await findings(page), layout: await misfits(page) };
    await page.evaluate(() => document.querySelector("web-phone")!.setAttribute("theme", "dark"));
    found["dark"] = await findings(page);
    await page.evaluate(() => (document.documentElement.dir = "rtl"));
    // Twice the size, in a window of half the width.
    await page.evaluate(() => (document.documentElement.style.zoom = "2"));
    await page.setViewport({ width: 464, height: 1280 });
    found["right to left, twice the size"] = [...(await findings(page)), ...(await misfits(page))];
    await page.setViewport({ width: 352, height: 640 });
    expect(Object.entries(found).filter(([, wrong]) => wrong.length)).toEqual([]);
  });
});

describe.each(browserKinds)("the screen in forced colours in %s", (kind) => {
  let browser: TestBrowser;
  let page: Page;

  beforeAll(async () => {
    // As high contrast is set in the system.
    const prefs = { "browser.display.document_color_use": 2 };
    const args = ["--force-high-contrast"];
    browser = await launch(kind, { autoplay: true, prefs, args });
    page = await scenePage(browser, 352, 640);
  });
  afterAll(() => browser?.close());

  it.each(sceneNames)("leaves nobody out: %s", async (scene) => {
    await openScene(page, server.url, { scene });
    expect(await page.evaluate(() => matchMedia("(forced-colors: active)").matches)).toBe(true);
    expect(await findings(page)).toEqual([]);
  });
});
