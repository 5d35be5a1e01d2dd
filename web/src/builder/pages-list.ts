// The list of pages, and what is done with a whole page: new, duplicate, export,
// import, delete.
import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ApiError } from "./api.ts";
import type { Api, ImportedVariables, Page, PageEntry } from "./api.ts";
import { confirm, openForm, tell } from "./dialogs.ts";
import { icon } from "./icons.ts";
import { nameFrom, nameProblem, when } from "./names.ts";
import { redraw } from "./redraw.ts";
import { changePassword } from "./sign-in.ts";
import { emptyPage, loadTemplates, templateFile } from "./templates.ts";
import type { Template } from "./templates.ts";

/** What the server takes, in bytes. */
const maximumFile = 1024 * 1024;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : "That did not work.");

export class PagesList {
  readonly #api: Api;
  readonly #signOut: () => void;
  #pages: readonly PageEntry[] | undefined;
  #templates: readonly Template[] = [];
  #problem = "";
  #notice = "";

  constructor(api: Api, signOut: () => void) {
    this.#api = api;
    this.#signOut = signOut;
    void this.#load();
    void loadTemplates().then((templates) => {
      this.#templates = templates;
      redraw();
    });
  }

  async #load(): Promise<void> {
    try {
      this.#pages = await this.#api.pages();
      this.#problem = "";
    } catch (error) {
      this.#problem = messageOf(error);
    }
    redraw();
  }

  /** Does something and shows what came of it. */
  async #do(work: () => Promise<string | undefined>): Promise<void> {
    this.#problem = this.#notice = "";
    try {
      this.#notice = (await work()) ?? "";
      await this.#load();
    } catch (error) {
      this.#problem = messageOf(error);
      redraw();
    }
  }

  readonly #create = async () => {
    let chosen: Template | undefined;
    let made = "";
    const choice = (template: Template | undefined, title: string, description: string) =>
      html`<label class="template">
        <input
          type="radio"
          name="template"
          .checked=${template === chosen}
          @change=${() => {
            chosen = template;
            redraw();
          }}
        />
        <span><strong>${title}</strong> <span class="help">${description}</span></span>
      </label>`;
    const done = await openForm({
      title: "New page",
      action: "Create page",
      questions: [
        {
          name: "title",
          label: "Title",
          help: "What visitors see in the browser's tab.",
          check: (text) =>
            text === "" ? "A title is needed." : text.length > 120 ? "At most 120 characters." : "",
        },
        {
          name: "name",
          label: "Address",
          help: "The page will be at /p/ and this name. Left empty, it is made from the title.",
          check: (text) => (text === "" ? "" : nameProblem(text)),
        },
      ],
      more: () =>
        html`<fieldset class="templates">
          <legend>Start from</legend>
          ${choice(undefined, "Empty", "A page with nothing on it.")}
          ${this.#templates.map((template) => choice(template, template.title, template.description))}
        </fieldset>`,
      submit: async ({ title = "", name = "" }) => {
        made = name || nameFrom(title);
        if (chosen) await this.#api.import(await templateFile(chosen, made, title), made, false);
        else await this.#api.create(made, emptyPage(title));
      },
    });
    if (done) location.hash = made;
  };

  #duplicate(page: PageEntry): void {
    void openForm({
      title: `Duplicate “${page.title}”`,
      text: "The copy has the page's draft and variables. It is not published.",
      action: "Duplicate",
      questions: [
        {
          name: "name",
          label: "Address of the copy",
          value: `${page.name}-copy`.slice(0, 64),
          check: nameProblem,
        },
      ],
      submit: async ({ name = "" }) => {
        await this.#api.duplicate(page.name, name);
        await this.#load();
      },
    });
  }

  async #delete(page: PageEntry): Promise<void> {
    const text =
      `Its draft, its versions and its variables are deleted${page.publishedVersion === null ? "" : `, and /p/${page.name} no longer exists`}. ` +
      "This can't be undone; an export can be imported again.";
    if (!(await confirm(`Delete “${page.title}”?`, text, "Delete page"))) return;
    await this.#do(async () => {
      await this.#api.remove(page.name);
      return `“${page.title}” is deleted.`;
    });
  }

  #export(page: PageEntry): void {
    void this.#do(async () => {
      const file = new Blob([await this.#api.exported(page.name)], { type: "application/json" });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `${page.name}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      return `“${page.title}” is exported as ${page.name}.json. Protected and private values are left out of it.`;
    });
  }

  readonly #import = async (event: Event) => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = "";
    if (!file) return;
    if (file.size > maximumFile) {
      return tell("Not imported", `“${file.name}” is larger than 1 MiB, so it is no page of the builder.`);
    }
    await this.#importText(file.name, await file.text(), "");
  };

  async #importText(file: string, text: string, name: string, replace = false): Promise<void> {
    try {
      const { page, variables } = await this.#api.import(text, name, replace);
      await this.#load();
      await this.#report(page, variables);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) return this.#importTaken(file, text);
      await tell(
        "Not imported",
        html`<p>${file} was not imported, and nothing was changed. ${messageOf(error)}</p>
          <ul>
            ${error instanceof ApiError ? error.problems.slice(0, 20).map((each) => html`<li>${each.message}</li>`) : nothing}
          </ul>`,
      );
    }
  }

  async #importTaken(file: string, text: string): Promise<void> {
    const { name } = JSON.parse(text) as { name: string };
    let replace = false;
    await openForm({
      title: "There is a page of that name",
      text: `A page at /p/${name} is here already. Import ${file} under another name, or replace the draft of the page that is here.`,
      action: "Import",
      questions: [{ name: "name", label: "Address", value: `${name}-2`.slice(0, 64), check: nameProblem }],
      more: () =>
        html`<label class="check">
          <input
            type="checkbox"
            .checked=${replace}
            @change=${(event: Event) => (replace = (event.target as HTMLInputElement).checked)}
          />
          Replace a page with this address
        </label>`,
      submit: async (answers) => {
        const imported = await this.#api.import(text, answers["name"] ?? name, replace);
        await this.#load();
        setTimeout(() => void this.#report(imported.page, imported.variables));
      },
    });
  }

  #report({ name, page }: Page, { set, kept, missing }: ImportedVariables): Promise<void> {
    this.#notice = "";
    // What the server sends there may be a variable of all pages.
    const asked = page.functions
      .filter((each) => each.kind === "url")
      .map((each) => `${each.name}: ${each.url}`);
    const list = (names: readonly string[], words: string) =>
      names.length === 0
        ? nothing
        : html`<p>${words}</p>
            <ul>
              ${names.map((each) => html`<li><code>${each}</code></li>`)}
            </ul>`;
    return tell(
      "Imported",
      html`<p>
          “${page.title}” is imported as a draft. Look at it before you try or publish it: its actions are
          programs.
        </p>
        ${list(asked, "Its functions call these addresses, with the variables that they name:")}
        ${list(set, "Variables that were set:")}
        ${list(kept, "Variables that stay as they are here, because they are locked or set already:")}
        ${list(missing, "Variables that have no value yet. Set them under Variables:")}
        <p>
          <a href="#${name}" @click=${(event: Event) => (event.target as Element).closest("dialog")?.close()}
            >Open the page</a
          >
        </p>`,
    );
  }

  #row(page: PageEntry) {
    const published = page.publishedVersion !== null;
    const act = (name: "copy" | "export" | "remove", label: string, run: () => void) =>
      html`<button
        type="button"
        class="icon-button"
        aria-label="${label} ${page.title}"
        title=${label}
        @click=${run}
      >
        ${icon(name)}
      </button>`;
    return html`<tr>
      <th scope="row"><a href="#${page.name}">${page.title}</a></th>
      <td class="address">
        ${
          published
            ? html`<a href="/p/${page.name}" target="_blank" rel="noopener">/p/${page.name}</a>`
            : html`<span>/p/${page.name}</span>`
        }
      </td>
      <td>
        <span class="badge ${published ? "on" : ""}">
          ${published ? `Published, version ${page.publishedVersion}` : "Not published"}
        </span>
      </td>
      <td>${when(page.changed)}</td>
      <td class="acts">
        <a class="button" href="#${page.name}" aria-label="Open ${page.title}">Open</a>
        ${act("copy", "Duplicate", () => this.#duplicate(page))}
        ${act("export", "Export", () => this.#export(page))}
        ${act("remove", "Delete", () => void this.#delete(page))}
      </td>
    </tr>`;
  }

  #list() {
    if (!this.#pages) return this.#problem ? nothing : html`<p class="empty">Loading…</p>`;
    if (this.#pages.length === 0) {
      return html`<div class="empty">
        ${icon("page")}
        <h2>No pages yet</h2>
        <p>Make the first one: put a phone on it, publish it, and call.</p>
        <button type="button" class="primary" @click=${this.#create}>${icon("add")} Make a page</button>
      </div>`;
    }
    return html`<div class="table" tabindex="0" role="group" aria-label="Pages">
      <table>
        <thead>
          <tr>
            <th scope="col">Title</th>
            <th scope="col">Address</th>
            <th scope="col">Published</th>
            <th scope="col">Changed</th>
            <th scope="col"><span class="unseen">What to do</span></th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            this.#pages,
            ({ name }) => name,
            (page) => this.#row(page),
          )}
        </tbody>
      </table>
    </div>`;
  }

  template() {
    return html`<header class="bar">
        <img src="/icons/icon.svg" alt="" width="32" height="32" />
        <p class="brand">Page builder</p>
        <span class="grow"></span>
        <button type="button" class="quiet" @click=${this.#password}>Change password</button>
        <button type="button" class="quiet" @click=${this.#signOut}>Sign out</button>
      </header>
      <main class="pages">
        <div class="title-row">
          <h1>Pages</h1>
          <span class="grow"></span>
          <label class="button file">
            ${icon("import")} Import
            <input type="file" class="unseen" accept="application/json,.json" @change=${this.#import} />
          </label>
          <button type="button" class="primary" @click=${this.#create}>${icon("add")} New page</button>
        </div>
        <p class="problem" role="alert">${this.#problem}</p>
        <p class="notice" role="status">${this.#notice}</p>
        ${this.#list()}
      </main>`;
  }

  readonly #password = async () => {
    if (!(await changePassword(this.#api))) return;
    this.#notice = "The password is changed.";
    redraw();
  };
}
