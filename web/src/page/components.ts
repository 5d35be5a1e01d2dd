// How a component is drawn, and how one of its values is put on the screen or
// read from it. The runtime and the builder's canvas share it. What a visitor or
// a variable brings is set as text or as a property, never as markup.
import DOMPurify from "dompurify";
import type { WebPhone } from "../webphone.ts";
import { accountFields, isDynamic, showFlags } from "./document.ts";
import type { Component, HtmlComponent, InputComponent, Value } from "./document.ts";

/** What an author's HTML may not hold: whatever runs, sends, or loads a page. */
const forbidden = {
  FORBID_TAGS: ["form", "iframe", "object", "embed", "base", "meta", "link", "style", "web-phone"],
  // An ID or a name of the markup would stand in the way of the components' own.
  SANITIZE_NAMED_PROPS: true,
  ADD_ATTR: ["target"],
};

/** The members of a component that are values, in the order in which they are put on the screen. */
export function valuesOf(component: Component): string[] {
  switch (component.type) {
    case "web-phone":
      // Registering comes last, when the account is whole.
      return ["hidden", "width", ...showFlags, ...accountFields, "autoRegister"];
    case "heading":
    case "text":
      return ["hidden", "text"];
    case "input":
      return ["hidden", "label", "placeholder", "value"];
    case "button":
      return ["hidden", "label"];
    case "html":
      return ["hidden", "html"];
    case "columns":
      return ["hidden"];
  }
}

/** A component's member as it was written; a part of the phone is shown when nothing is said. */
export const written = (component: Component, key: string): Value<string | boolean> | undefined =>
  (component as unknown as Record<string, Value<string | boolean> | undefined>)[key];

function make<K extends keyof HTMLElementTagNameMap>(tag: K, className?: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return element;
}

/** What browsers may fill in (WCAG 2.2, 1.3.5). */
const purposes: Readonly<Record<string, AutoFill>> = {
  tel: "tel",
  email: "email",
  password: "current-password",
};

function drawInput({ id, kind = "text", options = [] }: InputComponent): HTMLElement {
  const field = make("div", "field");
  const label = make("label");
  let control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  if (kind === "select") {
    control = make("select");
    control.append(...options.map((option) => new Option(option, option)));
  } else if (kind === "multiline") {
    control = make("textarea");
    control.rows = 4;
  } else {
    control = make("input");
    control.type = kind;
    if (kind in purposes) control.autocomplete = purposes[kind]!;
  }
  control.id = control.name = label.htmlFor = id;
  if (kind === "checkbox") {
    field.classList.add("choice");
    field.append(control, label);
  } else field.append(label, control);
  return field;
}

/** Draws a component without its values. Columns get theirs through `child`. */
export function draw(component: Component, child: (component: Component) => HTMLElement): HTMLElement {
  let element: HTMLElement;
  switch (component.type) {
    case "web-phone":
      element = document.createElement("web-phone");
      break;
    case "heading":
      element = make(`h${component.level ?? 2}` as "h2");
      break;
    case "text":
      element = make("p");
      break;
    case "input":
      element = drawInput(component);
      break;
    case "button":
      element = make("button", component.look ?? "plain");
      (element as HTMLButtonElement).type = "button";
      break;
    case "html":
      element = make("div", "html");
      break;
    case "columns":
      element = make("div", "columns");
      for (const { share = 1, components } of component.columns) {
        const column = make("div", "column");
        column.style.setProperty("--share", String(share));
        column.append(...components.map(child));
        element.append(column);
      }
  }
  element.dataset.component = component.id;
  if (component.type !== "input") element.id = component.id;
  return element;
}

/** The element that actions get: of an input, the control itself. */
export const target = (component: Component, element: HTMLElement): HTMLElement =>
  component.type === "input" ? element.querySelector<HTMLElement>("input, select, textarea")! : element;

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function putValue(control: Control, value: unknown): void {
  if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = toFlag(value);
  else control.value = toText(value);
}

/** Puts a value on the screen. Throws a sentence where the value is not one that fits. */
export function put(component: Component, element: HTMLElement, key: string, value: unknown): void {
  if (key === "hidden") {
    element.hidden = toFlag(value);
    return;
  }
  switch (component.type) {
    case "web-phone": {
      const settings = element as unknown as Record<string, unknown>;
      settings[key] = key.startsWith("show") || key === "autoRegister" ? toFlag(value) : toText(value);
      return;
    }
    case "input":
      if (key === "value") putValue(target(component, element) as Control, value);
      else if (key === "label") element.querySelector("label")!.textContent = toText(value);
      else (target(component, element) as HTMLInputElement).placeholder = toText(value);
      return;
    case "html":
      if (value === component.html) element.replaceChildren(markup(component));
      else element.textContent = toText(value);
      return;
    default:
      element.textContent = toText(value);
  }
}

/** An author's markup, without what could run. */
function markup(component: HtmlComponent): DocumentFragment {
  return DOMPurify.sanitize(component.html as string, { ...forbidden, RETURN_DOM_FRAGMENT: true });
}

/** What `getValue()` answers. */
export function read(component: Component, element: HTMLElement): string | boolean {
  if (component.type === "web-phone") return (element as WebPhone).value;
  if (component.type !== "input") return element.textContent ?? "";
  const control = target(component, element) as Control;
  return control instanceof HTMLInputElement && control.type === "checkbox" ? control.checked : control.value;
}

/** What `setData()` does. Throws a sentence where there is nothing to set. */
export function write(component: Component, element: HTMLElement, value: unknown): void {
  switch (component.type) {
    case "web-phone":
      (element as WebPhone).value = toText(value);
      return;
    case "input":
      putValue(target(component, element) as Control, value);
      return;
    case "columns":
      throw new Error(`${component.id} is a row of columns, which shows no value of its own.`);
    default:
      element.textContent = toText(value);
  }
}

/** Text for the screen: an object is shown as JSON. */
export const toText = (value: unknown): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

/** A flag from what a variable (always text) or a function brings. */
export function toFlag(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const text = toText(value).trim().toLowerCase();
  if (["true", "1", "yes", "on"].includes(text)) return true;
  if (["", "false", "0", "no", "off"].includes(text)) return false;
  throw new Error(`"${text.slice(0, 40)}" is neither true nor false.`);
}

/** What a dynamic value looks like where nothing runs. */
const placeholder = (value: Value<string | boolean>): unknown =>
  isDynamic(value) ? ("env" in value ? `{${value.env}}` : `{${value.function}()}`) : value;

/**
 * Draws a component with its constants and without any effect, for the builder's canvas: a dynamic value
 * shows as its name, and a phone gets no account. Put it into a shadow root with /page.css, so that its IDs
 * and looks are apart from the builder's.
 */
export function renderComponent(
  component: Component,
  resolve: (value: Value<string | boolean>) => unknown = placeholder,
): HTMLElement {
  const element = draw(component, (inner) => renderComponent(inner, resolve));
  const shown = ["width", ...showFlags, "hidden"] as readonly string[];
  for (const key of valuesOf(component)) {
    const value = written(component, key);
    if (value === undefined || key === "hidden") continue;
    if (component.type === "web-phone" && (!shown.includes(key) || isDynamic(value))) continue;
    try {
      put(component, element, key, resolve(value));
    } catch {
      // A width that is no length, say: the inspector tells it, and the component shows without.
    }
  }
  if (written(component, "hidden") === true) element.dataset.hidden = "";
  return element;
}
