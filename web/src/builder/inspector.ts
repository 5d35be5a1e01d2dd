// The fields of the component that is selected; the page's own settings when
// none is.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { buttonLooks, inputKinds, phoneEvents } from "../page/document.ts";
import type {
  ButtonComponent,
  ColumnsComponent,
  Component,
  InputComponent,
  PhoneComponent,
  PhoneEventProperty,
} from "../page/document.ts";
import { selectField, textField } from "./controls.ts";
import type { Desk } from "./desk.ts";
import { changeComponent, idProblem, setComponentField, setField } from "./document-edits.ts";
import {
  buttonLabel,
  headingText,
  hiddenField,
  htmlField,
  inputFields,
  paragraphText,
  phoneAccount,
  phoneAutoRegister,
  phoneEventTexts,
  phoneShow,
  phoneWidth,
} from "./fields.ts";
import { actionNames, renameComponent } from "./function-edits.ts";
import { icon, typeNames } from "./icons.ts";
import type { IconName } from "./icons.ts";
import { pageSettings } from "./page-settings.ts";
import { problemsOf } from "./problems.ts";
import { toldOf, valueField } from "./value-field.ts";

function idField(desk: Desk, component: Component): TemplateResult {
  const { id } = component;
  return textField(desk, {
    key: `${id}.id`,
    field: "id",
    component: id,
    label: "ID",
    help: "The key by which actions find the component; every ID is used once.",
    value: id,
    late: true,
    check: (text) => idProblem(desk.document, text, id),
    commit: (text) => {
      if (text === id) return;
      const renamed = renameComponent(desk.document, id, text);
      // Selected under its new name before what is gone is let go.
      desk.selected = text;
      desk.edit(renamed);
      desk.announce(`“${id}” is called “${text}” now, in actions and in the CSS too.`);
    },
    told: toldOf(desk, id, "id"),
  });
}

/** A select of the action that something runs. */
function actionField(
  desk: Desk,
  component: Component,
  name: string,
  label: string,
  help: string,
  value: string | undefined,
  commit: (action: string | undefined) => void,
): TemplateResult {
  const names = actionNames(desk.document);
  const missing = value !== undefined && !names.includes(value);
  return selectField({
    key: `${component.id}.${name}`,
    field: name,
    label,
    help,
    value: value ?? "",
    told: toldOf(desk, component.id, name),
    choices: [
      { value: "", text: "none" },
      ...(missing ? [{ value, text: `${value} (missing)` }] : []),
      ...names.map((each) => ({ value: each, text: each })),
    ],
    commit: (action) => commit(action || undefined),
    beside: value
      ? html`<button
          type="button"
          class="link"
          aria-label="Edit the action of ${label}"
          @click=${() => desk.showAction(value)}
        >
          Edit
        </button>`
      : nothing,
  });
}

const group = (legend: string, content: unknown, columns = false) =>
  html`<fieldset class=${columns ? "group two" : "group"}>
    <legend>${legend}</legend>
    ${content}
  </fieldset>`;

function phoneFields(desk: Desk, phone: PhoneComponent): TemplateResult {
  const setAction = (event: PhoneEventProperty, action: string | undefined) => {
    const actions = setField(phone.actions ?? {}, event, action);
    desk.edit(
      setComponentField(
        desk.document,
        phone.id,
        "actions",
        Object.keys(actions).length ? actions : undefined,
      ),
    );
  };
  return html`${idField(desk, phone)} ${valueField(desk, phone, phoneWidth)}
  ${group(
    "Show",
    phoneShow.map((field) => valueField(desk, phone, field)),
  )}
  ${valueField(desk, phone, phoneAutoRegister)} ${phoneAccount.map((field) => valueField(desk, phone, field))}
  ${group("Attribute Action", valueField(desk, phone, hiddenField(phone.type)))}
  ${group(
    "Action Settings",
    phoneEvents.map((event) =>
      actionField(desk, phone, event, event, phoneEventTexts[event], phone.actions?.[event], (action) =>
        setAction(event, action),
      ),
    ),
  )}`;
}

const kindTexts: Readonly<Record<(typeof inputKinds)[number], string>> = {
  text: "Text",
  multiline: "Text of several lines",
  select: "Choice from a list",
  checkbox: "Yes or no",
  number: "Number",
  tel: "Telephone number",
  email: "E-mail address",
  url: "Web address",
  search: "Search",
  password: "Password",
};

function inputsFields(desk: Desk, input: InputComponent): TemplateResult {
  const set = (name: string, value: unknown, merge = "") =>
    desk.edit(setComponentField(desk.document, input.id, name, value), merge);
  const [label, value, placeholder] = inputFields;
  const { kind = "text" } = input;
  return html`${label ? valueField(desk, input, label) : nothing}
  ${selectField({
    key: `${input.id}.kind`,
    field: "kind",
    label: "Kind",
    help: "What is typed here: phones show a fitting keyboard, and browsers check it.",
    value: kind,
    choices: inputKinds.map((each) => ({ value: each, text: kindTexts[each] })),
    commit: (chosen) => set("kind", chosen === "text" ? undefined : chosen),
  })}
  ${value ? valueField(desk, input, value) : nothing}
  ${placeholder && kind !== "checkbox" && kind !== "select" ? valueField(desk, input, placeholder) : nothing}
  ${
    kind === "select"
      ? textField(desk, {
          key: `${input.id}.options`,
          field: "options",
          component: input.id,
          label: "Options",
          help: "What the list offers, one in each line.",
          kind: "multiline",
          value: (input.options ?? []).join("\n"),
          check: (text) => {
            const options = text.split("\n");
            if (options.length > 100) return "A list has at most 100 options.";
            return options.some((each) => each.length > 256) ? "An option has at most 256 characters." : "";
          },
          commit: (text) => set("options", text === "" ? undefined : text.split("\n"), `${input.id}.options`),
        })
      : nothing
  }
  ${actionField(
    desk,
    input,
    "onChange",
    "onChange",
    "Runs when the visitor has changed the value.",
    input.onChange,
    (action) => set("onChange", action),
  )}`;
}

