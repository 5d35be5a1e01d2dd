// The page `/` as a person meets it, day after day: signing in, being
// remembered and forgotten, without a server, as an app.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds, launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { lineSays, registrationIs, stateIs, until } from "../support/hosts.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";

const dist = resolve(import.meta.dirname, "../../web/dist");

/** Waits until something is on the screen, also when that takes another load of the page. */
const seen = (page: Page, selector: string) =>
  page.waitForSelector(selector, { visible: true, timeout: 15_000 });

/** Waits until the form has its answer. */
const answered = (page: Page) => page.waitForSelector("#submit:not([disabled])");

async function signIn(page: Page, username: string, password: string, remember: boolean): Promise<void> {
  await seen(page, "#sign-in");
  for (const [field, value] of [
    ["#username", username],
    ["#password", password],
  ] as const) {
    await page.$eval(field, (input) => ((input as HTMLInputElement).value = ""));
    await page.type(field, value);
  }
  await until(page, () => !document.querySelector<HTMLElement>("#remembering")!.hidden);
  if ((await page.$eval("#remember", (box) => (box as HTMLInputElement).checked)) !== remember)
    await page.click("#remember");
  await page.click("#submit");
}

/** Waits until the page opens without its server. */
const kept = (page: Page) => page.evaluate(async () => void (await navigator.serviceWorker.ready));

/** Everything that this browser keeps of the page, as text; and whether the key can be read. */
function storage(page: Page) {
  return page.evaluate(async () => {
    const texts = [
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      document.cookie,
    ];
    let extractable = false;
    const read = (value: unknown): void => {
      if (value instanceof CryptoKey) extractable ||= value.extractable;
      else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer);
        for (const encoding of ["utf-8", "utf-16le"]) texts.push(new TextDecoder(encoding).decode(bytes));
      } else if (value && typeof value === "object") Object.values(value).forEach(read);
      else texts.push(String(value));
    };
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    let records = 0;
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const all: unknown[] = await answer(database.transaction(store).objectStore(store).getAll());
        records += name === "webphone-account" ? all.length : 0;
        all.forEach(read);
      }
      database.close();
    }
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        paths.push(new URL(request.url).pathname);
        texts.push(request.url, await (await cache.match(request))!.text());
      }
    }
    return { text: texts.join("\n"), extractable, records, paths: paths.sort() };
  });
}

/** The style sheet of a new version of the page says so. */
const old = readFileSync(resolve(dist, "app.css"), "utf8");
const style = { type: "text/css", body: `${old}\n:root { --version: new }` };
const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const version = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--version"));

/** What axe finds on the whole page. */
async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

