// The console of a preview, drawn below the page: what goes wrong, and what
// actions write to the browser's console.
import { inWords } from "./problems.ts";
import type { Problems } from "./problems.ts";

/** The oldest lines go. */
const maximumLines = 200;
const maximumLength = 2_000;

const kinds = ["log", "info", "warn", "error"] as const;

export class PageConsole {
  readonly #box = document.createElement("details");
  readonly #list = document.createElement("ol");
  readonly #count = document.createElement("span");

  constructor(problems: Problems) {
    const title = document.createElement("summary");
    title.append("Console ", this.#count);
    this.#box.className = "page-console";
    this.#list.setAttribute("role", "log");
    this.#list.setAttribute("aria-label", "Console");
    this.#list.tabIndex = 0;
    this.#box.append(title, this.#list);
    const browser = { ...console };
    for (const kind of kinds) {
      console[kind] = (...what: unknown[]) => {
        browser[kind](...what);
        this.#add(kind, what.map(shown).join(" "));
      };
    }
    // What an action leaves to itself, such as a promise that nobody awaits.
    addEventListener("error", ({ message }) => this.#add("error", message));
    addEventListener("unhandledrejection", ({ reason }) => this.#add("error", shown(reason)));
    problems.listen((problem) => {
      this.#box.open = true;
      this.#box.dataset.problem = inWords(problem);
    });
  }

  show(page: HTMLElement): void {
    page.after(this.#box);
  }

  #add(kind: (typeof kinds)[number], text: string): void {
    const line = document.createElement("li");
    line.className = kind;
    line.textContent = text.slice(0, maximumLength).replace("[web-phone page] ", "");
    this.#list.append(line);
    if (this.#list.childElementCount > maximumLines) this.#list.firstElementChild!.remove();
    this.#count.textContent = String(this.#list.childElementCount);
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}

function shown(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // It holds itself, or something that JSON has no form for.
    return String(value);
  }
}
