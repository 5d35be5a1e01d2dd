// Try: the draft, running in a sandboxed frame of an origin of its own, which
// reaches nothing of the builder. What goes wrong there is told to the desk.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import type { Desk, RunProblem } from "./desk.ts";
import { icon } from "./icons.ts";
import { redraw } from "./redraw.ts";

const margin = 24;
const maximumMessage = 1000;

/** Reads what a frame sent; undefined when it is not what a preview tells. */
export function problemFrom(data: unknown): RunProblem | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { webphone, message, action, line } = data as Readonly<Record<string, unknown>>;
  if (webphone !== "problem" || typeof message !== "string") return undefined;
  return {
    message: message.slice(0, maximumMessage),
    ...(typeof action === "string" && { action: action.slice(0, 64) }),
    ...(typeof line === "number" && Number.isInteger(line) && line > 0 && { line }),
  };
}

export class Preview {
  readonly #desk: Desk;
  readonly #listening = new AbortController();
  #frame: HTMLIFrameElement | undefined;
  #room: HTMLElement | undefined;
  #sizes = new ResizeObserver(() => this.#measure());
  #scale = 1;
  #height = 600;
  #address = "";
  #problem = "";

  constructor(desk: Desk) {
    this.#desk = desk;
    addEventListener(
      "message",
      (event) => {
        if (!this.#frame || event.source !== this.#frame.contentWindow) return;
        const problem = problemFrom(event.data);
        if (problem) desk.ran(problem);
      },
      { signal: this.#listening.signal },
    );
  }

  close(): void {
    this.#listening.abort();
    this.#sizes.disconnect();
  }

  /** Saves, and runs what was saved. */
  async start(): Promise<void> {
    const desk = this.#desk;
    desk.trying = true;
    desk.part = "page";
    desk.runProblems = [];
    this.#address = this.#problem = "";
    redraw();
    if (await desk.autosave.flush()) {
      // The token that shows a draft lives for an hour: an old one is exchanged.
      await desk.recheck();
      const { name, draftToken } = desk.page;
      this.#address = `/p/${encodeURIComponent(name)}?draft=${encodeURIComponent(draftToken)}`;
    } else
      this.#problem = "The draft is not saved, so it can't be tried. Look at what stands beside the title.";
    redraw();
  }

  stop(): void {
    this.#desk.trying = false;
    this.#address = "";
    redraw();
  }

  readonly #setFrame = (element: Element | undefined) =>
    (this.#frame = element as HTMLIFrameElement | undefined);

  readonly #setRoom = (element: Element | undefined) => {
    if (this.#room) this.#sizes.unobserve(this.#room);
    this.#room = element as HTMLElement | undefined;
    if (this.#room) this.#sizes.observe(this.#room);
  };

  #measure(): void {
    const room = this.#room;
    if (!room) return;
    const scale = Math.min(1, (room.clientWidth - 2 * margin) / this.#desk.width);
    const height = Math.max(240, room.clientHeight - 2 * margin);
    if (scale === this.#scale && height === this.#height) return;
    this.#scale = scale;
    this.#height = height;
    redraw();
  }

  template(): TemplateResult {
    const { width } = this.#desk;
    requestAnimationFrame(() => this.#measure());
    return html`<div class="try-bar">
        <button type="button" class="small" ?disabled=${!this.#address} @click=${() => void this.start()}>
          Restart
        </button>
        <a
          class="button small"
          href=${this.#address || nothing}
          aria-disabled=${this.#address ? nothing : "true"}
          target="_blank"
          rel="noopener"
        >
          ${icon("open")} Open in a tab
        </a>
        <p class="help">
          To make calls, open it in a tab: calls need the microphone, which browsers give only to a page in a
          tab of its own.
        </p>
      </div>
      <div class="scroller running" ${ref(this.#setRoom)}>
        ${this.#problem ? html`<p class="problem" role="alert">${this.#problem}</p>` : nothing}
        ${
          this.#address
            ? html`<div
                class="paper"
                style="width:${Math.round(width * this.#scale)}px;height:${this.#height}px"
              >
                <iframe
                  title="The page, running"
                  sandbox="allow-scripts allow-forms allow-modals allow-popups"
                  src=${this.#address}
                  style="width:${width}px;height:${Math.round(this.#height / this.#scale)}px;scale:${this.#scale}"
                  ${ref(this.#setFrame)}
                ></iframe>
              </div>`
            : this.#problem
              ? nothing
              : html`<p class="help">Saving…</p>`
        }
      </div>`;
  }
}
