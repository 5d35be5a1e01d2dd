// <web-phone>: the engine as an element. This file is its attributes,
// properties, methods, events and life in a document; screen.ts is what it
// looks like.
import type { VideoSource } from "../media/peer.ts";
import type { Call } from "../phone/call.ts";
import { Phone } from "../phone/phone.ts";
import { PhoneError, PhoneEvent } from "../phone/types.ts";
import type {
  CallState,
  CallStatistics,
  CheckOptions,
  CheckResult,
  ConfigProvider,
  DeviceList,
  MakeCallOptions,
  PhoneConfig,
  PhoneEventDetails,
  PhoneEventName,
  PhoneTone,
  RegistrationState,
  Trace,
} from "../phone/types.ts";
import { fetchConfig } from "./config-source.ts";
import type { Contact, Part } from "./kit.ts";
import { Screen } from "./screen.ts";
import {
  accountFlags,
  accountTexts,
  attributeOf,
  parseIceServers,
  parseWidth,
  settingOf,
  shown,
  texts,
} from "./settings.ts";
import { styles } from "./styles.ts";

type Handler<K extends PhoneEventName> = ((detail: PhoneEventDetails[K]) => void) | null;

/** How long an element may be out of a document before its calls end, in milliseconds. */
const removalTime = 1_000;

const callbacks = {
  answer: "onAnswer",
  ringingout: "onRingingOut",
  ringingin: "onRingingIn",
  end: "onEnd",
  registered: "onRegistered",
  unregistered: "onUnregistered",
  error: "onError",
} as const satisfies Partial<Record<PhoneEventName, string>>;

