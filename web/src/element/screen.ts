// The screen: what the engine's state looks like, and what a touch or a key
// does to the engine. It keeps nothing but what only a screen knows.
import { html, nothing, render } from "lit/html.js";
import { live } from "lit/directives/live.js";
import type { Call } from "../phone/call.ts";
import type { Phone } from "../phone/phone.ts";
import { PhoneError } from "../phone/types.ts";
import type { CallRecord } from "../phone/types.ts";
import { icon } from "./icons.ts";
import { clock, dialable, initials, maximumLength } from "./number.ts";
import { outcome } from "./outcome.ts";
import { language, t } from "./texts.ts";
import type { TextKey } from "./texts.ts";

/** The parts that a host page can hide. */
export type Part = "dialpad" | "dialled-number" | "answer" | "hang-up" | "hold" | "mute" | "dial" | "status";

/** What the screen asks of its element. */
export interface ScreenHost {
  readonly phone: Phone;
  readonly disabled: boolean;
  shows(part: Part): boolean;
  /** The user, not the host page, changed the number. */
  edited(): void;
}

/** The keys with the letters of ITU-T E.161. */
const keys = "1 2ABC 3DEF 4GHI 5JKL 6MNO 7PQRS 8TUV 9WXYZ * 0+ #".split(" ");

/** How long a press is a long press, in milliseconds. */
const longPress = 500;

export class Screen {
  readonly #host: ScreenHost;
  readonly #root: ShadowRoot;
  /** What the status line says about something that is over. */
  #note: { text: string; bad: boolean } | null = null;
  /** The digits sent within the current call. */
  #tones = "";
  #last = "";
  /** The number has been dialled: the next digit begins a new one. */
  #dialled = false;
  /** Between the press of Dial and the engine's first word about the call. */
  #dialling = false;
  #wasRegistered = false;
  /** Within a video call: the keypad lies over the picture. */
  #padOverVideo = false;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #press: ReturnType<typeof setTimeout> | undefined;
  /** The press was long and has been dealt with: the click that follows is not. */
  #wasLong = false;

  constructor(host: ScreenHost, root: ShadowRoot) {
    this.#host = host;
    this.#root = root;
  }

