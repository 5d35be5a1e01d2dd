// A field whose value is a constant, an environment variable, or what a function
// returns: beside it stands where the value comes from.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { isDynamic } from "../page/document.ts";
import type { Component, Value } from "../page/document.ts";
import { checkField, selectField, textField } from "./controls.ts";
import type { Desk } from "./desk.ts";
import { setComponentField } from "./document-edits.ts";
import type { ValueField } from "./fields.ts";
import { isOwnAction } from "./function-edits.ts";
import { problemsOf } from "./problems.ts";
import { redraw } from "./redraw.ts";
import { serverList } from "./server-list.ts";

type Source = "constant" | "env" | "function";

const memberPattern = /^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+){0,7}$/;

/** What the server says of a field of a component. */
export const toldOf = (desk: Desk, component: string, field: string): string | undefined =>
  problemsOf(desk).find((each) => each.component === component && each.field === field)?.message;

/** The variables that a page can have, one of a name: the page's own goes before that of all pages. */
export function variableChoices(desk: Desk, current: string) {
  const byName = new Map<string, { readonly private: boolean }>();
  for (const each of desk.variables.toSorted((a, b) =>
    a.scope === b.scope ? 0 : a.scope === "all" ? -1 : 1,
  )) {
    byName.set(each.name, each);
  }
  const choices = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, variable]) => ({
      value: name,
      text: variable.private ? `${name} (private: never sent to a page)` : name,
      disabled: variable.private,
    }));
  if (current && !byName.has(current))
    choices.unshift({ value: current, text: `${current} (missing)`, disabled: false });
  return choices;
}

/** The functions that a value can come from. */
const functionChoices = (desk: Desk, current: string) => {
  const names = desk.document.functions.filter(({ name }) => !isOwnAction(name)).map(({ name }) => name);
  const choices = names.map((name) => ({ value: name, text: name }));
  return current && !names.includes(current)
    ? [{ value: current, text: `${current} (missing)` }, ...choices]
    : choices;
};

export function valueField(desk: Desk, component: Component, field: ValueField): TemplateResult {
  const { name, label, help } = field;
  const key = `${component.id}.${name}`;
  const value = (component as unknown as Record<string, Value<string | boolean> | undefined>)[name];
  const dynamic = isDynamic(value) ? value : undefined;
  const source: Source = dynamic
    ? "env" in dynamic
      ? "env"
      : "function"
    : (desk.sources.get(key) ?? "constant");
  const told = toldOf(desk, component.id, name);
  const set = (next: unknown, merge = "") => {
    desk.edit(setComponentField(desk.document, component.id, name, next), merge);
  };
  /** What stands for "not said" in the document. */
  const none = field.needed ? "" : undefined;

  const choose = (event: Event) => {
    const chosen = (event.target as HTMLSelectElement).value as Source;
    desk.typed.delete(key);
    desk.lists.delete(key);
    desk.sources.delete(key);
    if (chosen === "constant") set(none);
    else {
      const first =
        chosen === "env"
          ? variableChoices(desk, "").find(({ disabled }) => !disabled)?.value
          : functionChoices(desk, "")[0]?.value;
      if (first !== undefined) set(chosen === "env" ? { env: first } : { function: first });
      else {
        set(none);
        desk.sources.set(key, chosen);
      }
    }
    redraw();
  };
  const beside = html`<select
    class="source"
    aria-label="Source of ${label}"
    .value=${live(source)}
    @change=${choose}
  >
    <option value="constant" ?selected=${source === "constant"}>Constant</option>
    <option value="env" ?selected=${source === "env"}>Variable</option>
    <option value="function" ?selected=${source === "function"}>Function</option>
  </select>`;

  if (source === "env") {
    const current = dynamic && "env" in dynamic ? dynamic.env : "";
    const choices = variableChoices(desk, current);
    return selectField({
      key,
      field: name,
      label,
      help,
      value: current,
      told,
      beside,
      choices: current ? choices : [{ value: "", text: "Choose a variable" }, ...choices],
      commit: (env) => env && set({ env }),
      below: choices.some(({ disabled }) => !disabled)
        ? nothing
        : html`<p class="help">
            There is no variable that a page can have.
            <button type="button" class="link" @click=${() => desk.showPanel("variables")}>Add one</button>
          </p>`,
    });
  }
  if (source === "function") {
    const current = dynamic && "function" in dynamic ? dynamic : undefined;
    const choices = functionChoices(desk, current?.function ?? "");
    return selectField({
      key,
      field: name,
      label,
      help,
      value: current?.function ?? "",
      told,
      beside,
      choices: current ? choices : [{ value: "", text: "Choose a function" }, ...choices],
      commit: (chosen) => chosen && set({ ...current, function: chosen }),
      below: current
        ? textField(desk, {
            key: `${key}.member`,
            field: `${name}-member`,
            component: component.id,
            label: `Member for ${label}`,
            help: "The member of what the function returns, such as username or user.name; left empty, all of it.",
            value: current.field ?? "",
            check: (text) =>
              text === "" || memberPattern.test(text)
                ? ""
                : "A member is a name such as username, or names joined by dots.",
            commit: (member) =>
              set(
                { function: current.function, ...(member.trim() && { field: member.trim() }) },
                `${key}.member`,
              ),
          })
        : choices.length === 0
          ? html`<p class="help">
              There is no function that returns something.
              <button type="button" class="link" @click=${() => desk.showPanel("functions")}>Add one</button>
            </p>`
          : nothing,
    });
  }

  if (field.kind === "flag") {
    const standard = field.standard ?? false;
    return checkField({
      key,
      field: name,
      label,
      help,
      told,
      beside,
      value: typeof value === "boolean" ? value : standard,
      commit: (checked) => set(checked === standard ? undefined : checked),
    });
  }
  const text = typeof value === "string" ? value : "";
  if (field.kind === "servers") {
    return serverList(desk, {
      key,
      label,
      help,
      text,
      told,
      beside,
      commit: (next) => set(next || undefined, key),
    });
  }
  return textField(desk, {
    key,
    field: name,
    component: component.id,
    label,
    help,
    value: text,
    told,
    beside,
    kind: field.kind,
    ...(field.placeholder && { placeholder: field.placeholder }),
    check: (typed) => {
      if (typed.length > (field.kind === "html" ? 65_536 : 4096)) return "That is too long for a page.";
      return field.check?.(typed) ?? "";
    },
    commit: (typed) => set(typed === "" ? none : typed, key),
    below:
      field.kind === "password" && text
        ? html`<p class="warning" role="note">
            Every visitor can read this password in the page. Use it only where visitors may have it; a
            function of the kind Visitor account brings one that is short-lived.
          </p>`
        : nothing,
  });
}
