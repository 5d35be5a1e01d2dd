// What goes wrong in a page, told in words where it happened: to the browser's
// console always, and in a preview to the page's own console and to the builder.

/** Something that went wrong. */
export interface Problem {
  /** A sentence for a person. */
  readonly message: string;
  /** The function where it happened. */
  readonly action?: string | undefined;
  /** The line of the function's code, from 1. */
  readonly line?: number | undefined;
  /** The component whose value it is about. */
  readonly component?: string | undefined;
}

/** Where an action's code says it comes from, so that errors name it. */
export const sourceOf = (action: string): string => `${action}.action.js`;

/** Finds the action and line in an error's stack, in the notations of Chromium, Firefox and Safari. */
export function placeOf(error: unknown): Pick<Problem, "action" | "line"> {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const found = /([A-Za-z_$][\w$]*)\.action\.js:(\d+)/.exec(stack);
  return found ? { action: found[1], line: Number(found[2]) } : {};
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : `Something was thrown that is no error: ${String(error)}`;

/** A problem in one sentence with its place. */
export function inWords({ message, action, line, component }: Problem): string {
  const place = [
    component && `component ${component}`,
    action && `action ${action}`,
    line && `line ${line}`,
  ].filter(Boolean);
  return place.length ? `${place.join(", ")}: ${message}` : message;
}

/** Tells problems to whoever listens. */
export class Problems {
  readonly #listeners = new Set<(problem: Problem) => void>();

  listen(listener: (problem: Problem) => void): void {
    this.#listeners.add(listener);
  }

  tell(problem: Problem): void {
    console.error(`[web-phone page] ${inWords(problem)}`);
    for (const listener of this.#listeners) listener(problem);
  }
}