/**
 * A telephone: SIP over WebSocket (RFC 7118) and WebRTC.
 *
 * @tagname web-phone
 *
 * @attr {string} width - A CSS length; a bare number is pixels. Without it the element fills its container up to 320 px.
 * @attr {boolean} no-dialpad - Hides the keypad.
 * @attr {boolean} no-dialled-number - Hides the text box of the number to dial.
 * @attr {boolean} no-answer - Hides Answer.
 * @attr {boolean} no-hang-up - Hides Hang up (and Decline).
 * @attr {boolean} no-hold - Hides Hold.
 * @attr {boolean} no-mute - Hides Mute.
 * @attr {boolean} no-dial - Hides Dial.
 * @attr {boolean} no-status - Hides the registration and call status, and with it the recent calls and the settings.
 * @attr {boolean} no-transfer - Hides Transfer.
 * @attr {boolean} no-camera - Hides Camera.
 * @attr {boolean} no-history - Hides the recent calls, and keeps none.
 * @attr {boolean} no-settings - Hides the settings.
 * @attr {boolean} auto-register - Registers as soon as credentials are present.
 * @attr {string} sip-server - One or more `ws:`/`wss:` URLs separated by commas, in order of preference.
 * @attr {string} realm - The domain of the account. Default: the host of the first server.
 * @attr {string} display-name - The From name.
 * @attr {string} cli - The From number. Default: the user name.
 * @attr {string} username - The user name.
 * @attr {string} password - The password. Taken once and removed from the markup.
 * @attr {string} ice-servers - STUN and TURN servers, as JSON.
 * @attr {boolean} video - Calls are made and answered with video.
 * @attr {string} conference - The address at which calls are merged.
 * @attr {string} echo - The address of an echo test, for the check before a call.
 * @attr {string} config-src - A URL that answers with settings as `setConfig()` takes them.
 * @attr {string} theme - `light` or `dark`. Default: as the reader's system.
 * @attr {string} lang - The language of the screen (BCP 47). Default: the one around the element; English where it is not known.
 * @attr {string} contacts - The URL of names for numbers, as JSON.
 * @attr {boolean} debug - Writes every SIP message to the console; credentials are masked.
 * @attr {string} id - The key by which a host page finds the phone.
 * @attr {string} name - The name of the number in a form. Default: the ID.
 * @attr {string} value - The number at first and after a form's reset.
 * @attr {boolean} no-resume - Calls are not taken up again when the page is reloaded.
 * @attr {boolean} disabled - No number can be entered or dialled; calls can still be handled.
 * @attr {string} state - Reflected: `idle`, `ringing-out`, `ringing-in`, `active` or `held`.
 * @attr {string} registration - Reflected: `unregistered`, `registering` or `registered`.
 * @attr {boolean} muted - Reflected: the microphone is muted.
 * @attr {boolean} reconnecting - Reflected: the current call is up, but the server or the other side can't be reached for now.
 *
 * @fires {PhoneEvent<"answer">} answer - The call is answered, by either side.
 * @fires {PhoneEvent<"ringingout">} ringingout - The other side rings (180) or sends early media (183).
 * @fires {PhoneEvent<"ringingin">} ringingin - An incoming call starts to ring. `preventDefault()` keeps the built-in ringing silent.
 * @fires {PhoneEvent<"end">} end - A call is over: exactly once per call, with its record.
 * @fires {PhoneEvent<"registered">} registered - Registration succeeded.
 * @fires {PhoneEvent<"unregistered">} unregistered - Unregistered, refused or lost.
 * @fires {PhoneEvent<"error">} error - An error.
 * @fires {PhoneEvent<"change">} change - Anything that the screen shows may have changed.
 * @fires {InputEvent} input - The user changed the number.
 *
 * @slot header - Above the status.
 * @slot status - In place of what the status row holds.
 * @slot number - In place of the number's text box and buttons.
 * @slot caller - In place of the other party's name and number.
 * @slot status-line - In place of the status line: announce what happens yourself then.
 * @slot dialpad - In place of the keys.
 * @slot avatar - In place of the ringing caller's initials: a picture, say.
 * @slot actions - After Mute, Hold, Transfer and Camera.
 * @slot main - In place of the main buttons.
 * @slot footer - Below the main buttons.
 *
 * @csspart card - The whole card.
 * @csspart status - The status row and the status line.
 * @csspart registration - The word for the registration.
 * @csspart account - The user name on the status row.
 * @csspart history - The button for the recent calls.
 * @csspart settings - The button for the settings.
 * @csspart status-line - What is happening, in words.
 * @csspart dialled-number - The row of the number.
 * @csspart number - The text box of the number.
 * @csspart paste - The button that pastes a number.
 * @csspart backspace - The button that deletes the last digit.
 * @csspart caller - The other party, in a call.
 * @csspart caller-name - The other party's name.
 * @csspart caller-number - The other party's number, or the digits sent.
 * @csspart stage - The area of the keypad, of the ringing and of the picture.
 * @csspart dialpad - The keypad.
 * @csspart key - Each key.
 * @csspart avatar - The ringing caller's initials.
 * @csspart video - The pictures of a video call.
 * @csspart remote-video - The other party's picture.
 * @csspart local-video - One's own picture.
 * @csspart actions - The row of Mute and Hold.
 * @csspart mute - Mute.
 * @csspart hold - Hold.
 * @csspart transfer - Transfer.
 * @csspart camera - Camera.
 * @csspart keypad - Within a video call: shows the keypad.
 * @csspart panel - A panel over the card.
 * @csspart panel-title - The title of a panel.
 * @csspart close - The button that closes a panel.
 * @csspart tab - Recent and Contacts, above the list.
 * @csspart search - The search above a list.
 * @csspart calls - A list of calls.
 * @csspart past-call - One recent call.
 * @csspart contacts - The list of contacts.
 * @csspart contact - One contact.
 * @csspart call-back - Calls a recent call's number, or a contact.
 * @csspart remove - Deletes a recent call.
 * @csspart remove-all - Deletes all recent calls.
 * @csspart device - The choice of a device.
 * @csspart test - Plays a test tone.
 * @csspart allow - Asks for the microphone.
 * @csspart meter - The level of the microphone.
 * @csspart preview - One's own picture in the settings.
 * @csspart processing - Echo cancellation, noise suppression and automatic gain.
 * @csspart notifications - Asks for notifications, or says how they stand.
 * @csspart check - Opens the check before a call.
 * @csspart report - Opens the report.
 * @csspart reset - Takes all choices back.
 * @csspart check-step - What one step of the check found.
 * @csspart verdict - What the check comes to.
 * @csspart run-check - Starts the check.
 * @csspart download - Downloads the report.
 * @csspart trace - Writes messages to the console.
 * @csspart banner - In place of the status row: another call, or that sound is blocked.
 * @csspart banner-call - The other call's name and state; opens the list of all calls.
 * @csspart waiting-answer - Answers the call that waits; the other one is held.
 * @csspart waiting-decline - Declines the call that waits.
 * @csspart swap - Takes the other call; the present one is held.
 * @csspart merge - Merges all calls at the conference address.
 * @csspart back - While someone is asked before a transfer: hangs up and goes back.
 * @csspart complete-transfer - While someone is asked before a transfer: transfers.
 * @csspart end-call - Hangs up one call of several.
 * @csspart call - One call in the list of all calls.
 * @csspart merge-all - Merge, in the list of all calls.
 * @csspart sound-blocked - Says that the browser blocks sound.
 * @csspart transfer-target - The text box of the number to transfer to.
 * @csspart transfer-now - Transfers at once.
 * @csspart transfer-ask - Calls the target first.
 * @csspart transfer-join - Joins the call with another one.
 * @csspart transfer-contact - A contact that fits what was entered.
 * @csspart no-picture - In place of the other party's picture, while there is none.
 * @csspart own-picture - One's own picture; pressed, it goes to another corner.
 * @csspart video-buttons - The row of buttons over the pictures.
 * @csspart share-screen - Shares the screen.
 * @csspart flip-camera - Takes the next camera.
 * @csspart picture-in-picture - Lets the other party's picture float over other windows.
 * @csspart full-screen - Fills the screen with the pictures.
 * @csspart stage-mute - Mute, in full screen.
 * @csspart stage-hang-up - Hang up, in full screen.
 * @csspart quality - How good the connection is; opens the figures.
 * @csspart chart - The sound of the last minute.
 * @csspart figures - The figures of either direction.
 * @csspart copy - Copies the figures.
 * @csspart main - The row of the main buttons.
 * @csspart dial - Dial.
 * @csspart answer - Answer.
 * @csspart hang-up - Hang up, or Decline.
 *
 * @cssprop [--web-phone-width=320px] - Width at most.
 * @cssprop --web-phone-surface - Background.
 * @cssprop --web-phone-text - Text.
 * @cssprop --web-phone-quiet - Less important text.
 * @cssprop --web-phone-line - The border, and a pressed key.
 * @cssprop --web-phone-edge - The borders of fields and buttons in panels.
 * @cssprop --web-phone-press - A key or button under the pointer, and round buttons.
 * @cssprop [--web-phone-key=transparent] - A key.
 * @cssprop [--web-phone-key-edge=transparent] - The border of a key.
 * @cssprop --web-phone-call - Dial and Answer.
 * @cssprop --web-phone-on-call - Text on Dial and Answer.
 * @cssprop --web-phone-end - Hang up and Decline.
 * @cssprop --web-phone-on-end - Text on Hang up and Decline.
 * @cssprop --web-phone-accent - Focus.
 * @cssprop --web-phone-warning - What went wrong.
 * @cssprop [--web-phone-gap=12px] - Space between rows.
 * @cssprop [--web-phone-padding=16px] - Space within the card.
 * @cssprop [--web-phone-radius=16px] - Corners of the card.
 * @cssprop [--web-phone-key-size=60px] - Height of a key.
 * @cssprop [--web-phone-key-radius=30px] - Corners of a key.
 * @cssprop [--web-phone-button-radius=28px] - Corners of a main button.
 * @cssprop [--web-phone-font=system-ui] - Font family.
 */
