// Where the page is seen: the canvas in the chosen width, scaled down where it
// does not fit, with a frame around what is selected; or the page itself, running
// in a frame that can reach nothing of the builder.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { Canvas } from "./canvas.ts";
import type { Desk } from "./desk.ts";
import type { Place } from "./document-edits.ts";
import { findComponent } from "./document-edits.ts";
import { dragFrom } from "./drag.ts";
import { icon, typeNames } from "./icons.ts";
import { redraw } from "./redraw.ts";
import { Preview } from "./preview.ts";

/** The margin around the page, in pixels. */
const margin = 24;
/** For the name beside what is selected. */
const tagRoom = 130;

export class Stage {
  readonly #desk: Desk;
  readonly #canvas = new Canvas();
  readonly preview: Preview;
  #scroller: HTMLElement | undefined;
  #sizes = new ResizeObserver(() => this.#measure());
  #scale = 1;
  #height = 0;
  #selected: string | undefined;
  /** Around what is selected, from the scaled page's corner. */
  #frame: { left: number; top: number; width: number; height: number } | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.preview = new Preview(desk);
    this.#sizes.observe(this.#canvas.element);
  }

  close(): void {
    this.#sizes.disconnect();
    this.preview.close();
  }

  /** A press that may become a drag onto the page. */
  drag(event: PointerEvent, label: string, moved: string | undefined, drop: (place: Place) => void): void {
    const scroller = this.#scroller;
    if (!scroller || this.#desk.trying) return;
    dragFrom({ event, canvas: this.#canvas, scroller, label, drop, ...(moved !== undefined && { moved }) });
  }

  readonly #setScroller = (element: Element | undefined) => {
    if (this.#scroller) this.#sizes.unobserve(this.#scroller);
    this.#scroller = element as HTMLElement | undefined;
    if (this.#scroller) this.#sizes.observe(this.#scroller);
  };

  /** Finds the scale and where the selected component is drawn. */
  #measure(): void {
    const { selected, width } = this.#desk;
    const room = (this.#scroller?.clientWidth ?? width) - 2 * margin;
    const scale = room > 0 ? Math.min(1, room / width) : 1;
    const page = this.#canvas.element.getBoundingClientRect();
    const height = Math.round(this.#canvas.element.offsetHeight * scale);
    const box = selected === undefined ? undefined : this.#canvas.boxOf(selected);
    const frame = box && {
      left: Math.round(box.left - page.left),
      top: Math.round(box.top - page.top),
      width: Math.round(box.right - box.left),
      height: Math.round(box.bottom - box.top),
    };
    if (selected !== this.#selected) {
      this.#selected = selected;
      if (selected !== undefined) this.#canvas.find(selected)?.scrollIntoView({ block: "nearest" });
    }
    const same =
      scale === this.#scale &&
      height === this.#height &&
      JSON.stringify(frame) === JSON.stringify(this.#frame);
    if (same) return;
    this.#scale = scale;
    this.#height = height;
    this.#frame = frame;
    redraw();
  }

  readonly #press = (event: PointerEvent) => {
    const id = this.#canvas.at(event.clientX, event.clientY);
    const component = id === undefined ? undefined : findComponent(this.#desk.document, id);
    // A finger scrolls; it drags by the handle of what is selected.
    if (!component || event.pointerType === "touch") return;
    this.drag(event, `${typeNames[component.type]} ${component.id}`, component.id, (place) => {
      this.#desk.move(component.id, place);
      this.#desk.select(component.id);
    });
  };

  readonly #click = (event: MouseEvent) => this.#desk.select(this.#canvas.at(event.clientX, event.clientY));

  /** What the outline does for its rows, for what is selected here. */
  readonly #key = (event: KeyboardEvent) => {
    const desk = this.#desk;
    const { selected } = desk;
    if (selected === undefined) return;
    const { key, altKey, ctrlKey, metaKey } = event;
    if (key === "Delete" || key === "Backspace") desk.remove(selected);
    else if (key === "Escape") desk.select(undefined);
    else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) desk.step(selected, key === "ArrowDown");
    else if ((ctrlKey || metaKey) && key === "d") desk.duplicate(selected);
    else return;
    event.preventDefault();
  };

  #selection(): TemplateResult | typeof nothing {
    const desk = this.#desk;
    const { component } = desk;
    const frame = this.#frame;
    if (!component || !frame) return nothing;
    const { id, type } = component;
    // Where it hides the least: beside, else above, else below.
    const right = frame.left + frame.width;
    const place = right + tagRoom < desk.width * this.#scale ? "beside" : frame.top < 34 ? "below" : "above";
    return html`<div
        class="selection"
        style="left:${frame.left}px;top:${frame.top}px;width:${frame.width}px;height:${frame.height}px"
      ></div>
      <div
        class="selection-tag ${place}"
        style="left:${right}px;top:${place === "below" ? frame.top + frame.height : frame.top}px"
        title="Drag to move"
        @pointerdown=${(event: PointerEvent) => {
          event.stopPropagation();
          this.drag(event, `${typeNames[type]} ${id}`, id, (place) => desk.move(id, place));
        }}
        @click=${(event: MouseEvent) => event.stopPropagation()}
      >
        ${icon("drag")}<span>${id}</span>
      </div>`;
  }

  #design(): TemplateResult {
    const desk = this.#desk;
    this.#canvas.show(desk.document);
    this.#canvas.element.style.inlineSize = `${desk.width}px`;
    this.#canvas.element.style.scale = String(this.#scale);
    // What is drawn now is measured when the browser has laid it out.
    requestAnimationFrame(() => this.#measure());
    const empty = desk.document.components.length === 0;
    return html`<div
      class="paper"
      style="width:${Math.round(desk.width * this.#scale)}px;height:${this.#height || 320}px"
      @pointerdown=${this.#press}
      @click=${this.#click}
    >
      <div class="sheet">${this.#canvas.element}</div>
      ${
        empty
          ? html`<div class="paper-empty">
              <p><strong>An empty page.</strong></p>
              <p>Drag a web phone onto it, or press one under Add.</p>
            </div>`
          : nothing
      }
      ${this.#selection()}
    </div>`;
  }

  template(): TemplateResult {
    const desk = this.#desk;
    return html`<section class="stage" aria-label=${desk.trying ? "The page, running" : "The page"}>
      ${
        desk.trying
          ? this.preview.template()
          : html`<div
              class="scroller"
              tabindex="0"
              role="group"
              aria-label="Canvas"
              @click=${(event: Event) => event.target === event.currentTarget && desk.select(undefined)}
              @keydown=${this.#key}
              ${ref(this.#setScroller)}
            >
              ${this.#design()}
            </div>`
      }
    </section>`;
  }
}
