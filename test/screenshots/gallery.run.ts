// Pictures of every state of the screen, to be looked at: one for each scene and
// view in test/out/screenshots, sheets of them, and the pictures of the docs.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "puppeteer-core";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { openScene, sceneNames, scenePage } from "../support/gallery.ts";
import type { View } from "../support/gallery.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

const out = resolve(import.meta.dirname, "../out/screenshots");
const docs = resolve(import.meta.dirname, "../../docs/images");

let server: TestServer;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  server = await startServer();
  browser = await launch("chromium", { autoplay: true });
  page = await scenePage(browser, 352, 660);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Longer names, narrow and wide, and every theme, for the states that differ most. */
const telling = ["ready", "ringing-in", "active", "waiting", "two-calls", "video", "history", "settings"];

async function picture(view: View, height = 660): Promise<string> {
  await page.setViewport({ width: (view.width ?? 320) + 32, height });
  await openScene(page, server.url, view);
  // The last transition, the first picture of a camera, the first figures.
  const slow = /video|quality/.test(view.scene);
  await new Promise((resolve) => setTimeout(resolve, slow ? 4_500 : 300));
  return page.screenshot({ encoding: "base64" });
}

/** Sets pictures side by side. */
async function sheet(path: string, pictures: readonly string[], columns: number, scale = 1): Promise<void> {
  const one = await browser.newPage();
  await one.setViewport({ width: 1600, height: 800, deviceScaleFactor: scale });
  await one.setContent(
    `<style>body{margin:0;display:inline-grid;grid-template-columns:repeat(${columns},auto);align-items:start}</style>` +
      pictures.map((data) => `<img src="data:image/png;base64,${data}">`).join(""),
  );
  const body = await one.$("body");
  await body!.screenshot({ path: path as `${string}.png` });
  await one.close();
}

const views: readonly (readonly [name: string, scenes: readonly string[], view: Omit<View, "scene">])[] = [
  ["light", sceneNames, { theme: "light" }],
  ["dark", sceneNames, { theme: "dark" }],
  ["200", telling, { theme: "light", width: 200 }],
  ["240", telling, { theme: "dark", width: 240 }],
  ["480", telling, { theme: "light", width: 480 }],
  ["800", telling, { theme: "dark", width: 800 }],
  ["german", telling, { theme: "light", lang: "de" }],
  ["arabic", telling, { theme: "light", lang: "ar", dir: "rtl" }],
  ["japanese", telling, { theme: "light", lang: "ja" }],
  ["paper", telling, { theme: "light", style: "paper" }],
  ["ocean", telling, { theme: "dark", style: "ocean" }],
  ["contrast", telling, { theme: "light", style: "contrast" }],
];

it.each(views)("takes pictures: %s", async (name, scenes, view) => {
  const pictures: string[] = [];
  for (const scene of scenes) {
    const data = await picture({ scene, ...view });
    pictures.push(data);
    await writeFile(resolve(out, `${name}-${scene}.png`), data, "base64");
  }
  const columns = (view.width ?? 320) > 400 ? 3 : 6;
  await sheet(resolve(out, `${name}.png`), pictures, columns);
  expect(pictures).toHaveLength(scenes.length);
});

it("takes the pictures of the docs", async () => {
  const shots = async (list: readonly View[]) => {
    const pictures: string[] = [];
    for (const view of list) pictures.push(await picture(view, 632));
    return pictures;
  };
  await mkdir(docs, { recursive: true });
  await sheet(
    resolve(docs, "phone.png"),
    await shots([
      { scene: "active", theme: "light" },
      { scene: "ringing-in", theme: "dark" },
      { scene: "video", theme: "light" },
    ]),
    3,
  );
  await sheet(
    resolve(docs, "panels.png"),
    await shots([
      { scene: "history", theme: "light" },
      { scene: "settings", theme: "light" },
      { scene: "transfer", theme: "light" },
      { scene: "quality", theme: "light" },
    ]),
    4,
  );
  await sheet(
    resolve(docs, "themes.png"),
    await shots([
      { scene: "number", theme: "light", style: "paper" },
      { scene: "number", theme: "dark", style: "ocean" },
      { scene: "number", theme: "light", style: "contrast" },
    ]),
    3,
  );
});
