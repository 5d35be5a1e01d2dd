// Everything that is wrong with a page, in one list: what the server found in the
// draft, what is wrong in code, and what fields do not take.
import type { ActionFunction } from "../page/document.ts";
import type { Problem } from "./api.ts";
import type { Desk } from "./desk.ts";
import { findComponent } from "./document-edits.ts";
import { findFunction } from "./function-edits.ts";
import { check } from "./guard.ts";
import type { CodeProblem } from "./guard.ts";
import { redraw } from "./redraw.ts";

export interface Found {
  readonly message: string;
  readonly component?: string;
  /** The component's field. */
  readonly field?: string;
  readonly function?: string;
  readonly line?: number;
  /** Where it is, in words. */
  readonly place: string;
}

const checked = new WeakMap<ActionFunction, readonly CodeProblem[]>();

/** The errors in an action's code. */
export function errorsIn(action: ActionFunction): readonly CodeProblem[] {
  let problems = checked.get(action);
  if (!problems) checked.set(action, (problems = check(action.code)));
  return problems;
}

function fromServer(desk: Desk, { path, component, function: name, message }: Problem): Found | undefined {
  const pointed = path?.split("/") ?? [];
  // The server saw the last draft that was saved: what is gone by now is no problem.
  if (component && !findComponent(desk.document, component)) return undefined;
  if (name && !component && pointed[1] === "functions" && !findFunction(desk.document, name))
    return undefined;
  if (component) {
    // In `/components/0/username/env` the field is what follows the last number.
    const index = pointed.findLastIndex((part) => /^\d+$/.test(part));
    const parts = pointed.slice(index + 1);
    const field = (parts[0] === "actions" ? parts[1] : parts[0]) ?? "";
    return { message, component, place: `Component “${component}”`, ...(field && { field }) };
  }
  if (name) return { message, function: name, place: `Function “${name}”` };
  const field = pointed[1];
  return { message, place: "Page", ...(field && { field }) };
}

/** What hinders publishing. */
export function problemsOf(desk: Desk): Found[] {
  const found: Found[] = [];
  for (const each of desk.document.functions) {
    if (each.kind !== "action") continue;
    for (const { message, line } of errorsIn(each)) {
      found.push({ message, function: each.name, line, place: `Action “${each.name}”, line ${line}` });
    }
  }
  for (const { problem, component, label } of desk.typed.values()) {
    if (!problem) continue;
    const place = component === undefined ? label : `${label} of “${component}”`;
    found.push({
      message: `${problem} What is typed there is not in the page.`,
      place,
      ...(component && { component }),
    });
  }
  for (const each of desk.page.problems) {
    const known = fromServer(desk, each);
    if (known) found.push(known);
  }
  return found;
}

/** Shows where a problem is. */
export function goTo(desk: Desk, found: Found): void {
  if (found.function !== undefined && !found.component) {
    const kind = findFunction(desk.document, found.function)?.kind;
    if (kind === undefined || kind === "action") desk.showAction(found.function, found.line ?? 1);
    else desk.showPanel("functions");
    return;
  }
  desk.select(found.component);
  desk.trying = false;
  desk.part = "properties";
  redraw();
  const field = found.field;
  // The inspector draws the component's fields first.
  setTimeout(() => {
    const holder = field && document.querySelector(`[data-field="${CSS.escape(field)}"]`);
    (holder || document.querySelector(".inspector"))
      ?.querySelector<HTMLElement>("input, select, textarea")
      ?.focus();
  });
}
