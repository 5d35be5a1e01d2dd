// The settings of the page itself.
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { PageDocument } from "../page/document.ts";
import { checkField, selectField, textField } from "./controls.ts";
import type { Desk } from "./desk.ts";
import { setField } from "./document-edits.ts";
import { problemsOf } from "./problems.ts";

const sitePattern = /^(\*|https?:\/\/(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?)$/;

/** The sites of a text, one in each line. */
const sitesOf = (text: string) => [
  ...new Set(
    text
      .split(/\s+/)
      .map((each) => each.replace(/\/$/, ""))
      .filter(Boolean),
  ),
];

/** What is wrong with a list of sites, in words. */
export function sitesProblem(text: string): string {
  const sites = sitesOf(text);
  if (sites.length > 50) return "At most 50 sites can be named.";
  const wrong = sites.find((each) => !sitePattern.test(each) || each.length > 255);
  return wrong === undefined
    ? ""
    : `“${wrong.slice(0, 60)}” is no site. A site is https:// and a host, such as https://www.example.com, or * for any.`;
}

const set = (desk: Desk, name: keyof PageDocument, value: unknown, merge = "") =>
  desk.edit(setField(desk.document, name, value), merge);

/** Also in the dialog that publishes: there it is missed first. */
export function embeddingField(desk: Desk): TemplateResult {
  return textField(desk, {
    key: "page.embedding",
    field: "embedding",
    label: "Sites that may embed the page",
    help: "One per line, such as https://www.example.com; * allows every site. Empty: no site may.",
    kind: "multiline",
    value: (desk.document.embedding ?? []).join("\n"),
    placeholder: "https://www.example.com",
    late: true,
    check: sitesProblem,
    commit: (text) => set(desk, "embedding", sitesOf(text).length ? sitesOf(text) : undefined),
  });
}

export function pageSettings(desk: Desk): TemplateResult {
  const page = desk.document;
  const loose = problemsOf(desk).filter(({ place }) => place === "Page");
  return html`<div class="fields">
    <p class="help">Select a component to see its fields here.</p>
    ${loose.map(({ message }) => html`<p class="problem">${message}</p>`)}
    ${textField(desk, {
      key: "page.title",
      field: "title",
      label: "Title",
      help: "What the browser's tab and bookmarks show.",
      value: page.title,
      check: (text) =>
        text === "" ? "A title is needed." : text.length > 120 ? "At most 120 characters." : "",
      commit: (title) => set(desk, "title", title, "page.title"),
    })}
    ${textField(desk, {
      key: "page.language",
      field: "language",
      label: "Language",
      help: "A tag such as en, de or pt-BR; the phone speaks it too. English when empty.",
      value: page.language ?? "",
      placeholder: "en",
      check: (text) =>
        text === "" || /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/.test(text)
          ? ""
          : "A language is a tag such as en, de or pt-BR.",
      commit: (language) => set(desk, "language", language.trim() || undefined, "page.language"),
    })}
    ${selectField({
      key: "page.theme",
      field: "theme",
      label: "Theme",
      help: "The colours and shapes of the phone.",
      value: page.theme ?? "default",
      choices: [
        { value: "default", text: "Default" },
        { value: "paper", text: "Paper" },
        { value: "ocean", text: "Ocean" },
        { value: "contrast", text: "Contrast" },
      ],
      commit: (theme) => set(desk, "theme", theme === "default" ? undefined : theme),
    })}
    ${selectField({
      key: "page.appearance",
      field: "appearance",
      label: "Appearance",
      help: "Light or dark, or as the visitor's system is.",
      value: page.appearance ?? "system",
      choices: [
        { value: "system", text: "As the visitor's system" },
        { value: "light", text: "Light" },
        { value: "dark", text: "Dark" },
      ],
      commit: (appearance) => set(desk, "appearance", appearance === "system" ? undefined : appearance),
    })}
    ${selectField({
      key: "page.layout",
      field: "layout",
      label: "Layout",
      help: "A page has margins; the full screen has none, as an app.",
      value: page.layout ?? "page",
      choices: [
        { value: "page", text: "Page" },
        { value: "full", text: "Full screen" },
      ],
      commit: (layout) => set(desk, "layout", layout === "page" ? undefined : layout),
    })}
    ${checkField({
      key: "page.installable",
      field: "installable",
      label: "Installable",
      help: "Browsers offer to install the page as an app.",
      value: page.installable ?? false,
      commit: (installable) => set(desk, "installable", installable || undefined),
    })}
    ${embeddingField(desk)}
    ${textField(desk, {
      key: "page.css",
      field: "css",
      label: "CSS",
      help: "Styles of the page; a component is #its-id, the phone's parts are #phone::part(dial).",
      kind: "code",
      value: page.css ?? "",
      check: (text) => (text.length > 65_536 ? "That is too long for a page." : ""),
      commit: (css) => set(desk, "css", css || undefined, "page.css"),
    })}
  </div>`;
}
