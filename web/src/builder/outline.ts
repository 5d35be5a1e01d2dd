// The page as a tree, which is the keyboard's way through it: arrows go from one
// to the next, Enter selects, Alt with arrows moves, Delete removes, Ctrl+D
// duplicates (WAI-ARIA tree view).
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Component } from "../page/document.ts";
import type { Desk } from "./desk.ts";
import { icon, typeNames } from "./icons.ts";
import { redraw } from "./redraw.ts";

interface Row {
  readonly key: string;
  readonly id: string;
  readonly level: number;
  readonly text: string;
  /** For whoever can't see the icon. */
  readonly what: string;
  readonly type?: Component["type"];
  /** Of a row that stands for a column. */
  readonly column?: number;
  readonly inner: boolean;
  /** Among its neighbours, from 1. */
  readonly position: number;
  readonly size: number;
}

function preview(component: Component): string {
  const value = "text" in component ? component.text : "label" in component ? component.label : undefined;
  return typeof value === "string" ? value.slice(0, 60) : "";
}

function rowsOf(components: readonly Component[], level = 1): Row[] {
  return components.flatMap((component, index): Row[] => {
    const { id, type } = component;
    const columns = type === "columns" ? component.columns : [];
    return [
      {
        key: id,
        id,
        level,
        type,
        text: preview(component),
        what: typeNames[type],
        inner: columns.length > 0,
        position: index + 1,
        size: components.length,
      },
      ...columns.flatMap((column, number): Row[] => [
        {
          key: `${id}.${number}`,
          id,
          level: level + 1,
          column: number,
          text: "",
          what: `Column ${number + 1}`,
          inner: column.components.length > 0,
          position: number + 1,
          size: columns.length,
        },
        ...rowsOf(column.components, level + 2),
      ]),
    ];
  });
}

export class Outline {
  readonly #desk: Desk;
  /** The row that Tab comes to. */
  #current = "";

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  #focus(key: string): void {
    this.#current = key;
    redraw();
    // Drawn by then: the row is there, and the one that takes focus.
    setTimeout(() =>
      document.querySelector<HTMLElement>(`.outline [data-row="${CSS.escape(key)}"]`)?.focus(),
    );
  }

  #choose({ id, column }: Row): void {
    this.#desk.select(id, column ?? 0);
    if (column !== undefined) this.#desk.announce(`What you add goes into column ${column + 1} of “${id}”.`);
  }

  #key(event: KeyboardEvent, rows: readonly Row[], index: number): void {
    const desk = this.#desk;
    const row = rows[index];
    if (!row) return;
    const own = row.column === undefined;
    const to = (next: Row | undefined) => next && this.#focus(next.key);
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () =>
        event.altKey ? own && (desk.step(row.id, true), this.#focus(row.key)) : to(rows[index + 1]),
      ArrowUp: () =>
        event.altKey ? own && (desk.step(row.id, false), this.#focus(row.key)) : to(rows[index - 1]),
      ArrowRight: () => {
        const next = rows[index + 1];
        if (next && next.level > row.level) to(next);
      },
      ArrowLeft: () => to(rows.findLast((each, at) => at < index && each.level < row.level)),
      Home: () => to(rows[0]),
      End: () => to(rows.at(-1)),
      Enter: () => this.#choose(row),
      " ": () => this.#choose(row),
      Delete: () => {
        if (!own) return;
        const next = rows.find((each, at) => at > index && each.level <= row.level) ?? rows[index - 1];
        desk.remove(row.id);
        if (next) this.#focus(next.key);
      },
      d: () => {
        desk.duplicate(row.id);
        if (desk.selected !== undefined) this.#focus(desk.selected);
      },
    };
    const act = keys[event.key];
    if (!act || (event.key === "d") !== (event.ctrlKey || event.metaKey) || (event.key === "d" && !own))
      return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  template(): TemplateResult {
    const desk = this.#desk;
    const rows = rowsOf(desk.document.components);
    if (!rows.some(({ key }) => key === this.#current)) this.#current = desk.selected ?? rows[0]?.key ?? "";
    return html`<section aria-labelledby="outline-title">
      <h2 id="outline-title">Outline</h2>
      ${
        rows.length === 0
          ? html`<p class="help">Nothing is on the page yet.</p>`
          : html`<p class="help" id="outline-help">
              Arrows go through it, Enter selects, Alt with ↑ or ↓ moves, Delete removes, Ctrl+D duplicates.
            </p>`
      }
      <ul
        class="outline"
        role="tree"
        aria-labelledby="outline-title"
        aria-describedby="outline-help"
        ?hidden=${rows.length === 0}
      >
        ${repeat(
          rows,
          ({ key }) => key,
          (row, index) =>
            html`<li
              role="treeitem"
              data-row=${row.key}
              aria-level=${row.level}
              aria-posinset=${row.position}
              aria-setsize=${row.size}
              aria-selected=${row.id === desk.selected && row.column === undefined ? "true" : "false"}
              class=${row.id === desk.selected && row.column === desk.column ? "target" : ""}
              aria-expanded=${row.inner ? "true" : nothing}
              aria-label=${row.column === undefined ? `${row.what} ${row.id}${row.text ? `: ${row.text}` : ""}` : `${row.what} of ${row.id}`}
              tabindex=${row.key === this.#current ? 0 : -1}
              style="--level:${row.level}"
              @focus=${() => {
                this.#current = row.key;
                redraw();
              }}
              @click=${() => this.#choose(row)}
              @keydown=${(event: KeyboardEvent) => this.#key(event, rows, index)}
            >
              ${row.type ? icon(row.type) : nothing}
              <span class="row-id">${row.column === undefined ? row.id : row.what}</span>
              <span class="row-text">${row.text}</span>
            </li>`,
        )}
      </ul>
    </section>`;
  }
}