export class WebPhone extends HTMLElement {
  static readonly formAssociated = true;

  static readonly observedAttributes = [
    ...Object.keys(settingOf),
    ...[...texts, ...Object.keys(shown)].map(attributeOf),
    "password",
    "ice-servers",
    "value",
    "id",
    "lang",
    "contacts",
    "debug",
  ];

  /** A CSS length; a bare number is pixels. */
  declare width: string;
  /** `light`, `dark`, or empty: as the reader's system. */
  declare theme: string;
  /** The name of the number in a form. */
  declare name: string;
  /** A URL that answers with settings as `setConfig()` takes them. */
  declare configSrc: string;
  /** The servers in use, separated by commas. */
  declare sipServer: string;
  /** The domain of the account; empty for the host of the first server. */
  declare realm: string;
  /** The From name. */
  declare displayName: string;
  /** The From number; empty for the user name. */
  declare cli: string;
  /** The user name. */
  declare username: string;
  /** The address at which calls are merged; empty for none. */
  declare conference: string;
  /** The address of an echo test, for the check before a call; empty for none. */
  declare echo: string;
  /** Registers as soon as credentials are present. */
  declare autoRegister: boolean;
  /** Calls are made and answered with video. */
  declare video: boolean;
  /** Takes the calls up again when the page is reloaded. */
  declare resume: boolean;
  /** Shows the keypad. */
  declare showDialpad: boolean;
  /** Shows the text box of the number to dial. */
  declare showDialledNumber: boolean;
  /** Shows Answer. */
  declare showAnswer: boolean;
  /** Shows Hang up. */
  declare showHangUp: boolean;
  /** Shows Hold. */
  declare showHold: boolean;
  /** Shows Mute. */
  declare showMute: boolean;
  /** Shows Dial. */
  declare showDial: boolean;
  /** Shows the registration and call status. */
  declare showStatus: boolean;
  /** Shows Transfer. */
  declare showTransfer: boolean;
  /** Shows Camera. */
  declare showCamera: boolean;
  /** Shows the button for the recent calls, and keeps them. */
  declare showHistory: boolean;
  /** Shows the button for the settings. */
  declare showSettings: boolean;

