// The page builder as an administrator works with it: by mouse or by keyboard,
// from what is on the screen.
import type { ElementHandle, Page } from "puppeteer-core";
import { isDynamic } from "../../web/src/page/document.ts";
import type {
  Component,
  ColumnsComponent,
  PageDocument,
  PageFunction,
  Value,
} from "../../web/src/page/document.ts";
import type { TestServer } from "./server.ts";

export type Manner = "mouse" | "keyboard";

/** A bound for everything that is waited for, in milliseconds. */
const patience = 15_000;

export interface ExportFile {
  readonly name: string;
  readonly page: PageDocument;
  readonly variables: readonly {
    readonly name: string;
    readonly value?: string;
    readonly default?: boolean;
  }[];
}

export class Builder {
  readonly page: Page;
  readonly #manner: Manner;
  #firefox = false;

  private constructor(page: Page, manner: Manner) {
    this.page = page;
    this.#manner = manner;
  }

  /** Opens the builder and signs in. */
  static async open(page: Page, server: TestServer, manner: Manner = "mouse"): Promise<Builder> {
    await page.setViewport({ width: 1440, height: 1000 });
    await page.goto(`${server.url}builder/`);
    const builder = new Builder(page, manner);
    builder.#firefox = /firefox/i.test(await page.browser().version());
    // A browser that has signed in stays so.
    await builder.#find("input[type=password], main.pages");
    if (await page.$("input[type=password]")) {
      await builder.fill("input[type=password]", server.adminPassword);
      await page.keyboard.press("Enter");
    }
    await builder.button("New page");
    return builder;
  }

