// Dialogs over the page: native <dialog> elements, so that focus, Escape and what
// lies behind are the browser's.
import { html, nothing, render } from "lit";
import type { TemplateResult } from "lit";
import { icon } from "./icons.ts";
import { drawnBy, redraw } from "./redraw.ts";

export interface DialogOptions<T> {
  readonly title: string;
  readonly body: (close: (result?: T) => void) => TemplateResult;
  /** Escape and the button that closes are not there: it has to be answered. */
  readonly insistent?: boolean;
  readonly wide?: boolean;
}

let count = 0;

/** Resolves to what the dialog was closed with; undefined when it was left. */
export function openDialog<T>({ title, body, insistent, wide }: DialogOptions<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const heading = `dialog-${++count}`;
    dialog.setAttribute("aria-labelledby", heading);
    dialog.classList.toggle("wide", !!wide);
    document.body.append(dialog);
    const finish = (result?: T) => {
      stop();
      // Closed first: that gives the focus back.
      dialog.close();
      dialog.remove();
      resolve(result);
      redraw();
    };
    const stop = drawnBy(() =>
      render(
        html`<header>
            <h2 id=${heading}>${title}</h2>
            ${
              insistent
                ? nothing
                : html`<button type="button" class="icon-button" aria-label="Close" @click=${() => finish()}>
                    ${icon("close")}
                  </button>`
            }
          </header>
          <div class="dialog-body">${body(finish)}</div>`,
        dialog,
      ),
    );
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!insistent) finish();
    });
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[autofocus]")?.focus();
  });
}

/** Asks before something is done that can't be undone. */
export async function confirm(title: string, text: string, action: string, danger = true): Promise<boolean> {
  const answer = await openDialog<boolean>({
    title,
    body: (close) =>
      html`<p>${text}</p>
        <footer>
          <button type="button" autofocus @click=${() => close(false)}>Cancel</button>
          <button type="button" class=${danger ? "danger" : "primary"} @click=${() => close(true)}>
            ${action}
          </button>
        </footer>`,
  });
  return answer === true;
}

export interface Question {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly value?: string;
  readonly type?: "text" | "password";
  readonly autocomplete?: string;
  /** What is wrong, in words; empty when nothing is. */
  readonly check?: (text: string) => string;
}

export interface FormOptions {
  readonly title: string;
  readonly text?: string;
  readonly action: string;
  readonly questions: readonly Question[];
  /** Does it. What it throws is told in the dialog, which stays open. */
  readonly submit: (answers: Readonly<Record<string, string>>) => Promise<void>;
  readonly insistent?: boolean;
  /** Further fields, above the buttons. */
  readonly more?: () => TemplateResult;
}

/** A few questions and what is done with the answers. Resolves to whether it was done. */
export async function openForm(options: FormOptions): Promise<boolean> {
  let problem = "";
  let busy = false;
  let told: Record<string, string> = {};
  const submit = async (event: SubmitEvent, close: (done: boolean) => void) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const answers: Record<string, string> = {};
    told = {};
    for (const { name, check, type } of options.questions) {
      const text = (form.elements.namedItem(name) as HTMLInputElement).value;
      answers[name] = type === "password" ? text : text.trim();
      const wrong = check?.(answers[name]);
      if (wrong) told[name] = wrong;
    }
    problem = "";
    redraw();
    const wrong = Object.keys(told)[0];
    if (wrong) return (form.elements.namedItem(wrong) as HTMLElement).focus();
    busy = true;
    try {
      await options.submit(answers);
      close(true);
    } catch (error) {
      problem = error instanceof Error ? error.message : "That did not work.";
    }
    busy = false;
    redraw();
  };
  const field = ({ name, label, help, value, type, autocomplete }: Question, first: boolean) =>
    html`<div class="field">
      <label for="ask-${name}">${label}</label>
      <input
        id="ask-${name}"
        name=${name}
        type=${type ?? "text"}
        autocomplete=${(autocomplete ?? "off") as "off"}
        .defaultValue=${value ?? ""}
        ?autofocus=${first}
        aria-invalid=${told[name] ? "true" : "false"}
        aria-describedby="ask-${name}-help"
        spellcheck="false"
      />
      <p class="help" id="ask-${name}-help">
        ${told[name] ? html`<span class="problem">${told[name]}</span>` : help}
      </p>
    </div>`;
  const done = await openDialog<boolean>({
    title: options.title,
    insistent: !!options.insistent,
    body: (close) =>
      html`<form novalidate @submit=${(event: SubmitEvent) => submit(event, close)}>
        ${options.text ? html`<p>${options.text}</p>` : nothing}
        ${options.questions.map((question, index) => field(question, index === 0))} ${options.more?.()}
        <p class="problem" role="alert">${problem}</p>
        <footer>
          ${
            options.insistent
              ? nothing
              : html`<button type="button" @click=${() => close(false)}>Cancel</button>`
          }
          <button type="submit" class="primary" ?disabled=${busy}>${options.action}</button>
        </footer>
      </form>`,
  });
  return done === true;
}

/** Says something for which there is nothing to decide. */
export async function tell(title: string, text: TemplateResult | string): Promise<void> {
  await openDialog({
    title,
    body: (close) =>
      html`<div>${typeof text === "string" ? html`<p>${text}</p>` : text}</div>
        <footer>
          <button type="button" class="primary" autofocus @click=${() => close()}>Close</button>
        </footer>`,
  });
}