const lookTexts = { plain: "Plain", primary: "Important", call: "Call (green)", end: "End (red)" } as const;

function buttonFields(desk: Desk, button: ButtonComponent): TemplateResult {
  const set = (name: string, value: unknown) =>
    desk.edit(setComponentField(desk.document, button.id, name, value));
  return html`${valueField(desk, button, buttonLabel)}
  ${selectField({
    key: `${button.id}.look`,
    field: "look",
    label: "Look",
    help: "How much the button stands out.",
    value: button.look ?? "plain",
    choices: buttonLooks.map((each) => ({ value: each, text: lookTexts[each] })),
    commit: (look) => set("look", look === "plain" ? undefined : look),
  })}
  ${actionField(
    desk,
    button,
    "onClick",
    "onClick",
    "Runs when the button is pressed.",
    button.onClick,
    (action) => set("onClick", action),
  )}`;
}

function columnsFields(desk: Desk, columns: ColumnsComponent): TemplateResult {
  const change = (next: ColumnsComponent["columns"]) =>
    desk.edit(
      changeComponent(desk.document, columns.id, (each) => ({ ...each, columns: next }) as ColumnsComponent),
    );
  return html`${group(
    "Columns",
    html`${columns.columns.map((column, index) =>
        selectField({
          key: `${columns.id}.share${index}`,
          field: `share-${index + 1}`,
          label: `Share of column ${index + 1}`,
          ...(index === 0 && { help: "How much of the width a column has, beside the others." }),
          value: String(column.share ?? 1),
          choices: Array.from({ length: 12 }, (_, share) => ({
            value: String(share + 1),
            text: String(share + 1),
          })),
          commit: (share) =>
            change(
              columns.columns.with(
                index,
                setField(column, "share", share === "1" ? undefined : Number(share)),
              ),
            ),
          beside:
            columns.columns.length > 1
              ? html`<button
                  type="button"
                  class="icon-button"
                  aria-label="Remove column ${index + 1}"
                  title="Remove column ${index + 1}"
                  ?disabled=${column.components.length > 0}
                  @click=${() => change(columns.columns.toSpliced(index, 1))}
                >
                  ${icon("remove")}
                </button>`
              : nothing,
        }),
      )}
      <button
        type="button"
        class="small"
        ?disabled=${columns.columns.length >= 4}
        @click=${() => change([...columns.columns, { components: [] }])}
      >
        ${icon("add")} Add column
      </button>
      <p class="help">
        Side by side where there is room, one below the other where there is not. A column can be removed when
        it is empty.
      </p>`,
  )}`;
}

function ownFields(desk: Desk, component: Component): TemplateResult {
  switch (component.type) {
    case "web-phone":
      return phoneFields(desk, component);
    case "heading":
      return html`${idField(desk, component)} ${valueField(desk, component, headingText)}
      ${selectField({
        key: `${component.id}.level`,
        field: "level",
        label: "Level",
        help: "1 is the page's title, 4 the least; screen readers jump from one to the next.",
        value: String(component.level ?? 2),
        choices: ["1", "2", "3", "4"].map((value) => ({ value, text: value })),
        commit: (level) =>
          desk.edit(
            setComponentField(
              desk.document,
              component.id,
              "level",
              level === "2" ? undefined : Number(level),
            ),
          ),
      })}`;
    case "text":
      return html`${idField(desk, component)} ${valueField(desk, component, paragraphText)}`;
    case "input":
      return html`${idField(desk, component)} ${inputsFields(desk, component)}`;
    case "button":
      return html`${idField(desk, component)} ${buttonFields(desk, component)}`;
    case "html":
      return html`${idField(desk, component)} ${valueField(desk, component, htmlField)}`;
    case "columns":
      return html`${idField(desk, component)} ${columnsFields(desk, component)}`;
  }
}

export function inspector(desk: Desk): TemplateResult {
  const { component } = desk;
  if (!component)
    return html`<h2>Page settings</h2>
      ${pageSettings(desk)}`;
  const { id, type } = component;
  const act = (name: IconName, words: string, run: () => void) =>
    html`<button type="button" class="icon-button" aria-label=${words} title=${words} @click=${run}>
      ${icon(name)}
    </button>`;
  const loose = problemsOf(desk).filter((each) => each.component === id && !each.field && !desk.typed.size);
  return html`<div class="inspector-head">
      <h2>${typeNames[type]}</h2>
      <span class="grow"></span>
      ${act("up", "Move the component up", () => desk.step(id, false))}
      ${act("down", "Move the component down", () => desk.step(id, true))}
      ${act("copy", "Duplicate the component", () => desk.duplicate(id))}
      ${act("remove", "Remove the component", () => desk.remove(id))}
      ${act("close", "Show the page's settings", () => desk.select(undefined))}
    </div>
    ${loose.map((each) => html`<p class="problem">${each.message}</p>`)}
    ${keyed(
      id,
      html`<div class="fields">
        ${ownFields(desk, component)}
        ${type === "web-phone" ? nothing : valueField(desk, component, hiddenField(type))}
      </div>`,
    )}`;
}
