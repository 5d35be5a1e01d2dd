// The screen of a page that is open: bar, palette and outline, the page, the
// inspector, and the panels below.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ActionsPanel } from "./actions-panel.ts";
import { openConflict } from "./conflict.ts";
import type { Desk, Panel, Part } from "./desk.ts";
import { FunctionsPanel } from "./functions-panel.ts";
import { icon } from "./icons.ts";
import { inspector } from "./inspector.ts";
import { Outline } from "./outline.ts";
import { palette } from "./palette.ts";
import { PanelSize } from "./panel-size.ts";
import { redraw } from "./redraw.ts";
import { Stage } from "./stage.ts";
import { topBar } from "./top-bar.ts";
import { VariablesPanel } from "./variables-panel.ts";
import { VersionsPanel } from "./versions-panel.ts";

const panelNames: Readonly<Record<Panel, string>> = {
  actions: "Actions",
  functions: "Functions",
  variables: "Variables",
  versions: "Versions",
};

const partNames: Readonly<Record<Part, string>> = {
  add: "Add",
  page: "Page",
  properties: "Properties",
  panels: "Panels",
};

export class Workbench {
  readonly #desk: Desk;
  readonly #stage: Stage;
  readonly #outline: Outline;
  readonly #panels: Readonly<Record<Panel, { template(): TemplateResult }>>;
  readonly #actions: ActionsPanel;
  readonly #size = new PanelSize();
  readonly #listening = new AbortController();
  #asking = false;
  #inspected: string | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#stage = new Stage(desk);
    this.#outline = new Outline(desk);
    this.#actions = new ActionsPanel(desk);
    this.#panels = {
      actions: this.#actions,
      functions: new FunctionsPanel(desk),
      variables: new VariablesPanel(desk),
      versions: new VersionsPanel(desk),
    };
    const { signal } = this.#listening;
    addEventListener("keydown", this.#key, { signal });
    addEventListener(
      "beforeunload",
      (event) => {
        if (desk.autosave.unsaved) event.preventDefault();
      },
      { signal },
    );
  }

  close(): void {
    this.#listening.abort();
    this.#stage.close();
    this.#actions.close();
    this.#desk.close();
  }

  /** Undo of the page, where a field or the code editor has none of its own. */
  readonly #key = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    const target = event.target as HTMLElement;
    if (event.key.toLowerCase() === "s") {
      // Everything is saved by itself; whoever asks for it gets it at once.
      event.preventDefault();
      void this.#desk.autosave.flush();
      return;
    }
    if (target.closest("input:not([type=checkbox]), textarea, .code-editor, dialog")) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.#desk.redo();
    else this.#desk.undo();
  };

  /** Arrows go from tab to tab (WAI-ARIA tabs). */
  #tabKey(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const panels = Object.keys(panelNames) as Panel[];
    const next =
      panels[(panels.indexOf(this.#desk.panel) + step + panels.length) % panels.length] ?? "actions";
    this.#desk.showPanel(next);
    setTimeout(() => document.getElementById(`tab-${next}`)?.focus());
  }

  #bottom(): TemplateResult {
    const desk = this.#desk;
    const { panel, panelOpen } = desk;
    return html`<section
      class="panels ${panelOpen ? "" : "closed"}"
      aria-label="Panels"
      style=${panelOpen ? `--panel-size:${this.#size.pixels}px` : nothing}
    >
      ${panelOpen ? this.#size.template() : nothing}
      <div class="panel-bar">
        <div
          class="tabs"
          role="tablist"
          aria-label="Panels"
          @keydown=${(event: KeyboardEvent) => this.#tabKey(event)}
        >
          ${(Object.keys(panelNames) as Panel[]).map(
            (each) =>
              html`<button
                type="button"
                role="tab"
                id="tab-${each}"
                aria-selected=${panel === each ? "true" : "false"}
                aria-controls="panel"
                tabindex=${panel === each ? 0 : -1}
                @click=${() => desk.showPanel(each)}
              >
                ${panelNames[each]}
              </button>`,
          )}
        </div>
        <span class="grow"></span>
        <button
          type="button"
          class="icon-button toggle"
          aria-label="Panels"
          aria-expanded=${panelOpen ? "true" : "false"}
          aria-controls="panel"
          title=${panelOpen ? "Close the panels" : "Open the panels"}
          @click=${() => {
            desk.panelOpen = !panelOpen;
            redraw();
          }}
        >
          ${icon(panelOpen ? "down" : "up")}
        </button>
      </div>
      <div
        class="panel"
        id="panel"
        role="tabpanel"
        aria-labelledby="tab-${panel}"
        data-panel=${panel}
        ?hidden=${!panelOpen}
      >
        <h2 class="unseen">${panelNames[panel]}</h2>
        ${this.#panels[panel].template()}
      </div>
    </section>`;
  }

  template(): TemplateResult {
    const desk = this.#desk;
    if (desk.autosave.state.is === "conflict" && !this.#asking) {
      this.#asking = true;
      void openConflict(desk).finally(() => (this.#asking = false));
    }
    document.title = `${desk.document.title} – Page builder`;
    if (desk.selected !== this.#inspected) {
      this.#inspected = desk.selected;
      document.querySelector(".inspector")?.scrollTo({ top: 0 });
    }
    return html`<div class="workbench" data-part=${desk.part}>
      ${topBar(desk, this.#stage)}
      <main class="work">
        <nav class="parts" aria-label="Parts of the builder">
          ${(Object.keys(partNames) as Part[]).map(
            (part) =>
              html`<button
                type="button"
                aria-pressed=${desk.part === part ? "true" : "false"}
                @click=${() => {
                  desk.part = part;
                  redraw();
                }}
              >
                ${partNames[part]}
              </button>`,
          )}
        </nav>
        <section class="left" aria-label="Components">
          ${palette(desk, this.#stage)} ${this.#outline.template()}
        </section>
        <div class="centre">${this.#stage.template()}</div>
        <section class="inspector" aria-label="Properties">${inspector(desk)}</section>
        ${this.#bottom()}
      </main>
      <p class="unseen" aria-live="polite">${desk.announcement}</p>
    </div>`;
  }
}
