// The page as it will look, drawn without running anything. It lives in a shadow
// root with the page's own styles, so that the builder's looks and the page's
// are apart. Nothing in it takes focus or clicks: what is meant is found by
// where it is drawn, and the outline is the way of the keyboard.
import type { Component, PageDocument } from "../page/document.ts";
import { renderComponent } from "../page/render.ts";
import { contains, dropAt } from "./drop.ts";
import type { Box, Container, Drop } from "./drop.ts";

const looks = `
:host { display: block; contain: layout paint; }
:host([data-layout="full"]) #page {
  max-inline-size: none; padding: 0; justify-items: center; align-content: center; min-block-size: 640px;
}
#page { min-block-size: 320px; align-content: start; }
#page, #page * { cursor: default; user-select: none; -webkit-user-select: none; }
[data-hidden] { opacity: 0.45; outline: 1px dashed var(--control); outline-offset: 2px; }
[data-component] { scroll-margin: 80px; }
.column { min-block-size: 72px; align-content: start; }
.column:empty { outline: 1px dashed var(--control); outline-offset: -1px; border-radius: 8px; }
.html:empty, p[data-component]:empty, :is(h1, h2, h3, h4)[data-component]:empty { min-block-size: 1.5em; min-inline-size: 8em; }
`;

export class Canvas {
  /** Takes the page's width; whoever shows it may scale it. */
  readonly element = document.createElement("div");
  readonly #root = this.element.attachShadow({ mode: "open" });
  readonly #page = document.createElement("main");
  readonly #css = document.createElement("style");
  readonly #theme = document.createElement("link");
  readonly #drawn = new WeakMap<Component, HTMLElement>();
  #document: PageDocument | undefined;

  constructor() {
    this.element.className = "canvas-page";
    const base = document.createElement("link");
    base.rel = this.#theme.rel = "stylesheet";
    base.href = "/page.css";
    const own = document.createElement("style");
    own.textContent = looks;
    this.#page.id = "page";
    this.#page.inert = true;
    this.#root.append(base, own, this.#css, this.#page);
  }

  /** Draws what has changed. */
  show(page: PageDocument): void {
    if (page === this.#document) return;
    const before = this.#document;
    this.#document = page;
    if (page.css !== before?.css) this.#css.textContent = forHost(page.css ?? "");
    if (page.theme !== before?.theme || !before) this.#setTheme(page.theme ?? "default");
    this.element.dataset["layout"] = page.layout ?? "page";
    this.element.style.colorScheme =
      page.appearance === "light" || page.appearance === "dark" ? page.appearance : "light dark";
    if (page.components === before?.components) return;
    this.#page.replaceChildren(
      ...page.components.map((component) => {
        let element = this.#drawn.get(component);
        if (!element) this.#drawn.set(component, (element = renderComponent(component)));
        return element;
      }),
    );
  }

  #setTheme(theme: string): void {
    if (theme === "default") return this.#theme.remove();
    this.#theme.href = `/themes/${theme}.css`;
    this.#css.before(this.#theme);
  }

  #elements(): HTMLElement[] {
    return [...this.#page.querySelectorAll<HTMLElement>("[data-component]")];
  }

  find(id: string): HTMLElement | undefined {
    return this.#elements().find(({ dataset }) => dataset["component"] === id);
  }

  boxOf(id: string): Box | undefined {
    return this.find(id)?.getBoundingClientRect();
  }

  /** The innermost component at a point of the window. */
  at(x: number, y: number): string | undefined {
    // Inner ones come behind outer ones.
    return this.#elements().findLast((element) => contains(element.getBoundingClientRect(), x, y))?.dataset[
      "component"
    ];
  }

  /** Where something dropped at a point would go, unless that is within `moved`. */
  dropAt(x: number, y: number, moved?: string): Drop | undefined {
    const around = this.element.getBoundingClientRect();
    const containers: Container[] = [{ ...edges(around), level: 0, children: this.#childrenOf(this.#page) }];
    for (const column of this.#page.querySelectorAll<HTMLElement>(".columns > .column")) {
      const columns = column.parentElement as HTMLElement;
      if (moved !== undefined && isInside(columns, moved)) continue;
      const parent = columns.dataset["component"];
      if (parent === undefined) continue;
      let level = 0;
      for (let outer: Element | null = column; outer; outer = outer.parentElement) {
        if (outer.classList.contains("column")) level++;
      }
      containers.push({
        ...edges(column.getBoundingClientRect()),
        level,
        parent,
        column: [...columns.children].indexOf(column),
        children: this.#childrenOf(column),
      });
    }
    return dropAt(containers, x, y);
  }

  #childrenOf(list: HTMLElement): Container["children"] {
    return [...list.children].map((child) => ({
      ...edges(child.getBoundingClientRect()),
      id: (child as HTMLElement).dataset["component"] ?? "",
    }));
  }
}

/** Rules for the whole document, which the canvas has not: its host stands for it. */
const forHost = (css: string) => css.replace(/(?<![\w.#-])(?::root|html|body)(?=\s*[,{])/g, ":host");

const edges = ({ left, top, right, bottom }: DOMRect): Box => ({ left, top, right, bottom });

const isInside = (element: Element, id: string): boolean =>
  element.closest(`[data-component="${CSS.escape(id)}"]`) !== null;