  /** Called with the detail of `answer`. */
  declare onAnswer: Handler<"answer">;
  /** Called with the detail of `ringingout`. */
  declare onRingingOut: Handler<"ringingout">;
  /** Called with the detail of `ringingin`. */
  declare onRingingIn: Handler<"ringingin">;
  /** Called with the detail of `end`: the CDR. */
  declare onEnd: Handler<"end">;
  /** Called with the detail of `registered`. */
  declare onRegistered: Handler<"registered">;
  /** Called with the detail of `unregistered`. */
  declare onUnregistered: Handler<"unregistered">;
  /** Called with the detail of `error`. */
  declare onError: Handler<"error">;

  static {
    const define = (
      property: string,
      get: (this: WebPhone) => unknown,
      set: (this: WebPhone, value: unknown) => void,
    ) =>
      Object.defineProperty(WebPhone.prototype, property, { get, set, configurable: true, enumerable: true });

    for (const [property, setting] of [
      ...texts.map((text) => [text] as const),
      ...Object.entries(accountTexts),
    ]) {
      const attribute = attributeOf(property);
      define(
        property,
        function () {
          const value = setting ? this.#engine.config[setting] : this.getAttribute(attribute);
          return String(value ?? "");
        },
        function (value) {
          if (value == null) this.removeAttribute(attribute);
          else this.setAttribute(attribute, String(value));
        },
      );
    }
    for (const property of [...accountFlags, ...Object.keys(shown)]) {
      const attribute = attributeOf(property);
      const negative = attribute.startsWith("no-");
      const setting = settingOf[attribute];
      define(
        property,
        function () {
          return setting
            ? !!this.#engine.config[setting as "video"]
            : this.hasAttribute(attribute) !== negative;
        },
        function (value) {
          this.toggleAttribute(attribute, !!value !== negative);
        },
      );
    }
    for (const callback of Object.values(callbacks)) WebPhone.prototype[callback] = null;
  }

