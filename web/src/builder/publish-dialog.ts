// Publishing: what hinders it, in words; afterwards the address and how other
// sites embed the page.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { ApiError } from "./api.ts";
import type { Problem } from "./api.ts";
import type { Desk } from "./desk.ts";
import { openDialog } from "./dialogs.ts";
import { icon } from "./icons.ts";
import { when } from "./names.ts";
import { embeddingField } from "./page-settings.ts";
import { goTo, problemsOf } from "./problems.ts";
import { redraw } from "./redraw.ts";

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** What other sites put into their markup. */
export function snippets(origin: string, name: string, title: string) {
  const script = `<script src="${origin}/embed.js" data-page="${name}"`;
  return {
    script: `${script} async></script>`,
    launcher: `${script} data-launcher="Call us" async></script>`,
    frame:
      `<iframe src="${origin}/p/${name}" title="${escaped(title)}" width="360" height="640" style="border:0" ` +
      `allow="microphone; camera; autoplay; display-capture; speaker-selection; fullscreen"></iframe>`,
  };
}

class PublishDialog {
  readonly #desk: Desk;
  readonly #close: () => void;
  #busy = false;
  #problem = "";
  #refused: readonly Problem[] = [];
  #copied = "";
  /** The draft's document when it was published here last. */
  #published: unknown;

  constructor(desk: Desk, close: () => void) {
    this.#desk = desk;
    this.#close = close;
  }

  async #do(work: () => Promise<void>): Promise<void> {
    this.#busy = true;
    this.#problem = "";
    this.#refused = [];
    redraw();
    try {
      await work();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : "That did not work.";
      if (error instanceof ApiError) this.#refused = error.problems;
    }
    this.#busy = false;
    redraw();
  }

  readonly #publish = () =>
    this.#do(async () => {
      const desk = this.#desk;
      if (!(await desk.autosave.flush())) {
        throw new Error(
          "The draft is not saved, so it can't be published. Look at what stands beside the title.",
        );
      }
      if (problemsOf(desk).length > 0) return;
      const sent = desk.document;
      const page = await desk.api.publish(desk.name, desk.autosave.revision);
      desk.page = page;
      this.#published = sent;
      desk.announce(`Version ${page.publishedVersion} is published.`);
    });

  readonly #unpublish = () =>
    this.#do(async () => {
      const desk = this.#desk;
      desk.page = await desk.api.unpublish(desk.name);
      this.#published = undefined;
      desk.announce("The page is not published any more.");
    });

  async #copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#copied = what;
    } catch {
      this.#problem = "Your browser does not let the builder copy. Select the text and copy it yourself.";
    }
    redraw();
  }

  #snippet(what: string, help: string, text: string): TemplateResult {
    return html`<div class="snippet">
      <div class="row">
        <h4>${what}</h4>
        <span class="grow"></span>
        <button
          type="button"
          class="small"
          aria-label="Copy: ${what}"
          @click=${() => void this.#copy(text, what)}
        >
          ${icon("copy")} ${this.#copied === what ? "Copied" : "Copy"}
        </button>
      </div>
      <p class="help">${help}</p>
      <pre tabindex="0" role="group" aria-label=${what}><code>${text}</code></pre>
    </div>`;
  }

  #embedding(): TemplateResult {
    const desk = this.#desk;
    const { script, launcher, frame } = snippets(location.origin, desk.name, desk.document.title);
    const open = (desk.document.embedding ?? []).length > 0;
    const changed = this.#published !== undefined && this.#published !== desk.document;
    return html`<section class="embedding">
      <h3>Embed it in a site</h3>
      ${open ? nothing : html`<p class="warning">No site may show the page in a frame yet. Name those that may:</p>`}
      ${embeddingField(desk)}
      ${changed ? html`<p class="warning">Publish again, so that this takes effect.</p>` : nothing}
      ${this.#snippet("Script", "The page appears where the script stands.", script)}
      ${this.#snippet("Launcher", "A button in the corner opens the page.", launcher)}
      ${this.#snippet("Frame", "Plain markup, with the permissions that a phone needs.", frame)}
    </section>`;
  }

  template(): TemplateResult {
    const desk = this.#desk;
    const { publishedVersion, publishedTime } = desk.page;
    const problems = problemsOf(desk);
    const address = `${location.origin}/p/${desk.name}`;
    const published = publishedVersion !== null;
    const fresh = published && this.#published === desk.document;
    return html`${
        problems.length
          ? html`<p class="problem">These have to be put right before the page can be published:</p>
              <ul class="problems">
                ${problems.map(
                  (found) =>
                    html`<li>
                      <button
                        type="button"
                        class="link"
                        @click=${() => {
                          this.#close();
                          goTo(desk, found);
                        }}
                      >
                        ${found.place}</button
                      >: ${found.message}
                    </li>`,
                )}
              </ul>`
          : nothing
      }
      <p class="problem" role="alert">${this.#problem}</p>
      ${
        this.#refused.length && problems.length === 0
          ? html`<ul class="problems">
              ${this.#refused.map((each) => html`<li>${each.component ?? each.function ?? "Page"}: ${each.message}</li>`)}
            </ul>`
          : nothing
      }
      <p role="status">
        ${
          published
            ? html`${fresh ? "Published." : ""} Visitors see version ${publishedVersion}
              ${publishedTime ? ` of ${when(publishedTime)}` : ""}.`
            : "The page is not published: nobody but you can see it."
        }
      </p>
      ${
        published
          ? html`<div class="row address-row">
              <a class="mono" href=${address} target="_blank" rel="noopener">${address}</a>
              <button
                type="button"
                class="small"
                aria-label="Copy the address"
                @click=${() => void this.#copy(address, "address")}
              >
                ${icon("copy")} ${this.#copied === "address" ? "Copied" : "Copy"}
              </button>
            </div>`
          : nothing
      }
      <div class="row">
        <button
          type="button"
          class="primary"
          autofocus
          ?disabled=${this.#busy || problems.length > 0}
          @click=${this.#publish}
        >
          ${published ? "Publish the draft as a new version" : "Publish the page"}
        </button>
        ${
          published
            ? html`<button type="button" ?disabled=${this.#busy} @click=${this.#unpublish}>Unpublish</button>`
            : nothing
        }
      </div>
      ${published ? this.#embedding() : nothing}`;
  }
}

export async function openPublish(desk: Desk): Promise<void> {
  // The problems that are shown are those of the draft as it is now.
  await desk.autosave.flush();
  let dialog: PublishDialog | undefined;
  await openDialog<void>({
    title: "Publish",
    wide: true,
    body: (close) => (dialog ??= new PublishDialog(desk, () => close())).template(),
  });
}
