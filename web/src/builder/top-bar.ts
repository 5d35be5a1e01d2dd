// The bar above an open page: back, title, undo, whether it is saved, width,
// design or try, problems, publish.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Desk, Width } from "./desk.ts";
import { openDialog } from "./dialogs.ts";
import { icon } from "./icons.ts";
import type { IconName } from "./icons.ts";
import { goTo, problemsOf } from "./problems.ts";
import { openPublish } from "./publish-dialog.ts";
import { redraw } from "./redraw.ts";
import type { Stage } from "./stage.ts";

const widths: readonly (readonly [Width, string, IconName])[] = [
  [390, "Phone", "phone"],
  [768, "Tablet", "tablet"],
  [1280, "Desktop", "desktop"],
];

function saveState(desk: Desk): string {
  const { state } = desk.autosave;
  switch (state.is) {
    case "saved":
      return "Saved";
    case "waiting":
    case "saving":
      return "Saving…";
    case "retrying":
      return `Not saved: ${state.message} Trying again.`;
    case "refused":
      return `Not saved: ${state.message}`;
    case "conflict":
      return "Not saved: the page was changed in another window.";
  }
}

async function showProblems(desk: Desk): Promise<void> {
  await openDialog<void>({
    title: "Problems",
    body: (close) => {
      const problems = problemsOf(desk);
      return html`${problems.length === 0 ? html`<p>There are none.</p>` : nothing}
        <ul class="problems">
          ${problems.map(
            (found) =>
              html`<li>
                <button
                  type="button"
                  class="link"
                  @click=${() => {
                    close();
                    goTo(desk, found);
                  }}
                >
                  ${found.place}</button
                >: ${found.message}
              </li>`,
          )}
        </ul>`;
    },
  });
}

export function topBar(desk: Desk, stage: Stage): TemplateResult {
  const problems = problemsOf(desk).length;
  const state = saveState(desk);
  const chosen = (width: Width) => {
    desk.width = width;
    redraw();
  };
  return html`<header class="bar">
    <a class="icon-button" href="#" aria-label="All pages" title="All pages">${icon("back")}</a>
    <h1 title=${desk.document.title}>${desk.document.title}</h1>
    <button
      type="button"
      class="icon-button"
      aria-label="Undo"
      title="Undo (Ctrl+Z)"
      ?disabled=${!desk.canUndo}
      @click=${() => desk.undo()}
    >
      ${icon("undo")}
    </button>
    <button
      type="button"
      class="icon-button"
      aria-label="Redo"
      title="Redo (Ctrl+Shift+Z)"
      ?disabled=${!desk.canRedo}
      @click=${() => desk.redo()}
    >
      ${icon("redo")}
    </button>
    <p class="save-state ${state.startsWith("Not") ? "problem" : ""}" role="status" title=${state}>
      ${state}
    </p>
    <span class="grow"></span>
    ${
      problems
        ? html`<button type="button" class="problem-count" @click=${() => void showProblems(desk)}>
            ${icon("warning")} ${problems} ${problems === 1 ? "problem" : "problems"}
          </button>`
        : nothing
    }
    <div class="segments" role="group" aria-label="Width">
      ${widths.map(
        ([width, name, iconName]) =>
          html`<button
            type="button"
            aria-label="${name}, ${width} pixels"
            title="${name}, ${width} px"
            aria-pressed=${desk.width === width ? "true" : "false"}
            @click=${() => chosen(width)}
          >
            ${icon(iconName)}
          </button>`,
      )}
    </div>
    <div class="segments" role="group" aria-label="Mode">
      <button
        type="button"
        aria-pressed=${desk.trying ? "false" : "true"}
        @click=${() => stage.preview.stop()}
      >
        Design
      </button>
      <button
        type="button"
        aria-pressed=${desk.trying ? "true" : "false"}
        @click=${() => desk.trying || void stage.preview.start()}
      >
        Try
      </button>
    </div>
    <button type="button" class="primary" @click=${() => void openPublish(desk)}>Publish</button>
  </header>`;
}
