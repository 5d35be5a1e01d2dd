// A page as the builder writes it and the runtime shows it. The authority is
// page.schema.json, which the server holds every page to; these are its types.

/** A value that is looked up when the page is loaded and at every `refresh()`. */
export type Dynamic =
  | { readonly env: string }
  /** `field` is the member of what the function returns, such as `user.name`; all of it when absent. */
  | { readonly function: string; readonly field?: string };

/** A constant, an environment variable, or what a function returns. */
export type Value<T> = T | Dynamic;

export const isDynamic = (value: unknown): value is Dynamic => typeof value === "object" && value !== null;

/** The events of the phone that run an action. */
export const phoneEvents = [
  "onAnswer",
  "onRingingOut",
  "onRingingIn",
  "onEnd",
  "onRegistered",
  "onUnregistered",
  "onError",
] as const;
export type PhoneEventProperty = (typeof phoneEvents)[number];

/** The flags of the Config table that show a part; each is on when absent. */
export const showFlags = [
  "showDialpad",
  "showDialledNumber",
  "showAnswer",
  "showHangUp",
  "showHold",
  "showMute",
  "showDial",
  "showStatus",
] as const;

/** The texts of the Config table that make up the account. */
export const accountFields = ["sipServer", "realm", "displayName", "cli", "username", "password"] as const;

interface Common {
  readonly id: string;
  readonly hidden?: Value<boolean>;
}

/** The Config table of `<web-phone>`. */
export interface PhoneComponent
  extends
    Common,
    Readonly<Partial<Record<(typeof showFlags)[number], Value<boolean>>>>,
    Readonly<Partial<Record<(typeof accountFields)[number], Value<string>>>> {
  readonly type: "web-phone";
  readonly width?: Value<string>;
  readonly autoRegister?: Value<boolean>;
  /** The name of the action that an event runs. */
  readonly actions?: Readonly<Partial<Record<PhoneEventProperty, string>>>;
}

export interface HeadingComponent extends Common {
  readonly type: "heading";
  /** 1 to 4; 2 when absent. */
  readonly level?: number;
  readonly text: Value<string>;
}

export interface TextComponent extends Common {
  readonly type: "text";
  readonly text: Value<string>;
}

export const inputKinds = [
  "text",
  "multiline",
  "select",
  "checkbox",
  "number",
  "tel",
  "email",
  "url",
  "search",
  "password",
] as const;

export interface InputComponent extends Common {
  readonly type: "input";
  readonly label: Value<string>;
  readonly kind?: (typeof inputKinds)[number];
  readonly value?: Value<string>;
  readonly placeholder?: Value<string>;
  /** What a select offers. */
  readonly options?: readonly string[];
  readonly onChange?: string;
}

export const buttonLooks = ["plain", "primary", "call", "end"] as const;

export interface ButtonComponent extends Common {
  readonly type: "button";
  readonly label: Value<string>;
  readonly look?: (typeof buttonLooks)[number];
  readonly onClick?: string;
}

/** A constant is markup, without scripts; what comes from elsewhere is shown as text. */
export interface HtmlComponent extends Common {
  readonly type: "html";
  readonly html: Value<string>;
}

export interface Column {
  /** Of the width, beside the others; 1 when absent. */
  readonly share?: number;
  readonly components: readonly Component[];
}

export interface ColumnsComponent extends Common {
  readonly type: "columns";
  readonly columns: readonly Column[];
}

export type Component =
  | PhoneComponent
  | HeadingComponent
  | TextComponent
  | InputComponent
  | ButtonComponent
  | HtmlComponent
  | ColumnsComponent;

/** JavaScript that runs in the page: the body of an async function. */
export interface ActionFunction {
  readonly kind: "action";
  readonly name: string;
  readonly code: string;
}

/** A function elsewhere, reached over HTTP. */
export interface UrlFunction {
  readonly kind: "url";
  readonly name: string;
  /** `server` when absent. A page that is shown has no more of such a function than its name. */
  readonly runs?: "server" | "browser";
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  readonly body?: string;
}

/** Makes a short-lived account that can call one destination. */
export interface VisitorFunction {
  readonly kind: "visitor";
  readonly name: string;
  readonly destination: string | { readonly env: string };
  /** In seconds; 600 when absent. */
  readonly lifetime?: number;
}

export type PageFunction = ActionFunction | UrlFunction | VisitorFunction;

export interface PageDocument {
  readonly title: string;
  /** BCP 47; English when absent. */
  readonly language?: string;
  readonly theme?: "default" | "paper" | "ocean" | "contrast";
  readonly appearance?: "system" | "light" | "dark";
  readonly layout?: "page" | "full";
  readonly installable?: boolean;
  /** The sites that may show the page in a frame, or `*`. */
  readonly embedding?: readonly string[];
  readonly css?: string;
  readonly components: readonly Component[];
  readonly functions: readonly PageFunction[];
}

/** What a shown page has of a function: code to run here, or the name of what the server runs. */
export type ShownFunction =
  | ActionFunction
  | (UrlFunction & { readonly runs: "browser" })
  | { readonly kind: "remote"; readonly name: string };

/** What the server puts into a page, as JSON in `<script id="page-data">`. */
export interface PageData {
  readonly name: string;
  /** Where its functions are: `/p/help/functions/`, followed by the name. */
  readonly functionsURL: string;
  readonly page: Omit<PageDocument, "functions"> & { readonly functions: readonly ShownFunction[] };
  /** The environment variables that are not private. */
  readonly env: Readonly<Record<string, string>>;
  /** Set in a preview of a draft: goes to the server's functions in the header `X-Draft-Token`. */
  readonly draftToken?: string;
}

/** Every component, outer before inner, in the order of the page. */
export function* allComponents(components: readonly Component[]): Generator<Component> {
  for (const component of components) {
    yield component;
    if (component.type === "columns") {
      for (const column of component.columns) yield* allComponents(column.components);
    }
  }
}
