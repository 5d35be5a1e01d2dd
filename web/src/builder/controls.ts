// Fields as the inspector and the panels draw them: label, control, explanation,
// and what is wrong. What is wrong is not taken, and the field keeps what was typed.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Desk } from "./desk.ts";
import { redraw } from "./redraw.ts";

export interface TextField {
  /** Of this field alone in the page that is open. */
  readonly key: string;
  /** The hook `data-field`. */
  readonly field: string;
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly commit: (text: string) => void;
  readonly check?: (text: string) => string;
  /** Taken when the field is left, not with each letter. */
  readonly late?: boolean;
  readonly kind?: "text" | "password" | "multiline" | "html" | "number" | "code";
  readonly placeholder?: string;
  readonly component?: string;
  /** A problem from elsewhere, as from the server. */
  readonly told?: string | undefined;
  /** Beside the label. */
  readonly beside?: unknown;
  readonly below?: unknown;
}

/** An ID for an element, made from a key. */
export const idOf = (key: string) => `f-${key.replace(/[^\w-]/g, "_")}`;

export function textField(desk: Desk, options: TextField): TemplateResult {
  const { key, field, label, help, value, check, commit, late, kind = "text", component } = options;
  const typed = desk.typed.get(key);
  const id = idOf(key);
  const problem = typed?.problem || options.told || "";
  const keep = (text: string, wrong: string) =>
    desk.typed.set(key, { text, problem: wrong, label, ...(component !== undefined && { component }) });
  const input = (event: Event) => {
    const text = (event.target as HTMLInputElement).value;
    const wrong = check?.(text.trim()) ?? "";
    if (wrong || late) keep(text, wrong);
    else {
      desk.typed.delete(key);
      commit(text);
    }
    redraw();
  };
  const change = (event: Event) => {
    const text = (event.target as HTMLInputElement).value.trim();
    if (!late || check?.(text)) return;
    desk.typed.delete(key);
    commit(text);
    redraw();
  };
  const shown = typed?.text ?? value;
  const described = `${id}-help ${id}-problem`;
  const invalid = problem ? "true" : "false";
  const control =
    kind === "multiline" || kind === "html" || kind === "code"
      ? html`<textarea
          id=${id}
          class=${kind === "multiline" ? "" : "mono"}
          rows=${kind === "multiline" ? 3 : 6}
          .value=${live(shown)}
          placeholder=${options.placeholder ?? ""}
          spellcheck=${kind === "multiline" ? "true" : "false"}
          aria-invalid=${invalid}
          aria-describedby=${described}
          @input=${input}
          @change=${change}
        ></textarea>`
      : html`<input
          id=${id}
          type=${kind === "password" ? "password" : "text"}
          inputmode=${kind === "number" ? "numeric" : "text"}
          .value=${live(shown)}
          placeholder=${options.placeholder ?? ""}
          autocomplete=${kind === "password" ? "new-password" : "off"}
          spellcheck="false"
          aria-invalid=${invalid}
          aria-describedby=${described}
          @input=${input}
          @change=${change}
        />`;
  return html`<div class="field" data-field=${field}>
    <div class="field-head">
      <label for=${id}>${label}</label>
      ${options.beside ?? nothing}
    </div>
    ${control}
    <p class="help" id="${id}-help" ?hidden=${!help}>${help}</p>
    <p class="problem" id="${id}-problem" aria-live="polite">${problem}</p>
    ${options.below ?? nothing}
  </div>`;
}

export interface SelectField {
  readonly key: string;
  readonly field: string;
  readonly label: string;
  readonly help?: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly text: string; readonly disabled?: boolean }[];
  readonly commit: (value: string) => void;
  readonly told?: string | undefined;
  readonly beside?: unknown;
  readonly below?: unknown;
}

export function selectField(options: SelectField): TemplateResult {
  const { key, field, label, help, value, choices, commit, told = "" } = options;
  const id = idOf(key);
  return html`<div class="field" data-field=${field}>
    <div class="field-head"><label for=${id}>${label}</label>${options.beside ?? nothing}</div>
    <select
      id=${id}
      .value=${live(value)}
      aria-invalid=${told ? "true" : "false"}
      aria-describedby="${id}-help ${id}-problem"
      @change=${(event: Event) => commit((event.target as HTMLSelectElement).value)}
    >
      ${choices.map(
        (each) =>
          html`<option value=${each.value} ?selected=${each.value === value} ?disabled=${!!each.disabled}>
            ${each.text}
          </option>`,
      )}
    </select>
    <p class="help" id="${id}-help" ?hidden=${!help}>${help}</p>
    <p class="problem" id="${id}-problem" aria-live="polite">${told}</p>
    ${options.below ?? nothing}
  </div>`;
}

export interface CheckField {
  readonly key: string;
  readonly field: string;
  readonly label: string;
  readonly help?: string;
  readonly value: boolean;
  readonly commit: (value: boolean) => void;
  readonly beside?: unknown;
  readonly told?: string | undefined;
}

export function checkField({
  key,
  field,
  label,
  help,
  value,
  commit,
  beside,
  told = "",
}: CheckField): TemplateResult {
  const id = idOf(key);
  return html`<div class="field" data-field=${field}>
    <div class="field-head">
      <label class="check">
        <input
          id=${id}
          type="checkbox"
          .checked=${live(value)}
          aria-describedby="${id}-help ${id}-problem"
          @change=${(event: Event) => commit((event.target as HTMLInputElement).checked)}
        />
        ${label}
      </label>
      ${beside ?? nothing}
    </div>
    <p class="help" id="${id}-help" ?hidden=${!help}>${help}</p>
    <p class="problem" id="${id}-problem" aria-live="polite">${told}</p>
  </div>`;
}
