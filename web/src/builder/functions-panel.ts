// Functions elsewhere: URLs that the server or the page calls, and accounts for
// visitors.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { PageFunction, UrlFunction, VisitorFunction } from "../page/document.ts";
import { selectField, textField } from "./controls.ts";
import type { Desk } from "./desk.ts";
import { confirm, openForm } from "./dialogs.ts";
import { setField } from "./document-edits.ts";
import {
  findFunction,
  functionNameProblem,
  putFunction,
  removeFunction,
  renameFunction,
  usesOfFunction,
} from "./function-edits.ts";
import { icon } from "./icons.ts";
import { problemsOf } from "./problems.ts";
import { redraw } from "./redraw.ts";
import { variableChoices } from "./value-field.ts";

type Remote = UrlFunction | VisitorFunction;

const isRemote = (each: PageFunction): each is Remote => each.kind !== "action";

const kinds = {
  url: {
    title: "URL",
    what: "Asks an address over HTTP and returns the answer: JSON as an object, else text.",
  },
  visitor: {
    title: "Visitor account",
    what: "Makes a short-lived account for each visitor that can call one destination and that nobody can call.",
  },
} as const;

const headerPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

export function urlProblem(text: string): string {
  if (!/^https?:\/\//.test(text)) return "An address starts with https:// (or http://).";
  if (text.length > 2048) return "At most 2048 characters.";
  const host = /^https?:\/\/[^/?#]*/.exec(text)?.[0] ?? "";
  if (host.includes("{{")) return "Placeholders can stand behind the host only.";
  return URL.canParse(text.replace(/\{\{[^}]*\}\}/g, "x")) ? "" : "That is no address.";
}

/** Reads headers, one in each line. */
export function headersOf(text: string): { readonly name: string; readonly value: string }[] {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const at = line.indexOf(":");
      return at < 0
        ? { name: line.trim(), value: "" }
        : { name: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    });
}

export function headersProblem(text: string): string {
  const headers = headersOf(text);
  if (headers.length > 20) return "At most 20 headers.";
  const wrong = headers.find(({ name, value }) => !headerPattern.test(name) || !value || value.length > 1024);
  return wrong ? `“${wrong.name.slice(0, 40)}” is no header: each line is a name, a colon and a value.` : "";
}

