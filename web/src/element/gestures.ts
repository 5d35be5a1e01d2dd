// What fingers and keyboards do, made into what the screen can do.
import { dialable } from "./number.ts";

/** What gestures ask of the screen. */
export interface Gestured {
  /** A number can be entered: there is no call. */
  readonly idle: boolean;
  /** A call rings or is being made, so that Escape may end it. */
  readonly ringing: boolean;
  /** A key of the keypad, or `+`. */
  digit(key: string): void;
  /** The number becomes this, by the user's hand. */
  enter(number: string): void;
  /** The last digit goes. */
  erase(): void;
}

/** How long a press is a long press, in milliseconds. */
const longPress = 500;

/** How long a key that was typed shows on the keypad, in milliseconds. */
const flashTime = 120;

/**
 * - a click on a key is its digit; a long press on 0 is `+`, on backspace clears;
 * - digits typed anywhere within the phone are its keypad, Backspace deletes;
 * - Enter dials or answers; Escape declines or gives up ringing, and never ends
 *   a call that is up: when another one waits, both mean that one;
 * - a number pasted anywhere within the phone is entered.
 *
 * Enter and Escape press the buttons, so that they do nothing a host page hides.
 */
export class Gestures {
  readonly #screen: Gestured;
  readonly #root: ShadowRoot;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The press was long and has been dealt with: the click that follows is not. */
  #wasLong = false;

  constructor(screen: Gestured, root: ShadowRoot) {
    this.#screen = screen;
    this.#root = root;
    for (const type of Object.keys(this.#handlers)) root.addEventListener(type, this);
  }

  handleEvent(event: Event): void {
    const target = event.target as Element;
    // What a host page puts into a slot is its own, and a panel has its own keys.
    if (target.getRootNode() !== this.#root || event.defaultPrevented || target.closest(".panel")) return;
    this.#handlers[event.type]?.(event, target);
  }

  readonly #handlers: Readonly<Record<string, (event: Event, target: Element) => void>> = {
    click: (_, target) => {
      if (this.#wasLong) return void (this.#wasLong = false);
      const key = keyOf(target);
      if (key) this.#screen.digit(key);
      else if (target.closest(".erase")) this.#screen.erase();
    },

    pointerdown: (_, target) => {
      clearTimeout(this.#timer);
      this.#wasLong = false;
      const erase = target.closest(".erase");
      if (!this.#screen.idle || !(erase || keyOf(target) === "0")) return;
      this.#timer = setTimeout(() => {
        this.#wasLong = true;
        if (erase) this.#screen.enter("");
        else this.#screen.digit("+");
      }, longPress);
    },
    pointerup: () => clearTimeout(this.#timer),
    pointercancel: () => clearTimeout(this.#timer),

    // A click on a key leaves the focus where the keyboard types, so that Enter
    // afterwards dials instead of pressing that key again.
    mousedown: (event, target) => {
      if (!keyOf(target)) return;
      event.preventDefault();
      if (!this.#root.activeElement) this.#find(".card")?.focus({ preventScroll: true });
    },

    // A long press is no right click.
    contextmenu: (event, target) => {
      if (keyOf(target)) event.preventDefault();
    },

    keydown: (event, target) => {
      const { key, repeat, ctrlKey, metaKey, altKey, isComposing } = event as KeyboardEvent;
      if (ctrlKey || metaKey || altKey || isComposing) return;
      const { idle, ringing } = this.#screen;
      const typing = target.matches("input");
      const press =
        key === "Enter" && !target.matches("button")
          ? (this.#find("[part=dial],[part=answer]") ?? this.#find("[part=waiting-answer]"))
          : key === "Escape"
            ? this.#find(ringing ? "[part=hang-up]" : "[part=waiting-decline]")
            : null;
      if (press) {
        if (!repeat) press.click();
      } else if (!typing && /^[\d*#+]$/.test(key)) {
        if (idle || !repeat) this.#screen.digit(key);
        // Enter then dials, and presses no other button that had the focus.
        if (idle) (this.#find("input") ?? this.#find(".card"))?.focus({ preventScroll: true });
        this.#flash(key);
      } else if (!typing && idle && key === "Backspace") this.#screen.erase();
      else return;
      event.preventDefault();
    },

    paste: (event, target) => {
      const text = dialable((event as ClipboardEvent).clipboardData?.getData("text") ?? "");
      if (!this.#screen.idle) return;
      event.preventDefault();
      if (target.matches("input")) {
        const input = target as HTMLInputElement;
        input.setRangeText(text, input.selectionStart ?? 0, input.selectionEnd ?? 0, "end");
        this.#screen.enter(input.value);
      } else if (text) this.#screen.enter(text);
    },
  };

  #find(selector: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(selector);
  }

  #flash(key: string): void {
    const button = this.#find(`[data-key="${key}"]`);
    button?.classList.add("down");
    setTimeout(() => button?.classList.remove("down"), flashTime);
  }
}

const keyOf = (target: Element): string | undefined =>
  target.closest<HTMLElement>("[data-key]")?.dataset["key"];