  async #find(selector: string) {
    return (await this.page.waitForSelector(selector, { visible: true, timeout: patience }))!;
  }

  /** The element with a role and a name, as a screen reader finds it. */
  async #named(role: string, name: string) {
    const tags: Readonly<Record<string, string>> = { button: "button", tab: "[role=tab]", link: "a" };
    const handle = await this.page.waitForFunction(
      (selector, wanted) =>
        [...document.querySelectorAll<HTMLElement>(selector)].find((element) => {
          const label = element.getAttribute("aria-label") ?? element.textContent;
          const modal = document.querySelector("dialog[open]");
          return label?.trim() === wanted && element.checkVisibility() && (!modal || modal.contains(element));
        }),
      { timeout: patience },
      tags[role]!,
      name,
    );
    return handle.asElement() as ElementHandle<HTMLElement>;
  }

  button(name: string) {
    return this.#named("button", name);
  }

  /** Presses what has that name. */
  async press(name: string, role = "button"): Promise<void> {
    const target = await this.#named(role, name);
    if (this.#manner === "mouse") await target.click();
    else {
      await target.focus();
      await this.page.keyboard.press("Enter");
    }
  }

  /** Replaces what stands in a field. */
  async fill(selector: string, text: string): Promise<void> {
    const field = await this.#find(selector);
    if (this.#manner === "mouse") await field.click();
    else await field.focus();
    const { keyboard } = this.page;
    await keyboard.down("Control");
    await keyboard.press("a");
    await keyboard.up("Control");
    // WebDriver BiDi knows keys alone.
    if (text && this.#firefox) await keyboard.type(text);
    else if (text) await keyboard.sendCharacter(text);
    else await keyboard.press("Backspace");
  }

  async check(selector: string, on: boolean): Promise<void> {
    const box = await this.#find(selector);
    if ((await box.evaluate((element) => (element as HTMLInputElement).checked)) === on) return;
    if (this.#manner === "mouse") await box.click();
    else {
      await box.focus();
      await this.page.keyboard.press("Space");
    }
  }

  async choose(selector: string, value: string): Promise<void> {
    const list = await this.#find(selector);
    if (this.#manner === "mouse") {
      await this.page.select(selector, value);
      return;
    }
    await list.focus();
    // A list that has the focus goes to the option whose text is typed.
    const text = await list.evaluate(
      (element, wanted) =>
        [...(element as HTMLSelectElement).options].find((option) => option.value === wanted)?.text ?? "",
      value,
    );
    await this.page.keyboard.type(text.trim());
  }

  /** A new page from a template, as the builder names it from its title. */
  async create(title: string, template = "Empty"): Promise<void> {
    await this.press("New page");
    await this.fill("dialog[open] input[type=text]", title);
    const label = await this.page.waitForFunction(
      (wanted) =>
        [...document.querySelectorAll<HTMLElement>("dialog[open] label.template")].find((each) =>
          each.textContent?.trim().startsWith(wanted),
        ),
      { timeout: patience },
      template,
    );
    await (label.asElement() as ElementHandle<HTMLElement>).click();
    await this.press("Create page");
    await this.#find("[data-palette=heading]");
  }

  /** The control of a field. */
  control = (field: string) => `[data-field="${field}"] :is(input, textarea, select:not(.source))`;

  /** Sets an attribute: a constant, a variable, or a function with its member. */
  async set(field: string, value: Value<string | boolean>): Promise<void> {
    const source = `[data-field="${field}"] select.source`;
    if (isDynamic(value)) {
      await this.choose(source, "env" in value ? "env" : "function");
      await this.choose(
        `[data-field="${field}"] select:not(.source)`,
        "env" in value ? value.env : value.function,
      );
      if ("field" in value && value.field) await this.fill(this.control(`${field}-member`), value.field);
    } else if (typeof value === "boolean") await this.check(this.control(field), value);
    else if (field === "sipServer") await this.#servers(value.split(","));
    else await this.fill(this.control(field), value);
  }

  async #servers(servers: readonly string[]): Promise<void> {
    for (const [index, server] of servers.entries()) {
      if (index > 0) await this.press("Add server");
      await this.fill(`[data-field="sipServer"] li:nth-child(${index + 1}) input`, server);
    }
  }

  /** Puts a component on the page, last of all or into a column, with all it has. */
  async add(component: Component, column?: string): Promise<void> {
    if (column !== undefined) await this.row(column);
    if (this.#manner === "mouse" && column === undefined) await this.#drag(component.type);
    else {
      // With nothing selected it goes to the end of the page.
      const deselect = "Show the page's settings";
      if (column === undefined && (await this.page.$(`[aria-label="${deselect}"]`)))
        await this.press(deselect);
      await this.press(paletteNames[component.type]);
    }
    await this.#whole(component);
    if (component.type === "columns") await this.#columns(component);
  }

  /** Chooses a row of the outline. */
  async row(key: string): Promise<void> {
    const row = await this.#find(`[data-row="${key}"]`);
    if (this.#manner === "mouse") await row.click();
    else {
      await row.focus();
      await this.page.keyboard.press("Enter");
    }
  }

  /** Drags from the palette to the end of the page. */
  async #drag(type: Component["type"]): Promise<void> {
    const { mouse } = this.page;
    const from = await (await this.#find(`[data-palette="${type}"]`)).boundingBox();
    const end = await this.page.$eval(".canvas-page", (canvas) => {
      const stage = canvas.closest<HTMLElement>(".scroller")!;
      stage.scrollTop = stage.scrollHeight;
      const [page, box] = [canvas.getBoundingClientRect(), stage.getBoundingClientRect()];
      return { x: page.x + page.width / 2, y: Math.min(page.bottom, box.bottom) - 8 };
    });
    if (!from) throw new Error("the palette is not there");
    const { x, y } = end;
    await mouse.move(from.x + 20, from.y + 20);
    await mouse.down();
    await mouse.move(x, y - 10, { steps: 4 });
    await mouse.move(x, y);
    await mouse.up();
  }

  /** Fills the fields of the component that was added last, and is selected. */
  async #whole(component: Component): Promise<void> {
    await this.fill(this.control("id"), component.id);
    await this.page.keyboard.press("Enter");
    await this.#find(`[data-row="${component.id}"]`);
    for (const [name, value] of Object.entries(component) as [string, unknown][]) {
      if (["type", "id", "columns"].includes(name)) continue;
      if (name === "actions") {
        for (const [event, action] of Object.entries(value as object))
          await this.choose(this.control(event), action);
      } else if (["kind", "level", "look", "onClick", "onChange"].includes(name)) {
        await this.choose(this.control(name), String(value));
      } else if (name === "options") await this.fill(this.control(name), (value as string[]).join("\n"));
      else await this.set(name, value as Value<string | boolean>);
    }
  }

  async #columns({ id, columns }: ColumnsComponent): Promise<void> {
    for (const [index, column] of columns.entries()) {
      if (column.share !== undefined) {
        await this.row(id);
        await this.choose(this.control(`share-${index + 1}`), String(column.share));
      }
      for (const component of column.components) await this.add(component, `${id}.${index}`);
    }
  }

  async panel(name: "Actions" | "Functions" | "Variables" | "Versions"): Promise<void> {
    await this.press(name, "tab");
    await this.#find(`[data-panel="${name.toLowerCase()}"]`);
  }

  /** Writes an action; one that is not there yet is added. */
  async write(name: string, code: string): Promise<void> {
    await this.panel("Actions");
    const items = await this.page.$$eval(`[aria-label="Actions"] .mono`, (all) =>
      all.map((each) => each.textContent),
    );
    if (!items.includes(name)) {
      await this.press("Add action");
      await this.fill("dialog[open] input[name=name]", name);
      await this.page.keyboard.press("Enter");
      await this.page.waitForSelector("dialog[open]", { hidden: true, timeout: patience });
    } else {
      const item = await this.page.waitForFunction(
        (wanted) =>
          [...document.querySelectorAll<HTMLElement>(`[aria-label="Actions"] button`)].find(
            (each) => each.querySelector(".mono")?.textContent === wanted,
          ),
        { timeout: patience },
        name,
      );
      await (item.asElement() as ElementHandle<HTMLElement>).click();
    }
    await this.page.waitForFunction(
      (wanted) => document.querySelector(".signature strong")?.textContent === wanted,
      { timeout: patience },
      name,
    );
    await this.fill(".cm-content", code);
  }

  async #function(made: PageFunction): Promise<void> {
    if (made.kind === "action") {
      await this.write(made.name, made.code);
      return;
    }
    await this.panel("Functions");
    await this.press(made.kind === "url" ? "Add URL" : "Add visitor account");
    await this.fill("dialog[open] input[name=name]", made.name);
    await this.page.keyboard.press("Enter");
    await this.page.waitForSelector("dialog[open]", { hidden: true, timeout: patience });
    if (made.kind === "url") {
      await this.fill(this.control("function-url"), made.url);
      if (made.runs) await this.choose(this.control("function-runs"), made.runs);
      return;
    }
    if (typeof made.destination === "string")
      await this.fill(this.control("function-destination"), made.destination);
    else await this.set("function-destination", made.destination);
    if (made.lifetime !== undefined)
      await this.fill(this.control("function-lifetime"), String(made.lifetime));
  }

  /** Adds a variable of this page. */
  async variable(name: string, value: string, flags: readonly string[] = []): Promise<void> {
    await this.panel("Variables");
    const form = ".add-variable";
    await this.fill(`${form} [name=name]`, name);
    await this.fill(`${form} [name=value]`, value);
    for (const flag of flags) await this.check(`${form} [name=${flag}]`, true);
    await this.page.keyboard.press("Enter");
    await this.#find(`[data-variable="${name}"]`);
  }

  /** Waits until the form for a variable is empty again. */
  async #emptied(): Promise<void> {
    await this.page.waitForFunction(
      () => document.querySelector<HTMLInputElement>(".add-variable [name=name]")!.value === "",
      { timeout: patience },
    );
  }

  /** Builds a page as a file has it, from an empty one. */
  async build({ page, variables }: ExportFile): Promise<void> {
    await this.create(page.title);
    const { title: _, components, functions, ...settings } = page;
    for (const [name, value] of Object.entries(settings)) {
      if (name === "installable") await this.check(this.control(name), value as boolean);
      else if (["theme", "appearance", "layout"].includes(name))
        await this.choose(this.control(name), value as string);
      else await this.fill(this.control(name), Array.isArray(value) ? value.join("\n") : String(value));
    }
    for (const { name, value = "", default: standard } of variables) {
      await this.variable(name, value, standard ? ["default"] : []);
      await this.#emptied();
    }
    for (const made of functions) await this.#function(made);
    for (const component of components) await this.add(component);
    await this.saved();
  }

  /** Waits until all is saved. */
  async saved(): Promise<void> {
    await this.page.waitForFunction(
      () => document.querySelector(".save-state")?.textContent?.trim() === "Saved",
      { timeout: patience },
    );
  }

  /** Publishes the page; resolves to its address. */
  async publish(): Promise<string> {
    await this.press("Publish");
    const again = await this.page.$("dialog[open] .address-row");
    await this.press(again ? "Publish the draft as a new version" : "Publish the page");
    await this.page.waitForFunction(
      () => document.querySelector("dialog[open] [role=status]")?.textContent?.includes("Published."),
      { timeout: patience },
    );
    const link = await this.#find("dialog[open] .address-row a");
    const address = await link.evaluate((element) => (element as HTMLAnchorElement).href);
    await this.page.keyboard.press("Escape");
    return address;
  }
}

const paletteNames: Readonly<Record<Component["type"], string>> = {
  "web-phone": "Web phone",
  heading: "Heading",
  text: "Text",
  input: "Input",
  button: "Button",
  html: "HTML",
  columns: "Columns",
};