export class FunctionsPanel {
  readonly #desk: Desk;
  #chosen = "";

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  readonly #add = async (kind: Remote["kind"]) => {
    const desk = this.#desk;
    await openForm({
      title: kind === "url" ? "New URL function" : "New visitor account",
      text: kinds[kind].what,
      action: "Add function",
      questions: [
        {
          name: "name",
          label: "Name",
          help: kind === "url" ? "Such as customer." : "Such as visitor.",
          check: (name) => functionNameProblem(desk.document, name),
        },
      ],
      submit: async ({ name = "" }) => {
        this.#chosen = name;
        desk.edit(
          putFunction(
            desk.document,
            kind === "url" ? { kind, name, url: "https://" } : { kind, name, destination: "*43" },
          ),
        );
      },
    });
  };

  readonly #remove = async (name: string) => {
    const desk = this.#desk;
    const uses = usesOfFunction(desk.document, name);
    const text =
      uses.length === 0
        ? "Nothing uses it. Undo brings it back."
        : `It is used by ${uses.join(", ")}: there it will be missing. Undo brings it back.`;
    if (await confirm(`Remove the function “${name}”?`, text, "Remove function")) {
      desk.edit(removeFunction(desk.document, name));
    }
  };

  #set(made: Remote, field: string, value: unknown, merge = true): void {
    const desk = this.#desk;
    desk.edit(
      putFunction(desk.document, setField(made, field, value)),
      merge ? `function ${made.name} ${field}` : "",
    );
  }

  #name(made: Remote): TemplateResult {
    const desk = this.#desk;
    return textField(desk, {
      key: `function.${made.name}.name`,
      field: "function-name",
      label: "Name",
      help: "Attributes and this.call(…) use this name; they change with it.",
      value: made.name,
      late: true,
      check: (text) => functionNameProblem(desk.document, text, made.name),
      commit: (text) => {
        this.#chosen = text;
        desk.edit(renameFunction(desk.document, made.name, text));
      },
    });
  }

  #url(made: UrlFunction): TemplateResult {
    const desk = this.#desk;
    const key = `function.${made.name}`;
    const method = made.method ?? "GET";
    return html`${selectField({
        key: `${key}.runs`,
        field: "function-runs",
        label: "Called by",
        help:
          (made.runs ?? "server") === "server"
            ? "The server calls it: the address and private variables never reach the page."
            : "The page calls it: visitors see the address, and private variables can't be used.",
        value: made.runs ?? "server",
        choices: [
          { value: "server", text: "Server" },
          { value: "browser", text: "Browser" },
        ],
        commit: (runs) => this.#set(made, "runs", runs === "server" ? undefined : runs, false),
      })}
      ${selectField({
        key: `${key}.method`,
        field: "function-method",
        label: "Method",
        value: method,
        choices: ["GET", "POST", "PUT", "PATCH", "DELETE"].map((value) => ({ value, text: value })),
        // A GET has no body: one that is left would make it a POST.
        commit: (chosen) =>
          chosen === "GET"
            ? this.#set(setField(made, "body", undefined), "method", undefined, false)
            : this.#set(made, "method", chosen, false),
      })}
      ${textField(desk, {
        key: `${key}.url`,
        field: "function-url",
        label: "URL",
        help: "Behind the host, {{env.NAME}} and {{data.member}} are filled in.",
        value: made.url,
        check: urlProblem,
        commit: (url) => this.#set(made, "url", url.trim()),
      })}
      ${textField(desk, {
        key: `${key}.headers`,
        field: "function-headers",
        label: "Headers",
        help: "One in each line, such as Authorization: Bearer {{env.TOKEN}}",
        kind: "code",
        value: (made.headers ?? []).map(({ name, value }) => `${name}: ${value}`).join("\n"),
        late: true,
        check: headersProblem,
        commit: (text) => this.#set(made, "headers", headersOf(text).length ? headersOf(text) : undefined),
      })}
      ${
        method === "GET"
          ? nothing
          : textField(desk, {
              key: `${key}.body`,
              field: "function-body",
              label: "Body",
              help: 'Taken for JSON unless a Content-Type header says otherwise, such as {"number": "{{data.from}}"}',
              kind: "code",
              value: made.body ?? "",
              check: (text) => (text.length > 16_384 ? "At most 16,384 characters." : ""),
              commit: (body) => this.#set(made, "body", body || undefined),
            })
      }
      <details class="explained">
        <summary>Placeholders</summary>
        <p>
          <code>{{env.NAME}}</code> stands for an environment variable; where the server calls, private ones
          too. <code>{{data.member}}</code> stands for what the caller gives:
          <code>this.call("${made.name}", {member: …})</code>, or what the event brings when an attribute
          asks. Values are encoded for where they stand.
        </p>
      </details>`;
  }

  #visitor(made: VisitorFunction): TemplateResult {
    const desk = this.#desk;
    const key = `function.${made.name}`;
    const { destination } = made;
    const variable = typeof destination === "string" ? undefined : destination.env;
    const choices = variableChoices(desk, variable ?? "").map(({ value }) => ({ value, text: value }));
    const beside = html`<select
      class="source"
      aria-label="Source of Destination"
      @change=${(event: Event) => {
        const env = (event.target as HTMLSelectElement).value === "env" ? choices[0]?.value : undefined;
        this.#set(made, "destination", env === undefined ? "*43" : { env }, false);
        redraw();
      }}
    >
      <option value="constant" ?selected=${variable === undefined}>Constant</option>
      <option value="env" ?selected=${variable !== undefined} ?disabled=${choices.length === 0}>
        Variable
      </option>
    </select>`;
    const help = "The number or user name that visitors can call, and no other; *43 is the echo test.";
    return html`${
        variable === undefined
          ? textField(desk, {
              key: `${key}.destination`,
              field: "function-destination",
              label: "Destination",
              help,
              beside,
              value: String(destination),
              check: (text) =>
                text === "" ? "A destination is needed." : text.length > 64 ? "At most 64 characters." : "",
              commit: (text) => this.#set(made, "destination", text.trim()),
            })
          : selectField({
              key: `${key}.destination`,
              field: "function-destination",
              label: "Destination",
              help,
              beside,
              value: variable,
              choices,
              commit: (env) => this.#set(made, "destination", { env }, false),
            })
      }
      ${textField(desk, {
        key: `${key}.lifetime`,
        field: "function-lifetime",
        label: "Lifetime",
        help: "Seconds for which the account lives, 60 to 86400; the phone asks for a new one in time. 600 when empty.",
        kind: "number",
        value: made.lifetime === undefined ? "" : String(made.lifetime),
        check: (text) =>
          text === "" || (/^\d{2,5}$/.test(text) && Number(text) >= 60 && Number(text) <= 86_400)
            ? ""
            : "A lifetime is 60 to 86400 seconds.",
        commit: (text) => this.#set(made, "lifetime", text.trim() === "" ? undefined : Number(text)),
      })}
      <details class="explained">
        <summary>How a phone uses it</summary>
        <p>
          It returns <code>wsServers</code>, <code>username</code>, <code>password</code>, <code>realm</code>,
          <code>destination</code> and <code>expires</code>. At a web phone, choose Function beside Default
          SIP Server, Default Realm, Default Username and Default Password, take <code>${made.name}</code>,
          and type the members <code>wsServers</code>, <code>realm</code>, <code>username</code> and
          <code>password</code>.
        </p>
      </details>`;
  }

  template(): TemplateResult {
    const desk = this.#desk;
    const remotes = desk.document.functions.filter(isRemote);
    const found = findFunction(desk.document, this.#chosen);
    const chosen = found && isRemote(found) ? found : remotes[0];
    const told = chosen ? problemsOf(desk).filter((each) => each.function === chosen.name) : [];
    return html`<div class="actions">
      <div class="side">
        <ul class="items" aria-label="Functions">
          ${remotes.map(
            ({ name, kind }) =>
              html`<li>
                <button
                  type="button"
                  class="item"
                  aria-current=${name === chosen?.name ? "true" : "false"}
                  @click=${() => {
                    this.#chosen = name;
                    redraw();
                  }}
                >
                  <span class="mono">${name}</span> <span class="help">${kinds[kind].title}</span>
                </button>
              </li>`,
          )}
        </ul>
        <button type="button" class="small" @click=${() => this.#add("url")}>${icon("add")} Add URL</button>
        <button type="button" class="small" @click=${() => this.#add("visitor")}>
          ${icon("add")} Add visitor account
        </button>
      </div>
      ${
        chosen
          ? html`<div class="form">
              <div class="row">
                <h3>${kinds[chosen.kind].title}</h3>
                <span class="grow"></span>
                <button
                  type="button"
                  class="small"
                  aria-label="Remove function"
                  @click=${() => this.#remove(chosen.name)}
                >
                  Remove
                </button>
              </div>
              <p class="help">${kinds[chosen.kind].what}</p>
              ${told.map(({ message }) => html`<p class="problem">${message}</p>`)}
              <div class="fields wide">
                ${this.#name(chosen)} ${chosen.kind === "url" ? this.#url(chosen) : this.#visitor(chosen)}
              </div>
            </div>`
          : html`<div class="form">
              <p class="help">
                A function brings what is not in the page: data from an address, which the server asks where a
                secret is needed, or a short-lived account for each visitor. Attributes can take their value
                from it, and actions call it with <code>await this.call("name", data)</code>.
              </p>
            </div>`
      }
    </div>`;
  }
}
