// The screen: what the engine's state looks like, and what a touch or a key
// does to the engine. It keeps nothing but what only a screen knows.
import { html, nothing, render } from "lit/html.js";
import { live } from "lit/directives/live.js";
import type { Call } from "../phone/call.ts";
import type { Phone } from "../phone/phone.ts";
import { PhoneError } from "../phone/types.ts";
import type { CallRecord } from "../phone/types.ts";
import { icon } from "./icons.ts";
import { Gestures } from "./gestures.ts";
import type { Gestured } from "./gestures.ts";
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

export class Screen implements Gestured {
  readonly #host: ScreenHost;
  readonly #root: ShadowRoot;
  /** What the status line says about something that is over. */
  #note: { text: string; bad: boolean } | null = null;
  /** The digits sent within the current call. */
  #tones = "";
  #last = "";
  /** The number box as it was dialled: the next digit begins a new number. */
  #dialled = "";
  /** Between the press of Dial and the engine's first word about the call. */
  #dialling = false;
  #wasRegistered = false;
  /** Within a video call: the keypad lies over the picture. */
  #padOverVideo = false;
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(host: ScreenHost, root: ShadowRoot) {
    this.#host = host;
    this.#root = root;
    new Gestures(this, root);
  }

  get idle(): boolean {
    return this.#host.phone.state === "idle" && !this.#dialling && !this.#host.disabled;
  }

  get ringing(): boolean {
    return this.#dialling || this.#host.phone.state.startsWith("ringing");
  }

  /** Focus goes where typing works. */
  focus(options?: FocusOptions): void {
    (this.#find("input") ?? this.#find(".main button") ?? this.#find(".card"))?.focus(options);
  }

  /** Stops the timers; the next `update()` starts what is needed. */
  pause(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
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
    >
      <slot name="header"></slot>
      ${status ? this.#status() : ""}
      ${busy && (status || number) ? this.#peer(call) : number ? this.#numberBox() : ""}
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
    const { registration, username, reconnecting } = this.#host.phone;
    // Within a call the phone tries until it is back.
    const again = reconnecting
      ? registration !== "registered"
      : this.#wasRegistered && registration === "registering";
    const word = again ? "reconnecting" : registration;
    return html`<div part="status" class="status">
      <span class="dot ${registration}" aria-hidden="true"></span>
      <span part="registration">${t(word)}</span>
      <span part="account" dir="auto">${username}</span>
    </div>`;
  }

  #numberBox() {
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
        class=${size(number, 10, 14, 18)}
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
        @input=${(event: Event) => this.#number((event.target as HTMLInputElement).value)}
      />
      ${
        number
          ? html`<button
              type="button"
              part="backspace"
              class="erase"
              ?disabled=${disabled}
              aria-label=${t("erase")}
            >
              ${icon("erase")}
            </button>`
          : ""
      }
    </div>`;
  }

  #peer(call: Call | null) {
    const number = call?.remote ?? this.#host.phone.dialledNumber;
    const name = nameOf(call) || number;
    const below = this.#tones || (name === number || name === t("unknown") ? "" : number);
    return html`<div part="caller" class="peer">
      <b part="caller-name" class=${size(name, 18, 24)} dir="auto">${name}</b>
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
          ? t("waiting") + nameOf(waiting)
          : t(lineOf(call));
    const since = call?.answerTime;
    const incoming = call?.state === "ringing-in" ? `${t("incoming")}: ${nameOf(call)}` : "";
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
    if (!number) return this.enter(this.#last);
    this.#last = number;
    this.#dialled = phone.dialledNumber;
    this.#dialling = true;
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

  #number(number: string): void {
    this.#note = null;
    this.#dialled = "";
    this.#host.phone.dialledNumber = number;
    this.update();
  }

  enter(number: string): void {
    this.#number(number);
    this.#host.edited();
    const input = this.#find("input");
    // The end of a long number is where it grows.
    if (input) input.scrollLeft = input.scrollWidth;
  }

  digit(key: string): void {
    const { phone } = this.#host;
    if (this.idle) this.enter((this.#dialled === phone.dialledNumber ? "" : phone.dialledNumber) + key);
    else if (/active|held/.test(phone.state) && key !== "+") {
      try {
        phone.dialpadPress(key);
        this.#tones = (this.#tones + key).slice(-20);
      } catch {
        // What is not sent is not shown as sent.
      }
      this.update();
    }
  }

  erase(): void {
    const { phone } = this.#host;
    this.enter(phone.dialledNumber.slice(0, -1));
    // The button goes with the last digit.
    if (!phone.dialledNumber) this.focus();
  }

  readonly #readClipboard = (): void => {
    navigator.clipboard.readText().then(
      (text) => this.enter(dialable(text)),
      // Refused: the keyboard's own paste still works there.
      () => this.focus(),
    );
  };
}

/** RFC 3323 §4.1.1.3: an anonymous caller says so in place of a user. */
const nameOf = (call: Call | null): string =>
  !call ? "" : call.displayName || (call.remote === "anonymous" ? "" : call.remote) || t("unknown");

/** A class by length, so that a long text shrinks before it scrolls or wraps. */
const size = (text: string, ...steps: number[]): string =>
  `s${steps.filter((step) => text.length > step).length}`;

function lineOf(call: Call): TextKey {
  if (call.reconnecting) return "reconnecting";
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
