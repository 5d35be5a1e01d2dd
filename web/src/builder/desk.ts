// A page that is open: its document with undo and saving, what is selected, and
// what the panels show of it.
import type { Component, PageDocument } from "../page/document.ts";
import { allComponents } from "../page/document.ts";
import type { Api, Page, Variable } from "./api.ts";
import { Autosave } from "./autosave.ts";
import {
  duplicateComponent,
  findComponent,
  insertComponent,
  listAt,
  moveComponent,
  newComponent,
  placeBehind,
  placeOf,
  removeComponent,
  stepPlace,
} from "./document-edits.ts";
import type { Place } from "./document-edits.ts";
import { actionNames, findFunction, setCode } from "./function-edits.ts";
import { History } from "./history.ts";
import { typeNames } from "./icons.ts";
import { redraw } from "./redraw.ts";

export type Width = 390 | 768 | 1280;
export type Panel = "actions" | "functions" | "variables" | "versions";
/** What a narrow window shows. */
export type Part = "add" | "page" | "properties" | "panels";

/** What was typed into a field and is not in the document: not yet, or because it is wrong. */
export interface Typed {
  readonly text: string;
  /** What is wrong, in words; empty while it is only not taken yet. */
  readonly problem: string;
  /** Where the field is, for the list of problems. */
  readonly component?: string;
  readonly label: string;
}

/** Something that went wrong while the page was tried. */
export interface RunProblem {
  /** The action, or the component whose value it is about. */
  readonly action?: string;
  readonly line?: number;
  readonly message: string;
}

const maximumRunProblems = 50;

export class Desk {
  readonly api: Api;
  readonly autosave: Autosave<PageDocument, Page>;
  readonly typed = new Map<string, Typed>();
  /** Fields whose source was chosen but which have nothing to name yet. */
  readonly sources = new Map<string, "env" | "function">();
  /** Lists while they are edited: empty rows are not in the document. */
  readonly lists = new Map<string, readonly string[]>();
  #history: History<PageDocument>;
  /** The server's last answer. */
  page: Page;
  variables: readonly Variable[] = [];
  selected: string | undefined;
  /** Of selected columns, where what is new goes. */
  column = 0;
  action = "mounted";
  /** The line of the action to show, from 1. */
  line: number | undefined;
  width: Width = 390;
  trying = false;
  panel: Panel = "actions";
  panelOpen = true;
  part: Part = "page";
  runProblems: readonly RunProblem[] = [];
  /** Said to screen readers. */
  announcement = "";

  constructor(api: Api, page: Page) {
    this.api = api;
    this.page = page;
    this.#history = new History(page.page);
    this.autosave = new Autosave<PageDocument, Page>({
      revision: page.revision,
      save: (document, revision) => api.saveDraft(page.name, revision, document),
      onSaved: (answer) => (this.page = answer),
      onState: () => redraw(),
    });
  }

  get name(): string {
    return this.page.name;
  }

  get document(): PageDocument {
    return this.#history.present;
  }

  get canUndo(): boolean {
    return this.#history.canUndo;
  }

  get canRedo(): boolean {
    return this.#history.canRedo;
  }

  get component(): Component | undefined {
    return this.selected === undefined ? undefined : findComponent(this.document, this.selected);
  }

  get components(): Component[] {
    return [...allComponents(this.document.components)];
  }

  /** Takes a changed document. Changes with one `key` that follow each other are undone at once. */
  edit(next: PageDocument, key = ""): void {
    if (next === this.document) return;
    this.#history.change(next, key);
    this.#edited();
  }

  undo(): void {
    if (this.#history.undo()) this.#stepped("Undone.");
  }

  redo(): void {
    if (this.#history.redo()) this.#stepped("Redone.");
  }

  #stepped(words: string): void {
    this.typed.clear();
    this.sources.clear();
    this.lists.clear();
    this.announce(words);
    this.#edited();
  }

  #edited(): void {
    this.autosave.change(this.document);
    this.#tidy();
    redraw();
  }

