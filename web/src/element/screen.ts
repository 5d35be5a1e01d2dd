// The screen: what the engine's state looks like, and what a touch or a key
// does to the engine. It keeps nothing but what only a screen knows.
import { html, nothing, render } from "lit/html.js";
import { live } from "lit/directives/live.js";
import type { Call } from "../phone/call.ts";
import type { PhoneError } from "../phone/types.ts";
import type { CallRecord } from "../phone/types.ts";
import { icon, paths } from "./icons.ts";
import { Gestures } from "./gestures.ts";
import type { Gestured } from "./gestures.ts";
import type { Part, ScreenHost, Words } from "./kit.ts";
import { clock, dialable, initials, maximumLength } from "./number.ts";
import { outcome } from "./outcome.ts";
import { english } from "./texts.ts";
import type { TextKey } from "./texts.ts";
import { Views } from "./views.ts";

/** How long the status line says something else than the state of a call, in milliseconds. */
const noteTime = 8_000;

/** The keys with the letters of ITU-T E.161. */
const keys = "1 2ABC 3DEF 4GHI 5JKL 6MNO 7PQRS 8TUV 9WXYZ * 0+ #".split(" ");

/** Without any of these there is no screen. */
const pieces: readonly Part[] = [
  "dialpad",
  "dialled-number",
  "answer",
  "hang-up",
  "hold",
  "mute",
  "dial",
  "status",
];

