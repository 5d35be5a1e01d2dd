// Building a page, with all that may go wrong: it is told in words where it
// happened, and what was good is kept.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ElementHandle, Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PageDocument } from "../../web/src/page/document.ts";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { Administrator } from "../support/builder.ts";
import { Builder } from "../support/building.ts";
import { freePorts } from "../support/ports.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";

const patience = { timeout: 15_000 };

describe("in the page builder", () => {
  let server: TestServer;
  let admin: Administrator;
  let browser: TestBrowser;
  let folder: string;
  let closed: string;
  let builder: Builder;
  const pages: Page[] = [];
  let count = 0;
  let name: string;

  beforeAll(async () => {
    closed = `127.0.0.1:${(await freePorts(1))[0]}`;
    server = await startServer({ args: ["--function-hosts", closed] });
    admin = await Administrator.signIn(server);
    browser = await launch("chromium");
    folder = await mkdtemp(join(tmpdir(), "webphone-import-"));
  });
  beforeEach(async () => {
    builder = await open();
    name = `page-${++count}`;
    await builder.create(`Page ${count}`);
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(): Promise<Builder> {
    const page = await browser.newPage();
    pages.push(page);
    page.on("dialog", (dialog) => void dialog.accept().catch(() => {}));
    return Builder.open(page, server);
  }

  const draft = async () => (await admin.request<{ page: PageDocument }>("GET", `pages/${name}`)).page;

  const says = (text: string, selector = "body") =>
    builder.page.waitForFunction(
      (where, wanted) =>
        [...document.querySelectorAll<HTMLElement>(where)].some((each) => each.innerText.includes(wanted)),
      patience,
      selector,
      text,
    );

  const ids = () =>
    builder.page.$$eval("[role=treeitem]", (rows) => rows.map((row) => (row as HTMLElement).dataset["row"]));

  const text = (id: string) => ({ type: "text" as const, id, text: `I am ${id}` });

  /** Presses keys together. */
  async function chord(...keys: ("Alt" | "Control" | "Shift" | "ArrowUp" | "z" | "d" | "Delete")[]) {
    const { keyboard } = builder.page;
    for (const key of keys) await keyboard.down(key);
    for (const key of keys.toReversed()) await keyboard.up(key);
  }

  /** Waits until a row of the outline has the focus: it takes it when it is drawn. */
  const focused = (row: string) =>
    builder.page.waitForFunction(
      (key) => (document.activeElement as HTMLElement | null)?.dataset["row"] === key,
      patience,
      row,
    );

  it("takes edits back and makes them again, keeps them by itself, and has them after a reload", async () => {
    await builder.add(text("first"));
    await builder.add(text("second"));
    await builder.press("Show the page's settings");
    await builder.press("Undo");
    await builder.press("Redo");
    await expect.poll(ids).toEqual(["first", "second"]);
    await builder.row("second");
    await builder.page.focus(`[data-row="second"]`);
    await chord("Alt", "ArrowUp");
    await expect.poll(ids).toEqual(["second", "first"]);
    await focused("second");
    await chord("Control", "d");
    await expect.poll(ids).toEqual(["second", "second2", "first"]);
    await focused("second2");
    await chord("Delete");
    await expect.poll(ids).toEqual(["second", "first"]);
    await builder.saved();
    await builder.page.reload();
    await builder.page.waitForSelector(`[data-row="first"]`, patience);
    await expect.poll(ids).toEqual(["second", "first"]);
    expect((await draft()).components.map(({ id }) => id)).toEqual(["second", "first"]);
  });

  it("moves a component that is dragged", async () => {
    for (const id of ["first", "second", "third"]) await builder.add(text(id));
    const box = (id: string) =>
      builder.page.evaluate((wanted) => {
        const find = (root: Document | ShadowRoot): Element | null => {
          const found = root.querySelector(`[data-component="${wanted}"]`);
          if (found) return found;
          for (const each of root.querySelectorAll("*")) {
            const inner = each.shadowRoot && find(each.shadowRoot);
            if (inner) return inner;
          }
          return null;
        };
        const { x, y, width, height } = find(document)!.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      }, id);
    const [from, to] = [await box("third"), await box("first")];
    const { mouse } = builder.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(to.x, to.y + 20, { steps: 5 });
    await mouse.move(to.x, to.y - 8, { steps: 3 });
    await mouse.up();
    await expect.poll(ids).toEqual(["third", "first", "second"]);
  });

  it("says at the field that an ID is used twice, and keeps the page as it was", async () => {
    await builder.add(text("first"));
    await builder.add(text("second"));
    for (const [typed, words] of [
      ["first", "first"],
      ["no id", "letter"],
    ] as const) {
      await builder.fill(builder.control("id"), typed);
      await builder.page.keyboard.press("Tab");
      await says(words, `[data-field="id"] .problem`);
      expect(await ids()).toEqual(["first", "second"]);
    }
    await builder.saved();
    expect((await draft()).components.map(({ id }) => id)).toEqual(["first", "second"]);
    const revision = (await admin.request<{ revision: number }>("GET", `pages/${name}`)).revision;
    const twice = { title: "Twice", components: [text("same"), text("same")], functions: [] };
    await expect(admin.request("PUT", `pages/${name}/draft`, { revision, page: twice })).rejects.toThrow(
      /422.*same/,
    );
    expect((await draft()).components).toHaveLength(2);
  });

  it("says where a variable is missing or private, and publishes nothing until it is there", async () => {
    await builder.variable("CITY", "Oslo");
    await builder.add({ type: "text", id: "where", text: { env: "CITY" } });
    await builder.saved();
    await admin.request("DELETE", `variables/CITY?page=${name}`);
    await builder.page.reload();
    await builder.row("where");
    await says("CITY", `[data-field="text"] .problem`);
    await builder.press("Publish");
    await says("CITY", "dialog[open]");
    expect(
      await builder.page.$eval("dialog[open] button.primary", (b) => (b as HTMLButtonElement).disabled),
    ).toBe(true);
    await builder.page.keyboard.press("Escape");
    await admin.variable("CITY", "Oslo", { private: true }, name);
    await builder.page.reload();
    await builder.row("where");
    await says("private", `[data-field="text"] .problem`);
    await admin.variable("CITY", "Oslo", {}, name);
    await builder.page.reload();
    await builder.row("where");
    const page = await browser.newPage();
    pages.push(page);
    await builder.page.bringToFront();
    const address = await builder.publish();
    await page.goto(address);
    await page.waitForFunction(() => document.querySelector("#where")?.textContent === "Oslo", patience);
  });

  it("marks an error in code at its line, and publishes nothing until it is mended", async () => {
    await builder.write("mounted", "const a = 1;\nconst b = ;");
    await says("Line 2", ".code");
    await builder.page.waitForSelector(".cm-lint-marker-error", patience);
    await builder.press("Publish");
    await says("line 2", "dialog[open]");
    await builder.page.keyboard.press("Escape");
    await builder.write("mounted", "const a = 1;");
    await builder.page.waitForFunction(
      () => !document.querySelector<HTMLElement>(".code")!.innerText.includes("Line 2"),
      patience,
    );
    await builder.publish();
  });

  it("completes what this has, components, and what a phone can do", async () => {
    await builder.add({ type: "web-phone", id: "desk" });
    await builder.write("mounted", "");
    await builder.page.click(".cm-content");
    const offered = async (typed: string) => {
      await builder.page.keyboard.type(typed);
      await builder.page.waitForSelector(".cm-tooltip-autocomplete li", patience);
      const all = await builder.page.$$eval(".cm-tooltip-autocomplete .cm-completionLabel", (labels) =>
        labels.map((each) => each.textContent),
      );
      await builder.page.keyboard.press("Escape");
      return all;
    };
    expect(await offered("this.")).toEqual(
      expect.arrayContaining([
        "$",
        "env",
        "getComponent",
        "getValue",
        "getValues",
        "hide",
        "refresh",
        "saveEnvVars",
        "setData",
        "show",
      ]),
    );
    expect(await offered('$("')).toEqual(expect.arrayContaining(["desk"]));
    await builder.page.keyboard.type('desk").');
    expect(await offered("m")).toEqual(expect.arrayContaining(["makeCall", "mute"]));
  });

  it("tells of an action that throws, of one that never ends, and of a URL that does not answer", async () => {
    await builder.write("mounted", `const id = "nobody";\nthis.hide(id);`);
    await builder.write(
      "refresh",
      `this.call("gone").catch((error) => console.warn(error.message));\n\nwhile (true) {\n  Math.random();\n}`,
    );
    await builder.panel("Functions");
    await builder.press("Add URL");
    await builder.fill("dialog[open] input[name=name]", "gone");
    await builder.page.keyboard.press("Enter");
    await builder.fill(builder.control("function-url"), `http://${closed}/`);
    await builder.saved();
    await builder.press("Try");
    const element = (await builder.page.waitForSelector(
      "iframe[sandbox]",
      patience,
    )) as ElementHandle<HTMLIFrameElement>;
    const frame = (await element.contentFrame())!;
    await builder.panel("Actions");
    await says("There is no component nobody on this page.", ".ran");
    await says("mounted, line 2", ".ran");
    await says("kept the page busy for 2 seconds and was stopped", ".ran");
    await frame.waitForFunction(
      (host) => document.querySelector(".page-console")!.textContent!.includes(host),
      { timeout: 20_000 },
      closed,
    );
    // The builder is as usable as before.
    await builder.press("Design");
    await builder.add(text("after"));
    await builder.saved();
  });

  it("gives a preview no way to the builder, and runs nothing before it is tried", async () => {
    await builder.write(
      "mounted",
      `try { parent.document.title = "reached"; } catch { console.log("kept out"); }`,
    );
    await builder.saved();
    expect(await builder.page.$("iframe")).toBeNull();
    await builder.press("Try");
    const element = (await builder.page.waitForSelector(
      "iframe[sandbox]",
      patience,
    )) as ElementHandle<HTMLIFrameElement>;
    const frame = (await element.contentFrame())!;
    await frame.waitForFunction(
      () => document.querySelector(".page-console")?.textContent?.includes("kept out"),
      patience,
    );
    expect(await builder.page.title()).not.toBe("reached");
  });

  describe("an import", () => {
    const give = async (content: string) => {
      const file = join(folder, "file.json");
      await writeFile(file, content);
      await builder.press("All pages", "link");
      const input = (await builder.page.waitForSelector(
        "input[type=file]",
        patience,
      )) as ElementHandle<HTMLInputElement>;
      await input.uploadFile(file);
      await builder.page.waitForSelector("dialog[open]", patience);
    };
    const close = () => builder.press("Close");
    const list = async () =>
      (await admin.request<{ pages: { name: string }[] }>("GET", "pages")).pages.map((page) => page.name);

    it("that is not ours, broken, newer or too large is refused in words, and changes nothing", async () => {
      const before = await list();
      const file = {
        format: "webphone-page",
        version: 1,
        name: "new-page",
        page: { title: "New", components: [], functions: [] },
      };
      for (const [content, words] of [
        ["<html>", "JSON"],
        [`{"name": "x"}`, "not imported"],
        [JSON.stringify({ ...file, version: 2 }), "newer"],
        [
          JSON.stringify({ ...file, page: { ...file.page, components: [{ type: "sofa", id: "s" }] } }),
          "not imported",
        ],
        ["x".repeat(1_100_000), "1 MiB"],
      ] as const) {
        await give(content);
        await says(words, "dialog[open]");
        await close();
        await builder.page.goBack();
        await builder.page.waitForSelector("[data-palette]", patience);
      }
      expect(await list()).toEqual(before);
    });

    it("leaves locked variables, sets defaults only where nothing is, and says what is missing", async () => {
      await admin.variable("LOCKED_ONE", "kept", { locked: true });
      await admin.variable("THERE", "kept");
      await admin.variable("PLAIN", "old");
      const scope = "all";
      await give(
        JSON.stringify({
          format: "webphone-page",
          version: 1,
          name: `imported-${count}`,
          page: { title: "Imported", components: [], functions: [] },
          variables: [
            { name: "LOCKED_ONE", scope, value: "new" },
            { name: "THERE", scope, value: "new", default: true },
            { name: "PLAIN", scope, value: "new" },
            { name: "SECRET", scope, private: true },
          ],
        }),
      );
      await says("SECRET", "dialog[open]");
      await close();
      const { variables } = await admin.request<{ variables: { name: string; value: string | null }[] }>(
        "GET",
        "variables",
      );
      const values = Object.fromEntries(variables.map((each) => [each.name, each.value]));
      expect(values).toMatchObject({ LOCKED_ONE: "kept", THERE: "kept", PLAIN: "new" });
    });
  });

  it("never shows a protected variable again", async () => {
    await builder.variable("SECRET_KEY", "s3cret-value", ["protected"]);
    await builder.page.reload();
    await builder.panel("Variables");
    await says("set, hidden", `[data-variable="SECRET_KEY"]`);
    expect(await builder.page.content()).not.toContain("s3cret-value");
    const answer = JSON.stringify(await admin.request("GET", `variables?page=${name}`));
    expect(answer + JSON.stringify(await admin.request("GET", `pages/${name}/export`))).not.toContain(
      "s3cret",
    );
  });

  it("leaves the focus where one has gone while a variable is being saved", async () => {
    await builder.page.evaluate(() => {
      const { fetch } = window;
      window.fetch = async (...what) => {
        const answer = await fetch(...what);
        await new Promise((resolve) => setTimeout(resolve, 400));
        return answer;
      };
    });
    await builder.variable("ONE", "1");
    await builder.page.focus("#tab-actions");
    // The form is empty again when all is done.
    await builder.page.waitForFunction(
      () => document.querySelector<HTMLInputElement>(".add-variable [name=name]")!.value === "",
      patience,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await builder.page.evaluate(() => document.activeElement?.id)).toBe("tab-actions");
  });

  it("restores a version, takes a page off, and copies it", async () => {
    await builder.add(text("first"));
    const address = await builder.publish();
    await builder.add(text("second"));
    await builder.saved();
    await builder.publish();
    await builder.panel("Versions");
    await builder.press("Restore version 1");
    await builder.press("Restore");
    await builder.page.waitForFunction(
      () => document.querySelectorAll("[role=treeitem]").length === 1,
      patience,
    );
    // Visitors see the second until it is published again.
    const html = () => fetch(address).then((response) => response.text());
    expect(await html()).toContain("I am second");
    await builder.publish();
    expect(await html()).not.toContain("I am second");
    await builder.press("Publish");
    await builder.press("Unpublish");
    await expect.poll(async () => (await fetch(address)).status).toBe(404);
    await builder.page.keyboard.press("Escape");
    await admin.request("POST", `pages/${name}/duplicate`, { name: `${name}-twin` });
    const twin = await admin.request<{ page: PageDocument }>("GET", `pages/${name}-twin`);
    expect(twin.page).toEqual(await draft());
  });

  it("lets neither of two windows overwrite the other", async () => {
    await builder.add(text("mine"));
    await builder.saved();
    const { revision, page } = await admin.request<{ revision: number; page: PageDocument }>(
      "GET",
      `pages/${name}`,
    );
    await admin.request("PUT", `pages/${name}/draft`, { revision, page: { ...page, title: "Theirs" } });
    await builder.add(text("late"));
    await says("The page was changed in another window", "dialog[open]");
    await builder.press("Keep mine as a copy");
    await builder.page.waitForFunction((own) => location.hash.startsWith(`#${own}-copy`), patience, name);
    await builder.page.waitForSelector(`[data-row="late"]`, patience);
    expect((await draft()).title).toBe("Theirs");
  });

  it("asks for the password in place when the session has ended, and goes on", async () => {
    await builder.add(text("before"));
    await builder.saved();
    await server.command(["admin", "passwd", "--password-stdin"], "another password\n");
    await builder.add(text("after"));
    await builder.page.waitForSelector("dialog[open] input[type=password]", patience);
    await builder.fill("dialog[open] input[type=password]", "another password");
    await builder.page.keyboard.press("Enter");
    await builder.page.waitForSelector("dialog[open]", { hidden: true, ...patience });
    await builder.saved();
    server = { ...server, adminPassword: "another password" };
    admin = await Administrator.signIn(server);
    expect((await draft()).components.map(({ id }) => id)).toEqual(["before", "after"]);
  });
});
