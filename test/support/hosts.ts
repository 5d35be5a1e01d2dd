// Host pages for the element: what embeds <web-phone>, under as strict a
// Content-Security-Policy as there is.
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import type { BrowserKind, LaunchOptions, TestBrowser } from "./browsers.ts";
import { launch } from "./browsers.ts";
import { serveStatic } from "./static.ts";
import type { Route, StaticServer } from "./static.ts";

declare global {
  interface Window {
    /** Violations of the policy and exceptions that nobody caught. */
    faults: string[];
    /** What the element told, as `type` or `type:code`. */
    told: string[];
  }
}

/** A bound for everything that is waited for, in milliseconds. */
const patience = 15_000;

export class Hosts {
  readonly site: StaticServer;
  readonly #browser: TestBrowser;
  #count = 0;

  private constructor(site: StaticServer, browser: TestBrowser) {
    this.site = site;
    this.#browser = browser;
  }

  static async start(kind: BrowserKind, options: LaunchOptions): Promise<Hosts> {
    const site = await serveStatic({ root: resolve(import.meta.dirname, "../../web/dist") });
    try {
      return new Hosts(site, await launch(kind, options));
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  /** Opens a page with this body; the component's module is in its head. */
  async open(body: string, options: { head?: string; csp?: string } = {}): Promise<Page> {
    const path = `/host-${++this.#count}`;
    const head = options.head ?? `<script type="module" src="/webphone.js"></script>`;
    const route: Route = {
      body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title><script src="/watch.js"></script>${head}</head><body><main>${body}</main></body></html>`,
      ...(options.csp === undefined ? {} : { headers: { "content-security-policy": options.csp } }),
    };
    this.site.route(path, route);
    this.site.route("/watch.js", { type: "text/javascript", body: watch });
    const page = await this.#browser.newPage();
    await page.goto(this.site.origin + path);
    await until(page, () => customElements.get("web-phone") !== undefined);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.site.close();
  }
}

// Runs before the component: what it does wrong in the page is seen.
const watch = `
window.faults = [];
window.told = [];
addEventListener("securitypolicyviolation", (e) => faults.push(e.violatedDirective + " " + e.sourceFile));
addEventListener("error", (e) => e.message && faults.push(e.message));
addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));
const note = (e) => e.target.localName === "web-phone" && told.push(e.type + (e.type === "error" ? ":" + e.detail.code : ""));
// They do not bubble, but they are captured on their way.
for (const type of ["answer", "ringingout", "ringingin", "end", "registered", "unregistered", "error"])
  addEventListener(type, note, true);
`;

/** Waits until `test` answers true in the page. Needs no eval there, which a strict policy forbids. */
export async function until<A extends unknown[]>(
  page: Page,
  test: (...args: A) => boolean,
  ...args: A
): Promise<void> {
  const end = Date.now() + patience;
  while (!(await page.evaluate(test as (...args: unknown[]) => boolean, ...args))) {
    if (Date.now() > end) throw new Error(`never true: ${test} (${JSON.stringify(args)})`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** What the page's first phone shows and says of itself. */
export function screen(page: Page, selector = "web-phone") {
  return page.evaluate((selector) => {
    const phone = document.querySelector<HTMLElement>(selector)!;
    const root = phone.shadowRoot!;
    const visible = (element: Element | null) => !!element?.checkVisibility({ visibilityProperty: true });
    const parts = [...root.querySelectorAll("[part]")].filter(visible).flatMap((e) => [...e.part]);
    const text = (part: string) =>
      root.querySelector(`[part~=${part}]`)?.textContent?.replace(/\s+/g, " ").trim();
    return {
      state: phone.getAttribute("state"),
      registration: phone.getAttribute("registration"),
      muted: phone.hasAttribute("muted"),
      number: root.querySelector("input")?.value,
      line: text("status-line"),
      caller: text("caller-name"),
      below: text("caller-number"),
      badge: text("registration"),
      parts: [...new Set(parts)],
      height: phone.getBoundingClientRect().height,
      width: phone.getBoundingClientRect().width,
    };
  }, selector);
}

/** Presses the button of a part, as a mouse does. */
export async function press(page: Page, part: string, selector = "web-phone"): Promise<void> {
  const button = await page.$(`${selector} >>> [part=${part}]`);
  if (!button) throw new Error(`there is no ${part}`);
  await button.click();
}

export const stateIs = (page: Page, state: string, selector = "web-phone") =>
  until(
    page,
    (selector, state) => document.querySelector(selector)?.getAttribute("state") === state,
    selector,
    state,
  );

export const registrationIs = (page: Page, state: string, selector = "web-phone") =>
  until(
    page,
    (selector, state) => document.querySelector(selector)?.getAttribute("registration") === state,
    selector,
    state,
  );

export const lineSays = (page: Page, words: string) =>
  until(
    page,
    (words) =>
      !!document
        .querySelector("web-phone")
        ?.shadowRoot?.querySelector("[part~=status-line]")
        ?.textContent?.includes(words),
    words,
  );
