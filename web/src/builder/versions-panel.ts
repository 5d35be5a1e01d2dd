// What was published: each time is a version, which the draft can become again.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Version } from "./api.ts";
import type { Desk } from "./desk.ts";
import { confirm } from "./dialogs.ts";
import { when } from "./names.ts";
import { redraw } from "./redraw.ts";

export class VersionsPanel {
  readonly #desk: Desk;
  #versions: readonly Version[] | undefined;
  /** The published version that the list was loaded for. */
  #loadedFor: number | null | undefined;
  #problem = "";

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async #load(): Promise<void> {
    try {
      this.#versions = await this.#desk.api.versions(this.#desk.name);
      this.#problem = "";
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : "The versions can't be loaded.";
    }
    redraw();
  }

  async #restore(version: Version): Promise<void> {
    const desk = this.#desk;
    const text = `The draft becomes what was published on ${when(version.time)}. Visitors see no change until you publish, and Undo brings the draft back.`;
    if (!(await confirm(`Restore version ${version.number}?`, text, "Restore", false))) return;
    try {
      if (!(await desk.autosave.flush()))
        throw new Error("The draft is not saved yet. Try again when it is.");
      desk.restored(await desk.api.restore(desk.name, version.number, desk.autosave.revision));
      desk.announce(`The draft is version ${version.number} now.`);
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : "That did not work.";
      redraw();
    }
  }

  template(): TemplateResult {
    const published = this.#desk.page.publishedVersion;
    if (this.#loadedFor !== published || this.#versions === undefined) {
      if (this.#loadedFor !== published) {
        this.#loadedFor = published;
        void this.#load();
      }
    }
    const versions = this.#versions ?? [];
    return html`<div class="padded">
      <p class="problem" role="alert">${this.#problem}</p>
      <p class="help">
        Every time you publish, a version is kept: the last hundred, and always the one that visitors see.
      </p>
      ${
        versions.length === 0
          ? html`<p>${this.#versions ? "The page was not published yet." : "Loading…"}</p>`
          : html`<div class="table" tabindex="0" role="group" aria-label="Versions">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Version</th>
                    <th scope="col">Published</th>
                    <th scope="col">Title</th>
                    <th scope="col"><span class="unseen">What to do</span></th>
                  </tr>
                </thead>
                <tbody>
                  ${versions.map(
                    (version) =>
                      html`<tr>
                        <th scope="row">
                          ${version.number}
                          ${version.published ? html`<span class="badge on">visitors see it</span>` : nothing}
                        </th>
                        <td>${when(version.time)}</td>
                        <td>${version.title}</td>
                        <td>
                          <button
                            type="button"
                            class="small"
                            aria-label="Restore version ${version.number}"
                            @click=${() => void this.#restore(version)}
                          >
                            Restore
                          </button>
                        </td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }
    </div>`;
  }
}
