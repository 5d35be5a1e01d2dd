// The page was changed in another window: one of the two goes on, and none is lost.
import { html } from "lit";
import { ApiError } from "./api.ts";
import type { Desk } from "./desk.ts";
import { openDialog } from "./dialogs.ts";
import { redraw } from "./redraw.ts";

/** Keeps what is here as another page, under the first name that is free. */
async function keepAsCopy(desk: Desk): Promise<string> {
  const stem = desk.name.slice(0, 54);
  for (let number = 1; ; number++) {
    const name = `${stem}-copy${number === 1 ? "" : `-${number}`}`;
    try {
      await desk.api.create(name, desk.document);
      return name;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409) || number >= 50) throw error;
    }
  }
}

export async function openConflict(desk: Desk): Promise<void> {
  let problem = "";
  await openDialog<void>({
    title: "The page was changed in another window",
    insistent: true,
    body: (close) => {
      const run = async (work: () => Promise<void>) => {
        problem = "";
        try {
          await work();
          close();
        } catch (error) {
          problem = error instanceof Error ? error.message : "That did not work. Try again.";
          redraw();
        }
      };
      return html`<p>
          Somebody has saved “${desk.document.title}” since you opened it here, so that your last changes are
          not saved.
        </p>
        <p class="problem" role="alert">${problem}</p>
        <footer>
          <button type="button" @click=${() => run(async () => desk.restart(await desk.api.open(desk.name)))}>
            Load theirs
          </button>
          <button
            type="button"
            class="primary"
            autofocus
            @click=${() =>
              run(async () => {
                const name = await keepAsCopy(desk);
                desk.autosave.close();
                location.hash = name;
              })}
          >
            Keep mine as a copy
          </button>
        </footer>`;
    },
  });
}
