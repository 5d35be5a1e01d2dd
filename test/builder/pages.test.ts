// Pages as the builder publishes them: what they show, what their functions can
// do and cannot, and what a reader of them is told.
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Component, PageDocument, PageFunction } from "../../web/src/page/document.ts";
import type { PageAPI } from "../../web/src/page/page-api.ts";
import type { WebPhone } from "../../web/src/webphone.ts";
import { browserKinds, launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Administrator } from "../support/builder.ts";
import { until } from "../support/hosts.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

declare global {
  interface Window {
    /** A page's `this`, for a test to act as one of its functions. */
    self_: PageAPI;
    notes: unknown[];
  }
}

const action = (name: string, code: string): PageFunction => ({ kind: "action", name, code });

/** A page; `mounted` hands its `this` to the test. */
const pageOf = (components: Component[], functions: PageFunction[] = [], more: Partial<PageDocument> = {}) =>
  ({
    title: "A page",
    components,
    functions: [action("mounted", "window.self_ = this; window.notes = [];"), ...functions],
    ...more,
  }) satisfies PageDocument;

const textOf = (page: Page, id: string) => page.$eval(`#${id}`, (element) => element.textContent);

/** What axe finds on the whole page. */
async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

/** A server elsewhere, which notes what it was asked. */
class Elsewhere {
  readonly asked: { method: string; url: string; authorization: string; body: string }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Elsewhere> {
    const elsewhere: Elsewhere = new Elsewhere(
      createServer(async (request: IncomingMessage, response) => {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        const { method = "", url = "", headers } = request;
        elsewhere.asked.push({ method, url, authorization: headers.authorization ?? "", body });
        response.setHeader("Access-Control-Allow-Origin", "*");
        response.setHeader("Content-Type", "application/json");
        if (url === "/broken") response.writeHead(500).end("{}");
        else response.end(JSON.stringify({ user: { name: "Ada" }, asked: elsewhere.asked.length }));
      }),
    );
    elsewhere.#server.listen(0, "127.0.0.1");
    await once(elsewhere.#server, "listening");
    return elsewhere;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

describe.each(browserKinds)("a published page in %s", (kind) => {
  let elsewhere: Elsewhere;
  let server: TestServer;
  let site: StaticServer;
  let admin: Administrator;
  let browser: TestBrowser;
  const pages: Page[] = [];
  /** What pages wrote to the browser's console. */
  const said: string[] = [];
  /** The paths that pages asked for. */
  const asked: string[] = [];
  let count = 0;

  beforeAll(async () => {
    elsewhere = await Elsewhere.start();
    server = await startServer({ args: ["--function-hosts", elsewhere.host] });
    site = await serveStatic({ root: import.meta.dirname });
    admin = await Administrator.signIn(server);
    browser = await launch(kind, { tone: 440, autoplay: true });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    said.length = 0;
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await server.close();
    await elsewhere.close();
  });

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    pages.push(page);
    page.on("console", (message) => said.push(message.text()));
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(url);
    return page;
  }

  /** Publishes a page and opens it, when `mounted` has run. */
  async function show(document: PageDocument, name = `page-${++count}`): Promise<Page> {
    const page = await open(await admin.publish(name, document));
    await until(page, () => window.self_ !== undefined);
    return page;
  }

  it("shows every component, and puts what functions set there as text", async () => {
    const page = await show(
      pageOf([
        { type: "heading", id: "title", level: 1, text: "Contact" },
        { type: "text", id: "lead", text: "One\nTwo" },
        { type: "input", id: "who", label: "Name", value: "Ada", placeholder: "Your name" },
        { type: "input", id: "agree", label: "I agree", kind: "checkbox", value: "true" },
        { type: "input", id: "why", label: "Reason", kind: "select", options: ["Sales", "Service"] },
        { type: "html", id: "free", html: "<b>Bold</b> <a href='https://example.com/'>link</a>" },
        {
          type: "columns",
          id: "row",
          columns: [
            { components: [{ type: "button", id: "go", label: "Go" }] },
            { share: 2, components: [{ type: "web-phone", id: "phone" }] },
          ],
        },
      ]),
    );
    expect(await page.$$eval("#page > *, .column > *", (all) => all.map((each) => each.localName))).toEqual([
      "h1",
      "p",
      "div",
      "div",
      "div",
      "div",
      "div",
      "button",
      "web-phone",
    ]);
    expect(await page.$eval("#free b", (bold) => bold.textContent)).toBe("Bold");
    expect(asked.filter((path) => path.startsWith("/builder/"))).toEqual([]);
    expect(await page.evaluate(() => window.self_.getValues())).toEqual({
      who: "Ada",
      agree: true,
      why: "Sales",
      phone: "",
    });
    const evil = "<img src=x onerror=alert(1)>";
    await page.evaluate((text) => {
      const ids = ["title", "lead", "who", "free", "go", "phone"];
      window.self_.setData({
        ...Object.fromEntries(ids.map((id) => [id, text])),
        agree: false,
        why: "Service",
      });
    }, evil);
    for (const id of ["title", "lead", "free", "go"]) expect(await textOf(page, id)).toBe(evil);
    expect(await page.$$("#page img")).toHaveLength(0);
    expect(await page.evaluate(() => window.self_.getValues())).toMatchObject({
      who: evil,
      agree: false,
      why: "Service",
    });
  });

  it("finds, hides and shows components, and says which one does not exist", async () => {
    const page = await show(
      pageOf([
        { type: "text", id: "one", text: "1" },
        { type: "input", id: "two", label: "2" },
        { type: "web-phone", id: "phone", hidden: true },
      ]),
    );
    const state = await page.evaluate(() => {
      const { hide, show, $, getComponent } = window.self_;
      hide(["one", "two"]);
      const hidden = ["one", "two"].map((id) => $(id).checkVisibility());
      show("one");
      show("phone");
      const missing = (() => {
        try {
          return getComponent("three").id;
        } catch (error) {
          return (error as Error).message;
        }
      })();
      return {
        hidden,
        one: $("one").checkVisibility(),
        phone: $("phone").checkVisibility(),
        missing,
        same: $("one") === getComponent("one"),
        control: $("two").localName,
      };
    });
    expect(state).toEqual({
      hidden: [false, false],
      one: true,
      phone: true,
      missing: "There is no component three on this page.",
      same: true,
      control: "input",
    });
  });

  it("fills values from variables, actions and URLs, and looks them up again at refresh()", async () => {
    const name = `dynamic-${kind}`;
    await admin.create(name, pageOf([]));
    await admin.variable("GREETING", "Hello", {}, name);
    await admin.variable("GREETING", "Hello from everywhere");
    await admin.variable("COMPANY", "Bergamot");
    await admin.variable("KEY", `secret-of-${kind}`, { private: true }, name);
    const draft = await admin.request<{ revision: number }>("PUT", `pages/${name}/draft`, {
      revision: 1,
      page: pageOf(
        [
          { type: "text", id: "a", text: { env: "GREETING" } },
          { type: "text", id: "b", text: { env: "COMPANY" } },
          { type: "text", id: "c", text: { function: "count" } },
          { type: "text", id: "d", text: { function: "who", field: "user.name" } },
          { type: "text", id: "e", text: { function: "open", field: "user.name" } },
          { type: "html", id: "f", html: { function: "evil" } },
          { type: "text", id: "g", text: { function: "count" }, hidden: { function: "no" } },
        ],
        [
          action("refresh", `window.notes.push("refresh");`),
          action("count", `return window.count = (window.count ?? 0) + 1;`),
          action("evil", `return "<b>no markup</b>";`),
          action("no", `return "no";`),
          {
            kind: "url",
            name: "who",
            url: `http://${elsewhere.host}/who?id={{env.COMPANY}}`,
            headers: [{ name: "Authorization", value: "Bearer {{env.KEY}}" }],
          },
          { kind: "url", name: "open", runs: "browser", url: `http://${elsewhere.host}/open` },
        ],
      ),
    });
    await admin.request("POST", `pages/${name}/publish`, { revision: draft.revision });
    const page = await open(`${server.url}p/${name}`);
    await until(page, () => window.notes?.length === 1);
    const shown = () => page.$$eval("#page > *", (all) => all.map((each) => each.textContent));
    expect(await shown()).toEqual(["Hello", "Bergamot", "1", "Ada", "Ada", "<b>no markup</b>", "1"]);
    expect(elsewhere.asked.find(({ url }) => url === "/who?id=Bergamot")?.authorization).toBe(
      `Bearer secret-of-${kind}`,
    );
    expect(await page.content()).not.toContain(`secret-of-${kind}`);
    expect(await page.evaluate(() => window.self_.env["KEY"])).toBeUndefined();
    await page.evaluate(() => window.self_.refresh());
    expect((await shown())[2]).toBe("2");
    expect(await page.evaluate(() => window.notes)).toEqual(["refresh", "refresh"]);
    expect(await page.evaluate(() => window.self_.call("count"))).toBe(3);
  });

  it("keeps what saveEnvVars() saved for this visitor, also after a reload", async () => {
    const page = await show(pageOf([{ type: "text", id: "a", text: "x" }]));
    await page.evaluate(() => window.self_.saveEnvVars({ NAME: "Ada" }));
    await page.reload();
    await until(page, () => window.self_ !== undefined);
    expect(await page.evaluate(() => window.self_.env["NAME"])).toBe("Ada");
  });

  it("runs actions for events of inputs, buttons and the phone, with what they tell", async () => {
    const page = await show(
      pageOf(
        [
          { type: "input", id: "who", label: "Name", onChange: "note" },
          { type: "button", id: "go", label: "Go", onClick: "note" },
          { type: "web-phone", id: "phone", actions: { onError: "note" } },
        ],
        [action("note", "window.notes.push(detail?.code ?? detail ?? null);")],
      ),
    );
    await page.type("#who", "Ada");
    await page.click("#go");
    await page.$eval("#phone", (phone) => void (phone as WebPhone).register().catch(() => {}));
    await until(page, () => window.notes.length === 3);
    expect(await page.evaluate(() => window.notes)).toEqual(["Ada", null, "not-configured"]);
  });

  it("tells on the console what an action did wrong, with its line, and goes on", async () => {
    const page = await show(
      pageOf(
        [
          { type: "button", id: "go", label: "Go", onClick: "fails" },
          { type: "button", id: "on", label: "On", onClick: "works" },
          { type: "button", id: "bad", label: "Bad", onClick: "wrong" },
          { type: "text", id: "a", text: { function: "fails" } },
        ],
        [
          action("fails", `const id = "nobody";\n\nthis.$(id).focus();`),
          action("wrong", `const a = 1;\nconst a = 2;`),
          action("works", `window.notes.push(this.env.NOTHING ?? "worked");`),
        ],
      ),
    );
    await page.click("#go");
    await page.click("#bad");
    await page.click("#on");
    await until(page, () => window.notes.length === 1);
    const told = (text: string) => expect.poll(() => said.join("\n")).toContain(text);
    await told("action fails, line 3: There is no component nobody on this page.");
    await told("component a, action fails, line 3: text stays as it was.");
    await told("action wrong, line 2: ");
    await told("There is no variable NOTHING.");
    expect(await page.evaluate(() => window.notes)).toEqual(["worked"]);
  });

  it("says which URL did not answer as it should, without its secrets", async () => {
    const page = await show(
      pageOf(
        [{ type: "text", id: "a", text: { function: "broken" } }],
        [
          { kind: "url", name: "broken", url: `http://${elsewhere.host}/broken` },
          { kind: "url", name: "gone", runs: "browser", url: "http://127.0.0.1:9/?key=s3cret" },
          { kind: "url", name: "inside", url: "http://127.0.0.1:9/?key=s3cret" },
        ],
      ),
    );
    await expect.poll(() => said.join("\n")).toContain("component a: text stays as it was.");
    const failures = await page.evaluate(() =>
      Promise.all(
        ["broken", "gone", "inside", "none"].map((name) =>
          window.self_.call(name).then(
            () => "",
            (error: Error) => error.message,
          ),
        ),
      ),
    );
    expect(failures[0]).toContain("500");
    expect(failures[1]).toContain("127.0.0.1:9");
    expect(failures[2]).toContain("function-hosts");
    expect(failures[3]).toBe("There is no function none on this page.");
    expect(failures.join()).not.toContain("s3cret");
  });

  it("runs nothing of an author's HTML, and gives its actions no way to the builder", async () => {
    const page = await show(
      pageOf([
        {
          type: "html",
          id: "free",
          html: `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><a id="l" href="javascript:window.hacked=1">l</a><form action="/"><input name="who"></form><iframe src="/"></iframe><b onclick="window.hacked=1" id="b">b</b>`,
        },
      ]),
    );
    await page.click("#free b");
    expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    expect(await page.$$("#free script, #free form, #free iframe")).toHaveLength(0);
    const refused = await page.evaluate(() =>
      fetch("/api/v1/pages").then(
        () => "answered",
        () => "refused",
      ),
    );
    expect(refused).toBe("refused");
    const handle = await page.evaluate(async () => {
      const opened = window.open("/builder/");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      try {
        return opened && !opened.closed ? opened.document.title : "none";
      } catch {
        return "none";
      }
    });
    expect(handle).toBe("none");
  });

  it("lets a visitor call one destination, signed in by the server for a while", async () => {
    const page = await show(
      pageOf(
        [
          {
            type: "web-phone",
            id: "phone",
            autoRegister: true,
            sipServer: { function: "visitor", field: "wsServers" },
            realm: { function: "visitor", field: "realm" },
            username: { function: "visitor", field: "username" },
            password: { function: "visitor", field: "password" },
            actions: { onRegistered: "call", onAnswer: "heard", onEnd: "ended" },
          },
        ],
        [
          { kind: "visitor", name: "visitor", destination: "*43" },
          action("call", `await this.$("phone").makeCall("*43");`),
          action("heard", `window.notes.push("answer"); await this.$("phone").hangup();`),
          action(
            "ended",
            `window.notes.push(detail.endedBy);\nif (window.notes.length === 2) await this.$("phone").makeCall("1001");`,
          ),
        ],
      ),
    );
    await until(page, () => window.notes.length === 3);
    // The second call, to somebody else, was refused.
    expect(await page.evaluate(() => window.notes)).toEqual(["answer", "local", "remote"]);
  });

  it("dials its telephone links, showing the phone that was hidden", async () => {
    const { username, password } = server.accounts[0]!;
    const page = await show(
      pageOf(
        [
          { type: "text", id: "lead", text: "We are here." },
          { type: "input", id: "who", label: "Name" },
          { type: "html", id: "links", html: `<a href="tel:*43">Call us</a>` },
          {
            type: "web-phone",
            id: "phone",
            hidden: true,
            sipServer: server.sip,
            username,
            password,
            actions: { onAnswer: "heard" },
          },
        ],
        [action("heard", `window.notes.push("answer");`)],
      ),
    );
    // A click beside a link does what it always does.
    await page.click("#lead");
    await page.click("label");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("who");
    expect(await page.$eval("#phone", (phone) => phone.checkVisibility())).toBe(false);
    await page.click("#links a");
    await until(page, () => window.notes.length === 1);
    expect(await page.$eval("#phone", (phone) => phone.checkVisibility())).toBe(true);
  });

  describe("on another site", () => {
    const embed = (name: string, attributes: string) => ({
      // Another site's policy is its own affair: this one allows its scripts and frames by name.
      headers: { "content-security-policy": `script-src ${server.url}; frame-src ${server.url}` },
      body: `<!doctype html><html lang="en"><title>Site</title><p><a href="tel:*43">Call us</a></p>
       <script src="${server.url}embed.js" data-page="${name}" ${attributes} async></script>`,
    });

    it("is shown by one line where it allows that site, grows with its content, and nowhere else", async () => {
      const document = (embedding: string[]) =>
        pageOf([{ type: "text", id: "a", text: "Line\n".repeat(40) }], [], { embedding });
      await admin.publish(`shown-${kind}`, document([site.origin]));
      await admin.publish(`closed-${kind}`, document([]));
      site.route("/shown", embed(`shown-${kind}`, ""));
      site.route("/closed", embed(`closed-${kind}`, ""));
      const page = await open(`${site.origin}/shown`);
      await until(page, () => {
        const host = [...window.document.querySelectorAll("div")].find((div) => div.shadowRoot);
        const frame = host?.shadowRoot?.querySelector("iframe");
        return (frame?.getBoundingClientRect().height ?? 0) > 800;
      });
      const closed = await open(`${site.origin}/closed`);
      // Where a page stays out, the frame is at an address of the browser's own.
      await expect.poll(() => closed.frames()[1]?.url()).toMatch(/^(chrome-error|about):/);
    });

    it("waits behind a button in the corner, opens by keyboard, and dials the site's links", async () => {
      const { username, password } = server.accounts[1]!;
      await admin.publish(
        `corner-${kind}`,
        pageOf(
          [{ type: "web-phone", id: "phone", hidden: true, sipServer: server.sip, username, password }],
          [],
          { embedding: [site.origin] },
        ),
      );
      site.route("/corner", embed(`corner-${kind}`, `data-launcher="Talk to us" data-tel`));
      const page = await open(`${site.origin}/corner`);
      const launcher = "pierce/button";
      await page.waitForSelector(launcher);
      const inside = () => page.frames().find((frame) => frame.url().startsWith(server.url));
      expect(inside()).toBeUndefined();
      const expanded = () => page.$eval(launcher, (button) => button.getAttribute("aria-expanded"));
      await page.focus(launcher);
      await page.keyboard.press("Enter");
      expect(await expanded()).toBe("true");
      await page.keyboard.press("Escape");
      expect(await expanded()).toBe("false");
      await page.click("p a");
      expect(await expanded()).toBe("true");
      await expect.poll(inside).toBeDefined();
      await inside()!.waitForFunction(
        () => document.querySelector<WebPhone>("web-phone")?.call?.state === "active",
        { timeout: 20_000 },
      );
    });
  });

  it("says that nothing is published where nothing is", async () => {
    const page = await open(`${server.url}p/nobody`);
    expect(await textOf(page, "page")).toContain("Nothing is published at this address");
  });

  it("is whole for everybody: axe finds nothing in the five examples", async () => {
    for (const use of ["", "ott/", "agent/", "click-to-call/", "help/", "embedded/", "site.html"]) {
      const page = await open(`${server.url}examples/${use}`);
      await page.waitForSelector("#page > *");
      for (const scheme of ["light", "dark"]) {
        if (kind === "chromium")
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        const found = await complaints(page);
        expect(found, `${use} ${scheme}`).toEqual([]);
      }
    }
  });
});
