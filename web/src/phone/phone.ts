// The phone: an account, its registration and its calls.

import { Call } from "./call.ts";
import type { Environment } from "./environment.ts";
import { PhoneError } from "./types.ts";
import type {
  CallState,
  ConfigProvider,
  MakeCallOptions,
  PhoneConfig,
  PhoneEvent,
  PhoneEventDetails,
  PhoneEventName,
  RegistrationState,
} from "./types.ts";

type Listener<K extends PhoneEventName> = (event: PhoneEvent<K>) => void;
type Handler<K extends PhoneEventName> = ((detail: PhoneEventDetails[K]) => void) | null;

export class Phone extends EventTarget {
  onAnswer: Handler<"answer"> = null;
  onRingingOut: Handler<"ringingout"> = null;
  onRingingIn: Handler<"ringingin"> = null;
  onEnd: Handler<"end"> = null;
  onRegistered: Handler<"registered"> = null;
  onUnregistered: Handler<"unregistered"> = null;
  onError: Handler<"error"> = null;
  configProvider: ConfigProvider | null = null;

  #config: PhoneConfig;
  #dialled = "";

  constructor(config: PhoneConfig = {}, _environment: Partial<Environment> = {}) {
    super();
    this.#config = config;
  }

  get config(): Readonly<Omit<PhoneConfig, "password">> {
    const { password: _, ...config } = this.#config;
    return config;
  }

  setConfig(config: PhoneConfig): void {
    this.#config = { ...this.#config, ...config };
  }

  async register(): Promise<void> {
    throw notReady();
  }

  async unregister(): Promise<void> {}

  async makeCall(_address: string, _options?: MakeCallOptions): Promise<Call> {
    throw notReady();
  }

  async answer(_options?: { video?: boolean }): Promise<void> {
    throw notReady();
  }

  async hangup(): Promise<void> {}

  async hold(): Promise<void> {
    throw notReady();
  }

  async unhold(): Promise<void> {
    throw notReady();
  }

  mute(): void {}

  unmute(): void {}

  dialpadPress(digit: string): void {
    this.dialledNumber += digit;
  }

  async transfer(_target: string | Call): Promise<void> {
    throw notReady();
  }

  async stop(): Promise<void> {}

  get registration(): RegistrationState {
    return "unregistered";
  }

  get registered(): boolean {
    return this.registration === "registered";
  }

  get state(): CallState {
    return "idle";
  }

  get status(): CallState | RegistrationState {
    return this.state === "idle" ? this.registration : this.state;
  }

  get call(): Call | null {
    return null;
  }

  get calls(): readonly Call[] {
    return [];
  }

  get held(): boolean {
    return false;
  }

  get muted(): boolean {
    return false;
  }

  get username(): string {
    return this.#config.username ?? "";
  }

  get dialledNumber(): string {
    return this.#dialled;
  }

  set dialledNumber(number: string) {
    this.#dialled = String(number).slice(0, 256);
  }

  override addEventListener<K extends PhoneEventName>(
    type: K,
    listener: Listener<K> | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override addEventListener(
    type: string,
    listener: unknown,
    options?: AddEventListenerOptions | boolean,
  ): void {
    super.addEventListener(type, listener as EventListener | null, options);
  }

  override removeEventListener<K extends PhoneEventName>(
    type: K,
    listener: Listener<K> | null,
    options?: EventListenerOptions | boolean,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
  override removeEventListener(
    type: string,
    listener: unknown,
    options?: EventListenerOptions | boolean,
  ): void {
    super.removeEventListener(type, listener as EventListener | null, options);
  }
}

const notReady = () => new PhoneError("not-configured", "Give a server, a user name and a password first.");
