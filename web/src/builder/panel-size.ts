// How high the panels are: dragged, or set with the arrow keys (WAI-ARIA window
// splitter).
import { html } from "lit";
import type { TemplateResult } from "lit";
import { redraw } from "./redraw.ts";

const least = 140;
const step = 24;

export class PanelSize {
  #pixels = Math.max(220, Math.round(innerHeight * 0.3));

  get pixels(): number {
    return Math.max(least, Math.min(this.#pixels, this.#most));
  }

  get #most(): number {
    return Math.max(least, Math.round(innerHeight * 0.7));
  }

  #set(pixels: number): void {
    this.#pixels = Math.max(least, Math.min(pixels, this.#most));
    redraw();
  }

  readonly #press = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const bar = event.currentTarget as HTMLElement;
    const start = this.pixels + event.clientY;
    const stopped = new AbortController();
    const { signal } = stopped;
    bar.setPointerCapture(event.pointerId);
    bar.addEventListener("pointermove", (move) => this.#set(start - move.clientY), { signal });
    for (const end of ["pointerup", "pointercancel"])
      bar.addEventListener(end, () => stopped.abort(), { signal });
  };

  readonly #key = (event: KeyboardEvent) => {
    const change = { ArrowUp: step, ArrowDown: -step, Home: this.#most, End: -this.#most }[event.key];
    if (change === undefined) return;
    event.preventDefault();
    this.#set(this.pixels + change);
  };

  template(): TemplateResult {
    return html`<div
      class="splitter"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the panels"
      aria-valuemin=${least}
      aria-valuemax=${this.#most}
      aria-valuenow=${this.pixels}
      tabindex="0"
      @pointerdown=${this.#press}
      @keydown=${this.#key}
    ></div>`;
  }
}
