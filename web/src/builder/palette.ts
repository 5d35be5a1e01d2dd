// What can be put on a page. Dragged, or pressed: then it goes behind what is
// selected.
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { Component } from "../page/document.ts";
import type { Stage } from "./stage.ts";
import type { Desk } from "./desk.ts";
import { icon, typeNames } from "./icons.ts";

const types = Object.keys(typeNames) as Component["type"][];

export function palette(desk: Desk, stage: Stage): TemplateResult {
  return html`<section aria-labelledby="palette-title">
    <h2 id="palette-title">Add</h2>
    <p class="help" id="palette-help">
      Drag it onto the page, or press it: it goes after the selected component.
    </p>
    <ul class="palette">
      ${types.map(
        (type) =>
          html`<li>
            <button
              type="button"
              data-palette=${type}
              aria-describedby="palette-help"
              @click=${() => desk.add(type)}
              @pointerdown=${(event: PointerEvent) =>
                stage.drag(event, typeNames[type], undefined, (place) => desk.add(type, place))}
            >
              ${icon(type)}<span>${typeNames[type]}</span>
            </button>
          </li>`,
      )}
    </ul>
  </section>`;
}
