// The actions of the page: the list, and the code of the one that is chosen.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { CodeEditor } from "./code-editor.ts";
import type { Desk } from "./desk.ts";
import { confirm, openForm } from "./dialogs.ts";
import {
  actionNames,
  codeOf,
  findFunction,
  functionNameProblem,
  isOwnAction,
  putFunction,
  removeFunction,
  renameFunction,
  usesOfFunction,
} from "./function-edits.ts";
import { icon } from "./icons.ts";
import { errorsIn } from "./problems.ts";

const explanations: Readonly<Record<string, string>> = {
  mounted: "Runs once when the page is first loaded.",
  refresh: "Runs when the page is loaded and at every this.refresh().",
};

export class ActionsPanel {
  readonly #desk: Desk;
  readonly #editor: CodeEditor;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#editor = new CodeEditor({
      context: () => ({
        components: desk.components.map(({ id, type }) => ({ id, type })),
        functions: [
          ...new Set([...actionNames(desk.document), ...desk.document.functions.map(({ name }) => name)]),
        ],
        variables: [...new Set(desk.variables.filter((each) => !each.private).map(({ name }) => name))],
      }),
      changed: (code) => desk.setCode(desk.action, code),
      ran: () =>
        desk.runProblems.flatMap(({ action, line, message }) =>
          action === desk.action && line !== undefined ? [{ line, message }] : [],
        ),
    });
  }

  close(): void {
    this.#editor.close();
  }

  readonly #add = async () => {
    const desk = this.#desk;
    await openForm({
      title: "New action",
      text: "An action is a function of your own in JavaScript, which events of the phone, buttons and other actions run.",
      action: "Add action",
      questions: [
        {
          name: "name",
          label: "Name",
          help: "Such as screenPop.",
          check: (name) => functionNameProblem(desk.document, name),
        },
      ],
      submit: async ({ name = "" }) => {
        desk.edit(putFunction(desk.document, { kind: "action", name, code: "" }));
        desk.showAction(name);
      },
    });
  };

  readonly #rename = async () => {
    const desk = this.#desk;
    const old = desk.action;
    await openForm({
      title: `Rename “${old}”`,
      text: "Whatever names the action follows: events, buttons and this.call(…) in other actions.",
      action: "Rename",
      questions: [
        {
          name: "name",
          label: "Name",
          value: old,
          check: (name) => functionNameProblem(desk.document, name, old),
        },
      ],
      submit: async ({ name = "" }) => {
        const renamed = renameFunction(desk.document, old, name);
        this.#editor.renamed(old, name);
        desk.action = name;
        desk.edit(renamed);
      },
    });
  };

  readonly #remove = async () => {
    const desk = this.#desk;
    const name = desk.action;
    const uses = usesOfFunction(desk.document, name);
    const text =
      uses.length === 0
        ? "Nothing uses it. Undo brings it back."
        : `It is used by ${uses.join(", ")}: there it will be missing. Undo brings it back.`;
    if (await confirm(`Remove the action “${name}”?`, text, "Remove action")) {
      desk.edit(removeFunction(desk.document, name));
    }
  };

  #item(name: string): TemplateResult {
    const desk = this.#desk;
    const found = findFunction(desk.document, name);
    const broken = found?.kind === "action" && errorsIn(found).length > 0;
    const ran = desk.runProblems.some(({ action }) => action === name);
    return html`<li>
      <button
        type="button"
        class="item"
        aria-current=${name === desk.action ? "true" : "false"}
        @click=${() => {
          desk.line = undefined;
          desk.showAction(name);
        }}
      >
        <span class="mono">${name}</span>
        ${
          broken || ran
            ? html`<span class="mark" title=${broken ? "Has an error" : "Something went wrong when it ran"}
                >${icon("warning")}<span class="unseen"
                  >${broken ? "has an error" : "went wrong when it ran"}</span
                ></span
              >`
            : nothing
        }
      </button>
    </li>`;
  }

  #ran(): TemplateResult | typeof nothing {
    const desk = this.#desk;
    if (desk.runProblems.length === 0) return nothing;
    return html`<div class="ran">
      <h3>When it was tried</h3>
      <ul aria-live="polite" aria-label="What went wrong when the page was tried">
        ${desk.runProblems.map(
          ({ action, line, message }) =>
            html`<li>
              ${
                action === undefined
                  ? nothing
                  : html`<button type="button" class="link" @click=${() => desk.showAction(action, line)}>
                        ${action}${line === undefined ? "" : `, line ${line}`}</button
                      >: `
              }
              ${message}
            </li>`,
        )}
      </ul>
    </div>`;
  }

  template(): TemplateResult {
    const desk = this.#desk;
    const { action } = desk;
    this.#editor.show(action, codeOf(desk.document, action));
    if (desk.line !== undefined) {
      const { line } = desk;
      desk.line = undefined;
      setTimeout(() => this.#editor.goTo(line));
    }
    const found = findFunction(desk.document, action);
    const errors = found?.kind === "action" ? errorsIn(found) : [];
    const ran = desk.runProblems.flatMap((each) =>
      each.action === action && each.line !== undefined ? [{ ...each, line: each.line }] : [],
    );
    return html`<div class="actions">
      <div class="side">
        <ul class="items" aria-label="Actions">
          ${actionNames(desk.document).map((name) => this.#item(name))}
        </ul>
        <button type="button" class="small" @click=${this.#add}>${icon("add")} Add action</button>
      </div>
      <div class="code">
        <div class="row">
          <p class="signature">
            <code>async function <strong>${action}</strong>(detail)</code>
            <span class="help"
              >${explanations[action] ?? "Your own: detail is what the event or the caller brings."}</span
            >
          </p>
          <span class="grow"></span>
          ${
            isOwnAction(action)
              ? nothing
              : html`<button type="button" class="small" aria-label="Rename action" @click=${this.#rename}>
                    Rename
                  </button>
                  <button type="button" class="small" aria-label="Remove action" @click=${this.#remove}>
                    Remove
                  </button>`
          }
        </div>
        ${this.#editor.element}
        <div class="row under">
          <p class="problem" role="status">
            ${[...errors, ...ran.slice(0, 3)].map(
              ({ line, message }) =>
                html`<button type="button" class="link" @click=${() => desk.showAction(action, line)}>
                    Line ${line}</button
                  >: ${message}`,
            )}
          </p>
          <p class="help" id="editor-help">
            Ctrl+Space completes, Ctrl+F searches. Tab indents; Escape, then Tab, leaves the editor.
          </p>
        </div>
        ${this.#ran()}
      </div>
    </div>`;
  }
}