  /** Lets go of what is not there any more. */
  #tidy(): void {
    if (this.selected !== undefined && !this.component) this.selected = undefined;
    if (!actionNames(this.document).includes(this.action)) this.action = "mounted";
    const ids = new Set(this.components.map(({ id }) => id));
    for (const [key, { component }] of this.typed) {
      if (component !== undefined && !ids.has(component)) this.typed.delete(key);
    }
  }

  /** Begins anew from what the server has, as after a restore or a conflict. */
  restart(page: Page): void {
    this.page = page;
    this.#history = new History(page.page);
    this.typed.clear();
    this.sources.clear();
    this.lists.clear();
    this.autosave.restart(page.revision);
    this.#tidy();
    redraw();
  }

  /** Takes another document as a change that can be undone, which the server has already. */
  restored(page: Page): void {
    this.page = page;
    this.#history.change(page.page);
    this.autosave.restart(page.revision);
    this.#tidy();
    redraw();
  }

  select(id: string | undefined, column = 0): void {
    this.selected = id;
    this.column = column;
    redraw();
  }

  announce(words: string): void {
    // The same words again are said again only when the text differs.
    this.announcement = this.announcement === words ? `${words}\u00a0` : words;
    redraw();
  }

  #words = (component: Component) => `${typeNames[component.type]} “${component.id}”`;

  /** Puts a new component at a place, or behind what is selected, and selects it. */
  add(type: Component["type"], place?: Place): void {
    const component = newComponent(this.document, type);
    this.edit(
      insertComponent(
        this.document,
        place ?? placeBehind(this.document, this.selected, this.column),
        component,
      ),
    );
    this.select(component.id);
    this.part = "page";
    this.announce(`${this.#words(component)} is added.`);
  }

  move(id: string, place: Place): void {
    const moved = moveComponent(this.document, id, place);
    if (moved === this.document) return;
    this.edit(moved);
    this.announce(`“${id}” is moved.`);
  }

  /** One step up or down, into columns and out of them. */
  step(id: string, down: boolean): void {
    const place = stepPlace(this.document, id, down);
    if (!place) return this.announce(`“${id}” is ${down ? "the last" : "the first"} already.`);
    this.edit(moveComponent(this.document, id, place));
    this.announce(
      `“${id}” is moved ${down ? "down" : "up"}${place.parent === undefined ? "" : ` in column ${(place.column ?? 0) + 1} of “${place.parent}”`}.`,
    );
  }

  duplicate(id: string): void {
    const copy = duplicateComponent(this.document, id);
    if (!copy) return;
    this.edit(copy.page);
    this.select(copy.id);
    this.announce(`“${id}” is duplicated as “${copy.id}”.`);
  }

  /** Removes a component; its neighbour is selected. */
  remove(id: string): void {
    const place = placeOf(this.document, id);
    if (!place) return;
    const list = listAt(this.document, place) ?? [];
    const neighbour = list[place.index + 1] ?? list[place.index - 1];
    this.edit(removeComponent(this.document, id));
    this.select(neighbour?.id ?? place.parent);
    this.announce(`“${id}” is removed. Undo brings it back.`);
  }

  setCode(action: string, code: string): void {
    this.edit(setCode(this.document, action, code), `code ${action}`);
  }

  /** Shows an action in its panel, at a line; a function elsewhere, or a component, where that is. */
  showAction(action: string, line?: number): void {
    if (!actionNames(this.document).includes(action)) {
      if (findFunction(this.document, action)) return this.showPanel("functions");
      this.trying = false;
      this.part = "properties";
      return this.select(action);
    }
    this.action = action;
    this.line = line;
    this.showPanel("actions");
  }

  showPanel(panel: Panel): void {
    this.panel = panel;
    this.panelOpen = true;
    this.part = "panels";
    redraw();
  }

  ran(problem: RunProblem): void {
    if (this.runProblems.length >= maximumRunProblems) return;
    this.runProblems = [...this.runProblems, problem];
    redraw();
  }

  async loadVariables(): Promise<void> {
    this.variables = await this.api.variables(this.name);
    redraw();
  }

  /** Asks the server what it says of the draft now, when something else has changed. */
  async recheck(): Promise<void> {
    try {
      const page = await this.api.open(this.name);
      if (page.revision === this.autosave.revision) this.page = page;
    } catch {
      // The next save tells.
    }
    redraw();
  }

  close(): void {
    this.autosave.close();
  }
}
