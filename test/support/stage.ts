// A server, a site with phones on its pages, and browsers: what tests of media
// need, with each page's captures watched.
import { resolve } from "node:path";
import type { Page } from "puppeteer-core";
import type { Phone } from "../../web/src/phone.ts";
import { browserKinds, launch } from "./browsers.ts";
import type { BrowserKind, LaunchOptions, TestBrowser } from "./browsers.ts";
import { TestPhone } from "./phones.ts";
import { watchCaptures } from "./pictures.ts";
import { startServer } from "./server.ts";
import type { TestServer } from "./server.ts";
import { serveStatic } from "./static.ts";
import type { StaticServer } from "./static.ts";

declare global {
  interface Window {
    /** Of a page with the engine alone. */
    Phone: typeof Phone;
    phone: Phone;
  }
}

interface Account {
  readonly wsServers: string;
  readonly username: string;
  readonly password: string;
}

/** Each browser's microphone plays a tone of its own, in Hz. */
export const tones: Readonly<Record<BrowserKind, number>> = { chromium: 500, firefox: 800 };

export class Stage {
  readonly #server: TestServer;
  readonly #site: StaticServer;
  readonly #browsers: ReadonlyMap<BrowserKind, TestBrowser>;
  readonly #phones: TestPhone[] = [];

  private constructor(
    server: TestServer,
    site: StaticServer,
    browsers: ReadonlyMap<BrowserKind, TestBrowser>,
  ) {
    this.#server = server;
    this.#site = site;
    this.#browsers = browsers;
  }

  static async open(options: (kind: BrowserKind) => LaunchOptions): Promise<Stage> {
    const server = await startServer();
    const site = await serveStatic({ root: resolve(import.meta.dirname, "../../web/dist") });
    const browsers = new Map<BrowserKind, TestBrowser>();
    for (const kind of browserKinds) browsers.set(kind, await launch(kind, options(kind)));
    return new Stage(server, site, browsers);
  }

  /** A registered phone of account 1001 or 1002; `prepare` has the page before it is loaded. */
  async phone(
    kind: BrowserKind,
    seat: 0 | 1,
    prepare?: (page: Page) => Promise<unknown>,
  ): Promise<TestPhone> {
    const { username, password } = this.#server.accounts[seat]!;
    const path = `/phone-${seat}`;
    this.#site.route(
      path,
      `<!doctype html><html lang="en"><title>Phone</title><script type="module" src="/webphone.js"></script>
       <web-phone sip-server="${this.#server.sip}" username="${username}" password="${password}" auto-register></web-phone>`,
    );
    const browser = this.#browsers.get(kind)!;
    const page = await browser.newPage();
    await watchCaptures(page);
    await prepare?.(page);
    const phone = await TestPhone.open({ ...browser, newPage: async () => page }, this.#site.origin + path);
    this.#phones.push(phone);
    return phone;
  }

  /** A page with the engine alone, as `window.Phone`; resolves to what that needs to be account 1001. */
  async engine(page: Page): Promise<Account> {
    await this.script(page, "");
    await page.waitForFunction(() => "Phone" in window);
    return this.#account;
  }

  /**
   * A page that runs a script, which has `Phone` and an `account` for it. Nothing
   * is evaluated in the page, since that counts as a gesture of its reader.
   */
  async script(page: Page, code: string): Promise<void> {
    const type = "text/javascript; charset=utf-8";
    const account = JSON.stringify(this.#account);
    const body = `import { Phone } from "/phone.js";\nwindow.Phone = Phone;\nconst account = ${account};\n${code}`;
    this.#site.route("/engine.mjs", { type, body });
    this.#site.route(
      "/engine",
      `<!doctype html><html lang="en"><title>Engine</title><script type="module" src="/engine.mjs"></script>`,
    );
    await page.goto(`${this.#site.origin}/engine`);
  }

  /** A new page of a browser. */
  page(kind: BrowserKind): Promise<Page> {
    return this.#browsers.get(kind)!.newPage();
  }

  get #account(): Account {
    const { username, password } = this.#server.accounts[0]!;
    return { wsServers: this.#server.sip, username, password };
  }

  /** A call from one browser to another that is up. */
  async call(from: BrowserKind, to: BrowserKind): Promise<{ caller: TestPhone; callee: TestPhone }> {
    const [caller, callee] = [await this.phone(from, 0), await this.phone(to, 1)];
    await caller.dial("1002");
    await callee.state("ringing-in");
    await callee.press("answer");
    await Promise.all([caller.state("active"), callee.state("active")]);
    return { caller, callee };
  }

  /** A call to the echo test that is up. */
  async echo(kind: BrowserKind, prepare?: (page: Page) => Promise<unknown>): Promise<TestPhone> {
    const phone = await this.phone(kind, 0, prepare);
    await phone.dial("*43");
    await phone.state("active");
    return phone;
  }

  /** Closes the pages, so that the next test begins with none. */
  async clear(): Promise<void> {
    for (const phone of this.#phones.splice(0)) await phone.close();
  }

  async close(): Promise<void> {
    for (const browser of this.#browsers.values()) await browser.close();
    await this.#site.close();
    await this.#server.close();
  }
}