describe.each(browserKinds)("the page / in %s", (kind) => {
  let server: TestServer;
  let browser: TestBrowser;
  let page: Page;
  const faults: string[] = [];

  const open = async (path = ""): Promise<Page> => {
    page = await browser.newPage();
    // Firefox reports here, too, that a server is away.
    page.on("pageerror", (error) => {
      if (!String(error).includes("establish a connection")) faults.push(String(error));
    });
    page.on("dialog", (dialog) => void dialog.accept().catch(() => {}));
    await page.goto(server.url + path);
    return page;
  };
  const account = () => server.accounts[0]!;
  /** The same server once more: its data, its address. */
  const restart = async () => {
    const { accounts, data, url } = server;
    server = { ...(await startServer({ data, listen: new URL(url).host })), accounts };
  };

  beforeAll(async () => {
    server = await startServer();
    browser = await launch(kind, { tone: 440, autoplay: true });
  });
  afterEach(async () => {
    await page.close();
    if (!server.running()) await restart();
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("keeps nothing of an account that it was not asked to remember", async () => {
    await open();
    await signIn(page, account().username, account().password, false);
    await registrationIs(page, "registered");
    await seen(page, "#calling");
    expect(await storage(page)).toMatchObject({ records: 0 });
    await page.reload();
    await seen(page, "#sign-in");
  });

  it("says so when a password is wrong, and remembers nothing", async () => {
    await open();
    await signIn(page, account().username, "not-the-one", true);
    await until(page, () => /password/i.test(document.querySelector("#problem")!.textContent));
    expect(await storage(page)).toMatchObject({ records: 0 });
  });

  it("signs in by itself on the next visit, keeping no password in clear, until one signs out", async () => {
    await open();
    await signIn(page, account().username, account().password, true);
    await seen(page, "#calling");
    await kept(page);
    await answered(page);
    await page.close();

    await open();
    await registrationIs(page, "registered");
    expect(await page.$eval("#welcome", (welcome) => (welcome as HTMLElement).hidden)).toBe(true);
    const { text, ...rest } = await storage(page);
    expect(rest).toMatchObject({ records: 1, extractable: false });
    expect(text).toContain(account().username);
    expect(text).not.toContain(account().password);

    await page.click("#sign-out");
    await seen(page, "#sign-in");
    expect(await storage(page)).toMatchObject({ records: 0 });
    await page.reload();
    await seen(page, "#sign-in");
  });

  it("asks for a password that is no longer valid, and forgets the account only for one that works", async () => {
    const user = "1003";
    await server.command(["user", "add", user, "--password-stdin"], "the first one\n");
    await open();
    await signIn(page, user, "the first one", true);
    await seen(page, "#calling");
    await answered(page);
    await server.command(["user", "passwd", user, "--password-stdin"], "the second one\n");
    await page.reload();
    await until(page, () => /saved password/.test(document.querySelector("#problem")!.textContent));
    expect(await page.$eval("#username", (input) => (input as HTMLInputElement).value)).toBe(user);
    await signIn(page, user, "not-the-one", true);
    await answered(page);
    expect(await storage(page)).toMatchObject({ records: 1 });
    await signIn(page, user, "the second one", true);
    await seen(page, "#calling");
    await page.reload();
    await registrationIs(page, "registered");
    await page.click("#sign-out");
    await seen(page, "#sign-in");
  });

  it("opens whole without its server, says so, and signs in when the server is back", async () => {
    await open();
    await signIn(page, account().username, account().password, true);
    await registrationIs(page, "registered");
    await kept(page);
    await server.kill();
    await page.reload();
    await seen(page, "#calling");
    await lineSays(page, "server can't be reached");
    expect(
      await page.evaluate(
        () => document.querySelector("web-phone")!.shadowRoot!.querySelectorAll("[part~=key]").length,
      ),
    ).toBe(12);
    await page.evaluate(() => document.querySelector("web-phone")!.dialpadPress("5"));
    // What is loaded on demand is there, too.
    await page.click("web-phone >>> button[part~=history]");
    await until(
      page,
      () => !!document.querySelector("web-phone")!.shadowRoot!.querySelector("[part~=panel]"),
    );
    await restart();
    await registrationIs(page, "registered");
    await page.click("#sign-out");
    await seen(page, "#sign-in");
  });

  it("takes a new version when it is loaded anew in one tab alone, and keeps the old one until then", async () => {
    const worker = readFileSync(resolve(dist, "sw.js"), "utf8");
    const site = await serveStatic({
      root: dist,
      csp: "default-src 'self'; style-src 'self'; connect-src 'self' ws:",
    });
    try {
      page = await browser.newPage();
      await page.goto(site.origin);
      await page.evaluate(async () => void (await navigator.serviceWorker.ready));
      await until(page, () => !!navigator.serviceWorker.controller);
      const second = await browser.newPage();
      await second.goto(site.origin);

      site.route("/app.css", style);
      site.route("/sw.js", {
        type: "text/javascript",
        body: worker.replace(hash(old), hash(style.body)).replace(/webphone-page-/, "webphone-page-2-"),
      });
      await second.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
      const waits = () => second.evaluate(async () => !!(await navigator.serviceWorker.ready).waiting);
      while (!(await waits())) await new Promise((resolve) => setTimeout(resolve, 30));
      // Another page of the server has the new files at once.
      site.route("/other", `<!doctype html><title>Other</title><link rel="stylesheet" href="/app.css">`);
      const other = await browser.newPage();
      await other.goto(`${site.origin}/other`);
      expect(await version(other)).toBe("new");
      await other.close();
      await second.reload();
      expect(await version(second)).toBe("");
      expect(await waits()).toBe(true);
      await page.goto("about:blank");
      await second.reload();
      await second.waitForFunction(
        () => getComputedStyle(document.documentElement).getPropertyValue("--version") === "new",
      );
      await second.close();
    } finally {
      await site.close();
    }
  });

  // What follows does not depend on the browser.
  if (kind !== "chromium") return;

  it("keeps the files of the page and nothing else", async () => {
    await open();
    await kept(page);
    await page.evaluate(async () => {
      for (const path of ["/healthz", "/api/v1/accounts", "/sip", "/gallery/", "/phone.js", "/?dial=1"])
        await fetch(path);
    });
    const { paths } = await storage(page);
    expect(paths).toEqual(
      expect.arrayContaining(["/", "/app.css", "/app.js", "/phone-panels.js", "/webphone.js"]),
    );
    expect(
      paths.filter(
        (path) => !/^\/(app\.\w+|webphone\.js|phone-[\w-]+\.js|icons\/.*|manifest\.webmanifest)?$/.test(path),
      ),
    ).toEqual([]);
  });

  it("runs none of what another page of the server has put among its files", async () => {
    page = await browser.newPage();
    await page.goto(server.url);
    await kept(page);
    await until(page, () => !!navigator.serviceWorker.controller);
    await page.evaluate(async () => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        const type = { headers: { "content-type": "text/javascript" } };
        for (const { url } of await cache.keys())
          await cache.put(url, new Response("window.foreign = true", type));
      }
    });
    await page.reload();
    await seen(page, "#sign-in");
    expect(await page.evaluate(() => "foreign" in window)).toBe(false);
  });

  it("is out of reach of other pages of the server, whatever they keep with its files", async () => {
    page = await browser.newPage();
    await page.goto(server.url);
    await kept(page);
    await until(page, () => !!navigator.serviceWorker.controller);
    const sent = await page.evaluate(async () => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        const body = await (await cache.match("/"))!.arrayBuffer();
        await cache.put("/", new Response(body, { headers: { refresh: "0;url=/elsewhere" } }));
      }
      return Object.fromEntries((await fetch("/")).headers);
    });
    const headers = (await fetch(server.url)).headers;
    for (const name of [
      "content-security-policy",
      "cross-origin-opener-policy",
      "permissions-policy",
      "referrer-policy",
      "content-type",
    ])
      expect(sent[name]).toBe(headers.get(name));
    expect(sent.refresh).toBeUndefined();
  });

  it("fills in the number of a link and dials nothing", async () => {
    await open(`?dial=tel:+1002#${new URL(account().link).hash.slice(1)}`);
    await registrationIs(page, "registered");
    await seen(page, "#calling");
    const seenOf = await page.evaluate(() => {
      const { value, calls } = document.querySelector("web-phone")!;
      return { value, calls: calls.length, address: location.href };
    });
    expect(seenOf).toEqual({ value: "+1002", calls: 0, address: server.url });
  });

  it("lets nobody sign out of a call by mistake", async () => {
    await open(new URL(account().link).hash);
    await seen(page, "#sign-out");
    await page.evaluate(() => document.querySelector("web-phone")!.makeCall("*43"));
    await stateIs(page, "active");
    await page.waitForSelector("#sign-out", { hidden: true });
    await page.evaluate(() => document.querySelector("web-phone")!.hangup());
    await seen(page, "#sign-out");
  });

  it("offers to install itself while the browser does", async () => {
    await open(new URL(account().link).hash);
    await seen(page, "#sign-out");
    // At once, since Chromium makes an offer of its own sooner or later.
    const shown = await page.evaluate(() => {
      const button = document.querySelector<HTMLElement>("#install")!;
      let asked = 0;
      const offer = () => {
        const event = new Event("beforeinstallprompt", { cancelable: true });
        dispatchEvent(Object.assign(event, { prompt: async () => void asked++ }));
        return [event.defaultPrevented, button.checkVisibility()];
      };
      const offered = offer();
      button.click();
      const answered = [asked, button.checkVisibility()];
      offer();
      dispatchEvent(new Event("appinstalled"));
      return { offered, answered, installed: button.checkVisibility() };
    });
    expect(shown).toEqual({ offered: [true, true], answered: [1, false], installed: false });
  });

  it("fits the screen of a small telephone without scrolling sideways, and of a common one without scrolling", async () => {
    await open(new URL(account().link).hash);
    await seen(page, "#calling");
    for (const [width, height, whole] of [
      [320, 568, false],
      [360, 740, true],
    ] as const) {
      await page.setViewport({ width, height });
      const [wide, high] = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth, scrollHeight] as const;
      });
      expect(wide).toBeLessThanOrEqual(width);
      if (whole) expect(high).toBe(height);
    }
  });

  it("gives axe nothing to complain about, signed in and not, in light and dark", async () => {
    await open();
    await page.setBypassCSP(true);
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await page.goto(server.url);
      await seen(page, "#sign-in");
      await page.click("summary");
      await page.click("#remember");
      expect(await complaints(page)).toEqual([]);
      await page.goto("about:blank");
      await page.goto(account().link);
      await seen(page, "#calling");
      expect(await complaints(page)).toEqual([]);
    }
  });
});
