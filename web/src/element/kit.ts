// What the screen lends to the parts of it that are loaded on demand, and what
// they draw for it. Those modules have their own copies of what they import, so
// that the screen's templates, icons and words come through the kit.
import type { TemplateResult, html, nothing } from "lit/html.js";
import type { live } from "lit/directives/live.js";
import type { Call } from "../phone/call.ts";
import type { Phone } from "../phone/phone.ts";
import type { CallRecord } from "../phone/types.ts";

/** Where the browser keeps the user's choices: what is there has to be applied at the start. */
export const storageKey = "web-phone";
/** Where it keeps the recent calls; a missed one is to be seen from the start. */
export const historyKey = "web-phone history";

/** The parts that a host page can hide. */
export type Part =
  | "dialpad"
  | "dialled-number"
  | "answer"
  | "hang-up"
  | "hold"
  | "mute"
  | "dial"
  | "status"
  | "transfer"
  | "camera"
  | "history"
  | "settings";

/** A person or place with a number. */
export interface Contact {
  /** At most 256 characters. */
  readonly name: string;
  /** A number or an address, as `makeCall()` takes it. */
  readonly number: string;
}

/** What the screen asks of its element. */
export interface ScreenHost {
  readonly element: HTMLElement;
  readonly phone: Phone;
  readonly disabled: boolean;
  /** The language that the page around the phone has. */
  readonly language: string;
  /** The host page's own words, by the keys of the reference. */
  readonly texts: Readonly<Record<string, string>> | null;
  /** The host page's contacts, or the URL where they are. */
  readonly contacts: readonly Contact[] | string;
  shows(part: Part): boolean;
  /** The user, not the host page, changed the number. */
  edited(): void;
  /** Adds to the style sheet. */
  style(css: string): void;
}

/** The panels that lie over the card, one at a time. */
export type PanelName = "history" | "settings" | "check" | "report" | "transfer" | "quality" | "calls";

export type Template = TemplateResult | string;

export interface Kit {
  readonly host: ScreenHost;
  readonly root: ShadowRoot;
  readonly html: typeof html;
  readonly nothing: typeof nothing;
  readonly live: typeof live;
  /** An icon from its path: 24 px, strokes of 1.75 px. */
  draw(path: string): TemplateResult;
  /** The text under a key in the reader's language, or `undefined`: then the module's own English is right. */
  text(key: string): string | undefined;
  /** The language, and the direction, of the texts. */
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
  /** The call that the screen shows: behind one that waits, the one that is up. */
  call(): Call | null;
  /** Who the other side of a call is, in words. */
  nameOf(call: Call): string;
  /** Draws the screen anew. */
  update(): void;
  /** Runs what a button asks for; a failure is a sentence on the status line. */
  attempt(work: Promise<unknown>): void;
  /** Says a sentence on the status line. */
  say(text: string, bad: boolean): void;
  /** Calls a number, as the button Dial does. */
  dial(number: string, video?: boolean): void;
  /** The panel that is open. */
  readonly shown: PanelName | null;
  /** Opens a panel over the card, or closes the one that is open. */
  open(panel: PanelName | null): void;
}

/** A part of the screen that is loaded on demand. What it has not, it does not draw. */
export interface View {
  /** Added once to the screen's style sheet. */
  readonly styles: string;
  /** In place of the status row: another call. */
  banner?(): Template | null;
  /** On the status row, during a call. */
  badge?(call: Call): Template;
  /** In place of the keypad: the pictures of a call. */
  stage?(call: Call): Template | null;
  /** After Mute, Hold, Transfer and Camera, during a call. */
  tools?(call: Call): Template;
  /** A panel, as `frame()` makes it; `null` for another view's. */
  panel?(name: PanelName): Template | null;
  /** The name that the user has given a number; empty for none. */
  nameOf?(number: string): string;
  /** Something has changed; called before each drawing, and so not the place to draw. */
  changed?(): void;
  /** A call is over. */
  ended?(record: CallRecord): void;
  /** The element has left the document: timers, listeners and titles end until `changed()`. */
  pause?(): void;
}

/** The module of a view. */
export interface ViewModule {
  open(kit: Kit): View;
}

/** Words for the screen in another language than English, or a host page's own. */
export interface Words {
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
  text(key: string): string | undefined;
  /** Why a call ended, for one that failed. */
  reason(record: CallRecord): string | undefined;
}

/**
 * The texts of a module: its own English, unless there are better words. What
 * stands in braces is put in from `values`.
 */
export const speaker =
  <K extends string>(kit: Pick<Kit, "text">, english: Readonly<Record<K, string>>) =>
  (key: K, values: Readonly<Record<string, string | number>> = {}): string =>
    (kit.text(key) ?? english[key]).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
