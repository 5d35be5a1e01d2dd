// What `this` is in a page's functions.
import type { WebPhone } from "../webphone.ts";

export interface PageAPI {
  /** The environment variables, except private ones. A missing one is `undefined`, and told. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The element of a component: a phone with all its methods, an input's control. Throws when there is none. */
  getComponent(id: string): HTMLElement & WebPhone;
  /** Short for `getComponent`. */
  $(id: string): HTMLElement & WebPhone;
  /** The value of an input (of a checkbox: a boolean), the dialled number of a phone, the text of anything else. */
  getValue(id: string): string | boolean;
  /** The values of all inputs and phones by ID. */
  getValues(): Record<string, string | boolean>;
  /** Sets values as `getValue()` reads them. Text stays text: it never becomes markup. */
  setData(values: Readonly<Record<string, unknown>>): void;
  /** Hides components; a hidden phone keeps working. */
  hide(ids: string | readonly string[]): void;
  show(ids: string | readonly string[]): void;
  /** Looks dynamic values up again, and runs the action `refresh`. */
  refresh(): Promise<void>;
  /** Saves variables for this visitor in this browser: `this.env` has them from now on, also after a reload. */
  saveEnvVars(variables: Readonly<Record<string, unknown>>): void;
  /** Calls another function of the page, and resolves to what it returns. */
  call(name: string, data?: unknown): Promise<unknown>;
}