export class Screen implements Gestured {
  readonly #host: ScreenHost;
  readonly #root: ShadowRoot;
  readonly #views: Views;
  #shown: Call | null = null;
  #words: Words | undefined;
  /** What the words were looked for with. */
  #spoken: unknown[] = [];
  /** What the status line says about something that is over; in a call until then. */
  #note: { text: () => string; bad: boolean; until: number } | null = null;
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
    this.#views = new Views(host, root, {
      words: () => this.#words,
      call: () => this.#shown,
      update: () => this.update(),
      say: (text, bad) => this.#say(() => text, bad),
      attempt: (work) => this.#try(work),
      dial: (number, video) => {
        this.#dialled = host.phone.dialledNumber = number;
        this.#call(number, video);
      },
    });
    new Gestures(this, root);
  }

  get idle(): boolean {
    return this.#host.phone.state === "idle" && !this.#dialling && !this.#host.disabled;
  }

  get ringing(): boolean {
    return this.#dialling || this.#state.startsWith("ringing");
  }

  /** The state of the call that is shown. */
  get #state(): string {
    const call = this.#shown;
    return call?.answerTime ? call.state : this.#host.phone.state;
  }

  /** Focus goes where typing works. */
  focus(options?: FocusOptions): void {
    (this.#find("input") ?? this.#find(".main button") ?? this.#find(".card"))?.focus(options);
  }

  /** Stops the timers; the next `update()` starts what is needed. */
  pause(): void {
    this.#rest();
    this.#views.pause();
  }

  failed({ code, message }: PhoneError): void {
    this.#say(() => this.#words?.text(code) ?? message, true);
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
    // What waits changes nothing below it.
    if (this.#host.phone.calls.length > 1) return;
    this.#tones = "";
    this.#padOverVideo = false;
    // What rings is to be seen.
    this.#views.close();
  }

  ended(record: CallRecord): void {
    const { text, bad } = outcome(record);
    const time = record.answerTime ? ` · ${clock(record.duration)}` : "";
    // Within another call its own state matters more than that this one is over.
    if (bad || !this.#host.phone.call) {
      this.#say(() => (text ? this.#t(text) : (this.#words?.reason(record) ?? record.reason)) + time, bad);
    }
    this.#tones = "";
    this.#views.ended(record);
  }

  update(): void {
    const root = this.#root;
    const focused = root.activeElement;
    const { call, calls } = this.#host.phone;
    // A call that waits leaves the one that is up on the screen.
    if (
      call?.answerTime ||
      call?.direction !== "inbound" ||
      !calls.some((one) => one === this.#shown && one.answerTime)
    ) {
      if (call && !this.#shown) this.#note = null;
      this.#shown = call;
    }
    const drawn = pieces.some((part) => this.#host.shows(part));
    if (drawn) this.#speak();
    this.#views.changed(drawn);
    render(drawn ? this.#card() : nothing, root);
    // What had the focus is gone with the state it belonged to: keep the keyboard working.
    if (focused && !root.activeElement) this.#find(".card")?.focus({ preventScroll: true });
    for (const video of root.querySelectorAll("video")) if (video.paused) video.play().catch(() => {});
    if (!this.#shown?.answerTime) this.#rest();
    else this.#ticker ??= setInterval(() => this.update(), 1000);
  }

  #find(selector: string): HTMLElement | null {
    return this.#root.querySelector<HTMLElement>(selector);
  }

  #say(text: () => string, bad: boolean): void {
    this.#note = { text, bad, until: Date.now() + noteTime };
  }

  #rest(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Finds the words for the language of the page, and for what the host page says otherwise. */
  #speak(): void {
    const { language, texts } = this.#host;
    const wanted = [language, texts];
    if (wanted.every((one, i) => one === this.#spoken[i])) return;
    this.#spoken = wanted;
    if (!texts && /^(en\b|$)/i.test(language)) this.#words = undefined;
    else {
      import("../words.ts")
        .then(({ find }) => find(language, texts))
        .then(
          (words) => {
            if (wanted !== this.#spoken) return;
            this.#words = words;
            this.update();
          },
          // English is there.
          () => {},
        );
    }
  }

  #t(key: TextKey): string {
    return this.#words?.text(key) ?? english[key];
  }

  #card() {
    const { phone } = this.#host;
    const call = this.#shown;
    const state = this.#state;
    const shows = (part: Part) => this.#host.shows(part);
    const pad = shows("dialpad");
    const ringing = state === "ringing-in";
    const talking = state === "active" || state === "held";
    const busy = state !== "idle" || this.#dialling;
    const status = shows("status");
    const number = shows("dialled-number");
    const mute = shows("mute");
    const hold = shows("hold");
    const main = [
      busy && shows("hang-up")
        ? this.#main("hang-up", "stop", ringing ? "decline" : "hangUp", this.#hangUp)
        : "",
      ringing && shows("answer") ? this.#main("answer", "go", "answer", this.#answer) : "",
      !busy && shows("dial") ? this.#main("dial", "go", "dial", this.#dial) : "",
    ];
    const mains = shows("hang-up") || shows("answer") || shows("dial");
    const actions = mute || hold;
    const views = this.#views;
    const source = call?.videoSource;
    const picture = talking && !!call && views.stage(call);
    const panel = views.panel();
    return html`<div
      part="card"
      class=${pad || number || status || actions || main.some(Boolean) ? "card" : "card bare"}
      role="group"
      aria-label=${this.#t("phone")}
      lang=${this.#words?.lang ?? "en"}
      dir=${this.#words?.dir ?? nothing}
      tabindex="-1"
    >
      <slot name="header"></slot>
      ${views.banner() || (status ? this.#status(busy && call) : "")}
      <div class=${panel ? "body open" : "body"}>
        <div class=${pad || picture ? "face wide" : "face"} ?inert=${!!panel}>
          ${busy && (status || number) ? this.#peer(call) : number ? this.#numberBox() : ""}
          ${status ? this.#line(state === "idle" ? null : call) : ""}
          ${
            pad || picture
              ? html`<div class="stage" part="stage">
                  ${
                    pad
                      ? html`<div
                          part="dialpad"
                          class=${ringing || (picture && !this.#padOverVideo) ? "pad off" : "pad"}
                          role="group"
                          aria-label=${this.#t("keypad")}
                        >
                          <slot name="dialpad"
                            >${keys.map(
                              (key) =>
                                html`<button
                                  type="button"
                                  part="key"
                                  data-key=${key[0]!}
                                  ?disabled=${this.#host.disabled && !busy}
                                >
                                  <b>${key[0]}</b><i aria-hidden="true">${key.slice(1)}</i>
                                </button>`,
                            )}</slot
                          >
                        </div>`
                      : ""
                  }
                  ${ringing ? this.#avatar(call) : (!this.#padOverVideo && picture) || ""}
                </div>`
              : ""
          }
          ${
            actions
              ? html`<div class="actions" part="actions">
                  ${
                    mute
                      ? this.#round("mute", !!call?.muted, talking, () =>
                          call?.muted ? phone.unmute() : phone.mute(),
                        )
                      : ""
                  }
                  ${
                    hold
                      ? this.#round("hold", !!call?.held, talking, () =>
                          this.#try(call?.held ? phone.unhold() : phone.hold()),
                        )
                      : ""
                  }
                  ${
                    shows("transfer")
                      ? this.#round("transfer", null, talking, () => views.open("transfer"))
                      : ""
                  }
                  ${
                    shows("camera")
                      ? this.#round("camera", !!source, talking, () =>
                          this.#try(phone.setVideo(source ? null : "camera")),
                        )
                      : ""
                  }
                  ${
                    picture && pad
                      ? this.#round("keypad", this.#padOverVideo, true, () => {
                          this.#padOverVideo = !this.#padOverVideo;
                          this.update();
                        })
                      : ""
                  }
                  ${talking && call ? views.tools(call) : ""}
                  <slot name="actions"></slot>
                </div>`
              : ""
          }
          ${mains ? html`<div class="main" part="main"><slot name="main">${main}</slot></div>` : ""}
        </div>
        ${panel}
      </div>
      <slot name="footer"></slot>
    </div>`;
  }

  #status(call: Call | null | false) {
    const { registration, username, reconnecting } = this.#host.phone;
    // Within a call the phone tries until it is back.
    const again = reconnecting
      ? registration !== "registered"
      : this.#wasRegistered && registration === "registering";
    const word = again ? "reconnecting" : registration;
    return html`<div part="status" class="status">
      <slot name="status"
        ><span class="dot ${registration}" aria-hidden="true"></span>
        <span part="registration">${this.#t(word)}</span>
        <span part="account" dir="auto">${username}</span>
        ${call ? this.#views.badge(call) : this.#quiet("history")} ${this.#quiet("settings")}</slot
      >
    </div>`;
  }

  #quiet(name: "history" | "settings") {
    return this.#host.shows(name)
      ? html`<button
          type="button"
          part=${name}
          aria-label=${this.#t(name)}
          aria-expanded=${this.#views.shown === name}
          @click=${() => this.#views.open(name)}
        >
          ${icon(name)}
        </button>`
      : "";
  }

  #numberBox() {
    const { phone, disabled } = this.#host;
    const { dialledNumber: number } = phone;
    const pasteable = !number && !!navigator.clipboard?.readText;
    return html`<div part="dialled-number" class="number">
      <slot name="number">
        ${
          pasteable
            ? html`<button
                type="button"
                part="paste"
                ?disabled=${disabled}
                aria-label=${this.#t("paste")}
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
          aria-label=${this.#t("numberToCall")}
          placeholder=${this.#t("enterNumber")}
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
                aria-label=${this.#t("erase")}
              >
                ${icon("erase")}
              </button>`
            : ""
        }
      </slot>
    </div>`;
  }

  #peer(call: Call | null) {
    const number = call?.remote ?? this.#host.phone.dialledNumber;
    const name = this.#nameOf(call) || number;
    const below = this.#tones || (name === number || name === this.#t("unknown") ? "" : number);
    return html`<div part="caller" class="peer">
      <slot name="caller">
        <b part="caller-name" class=${size(name, 18, 24)} dir="auto">${name}</b>
        <span part="caller-number" dir="ltr">${below}</span>
      </slot>
    </div>`;
  }

  #line(call: Call | null) {
    // In a call a note is heard for a moment, unless the call itself is in trouble.
    const heard = call ? !call.reconnecting && (this.#note?.until ?? 0) > Date.now() : !this.#dialling;
    const note = heard ? this.#note : null;
    const text = note
      ? note.text()
      : !call
        ? this.#dialling
          ? this.#t("calling")
          : ""
        : this.#t(lineOf(call));
    const since = call?.answerTime;
    const incoming = call?.state === "ringing-in" ? `${this.#t("incoming")}: ${this.#nameOf(call)}` : "";
    const alone = !!incoming && !note;
    return html`<div part="status status-line" class=${note?.bad ? "line bad" : "line"}>
      <slot name="status-line">
        <span role="status" ?hidden=${alone}>${text}</span>
        ${alone ? html`<span aria-hidden="true">${text}</span>` : ""}
        ${since ? html`<span role="timer">${clock((Date.now() - since.getTime()) / 1000)}</span>` : ""}
        <span role="alert" class="hidden">${incoming}</span>
      </slot>
    </div>`;
  }

  #avatar(call: Call | null) {
    return html`<div part="avatar" class="avatar" aria-hidden="true">
      <slot name="avatar"> ${initials(call ? this.#views.nameOf(call) : "") || icon("handset")} </slot>
    </div>`;
  }

  #nameOf(call: Call | null): string {
    return call ? this.#views.nameOf(call) || this.#t("unknown") : "";
  }

  #round(
    name: "mute" | "hold" | "transfer" | "camera" | "keypad",
    pressed: boolean | null,
    enabled: boolean,
    act: () => void,
  ) {
    return html`<button
      type="button"
      part=${name}
      class="round"
      aria-pressed=${pressed ?? nothing}
      ?disabled=${!enabled}
      @click=${act}
    >
      ${icon(name, name === "mute" && pressed ? paths.muted : "")}<span>${this.#t(name)}</span>
    </button>`;
  }

  #main(part: Part, kind: string, label: TextKey, act: () => void) {
    const disabled = part === "dial" && this.#host.disabled;
    return html`<button type="button" part=${part} class=${kind} ?disabled=${disabled} @click=${act}>
      ${icon("handset")}<span>${this.#t(label)}</span>
    </button>`;
  }

  // ---- what a person does ----

  /** Runs what a button asks for; a failure is a sentence on the status line. */
  #try(work: Promise<unknown>): void {
    work.catch((error: PhoneError) => {
      this.failed(error);
      this.update();
    });
  }

  readonly #dial = (): void => {
    const { phone, disabled } = this.#host;
    if (disabled || this.#dialling) return;
    const number = dialable(phone.dialledNumber);
    if (!number) return this.enter(this.#last);
    if (this.#views.code(number)) return this.enter("");
    this.#dialled = phone.dialledNumber;
    this.#call(number);
  };

  #call(number: string, video?: boolean): void {
    this.#last = number;
    this.#dialling = true;
    this.began();
    this.#try(
      this.#host.phone.makeCall(number, video === undefined ? {} : { video }).finally(() => {
        this.#dialling = false;
        this.update();
      }),
    );
    this.update();
  }

  readonly #answer = (): void => this.#try(this.#host.phone.answer());

  readonly #hangUp = (): void => this.#try((this.#shown ?? this.#host.phone).hangup());

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
    else if (/active|held/.test(this.#state) && key !== "+") {
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
