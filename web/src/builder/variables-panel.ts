// Environment variables of this page and of all pages, with their flags. Each
// change is sent at once: they are the server's, not the draft's.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import type { Variable, VariableFlags } from "./api.ts";
import type { Desk } from "./desk.ts";
import { confirm, openForm } from "./dialogs.ts";
import { icon } from "./icons.ts";
import { redraw } from "./redraw.ts";

const flags = ["protected", "private", "locked", "default"] as const;
type Flag = (typeof flags)[number];

const flagTexts: Readonly<Record<Flag, readonly [name: string, help: string]>> = {
  protected: ["Protected", "The value is never shown again here, nor exported; it can be replaced."],
  private: ["Private", "The value is never sent to a page: only functions that the server runs have it."],
  locked: ["Locked", "An import does not overwrite it."],
  default: ["Default", "An import sets it only where it has no value yet."],
};

const maximumValue = 16_384;

export function variableNameProblem(name: string, taken: readonly string[]): string {
  if (name === "") return "A name is needed.";
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) {
    return "A name starts with a letter or _ and has letters, digits and _, at most 64 in all.";
  }
  return taken.includes(name) ? `The name “${name}” is used already.` : "";
}

export class VariablesPanel {
  readonly #desk: Desk;
  #problem = "";
  #notice = "";

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Sends a change, and shows what the server has then. */
  async #do(work: () => Promise<unknown>, notice: string): Promise<void> {
    this.#problem = this.#notice = "";
    try {
      await work();
      this.#notice = notice;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : "That did not work.";
    }
    await this.#desk.loadVariables().catch(() => undefined);
    // What is missing in the page may be there now, or the other way round.
    await this.#desk.recheck();
    redraw();
  }

  #put(
    variable: Variable,
    change: Partial<VariableFlags> & { readonly value?: string },
    notice: string,
  ): Promise<void> {
    const { api, name: page } = this.#desk;
    const { name, scope } = variable;
    const all = Object.fromEntries(flags.map((flag) => [flag, change[flag] ?? variable[flag]]));
    return this.#do(
      () =>
        api.putVariable(name, scope === "page" ? page : undefined, {
          ...(all as unknown as VariableFlags),
          ...(change.value !== undefined && { value: change.value }),
        }),
      notice,
    );
  }

  readonly #add = async (event: SubmitEvent, scope: Variable["scope"]) => {
    event.preventDefault();
    const { api, name: page, variables } = this.#desk;
    const form = event.target as HTMLFormElement;
    const input = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
    const name = input("name").value.trim();
    const taken = variables.filter((each) => each.scope === scope).map((each) => each.name);
    this.#problem = variableNameProblem(name, taken);
    if (this.#problem) {
      input("name").focus();
      return redraw();
    }
    const flagged = Object.fromEntries(
      flags.map((flag) => [flag, input(flag).checked]),
    ) as unknown as VariableFlags;
    const { value } = input("value");
    await this.#do(
      () => api.putVariable(name, scope === "page" ? page : undefined, { ...flagged, value }),
      `${name} is added.`,
    );
    // Whoever has gone on meanwhile, to the next variable or elsewhere, is left alone.
    if (!this.#problem && input("name").value.trim() === name) form.reset();
    if (form.contains(document.activeElement)) input("name").focus();
  };

  #replace(variable: Variable, change: Partial<VariableFlags>, title: string, text: string): void {
    void openForm({
      title,
      text,
      action: "Set value",
      questions: [{ name: "value", label: "New value", type: variable.protected ? "password" : "text" }],
      submit: async ({ value = "" }) => {
        await this.#put(variable, { ...change, value }, `${variable.name} has a new value.`);
        if (this.#problem) throw new Error(this.#problem);
      },
    }).then(() => redraw());
  }

  #flag(variable: Variable, flag: Flag): TemplateResult {
    const [name] = flagTexts[flag];
    const change = (event: Event) => {
      const { checked } = event.target as HTMLInputElement;
      if (flag === "protected" && !checked && variable.set) {
        (event.target as HTMLInputElement).checked = true;
        return this.#replace(
          variable,
          { protected: false },
          `Show ${variable.name} again?`,
          "Its value stays hidden for ever. Without Protected it needs a new value, which everybody here can see.",
        );
      }
      void this.#put(
        variable,
        { [flag]: checked },
        `${variable.name}: ${name} is ${checked ? "on" : "off"}.`,
      );
    };
    return html`<td class="flag">
      <label>
        <input
          type="checkbox"
          aria-label="${name}, ${variable.name}"
          aria-describedby="flag-${flag}"
          .checked=${live(variable[flag])}
          @change=${change}
        />
        <span class="flag-name" aria-hidden="true">${name}</span>
      </label>
    </td>`;
  }

  #value(variable: Variable): TemplateResult {
    const { name } = variable;
    if (variable.protected) {
      return html`<span class="hidden-value">${variable.set ? "set, hidden" : "not set"}</span>
        <button
          type="button"
          class="small"
          aria-label="Replace the value of ${name}"
          @click=${() => this.#replace(variable, {}, `Replace the value of ${name}`, "The old value can't be brought back.")}
        >
          ${variable.set ? "Replace" : "Set"}
        </button>`;
    }
    return html`<input
      type="text"
      class="mono"
      aria-label="Value of ${name}"
      maxlength=${maximumValue}
      spellcheck="false"
      autocomplete="off"
      placeholder=${variable.set ? "empty" : "not set"}
      .value=${live(variable.value ?? "")}
      @change=${(event: Event) =>
        void this.#put(variable, { value: (event.target as HTMLInputElement).value }, `${name} is saved.`)}
    />`;
  }

  async #remove({ name, scope }: Variable): Promise<void> {
    const { api, name: page } = this.#desk;
    const text =
      scope === "page"
        ? "Where the page uses it, it will be missing. This can't be undone."
        : "Where any page uses it, it will be missing. This can't be undone.";
    if (!(await confirm(`Delete the variable ${name}?`, text, "Delete variable"))) return;
    await this.#do(
      () => api.removeVariable(name, scope === "page" ? page : undefined),
      `${name} is deleted.`,
    );
  }

  #table(scope: Variable["scope"], title: string, help: string): TemplateResult {
    const variables = this.#desk.variables.filter((each) => each.scope === scope);
    return html`<section class="variables" aria-labelledby="variables-${scope}">
      <h3 id="variables-${scope}">${title}</h3>
      <p class="help">${help}</p>
      ${
        variables.length === 0
          ? nothing
          : html`<div class="table" tabindex="0" role="group" aria-labelledby="variables-${scope}">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Value</th>
                    ${flags.map((flag) => html`<th scope="col" class="flag">${flagTexts[flag][0]}</th>`)}
                    <td></td>
                  </tr>
                </thead>
                <tbody>
                  ${repeat(
                    variables,
                    ({ name }) => name,
                    (variable) =>
                      html`<tr data-variable=${variable.name}>
                        <th scope="row" class="mono">${variable.name}</th>
                        <td><div class="row">${this.#value(variable)}</div></td>
                        ${flags.map((flag) => this.#flag(variable, flag))}
                        <td>
                          <button
                            type="button"
                            class="icon-button"
                            aria-label="Delete ${variable.name}"
                            title="Delete"
                            @click=${() => void this.#remove(variable)}
                          >
                            ${icon("remove")}
                          </button>
                        </td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }
      <form
        class="add-variable"
        novalidate
        aria-label="Add a variable: ${title}"
        @submit=${(event: SubmitEvent) => this.#add(event, scope)}
      >
        <input
          type="text"
          class="mono"
          name="name"
          aria-label="Name"
          placeholder="NAME"
          autocomplete="off"
          spellcheck="false"
        />
        <input
          type="text"
          class="mono"
          name="value"
          aria-label="Value"
          placeholder="value"
          autocomplete="off"
          spellcheck="false"
          maxlength=${maximumValue}
        />
        ${flags.map(
          (flag) =>
            html`<label class="check">
              <input type="checkbox" name=${flag} aria-describedby="flag-${flag}" /> ${flagTexts[flag][0]}
            </label>`,
        )}
        <button type="submit" class="small">${icon("add")} Add variable</button>
      </form>
    </section>`;
  }

  template(): TemplateResult {
    return html`<div class="padded">
      <p class="problem" role="alert">${this.#problem}</p>
      <p class="notice" role="status">${this.#notice}</p>
      <dl class="flags">
        ${flags.map(
          (flag) =>
            html`<div>
              <dt>${flagTexts[flag][0]}</dt>
              <dd id="flag-${flag}">${flagTexts[flag][1]}</dd>
            </div>`,
        )}
      </dl>
      ${this.#table("page", "This page", "An action reads them as this.env.NAME. A variable of this page wins over one of all pages. A change is live at once.")}
      ${this.#table("all", "All pages", "Every page of this server has them.")}
    </div>`;
  }
}