  /** Focus goes where typing works. */
  focus(options?: FocusOptions): void {
    (this.#find("input") ?? this.#find(".main button") ?? this.#find(".card"))?.focus(options);
  }

  /** Stops the timers; the next `update()` starts what is needed. */
  pause(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    clearTimeout(this.#press);
  }

  failed(error: PhoneError): void {
    this.#say(error.code, true);
  }

  registered(): void {
    this.#wasRegistered = true;
    this.#note = null;
  }

  unregistered(): void {
    this.#wasRegistered &&= this.#host.phone.registration !== "unregistered";
  }

  began(): void {
    this.#note = null;
    this.#tones = "";
    this.#padOverVideo = false;
  }

  ended(record: CallRecord): void {
    const { text, bad } = outcome(record);
    this.#say(text, bad, record.answerTime ? ` · ${clock(record.duration)}` : "");
    this.#tones = "";
  }

  update(): void {
    const root = this.#root;
    const focused = root.activeElement;
    render(this.#card(), root);
    // What had the focus is gone with the state it belonged to: keep the keyboard working.
    if (focused && !root.activeElement) this.#find(".card")?.focus({ preventScroll: true });
    for (const video of root.querySelectorAll("video")) if (video.paused) video.play().catch(() => {});
    const talking = !!this.#host.phone.call?.answerTime;
    if (!talking) this.pause();
    else this.#ticker ??= setInterval(() => this.update(), 1000);
  }

  #find(selector: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(selector);
  }

  #say(key: TextKey, bad: boolean, more = ""): void {
    this.#note = { text: t(key) + more, bad };
  }

  #card() {
    const { phone } = this.#host;
    const { call, state } = phone;
    const shows = (part: Part) => this.#host.shows(part);
    const pad = shows("dialpad");
    const ringing = state === "ringing-in";
    const talking = state === "active" || state === "held";
    const busy = state !== "idle" || this.#dialling;
    const status = shows("status");
    const number = shows("dialled-number");
    const main = [
      busy && shows("hang-up")
        ? this.#main("hang-up", "stop", ringing ? "decline" : "hangUp", this.#hangUp)
        : "",
      ringing && shows("answer") ? this.#main("answer", "go", "answer", this.#answer) : "",
      !busy && shows("dial") ? this.#main("dial", "go", "dial", this.#dial) : "",
    ];
    const mains = shows("hang-up") || shows("answer") || shows("dial");
    const actions = shows("mute") || shows("hold");
    if (!(pad || number || status || mains || actions)) return nothing;
    const video = talking && call?.video;
    return html`<div
      part="card"
      class=${pad || video ? "card wide" : "card"}
      role="group"
      aria-label=${t("phone")}
      lang=${language}
      tabindex="-1"
      @keydown=${this.#keyDown}
      @paste=${this.#paste}
      @pointerdown=${this.#pointerDown}
      @pointerup=${this.#pointerEnd}
      @pointercancel=${this.#pointerEnd}
      @mousedown=${this.#mouseDown}
      @contextmenu=${this.#contextMenu}
    >
      <slot name="header"></slot>
      ${status ? this.#status() : ""}
      ${busy && (status || number) ? this.#peer(call) : number ? this.#number() : ""}
      ${status ? this.#line(state === "idle" ? null : call) : ""}
      ${
        pad || video
          ? html`<div class="stage" part="stage">
              ${
                pad
                  ? html`<div
                      part="dialpad"
                      class=${ringing || (video && !this.#padOverVideo) ? "pad off" : "pad"}
                      role="group"
                      aria-label=${t("keypad")}
                      @click=${this.#padClick}
                    >
                      ${keys.map(
                        (key) =>
                          html`<button
                            type="button"
                            part="key"
                            data-key=${key[0]!}
                            ?disabled=${this.#host.disabled && !busy}
                          >
                            <b>${key[0]}</b><i aria-hidden="true">${key.slice(1)}</i>
                          </button>`,
                      )}
                    </div>`
                  : ""
              }
              ${ringing ? this.#avatar(call) : video && !this.#padOverVideo ? this.#video(call) : ""}
            </div>`
          : ""
      }
      ${
        actions
          ? html`<div class="actions" part="actions">
              ${
                shows("mute")
                  ? this.#round("mute", phone.muted, talking, () =>
                      phone.muted ? phone.unmute() : phone.mute(),
                    )
                  : ""
              }
              ${
                shows("hold")
                  ? this.#round("hold", phone.held, talking, () =>
                      this.#try(phone.held ? phone.unhold() : phone.hold()),
                    )
                  : ""
              }
              ${
                video && pad
                  ? this.#round("keypad", this.#padOverVideo, true, () => {
                      this.#padOverVideo = !this.#padOverVideo;
                      this.update();
                    })
                  : ""
              }
              <slot name="actions"></slot>
            </div>`
          : ""
      }
      ${mains ? html`<div class="main" part="main">${main}</div>` : ""}
      <slot name="footer"></slot>
    </div>`;
  }

  #status() {
    const { registration, username } = this.#host.phone;
    const word = registration === "registering" && this.#wasRegistered ? "reconnecting" : registration;
    return html`<div part="status" class="status">
      <span class="dot ${registration}" aria-hidden="true"></span>
      <span part="registration">${t(word)}</span>
      <span part="account" dir="auto">${username}</span>
    </div>`;
  }

  #number() {
    const { phone, disabled } = this.#host;
    const { dialledNumber: number } = phone;
    const pasteable = !number && !!navigator.clipboard?.readText;
    return html`<div part="dialled-number" class="number">
      ${
        pasteable
          ? html`<button
              type="button"
              part="paste"
              ?disabled=${disabled}
              aria-label=${t("paste")}
              @click=${this.#readClipboard}
            >
              ${icon("paste")}
            </button>`
          : ""
      }
      <input
        part="number"
        class=${size(number, 14, 18)}
        dir="ltr"
        type="text"
        inputmode=${this.#host.shows("dialpad") ? "email" : "tel"}
        enterkeyhint="go"
        autocomplete="off"
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        maxlength=${maximumLength}
        aria-label=${t("numberToCall")}
        placeholder=${t("enterNumber")}
        ?disabled=${disabled}
        .value=${live(number)}
        @input=${(event: Event) => this.#set((event.target as HTMLInputElement).value, true)}
      />
      ${
        number
          ? html`<button
              type="button"
              part="backspace"
              class="erase"
              ?disabled=${disabled}
              aria-label=${t("erase")}
              @click=${this.#erase}
            >
              ${icon("erase")}
            </button>`
          : ""
      }
    </div>`;
  }

  #peer(call: Call | null) {
    const number = call?.remote ?? this.#host.phone.dialledNumber;
    const name = call?.displayName || number || t("unknown");
    const below = this.#tones || (name === number ? "" : number);
    return html`<div part="caller" class="peer">
      <b part="caller-name" class=${size(name, 20, 26)} dir="auto">${name}</b>
      <span part="caller-number" dir="ltr">${below}</span>
    </div>`;
  }

  #line(call: Call | null) {
    const { calls } = this.#host.phone;
    const note = call || this.#dialling ? null : this.#note;
    const waiting = calls.find((other) => other !== call && other.state === "ringing-in");
    const text = note
      ? note.text
      : !call
        ? this.#dialling
          ? t("calling")
          : ""
        : waiting
          ? t("waiting") + (waiting.displayName || waiting.remote)
          : t(lineOf(call));
    const since = call?.answerTime;
    const incoming =
      call?.state === "ringing-in" ? `${t("incoming")}: ${call.displayName || call.remote}` : "";
    return html`<div part="status status-line" class=${note?.bad ? "line bad" : "line"}>
      <span role="status" ?hidden=${!!incoming}>${text}</span>
      ${incoming ? html`<span aria-hidden="true">${text}</span>` : ""}
      ${since ? html`<span role="timer">${clock((Date.now() - since.getTime()) / 1000)}</span>` : ""}
      <span role="alert" class="hidden">${incoming}</span>
    </div>`;
  }

  #avatar(call: Call | null) {
    return html`<div part="avatar" class="avatar" aria-hidden="true">
      ${initials(call?.displayName ?? "") || icon("handset")}
    </div>`;
  }

  // The engine plays the sound; the pictures are silent.
  #video(call: Call) {
    return html`<div class="video" part="video">
      <video part="remote-video" autoplay playsinline .muted=${true} .srcObject=${call.remoteStream}></video>
      <video part="local-video" autoplay playsinline .muted=${true} .srcObject=${call.localStream}></video>
    </div>`;
  }

  #round(name: "mute" | "hold" | "keypad", pressed: boolean, enabled: boolean, act: () => void) {
    return html`<button
      type="button"
      part=${name}
      class="round"
      aria-pressed=${pressed}
      ?disabled=${!enabled}
      @click=${act}
    >
      ${icon(name)}<span>${t(name)}</span>
    </button>`;
  }

  #main(part: Part, kind: string, label: TextKey, act: () => void) {
    const disabled = part === "dial" && this.#host.disabled;
    return html`<button type="button" part=${part} class=${kind} ?disabled=${disabled} @click=${act}>
      ${icon("handset")}<span>${t(label)}</span>
    </button>`;
  }

  // ---- what a person does ----

  /** Runs what a button asks for; a failure is a sentence on the status line. */
  #try(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#say(error instanceof PhoneError ? error.code : "internal", true);
      this.update();
    });
  }

  readonly #dial = (): void => {
    const { phone, disabled } = this.#host;
    if (disabled || this.#dialling) return;
    const number = dialable(phone.dialledNumber);
    if (!number) return this.#set(this.#last);
    this.#last = number;
    this.#dialled = this.#dialling = true;
    this.began();
    this.#try(
      phone.makeCall(number).finally(() => {
        this.#dialling = false;
        this.update();
      }),
    );
    this.update();
  };

  readonly #answer = (): void => this.#try(this.#host.phone.answer());

  readonly #hangUp = (): void => this.#try(this.#host.phone.hangup());

  #set(number: string, typed = false): void {
    const { phone } = this.#host;
    this.#note = null;
    this.#dialled = false;
    phone.dialledNumber = number;
    this.update();
    if (typed) return;
    this.#host.edited();
    const input = this.#find("input");
    // The end of a long number is where it grows.
    if (input) input.scrollLeft = input.scrollWidth;
  }

  #digit(key: string): void {
    const { phone, disabled } = this.#host;
    if (phone.state === "idle") {
      if (!disabled) this.#set((this.#dialled ? "" : phone.dialledNumber) + key);
    } else if (key !== "+") {
      try {
        phone.dialpadPress(key);
        this.#tones = (this.#tones + key).slice(-20);
      } catch {
        // Before the call is up there is no one to hear it.
      }
      this.update();
    }
  }

  readonly #erase = (): void => {
    if (this.#wasLong) return void (this.#wasLong = false);
    this.#set(this.#host.phone.dialledNumber.slice(0, -1));
    if (!this.#host.phone.dialledNumber) this.focus();
  };

  readonly #padClick = (event: Event): void => {
    const key = keyOf(event);
    if (this.#wasLong) this.#wasLong = false;
    else if (key) this.#digit(key);
  };

  readonly #pointerDown = (event: Event): void => {
    clearTimeout(this.#press);
    this.#wasLong = false;
    const erase = (event.target as Element).closest(".erase");
    if (this.#host.phone.state !== "idle" || !(erase || keyOf(event) === "0")) return;
    this.#press = setTimeout(() => {
      this.#wasLong = true;
      if (erase) this.#set("");
      else this.#digit("+");
    }, longPress);
  };

  readonly #pointerEnd = (): void => clearTimeout(this.#press);

  // A click on a key leaves the focus where the keyboard types, so that Enter
  // afterwards dials instead of pressing that key again.
  readonly #mouseDown = (event: Event): void => {
    if (!keyOf(event)) return;
    event.preventDefault();
    if (!this.#root.activeElement) this.#find(".card")?.focus({ preventScroll: true });
  };

  readonly #contextMenu = (event: Event): void => {
    if (keyOf(event)) event.preventDefault();
  };

  readonly #keyDown = (event: KeyboardEvent): void => {
    const { key, repeat } = event;
    const target = event.target as Element;
    const foreign = target.getRootNode() !== this.#root;
    if (
      foreign ||
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.isComposing
    )
      return;
    const { phone } = this.#host;
    const { state } = phone;
    const idle = state === "idle";
    const typing = target.matches("input");
    if (key === "Enter" && !target.matches("button")) {
      if (repeat) return;
      if (idle) this.#dial();
      else if (state === "ringing-in") this.#answer();
    } else if (key === "Escape" && (this.#dialling || state.startsWith("ringing"))) this.#hangUp();
    else if (!typing && /^[\d*#+]$/.test(key)) {
      if (idle || !repeat) this.#digit(key);
      this.#flash(key);
    } else if (!typing && idle && key === "Backspace") this.#erase();
    else return;
    event.preventDefault();
  };

  /** Shows on the keypad what the keyboard typed. */
  #flash(key: string): void {
    const button = this.#find(`[data-key="${key}"]`);
    button?.classList.add("down");
    setTimeout(() => button?.classList.remove("down"), 120);
  }

  readonly #paste = (event: ClipboardEvent): void => {
    const target = event.target as Element;
    const { phone, disabled } = this.#host;
    if (target.getRootNode() !== this.#root || phone.state !== "idle" || disabled) return;
    event.preventDefault();
    const text = dialable(event.clipboardData?.getData("text") ?? "");
    if (!text) return;
    if (!target.matches("input")) return this.#set(text);
    const input = target as HTMLInputElement;
    input.setRangeText(text, input.selectionStart ?? 0, input.selectionEnd ?? 0, "end");
    this.#set(input.value);
  };

  readonly #readClipboard = (): void => {
    navigator.clipboard.readText().then(
      (text) => this.#set(dialable(text)),
      // Refused: the keyboard's own paste still works there.
      () => this.focus(),
    );
  };
}

const keyOf = (event: Event): string | undefined =>
  (event.target as Element).closest<HTMLElement>("[data-key]")?.dataset["key"];

/** A class by length, so that a long text shrinks before it scrolls or wraps. */
const size = (text: string, medium: number, long: number): string =>
  text.length > long ? "s2" : text.length > medium ? "s1" : "";

function lineOf(call: Call): TextKey {
  switch (call.state) {
    case "connecting":
      return "calling";
    case "ringing-out":
      return "ringing";
    case "ringing-in":
      return "incoming";
    case "held":
      return "held";
    default:
      return call.remoteHeld ? "remoteHeld" : "active";
  }
}
