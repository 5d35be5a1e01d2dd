// The gallery's scenes, opened in a browser: the real element in each of its
// states, with a scripted peer behind it.
import { readFileSync } from "node:fs";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import type { TestBrowser } from "./browsers.ts";

/** How long a scene may take, in milliseconds. */
const patience = 30_000;

/** The names of all scenes, from their source. */
export const sceneNames: readonly string[] = [
  ...readFileSync(new URL("../../web/src/gallery/scenes.ts", import.meta.url), "utf8")
    .split("export const scenes")[1]!
    .matchAll(/^ {2}"?([a-z-]+)"?: \{/gm),
].map(([, name]) => name!);

export interface View {
  readonly scene: string;
  readonly theme?: "light" | "dark";
  readonly style?: string;
  readonly lang?: string;
  readonly dir?: "rtl";
  readonly width?: number;
}

/** Opens a scene and waits until it is there; throws what went wrong in it. */
export async function openScene(page: Page, url: string, view: View): Promise<void> {
  const query = new URLSearchParams(Object.entries(view).map(([name, value]) => [name, String(value)]));
  await page.goto(`${url}gallery/scene.html?${query}`);
  const handle = await page.waitForFunction(() => document.documentElement.dataset["scene"], {
    timeout: patience,
    polling: 50,
  });
  const state = await handle.jsonValue();
  if (state !== "there") throw new Error(`scene ${view.scene}: ${state}`);
}

/** What axe-core finds by the rules of WCAG 2.2 A and AA, a line each. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await axe.run("web-phone", { runOnly, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

/** A page of a size, for scenes. */
export async function scenePage(browser: TestBrowser, width: number, height: number): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  return page;
}
