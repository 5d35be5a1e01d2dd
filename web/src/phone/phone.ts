// The phone: its settings, its line and its calls, behind one surface.

import type { VideoSource } from "../media/peer.ts";
import type { Tone } from "../media/tones.ts";
import type { ServerTransaction } from "../sip/transactions.ts";
import { Account } from "./account.ts";
import { toUri } from "./address.ts";
import { Call, digitOf, notRinging, notUp } from "./call.ts";
import type { Desk } from "./desk.ts";
import { browserEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { errorOf } from "./errors.ts";
import type { CallHost } from "./host.ts";
import type { Line } from "./line.ts";
import { MessageLog, masked } from "./log.ts";
import type { SavedCall } from "./resume.ts";
import type { Referral } from "./transfer.ts";
import { realmOf } from "./settings.ts";
import { PhoneError, PhoneEvent } from "./types.ts";
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
} from "./types.ts";

type Listener<K extends PhoneEventName> = (event: PhoneEvent<K>) => void;
type Handler<K extends PhoneEventName> = ((detail: PhoneEventDetails[K]) => void) | null;

/** Calls at once; another one is told that we are busy. */
const MAX_CALLS = 8;
/** Characters of the dialled number. */
const MAX_DIALLED = 256;

/** The listeners by the names of the phone's own events. */
export interface Phone {
  addEventListener<K extends PhoneEventName>(
    type: K,
    listener: Listener<K> | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  removeEventListener<K extends PhoneEventName>(
    type: K,
    listener: Listener<K> | null,
    options?: EventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
}

export class Phone extends EventTarget {
  onAnswer: Handler<"answer"> = null;
  onRingingOut: Handler<"ringingout"> = null;
  onRingingIn: Handler<"ringingin"> = null;
  onEnd: Handler<"end"> = null;
  onRegistered: Handler<"registered"> = null;
  onUnregistered: Handler<"unregistered"> = null;
  onError: Handler<"error"> = null;
  /** Sees every SIP message, for diagnosis; credentials and keys are masked. May be set at any time. */
  trace: Trace | null = null;

  readonly #environment: Environment;
  readonly #account: Account;
  readonly #host: CallHost;
  readonly #calls: Call[] = [];
  /** The calls again, the current one last. */
  #order: Call[] = [];
  /** Calls of the page before this one. */
  #saved: readonly SavedCall[] = [];
  #recalling: Promise<string | undefined> | null = null;
  /** What is heard of the call that ended last, until there is another. */
  #after: Tone | null = null;
  #blocked = false;
  readonly #log = new MessageLog();
  #dialled = "";
  #changing = false;

  /** Bad values throw, as in `setConfig`. */
  constructor(config: PhoneConfig = {}, environment: Partial<Environment> = {}) {
    super();
    this.#environment = {
      ...browserEnvironment(),
      ...environment,
      trace: (direction, text) => this.#traced(direction, masked(text), environment.trace),
    };
    const changed = () => this.#changed();
    this.#account = new Account(this.#environment, config, {
      changed,
      failed: (error) => void this.#emit("error", error),
      registered: (detail) => this.#emit("registered", detail),
      unregistered: (reason) => this.#emit("unregistered", { reason }),
      invited: (line, invite) => this.#invited(line, invite),
      inUse: (line) => this.#calls.some((call) => call.line === line),
      lost: (line) => this.calls.forEach((call) => call.line === line && call.lost()),
      recall: () => this.#recall(),
      recalled: (line) => this.#recalled(line),
      restored: (line) => this.calls.forEach((call) => call.line === line && call.restored()),
    });
    this.#host = {
      environment: this.#environment,
      changed,
      calls: this.#calls,
      log: this.#log,
      line: () => this.#account.ready(),
      registration: () => this.registration,
      quiet: (host, uri) => Call.outgoing(host, this.#account.ready(), uri, false),
      failed: (cause) => this.#emit("error", errorOf(cause)),
      settings: () => this.#account.settings,
      emit: (type, detail) => this.#emit(type, detail),
      holdOthers: (call) => this.#holdOthers(call),
      referred: (call, referral) => this.#referred(call, referral),
      ended: (call) => this.#ended(call),
      shelf: () => this.#shelf(),
    };
  }

  /** The settings as they are, without the password. */
  get config(): Readonly<Omit<PhoneConfig, "password">> {
    const { password: _, ...config } = this.#account.settings;
    return config;
  }

  /**
   * Changes settings at any time; absent members stay. A changed account
   * registers anew. Throws PhoneError `not-configured` for a bad value, and
   * then nothing has changed.
   */
  setConfig(config: PhoneConfig): void {
    this.#account.configure(config);
  }

  /**
   * Gives the settings. Asked before the first registration and again when the
   * server refuses the credentials; it has 10 seconds.
   */
  get configProvider(): ConfigProvider | null {
    return this.#account.provider;
  }

  set configProvider(provider: ConfigProvider | null) {
    this.#account.provider = typeof provider === "function" ? provider : null;
  }

  /** Registers; resolves on the 200 and rejects with PhoneError. */
  async register(): Promise<void> {
    await this.#telling(this.#account.register());
  }

  async unregister(): Promise<void> {
    await this.#telling(this.#account.unregister());
  }

  /** Calls an address; resolves once the INVITE is on its way and rejects with PhoneError. */
  async makeCall(address: string, options: MakeCallOptions = {}): Promise<Call> {
    return this.#telling(this.#dial(String(address), options));
  }

  /** Answers the call that rings; another one that is up is put on hold. */
  async answer(options: { video?: boolean } = {}): Promise<void> {
    const call = this.#order.findLast(({ direction, state }) => direction === "inbound" && /ing/.test(state));
    if (!call) throw notRinging();
    await this.#telling(call.answer(options));
  }

  /** Ends, cancels or declines the current call. */
  async hangup(): Promise<void> {
    await this.call?.hangup();
  }

  async hold(): Promise<void> {
    await this.#telling(this.#up().hold());
  }

  async unhold(): Promise<void> {
    await this.#telling(this.#up().unhold());
  }

  /** As `setVideo()` of the current call: the camera, the screen, or `null` for no picture of ours. */
  async setVideo(source: VideoSource | null): Promise<void> {
    await this.#telling(this.#up().setVideo(source));
  }

  mute(): void {
    this.#find()?.mute();
  }

  unmute(): void {
    this.#find()?.unmute();
  }

  /** In a call sends the digit, otherwise adds it to the dialled number. */
  dialpadPress(digit: string): void {
    const tone = digitOf(digit);
    const call = this.#find();
    if (call?.up) call.dialpadPress(tone);
    else this.dialledNumber += tone;
    void this.playTone(tone);
  }

  /**
   * Plays a tone once, through the speaker or, as is the default for `"ringing"`, the ringing
   * device: `"test"`, `"ringing"`, `"ringback"`, `"busy"`, `"waiting"`, or a key of the dial pad.
   * Resolves when it is over, without a sound where the page may not play.
   */
  async playTone(
    tone: PhoneTone,
    output: "speaker" | "ringer" = tone === "ringing" ? "ringer" : "speaker",
  ): Promise<void> {
    await this.#environment.sound.once(tone, this.#account.settings[output]).catch(() => {});
  }

  /**
   * The browser keeps the page silent until someone touches it, and something is to be heard: a
   * call rings, say. The first gesture on the page starts it.
   */
  get soundBlocked(): boolean {
    return this.#blocked;
  }

  /** How the current call is now, or `null` without one that is up. */
  async statistics(): Promise<CallStatistics | null> {
    return (await this.#find()?.statistics()) ?? null;
  }

  /** The devices that can be chosen. Asks for no permission: until there is one, browsers tell little. */
  devices(): Promise<DeviceList> {
    return this.#ask((desk) => desk.devices());
  }

  /**
   * Tells how loud the chosen microphone is, from 0 to 1, some twenty times a second; resolves to
   * what ends that. In a call it listens to the call's microphone, muted or not, otherwise it opens
   * one. Rejects with PhoneError `permission`, `no-device` or `unsupported`.
   */
  meter(listener: (level: number) => void): Promise<() => void> {
    return this.#ask((desk) => desk.meter(listener));
  }

  /**
   * Looks whether a call would go well: opens the microphone for a moment, asks the server
   * something, looks for ways through the network, and calls the echo test where one is set. Takes
   * 30 seconds at most from when the microphone is allowed, mostly two, and six with an echo test;
   * leaves nothing open and fires no events. Rejects with PhoneError `busy` while there is a call.
   */
  check(options: CheckOptions = {}): Promise<CheckResult> {
    return this.#ask((desk) => desk.check(options));
  }

  /**
   * What support wants to know, as plain data: settings without secrets, the browser, devices,
   * registration, calls with their last statistics, and the last 200 SIP messages (256 KiB at most)
   * without credentials and keys.
   */
  report(): Promise<object> {
    return this.#ask((desk) => desk.report());
  }

  /** Sends the other side of the current call to an address, or to the other side of another call. */
  async transfer(target: string | Call): Promise<void> {
    await this.#telling(this.#up().transfer(target));
  }

  /** Ends the calls, signs off and closes the connection. The phone can be used again after. */
  async stop(): Promise<void> {
    await Promise.all(this.calls.map((call) => call.hangup()));
    await this.#account.stop();
    this.#changed();
  }

  get registration(): RegistrationState {
    return this.#account.registration;
  }

  get registered(): boolean {
    return this.registration === "registered";
  }

  /** The state of the current call. */
  get state(): CallState {
    const { call } = this;
    const state = call?.state ?? "idle";
    if (state === "connecting") return call?.direction === "inbound" ? "ringing-in" : "ringing-out";
    return state === "ended" ? "idle" : state;
  }

  /** The state of the current call, or of the registration when there is none. */
  get status(): CallState | RegistrationState {
    return this.call ? this.state : this.registration;
  }

  /** The call that last began, rang, was answered or taken off hold. */
  get call(): Call | null {
    return this.#order.at(-1) ?? null;
  }

  get calls(): readonly Call[] {
    return [...this.#calls];
  }

  get held(): boolean {
    return !!this.call?.held;
  }

  /** The current call is up, but the server or the other side can't be reached for now. */
  get reconnecting(): boolean {
    return !!this.call?.reconnecting;
  }

  get muted(): boolean {
    return !!this.call?.muted;
  }

  get username(): string {
    return this.#account.settings.username;
  }

  /** At most 256 characters; what is beyond is cut off. */
  get dialledNumber(): string {
    return this.#dialled;
  }

  set dialledNumber(number: string) {
    this.#dialled = String(number ?? "").slice(0, MAX_DIALLED);
    this.#changed();
  }

  /** Has something done by what is loaded on demand. */
  async #ask<T>(run: (desk: Desk) => Promise<T>): Promise<T> {
    try {
      const { deskOf } = await this.#environment.extras();
      return await run(deskOf(this.#host));
    } catch (cause) {
      throw errorOf(cause);
    }
  }

  /** Keeps the message, and shows it to whoever listens. */
  #traced(direction: "in" | "out", text: string, ...others: (Trace | undefined)[]): void {
    this.#log.add(this.#environment.clock.now(), direction, text);
    for (const trace of [this.trace, ...others]) {
      try {
        trace?.(direction, text);
      } catch (cause) {
        report(cause);
      }
    }
  }

  /** The call that hold, mute and digits mean: the current one, or behind one that rings the one that is up. */
  #find(): Call | undefined {
    return this.#order.findLast(({ up }) => up) ?? this.#order.at(-1);
  }

  #up(): Call {
    const call = this.#find();
    if (!call?.up) throw notUp();
    return call;
  }

  async #dial(
    address: string,
    { headers = {}, video }: MakeCallOptions,
    more: [string, string][] = [],
  ): Promise<Call> {
    // Without a provider the call is there at once, to be hung up.
    if (this.#account.provider) await this.#account.provide();
    const line = this.#account.ready();
    const { settings } = this.#account;
    const uri = toUri(address, line.realm);
    const own = Object.keys(headers).length ? (await this.#environment.extras()).fieldsOf(headers) : [];
    if (!own) throw new PhoneError("unsupported", "A header of this call is not allowed. Leave it out.");
    if (this.#calls.length >= MAX_CALLS)
      throw new PhoneError("busy", "Too many calls at once. End one first.");
    const call = Call.outgoing(this.#host, line, uri, video ?? settings.video);
    this.#calls.push(call);
    this.#order.push(call);
    this.#changed();
    try {
      await this.#holdOthers(call);
    } catch (cause) {
      await call.hangup();
      throw cause;
    }
    await call.start([...own, ...more]);
    return call;
  }

  #invited(line: Line, invite: ServerTransaction): void {
    if (!invite.request.fields.get("Replaces")) return this.#incoming(line, invite);
    this.#environment.extras().then(
      ({ replaced }) => {
        const old = replaced(invite.request, this.#calls);
        if (old) this.#incoming(line, invite, old);
        else invite.respond(481);
      },
      () => invite.respond(500),
    );
  }

  /** A call that rings, or that takes another one over. */
  #incoming(line: Line, invite: ServerTransaction, old?: Call): void {
    if (this.#calls.length >= MAX_CALLS) return void invite.respond(486);
    const call = Call.incoming(this.#host, line, invite);
    this.#calls.push(call);
    this.#order.push(call);
    if (!old) return call.ring();
    // The one who takes a call over has been spoken to: no ringing (RFC 3891 §3).
    const video = !!old.videoSource;
    void this.#telling(old.hangup().then(() => call.answer({ video }))).catch(() => {});
  }

  #shelf() {
    const { settings } = this.#account;
    const key = `web-phone ${settings.username}@${realmOf(settings)}`;
    const storage = settings.resume && this.#environment.storage();
    return storage ? { storage, key, calls: this.#order } : null;
  }

  #recall(): Promise<string | undefined> | null {
    const shelf = this.#shelf();
    if (!shelf?.storage.getItem(shelf.key)) return null;
    const { clock, extras } = this.#environment;
    // Whoever asks at the same time shares the answer.
    return (this.#recalling ??= extras()
      .then(({ recall }) => {
        const found = recall(shelf.storage, shelf.key, clock.now());
        this.#saved = found?.calls ?? [];
        return found?.instance;
      })
      .catch(() => undefined)
      .finally(() => (this.#recalling = null)));
  }

  #recalled(line: Line): void {
    const saved = this.#saved;
    this.#saved = [];
    for (const one of saved) {
      const call = Call.saved(this.#host, line, one);
      this.#calls.push(call);
      this.#order.push(call);
      call.resume(one);
      this.#emit("answer", call.detail);
    }
    this.#changed();
  }

  #referred(call: Call, { uri, fields }: Referral): Promise<Call> {
    return this.#telling(this.#dial(uri, { video: !!call.videoSource }, fields));
  }

  async #holdOthers(call: Call): Promise<void> {
    this.#order = [...this.#order.filter((other) => other !== call), call];
    await Promise.all(this.calls.map((other) => other !== call && other.up && !other.held && other.hold()));
  }

  #ended(call: Call): void {
    this.#calls.splice(this.#calls.indexOf(call), 1);
    this.#order = this.#order.filter((other) => other !== call);
    this.#after = call.tone;
    if (call.error?.code === "authentication") this.#account.refused();
    this.#account.tidy();
    this.#changed();
  }

  /** Tells a screen of what is rejected, too. */
  async #telling<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (cause) {
      const error = errorOf(cause);
      this.#emit("error", error);
      throw error;
    }
  }

  /** Dispatches an event and runs its callback property; false when its default was prevented. */
  #emit<K extends PhoneEventName>(type: K, detail: PhoneEventDetails[K]): boolean {
    const event = new PhoneEvent(type, detail, { cancelable: type === "ringingin" });
    // The callback property of `ringingin` is `onRingingIn`.
    const [, handler] = Object.entries(this).find(([name]) => name.toLowerCase() === `on${type}`) ?? [];
    try {
      handler?.call(this, detail);
    } catch (cause) {
      report(cause);
    }
    return this.dispatchEvent(event);
  }

  /** What is heard follows the calls at once, listeners once in a microtask. */
  #changed(): void {
    this.#host?.desk?.configured();
    const { speaker, ringer } = this.#account.settings;
    const tone = this.call ? this.call.tone : this.#after;
    this.#environment.sound.play({
      tone: tone === "ringing" && this.#calls.some(({ up }) => up) ? "waiting" : tone,
      stream: this.#order.findLast(({ sound }) => sound)?.sound ?? null,
      speaker,
      ringer,
      blocked: (is) => {
        this.#blocked = is;
        this.#changed();
      },
    });
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      this.#emit("change", null);
    });
  }
}

/** A host page's mistake is the host page's to hear of, like a listener's. */
const report = (cause: unknown) => (globalThis.reportError ?? console.error)(cause);