  readonly #phone = new Phone({ resume: true });
  readonly #internals = this.attachInternals();
  readonly #screen: Screen;
  #sheet: CSSStyleSheet | undefined;
  /** The styles of what was loaded on demand. */
  #more = "";
  #texts: Readonly<Record<string, string>> | null = null;
  #contacts: readonly Contact[] | string = "";
  #provider: ConfigProvider | null = null;
  /** Settings from attributes that the engine has not been given yet. */
  #pending: PhoneConfig = {};
  #scheduled = false;
  #disabled = false;
  #removal: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  /** Values set on the element before it was defined. */
  #early: Map<string, unknown> | null = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const element = this;
    this.#screen = new Screen(
      {
        element: this,
        phone: this.#phone,
        get disabled() {
          return element.#disabled;
        },
        get language() {
          return element.closest<HTMLElement>("[lang]")?.lang ?? "";
        },
        get texts() {
          return element.#texts;
        },
        get contacts() {
          return element.#contacts;
        },
        style: (css) => {
          this.#more += css;
          this.#style();
        },
        shows: (part: Part) => !this.hasAttribute(`no-${part}`),
        edited: () => void this.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true })),
      },
      root,
    );
    for (const name of Object.keys(callbacks) as (keyof typeof callbacks)[]) {
      this.#phone.addEventListener(name, (event) => this.#relay(event));
      this.addEventListener(name, (event: Event) => {
        // An `error` of something within the element is no event of the phone.
        if (event instanceof PhoneEvent)
          (this[callbacks[name]] as ((detail: unknown) => void) | null)?.(event.detail);
      });
    }
    this.#phone.addEventListener("change", (event) => this.#relay(event));
    this.#keepEarly();
  }

  /** Credentials that renew themselves: asked before the first registration and when the server refuses. */
  get configProvider(): ConfigProvider | null {
    return this.#provider;
  }

  set configProvider(provider: ConfigProvider | null) {
    this.#provider = typeof provider === "function" ? provider : null;
    this.#provide();
  }

  /** Write-only: reads as an empty string. */
  get password(): string {
    return "";
  }

  set password(password: string) {
    this.#pending.password = String(password ?? "");
    this.#schedule();
  }

  /** STUN and TURN servers. Not reflected, since they carry credentials. */
  get iceServers(): RTCIceServer[] {
    return this.#engine.config.iceServers ?? [];
  }

  set iceServers(servers: RTCIceServer[]) {
    this.#attempt(() => this.#engine.setConfig({ iceServers: servers ?? [] }));
  }

  /** The dialled number: at most 256 characters. */
  get value(): string {
    return this.#phone.dialledNumber;
  }

  set value(number: string) {
    this.#phone.dialledNumber = String(number ?? "");
    this.#schedule();
  }

  /** The host page's own words in place of the screen's, by the keys of the reference. */
  get texts(): Readonly<Record<string, string>> | null {
    return this.#texts;
  }

  set texts(texts: Readonly<Record<string, string>> | null) {
    this.#texts = texts ?? null;
    this.#schedule();
  }

  /** Names for numbers: a list, or the URL of one as JSON. */
  get contacts(): readonly Contact[] | string {
    return this.#contacts;
  }

  set contacts(contacts: readonly Contact[] | string) {
    this.#contacts = contacts ?? "";
    this.#schedule();
  }

  /** The form that the number belongs to. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  /** Mirrors the attribute `disabled`. */
  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }

  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", !!disabled);
  }

  /** The phone is registered. */
  get registered(): boolean {
    return this.#phone.registered;
  }

  /** The state of the registration. */
  get registration(): RegistrationState {
    return this.#phone.registration;
  }

  /** The state of the current call. */
  get state(): CallState {
    return this.#phone.state;
  }

  /** The call's state while there is one, else the registration's. */
  get status(): CallState | RegistrationState {
    return this.#phone.status;
  }

  /** The current call, or `null`. */
  get call(): Call | null {
    return this.#phone.call;
  }

  /** All calls that are not over. */
  get calls(): readonly Call[] {
    return this.#phone.calls;
  }

  /** The current call is on hold from this side. */
  get held(): boolean {
    return this.#phone.held;
  }

  /** The microphone is muted. */
  get muted(): boolean {
    return this.#phone.muted;
  }

  /** The current call is up, but the server or the other side can't be reached for now. */
  get reconnecting(): boolean {
    return this.#phone.reconnecting;
  }

  /** The browser keeps the page silent until someone touches it, and something is to be heard. */
  get soundBlocked(): boolean {
    return this.#phone.soundBlocked;
  }

  /** Sees every SIP message, without credentials and keys. The attribute `debug` sets it, too. */
  get trace(): Trace | null {
    return this.#phone.trace;
  }

  set trace(trace: Trace | null) {
    this.#phone.trace = trace;
  }

  /** Settings, at any time; a changed account registers anew. Throws a `PhoneError` for a bad value and changes nothing then. */
  setConfig(config: PhoneConfig): void {
    this.#engine.setConfig(config);
    this.#schedule();
  }

  /** Registers; resolves on the 200 OK. */
  async register(): Promise<void> {
    return this.#engine.register();
  }

  /** Unregisters; resolves when the binding is gone. */
  async unregister(): Promise<void> {
    return this.#engine.unregister();
  }

  /** Calls a number, `user@host`, a `sip:`/`sips:`/`tel:` URI or a service name; resolves once the INVITE is on its way. */
  async makeCall(address: string, options?: MakeCallOptions): Promise<Call> {
    return this.#engine.makeCall(address, options);
  }

  /** Answers the ringing call; resolves when it is up. */
  async answer(options?: { video?: boolean }): Promise<void> {
    return this.#phone.answer(options);
  }

  /** Ends, cancels or declines the current call. */
  async hangup(): Promise<void> {
    return this.#phone.hangup();
  }

  /** Holds the call; resolves when the other side agreed. */
  async hold(): Promise<void> {
    return this.#phone.hold();
  }

  /** Takes the call off hold; resolves when the other side agreed. */
  async unhold(): Promise<void> {
    return this.#phone.unhold();
  }

  /** Mutes the microphone. */
  mute(): void {
    this.#phone.mute();
  }

  /** Unmutes the microphone. */
  unmute(): void {
    this.#phone.unmute();
  }

  /** In a call sends a digit (`0-9 * # A-D`) as DTMF; otherwise adds it to the number. */
  dialpadPress(digit: string): void {
    this.#phone.dialpadPress(digit);
  }

  /** Transfers the call to an address, or joins it with another call. */
  async transfer(target: string | Call): Promise<void> {
    return this.#phone.transfer(target);
  }

  /** Sends the camera, the screen, or with `null` no picture in the current call; resolves when the other side agreed. */
  async setVideo(source: VideoSource | null): Promise<void> {
    return this.#phone.setVideo(source);
  }

  /** How the current call is now, or `null` without one that is up. */
  async statistics(): Promise<CallStatistics | null> {
    return this.#phone.statistics();
  }

  /** The devices that can be chosen. Asks for no permission: until there is one, browsers tell little. */
  async devices(): Promise<DeviceList> {
    return this.#phone.devices();
  }

  /** Tells how loud the microphone is, from 0 to 1, some twenty times a second; resolves to what ends that. */
  async meter(listener: (level: number) => void): Promise<() => void> {
    return this.#engine.meter(listener);
  }

  /** Plays a tone once: `"test"`, `"ringing"`, `"ringback"`, `"busy"`, `"waiting"`, or a key of the dial pad. */
  async playTone(tone: PhoneTone, output?: "speaker" | "ringer"): Promise<void> {
    return this.#engine.playTone(tone, output);
  }

  /** Looks for some seconds whether a call would go well: microphone, server and the way of the media. */
  async check(options?: CheckOptions): Promise<CheckResult> {
    return this.#engine.check(options);
  }

  /** What support wants to know, as plain data without secrets. */
  async report(): Promise<object> {
    return this.#engine.report();
  }

  /** Hides the whole field; the phone keeps working. */
  hide(): void {
    this.hidden = true;
  }

  /** Shows the field again. */
  show(): void {
    this.hidden = false;
  }

  /** Focuses the number, or the main button in a call. */
  override focus(options?: FocusOptions): void {
    this.#screen.focus(options);
  }

  /** @internal */
  connectedCallback(): void {
    clearTimeout(this.#removal);
    this.#applyEarly();
    this.#sheet ?? this.#style();
    if (this.#stopped && this.autoRegister && (this.username || this.#phone.configProvider)) {
      // A failure is told by an event.
      this.#phone.register().catch(() => {});
    }
    this.#stopped = false;
    this.#update();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#screen.pause();
    clearTimeout(this.#removal);
    // A move takes the element out and puts it in again, perhaps some tasks later.
    this.#removal = setTimeout(() => {
      this.#stopped = true;
      void this.#phone.stop();
    }, removalTime);
  }

  /** @internal A move that keeps state (`moveBefore()`): nothing ends. */
  connectedMoveCallback(): void {}

  /** @internal A style sheet belongs to one document. */
  adoptedCallback(): void {
    this.#style();
  }

  /** @internal */
  formDisabledCallback(disabled: boolean): void {
    this.#disabled = disabled;
    this.#schedule();
  }

  /** @internal */
  formResetCallback(): void {
    this.value = this.getAttribute("value") ?? "";
  }

  /** @internal */
  formStateRestoreCallback(state: string | File | FormData | null): void {
    if (typeof state === "string") this.value = state;
  }

  /** @internal */
  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    const setting = settingOf[name];
    if (name === "password") {
      if (value === null) return;
      this.password = value;
      this.removeAttribute(name);
    } else if (setting) {
      const flag = (accountFlags as readonly string[]).includes(setting);
      const on = (value !== null) !== name.startsWith("no-");
      Object.assign(this.#pending, { [setting]: flag ? on : (value ?? "") });
    } else if (name === "ice-servers") {
      this.#attempt(() => (this.#pending.iceServers = parseIceServers(value ?? "")));
    } else if (name === "contacts") {
      this.contacts = value ?? "";
    } else if (name === "config-src") {
      this.#provide();
    } else if (name === "width") {
      this.#style();
    } else if (name === "value" && this.value === (old ?? "")) {
      this.value = value ?? "";
    }
    this.#schedule();
  }

  /** The engine, with every setting that the element has taken. */
  get #engine(): Phone {
    const pending = this.#pending;
    this.#pending = {};
    const entries = Object.entries(pending);
    if (entries.length) {
      try {
        this.#phone.setConfig(pending);
      } catch {
        // One bad value does not keep the good ones out.
        for (const [key, value] of entries) this.#attempt(() => this.#phone.setConfig({ [key]: value }));
      }
    }
    return this.#phone;
  }

  #provide(): void {
    const url = this.configSrc;
    this.#phone.configProvider =
      this.#provider ?? (url ? () => fetchConfig(new URL(url, this.baseURI).href) : null);
    this.#schedule();
  }

  /** Runs what markup asks for: a bad value is an event and a warning, never an exception. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      const error =
        cause instanceof PhoneError ? cause : new PhoneError("internal", "A setting can't be used.", cause);
      console.warn(`<web-phone>: ${error.message}`);
      this.dispatchEvent(new PhoneEvent("error", error));
    }
  }

  /** The engine's event anew on the element. */
  #relay<K extends PhoneEventName>(event: PhoneEvent<K>): void {
    const { type, detail } = event as PhoneEvent<PhoneEventName>;
    const screen = this.#screen;
    if (type === "error") screen.failed(detail as PhoneError);
    else if (type === "end") screen.ended(detail as PhoneEventDetails["end"]);
    else if (type === "registered") screen.registered();
    else if (type === "unregistered") screen.unregistered();
    else if (type === "ringingin") screen.began();
    this.#update();
    const copy = new PhoneEvent(type as PhoneEventName, detail, { cancelable: event.cancelable });
    if (!this.dispatchEvent(copy)) event.preventDefault();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#update();
    });
  }

  /** Settings to the engine, its state to attributes, form and screen. */
  #update(): void {
    const { state, registration, muted, reconnecting, dialledNumber } = this.#engine;
    for (const [name, value] of [
      ["state", state],
      ["registration", registration],
    ] as const) {
      if (this.getAttribute(name) !== value) this.setAttribute(name, value);
    }
    this.toggleAttribute("muted", muted);
    this.toggleAttribute("reconnecting", reconnecting);
    const data = new FormData();
    const name = this.name || this.id;
    if (name) data.set(name, dialledNumber);
    this.#internals.setFormValue(data, dialledNumber);
    if (this.#sheet) this.#screen.update();
  }

  #style(): void {
    const { shadowRoot, ownerDocument } = this;
    const view = ownerDocument.defaultView;
    if (!view || !shadowRoot) return;
    let width = "";
    this.#attempt(() => (width = parseWidth(this.width)));
    this.#sheet = new view.CSSStyleSheet();
    this.#sheet.replaceSync(styles + this.#more + (width && `:host{inline-size:${width}}`));
    shadowRoot.adoptedStyleSheets = [this.#sheet];
  }

  /** Takes the values that were set before the element was defined off the instance, where they hide its accessors. */
  #keepEarly(): void {
    const own = Object.keys(this).filter((key) => key in WebPhone.prototype);
    if (!own.length) return;
    this.#early = new Map(own.map((key) => [key, Reflect.get(this, key)]));
    for (const key of own) Reflect.deleteProperty(this, key);
    queueMicrotask(() => this.#applyEarly());
  }

  #applyEarly(): void {
    const early = this.#early;
    this.#early = null;
    early?.forEach((value, key) => Reflect.set(this, key, value));
  }
}

type ListenerOptions = AddEventListenerOptions | boolean;
type AnyListener = EventListenerOrEventListenerObject | null;

// What a listener gets, by event name: types alone, the methods are EventTarget's.
export interface WebPhone {
  addEventListener<K extends PhoneEventName>(
    type: K,
    listener: ((event: PhoneEvent<K>) => void) | null,
    options?: ListenerOptions,
  ): void;
  addEventListener<K extends Exclude<keyof HTMLElementEventMap, PhoneEventName>>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: AnyListener, options?: ListenerOptions): void;
  removeEventListener<K extends PhoneEventName>(
    type: K,
    listener: ((event: PhoneEvent<K>) => void) | null,
    options?: EventListenerOptions | boolean,
  ): void;
  removeEventListener(type: string, listener: AnyListener, options?: EventListenerOptions | boolean): void;
}

// A second copy of the module leaves the first one's element alone.
if (!customElements.get("web-phone")) customElements.define("web-phone", WebPhone);
