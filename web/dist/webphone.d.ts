// The public types of /webphone.js and of /phone.js (which has no WebPhone).

/** Why something failed. The list is closed. */
export type PhoneErrorCode =
  | "not-configured"
  | "transport"
  | "authentication"
  | "registration"
  | "permission"
  | "no-device"
  | "busy"
  | "rejected"
  | "not-found"
  | "timeout"
  | "unsupported"
  | "protocol"
  | "internal";

/**
 * An error of the phone. `message` is a sentence for a person that says what
 * to do next; `code` is for programs; `cause` holds what was behind it.
 */
export declare class PhoneError extends Error {
  override readonly name: "PhoneError";
  readonly code: PhoneErrorCode;
  constructor(code: PhoneErrorCode, message: string, cause?: unknown);
}

/** What `setConfig()` and a `configProvider` take. An absent member stays as it was. */
export interface PhoneConfig {
  /** One or more `ws:`/`wss:` URLs in order of preference; a string is split at commas. */
  wsServers?: string | readonly string[];
  username?: string;
  /** Kept in memory only: never reflected, logged or stored. */
  password?: string;
  /** The From name. */
  displayName?: string;
  /** The From number; the user name when absent. */
  cli?: string;
  /** The domain of the account; the host of the first server when absent. */
  realm?: string;
  /** STUN and TURN servers. None by default: no third party is contacted. */
  iceServers?: RTCIceServer[];
  /** Registers as soon as there are credentials. */
  autoRegister?: boolean;
  /** Calls are made and answered with video by default. */
  video?: boolean;
  /** Registration lifetime asked for, in seconds (60 to 86,400; default 600). */
  expires?: number;
  /**
   * Takes up the calls of the page before when it is reloaded within 30 seconds. What that needs (no
   * password) is kept in the session storage while a page is gone. Default: off; on in `<web-phone>`.
   */
  resume?: boolean;
  /**
   * Device IDs as `devices()` lists them, at most 256 characters each; empty, the default, is the
   * system's choice, and so is an ID that is not there. A change applies at once, also within calls.
   */
  microphone?: string;
  /** Where the far end and all tones but the ringing are heard, where the browser leaves the choice. */
  speaker?: string;
  /** Where an incoming call rings. */
  ringer?: string;
  camera?: string;
  /** Takes what the loudspeaker plays out of the microphone's sound. Default: on. */
  echoCancellation?: boolean;
  /** Default: on. */
  noiseSuppression?: boolean;
  /** Levels loud and quiet voices. Default: on. */
  autoGainControl?: boolean;
  /** The address at which calls are merged, for a screen to use. Empty, the default: none. */
  conference?: string;
  /** The address of an echo test, which `check()` calls to judge the way there and back. Empty, the default: none. */
  echo?: string;
}

export type ConfigProvider = () => PhoneConfig | Promise<PhoneConfig>;

export type Direction = "inbound" | "outbound";

/** What every event of a call tells. */
export interface CallDetail {
  readonly callId: string;
  readonly direction: Direction;
  /** The caller's number or address. */
  readonly from: string;
  /** The callee's number or address. */
  readonly to: string;
  /** The other party's name, or an empty string. */
  readonly displayName: string;
  readonly video: boolean;
}

export interface CallQuality {
  /** Mean opinion score, 1 to 4.5 (ITU-T G.107, from RTCP statistics). */
  readonly mos: number;
  /** Interarrival jitter in milliseconds (RFC 3550 §6.4.1). */
  readonly jitter: number;
  /** Packets lost on the way to us. */
  readonly packetsLost: number;
  /** In milliseconds. */
  readonly roundTripTime: number;
}

/** Audio and video that goes one way, since the last look. */
export interface MediaFlow {
  /** Kilobits per second of all media. */
  readonly kbps: number;
  /** Of the audio: percent of its packets that were lost on the way. */
  readonly lossPercent: number;
  /** Of the audio: interarrival jitter in milliseconds (RFC 3550 §6.4.1). */
  readonly jitter: number;
}

/** What is wrong with a call, by whose side it is on. */
export type TroubleCause = "none" | "microphone" | "own-network" | "their-network" | "path" | "server";

/** How a call is now: between two looks, or since it began at the first (W3C WebRTC Statistics). */
export interface CallStatistics extends CallQuality {
  /** The audio codec, such as `opus`; empty while there is no audio. */
  readonly codec: string;
  /** The codec of the picture we see, or else of ours; empty without one. */
  readonly videoCodec: string;
  /** What we send, as the other side reports of it (RTCP). */
  readonly sent: MediaFlow;
  readonly received: MediaFlow;
  /** Of the picture we see, in pixels; 0 without one. */
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly framesPerSecond: number;
  /** The media goes through a TURN server (RFC 8656). */
  readonly relayed: boolean;
  /** How loud the other side is, 0 to 1. */
  readonly level: number;
  /** How loud we are, 0 to 1; 0 while muted. */
  readonly ownLevel: number;
  readonly cause: TroubleCause;
}

/** A device; its ID is what the settings take. */
export interface MediaDevice {
  readonly id: string;
  /** Its name; empty until the page has been allowed to use devices. */
  readonly label: string;
}

export interface DeviceList {
  readonly microphones: readonly MediaDevice[];
  readonly speakers: readonly MediaDevice[];
  readonly cameras: readonly MediaDevice[];
}

/** One part of a check. */
export interface CheckStep {
  readonly ok: boolean;
  /** `"ok"`, or what is wrong, for programs. */
  readonly code: string;
  /** The same as a sentence for a person. */
  readonly text: string;
}

/** What `check()` found. */
export interface CheckResult {
  /** Codes: `silent`, `permission`, `no-device`, `unsupported`. */
  readonly microphone: CheckStep & {
    /** The name of the device. */
    readonly device: string;
    /** The loudest moment, 0 to 1. */
    readonly level: number;
  };
  /** Codes: `not-configured`, `transport`, `unregistered`, `slow`. */
  readonly server: CheckStep & {
    readonly registered: boolean;
    /** Milliseconds from an OPTIONS request to its response (RFC 3261 §11); 0 without one. */
    readonly roundTripTime: number;
  };
  /** Codes: `no-candidates`, `no-ice-server`, `no-echo`, `poor`, `bad`. */
  readonly path: CheckStep & {
    /** How many candidates of each type were found with the ICE servers that are set (RFC 8445 §5.1.1). */
    readonly candidates: Readonly<Record<"host" | "srflx" | "relay", number>>;
    /** Of a call to the echo test, where one is set. */
    readonly quality: CallStatistics | null;
  };
  /** `bad`: a call would fail; `fair`: it would have a flaw. */
  readonly verdict: "good" | "fair" | "bad";
}

export interface CheckOptions {
  /** The address of an echo test. Default: the setting `echo`. */
  readonly echo?: string;
}

/** Sees every SIP message as it is sent or received, without credentials and keys. */
export type Trace = (direction: "in" | "out", text: string) => void;

/** The call detail record: delivered exactly once for every call, when it ends. */
export interface CallRecord extends CallDetail {
  /** ISO 8601. When the INVITE was sent or received. */
  readonly startTime: string;
  /** ISO 8601; `null` when it never rang. */
  readonly ringTime: string | null;
  /** ISO 8601; `null` when it was never answered. */
  readonly answerTime: string | null;
  /** ISO 8601. */
  readonly endTime: string;
  /** Answered seconds. */
  readonly duration: number;
  /**
   * The final SIP status of the INVITE: 200 once answered, 408 also when no response came in time
   * (RFC 3261 §8.1.3.1), 0 when none was received or sent.
   */
  readonly sipCode: number;
  /** A word or sentence for what ended the call. */
  readonly reason: string;
  readonly endedBy: "local" | "remote" | "network";
  /** The audio codec, such as `opus` or `PCMU`; an empty string when none was agreed. */
  readonly codec: string;
  readonly quality: CallQuality | null;
}

export interface MakeCallOptions {
  /** Default: the phone's `video` setting. */
  video?: boolean;
  /** Extra header fields of the INVITE, such as `{"X-Ticket": "42"}`. At most 20. */
  headers?: Readonly<Record<string, string>>;
}

export type RegistrationState = "unregistered" | "registering" | "registered";

/** The state of the current call as the `state` attribute shows it. */
export type CallState = "idle" | "ringing-out" | "ringing-in" | "active" | "held";

/** What `playTone()` plays; single characters are the keys of the dial pad. */
export type PhoneTone = "ringing" | "ringback" | "busy" | "waiting" | "test" | (string & {});

/** Where the picture that we send comes from. */
export type VideoSource = "camera" | "screen";

/** Detail of each event, by event name. */
export interface PhoneEventDetails {
  answer: CallDetail;
  ringingout: CallDetail & { readonly code: number };
  ringingin: CallDetail;
  end: CallRecord;
  registered: { readonly server: string; readonly expires: number };
  unregistered: { readonly reason: string };
  error: PhoneError;
  /**
   * Anything a screen shows may have changed: registration, a call's state,
   * the dialled number, mute, hold. Fired at most once per microtask.
   */
  change: null;
}

export type PhoneEventName = keyof PhoneEventDetails;

/** Every event of the phone and of the element. It does not bubble. */
export declare class PhoneEvent<K extends PhoneEventName> extends Event {
  readonly detail: PhoneEventDetails[K];

  constructor(type: K, detail: PhoneEventDetails[K], init?: EventInit);
}

export type CallPhase = "connecting" | "ringing-out" | "ringing-in" | "active" | "held" | "ended";

/** One call. The phone makes it; a page never constructs one. */
export interface Call {
  readonly id: string;
  readonly direction: Direction;
  /** The caller's number or address. */
  readonly from: string;
  /** The callee's number or address. */
  readonly to: string;
  /** The other party's name, or an empty string. */
  readonly displayName: string;
  /** The other party's number. */
  readonly remote: string;
  readonly video: boolean;
  readonly state: CallPhase;
  /** When the INVITE was sent or received. */
  readonly startTime: Date | null;
  readonly answerTime: Date | null;
  /** On hold from this side. */
  readonly held: boolean;
  /** On hold from the other side. */
  readonly remoteHeld: boolean;
  readonly muted: boolean;
  /** The call is up, but the server or the other side can't be reached for now. */
  readonly reconnecting: boolean;
  /** Where the picture that we send comes from, or `null` when we send none. */
  readonly videoSource: VideoSource | null;
  /** What every event of this call tells. */
  readonly detail: CallDetail;
  /** The CDR once the call is over. */
  readonly record: CallRecord | null;
  readonly localStream: MediaStream | null;
  readonly remoteStream: MediaStream | null;
  answer(options?: { video?: boolean }): Promise<void>;
  hangup(): Promise<void>;
  hold(): Promise<void>;
  unhold(): Promise<void>;
  mute(): void;
  unmute(): void;
  /** Sends a digit (`0-9 * # A-D`) as DTMF. */
  dialpadPress(digit: string): void;
  /**
   * Sends the camera, the screen, or with `null` no picture; resolves when the other side agreed. Rejects
   * with `permission`, `no-device`, or `unsupported` when the other side takes no picture; the call goes on.
   */
  setVideo(source: VideoSource | null): Promise<void>;
  /** How the call is now, or `null` while it is not up. */
  statistics(): Promise<CallStatistics | null>;
  transfer(target: string | Call): Promise<void>;
}

type Handler<K extends PhoneEventName> = ((detail: PhoneEventDetails[K]) => void) | null;

/** The engine: a phone without a screen. Bad settings throw a `PhoneError`. */
export declare class Phone extends EventTarget {
  constructor(config?: PhoneConfig);
  onAnswer: Handler<"answer">;
  onRingingOut: Handler<"ringingout">;
  onRingingIn: Handler<"ringingin">;
  onEnd: Handler<"end">;
  onRegistered: Handler<"registered">;
  onUnregistered: Handler<"unregistered">;
  onError: Handler<"error">;
  /** Asked for settings before the first registration and when the server refuses the credentials. */
  configProvider: ConfigProvider | null;
  /** The settings as they are, without the password. */
  readonly config: Readonly<Omit<PhoneConfig, "password">>;
  /** The account. */
  readonly username: string;
  /** The number to dial: at most 256 characters. */
  dialledNumber: string;
  /** The state of the registration. */
  readonly registration: RegistrationState;
  readonly registered: boolean;
  /** The state of the current call. */
  readonly state: CallState;
  /** The call's state while there is one, else the registration's. */
  readonly status: CallState | RegistrationState;
  /** The current call, or `null`. */
  readonly call: Call | null;
  /** All calls that are not over. */
  readonly calls: readonly Call[];
  readonly held: boolean;
  readonly muted: boolean;
  /** The current call is up, but the server or the other side can't be reached for now. */
  readonly reconnecting: boolean;
  /** The browser keeps the page silent until someone touches it, and something is to be heard. */
  readonly soundBlocked: boolean;
  /** Sees every SIP message, without credentials and keys. */
  trace: Trace | null;
  /** Changes settings at any time; a changed account registers anew. */
  setConfig(config: PhoneConfig): void;
  register(): Promise<void>;
  unregister(): Promise<void>;
  makeCall(address: string, options?: MakeCallOptions): Promise<Call>;
  answer(options?: { video?: boolean }): Promise<void>;
  hangup(): Promise<void>;
  hold(): Promise<void>;
  unhold(): Promise<void>;
  mute(): void;
  unmute(): void;
  dialpadPress(digit: string): void;
  transfer(target: string | Call): Promise<void>;
  /** Sends the camera, the screen, or with `null` no picture in the current call. */
  setVideo(source: VideoSource | null): Promise<void>;
  /** How the current call is now, or `null` without one that is up. */
  statistics(): Promise<CallStatistics | null>;
  /** The devices that can be chosen. Asks for no permission: until there is one, browsers tell little. */
  devices(): Promise<DeviceList>;
  /** Tells how loud the microphone is, from 0 to 1, some twenty times a second; resolves to what ends that. */
  meter(listener: (level: number) => void): Promise<() => void>;
  /** Plays a tone once: `"test"`, `"ringing"`, `"ringback"`, `"busy"`, `"waiting"`, or a key of the dial pad. */
  playTone(tone: PhoneTone, output?: "speaker" | "ringer"): Promise<void>;
  /** Looks for some seconds whether a call would go well: microphone, server and the way of the media. */
  check(options?: CheckOptions): Promise<CheckResult>;
  /** What support wants to know, as plain data without secrets. */
  report(): Promise<object>;
  /** Ends the calls, unregisters and closes the connection. The phone can be used again. */
  stop(): Promise<void>;

  override addEventListener<K extends PhoneEventName>(
    type: K,
    listener: ((event: PhoneEvent<K>) => void) | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override removeEventListener<K extends PhoneEventName>(
    type: K,
    listener: ((event: PhoneEvent<K>) => void) | null,
    options?: EventListenerOptions | boolean,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
}

/** A person or place with a number. */
export interface Contact {
  /** At most 256 characters. */
  readonly name: string;
  /** A number or an address, as `makeCall()` takes it. */
  readonly number: string;
}

/** The element `<web-phone>`. */
export declare class WebPhone extends HTMLElement {
  static readonly formAssociated: true;
  static readonly observedAttributes: string[];
  /** A CSS length; a bare number is pixels. */
  width: string;
  /** `light`, `dark`, or empty: as the reader's system. */
  theme: string;
  /** The name of the number in a form. */
  name: string;
  /** A URL that answers with settings as `setConfig()` takes them. */
  configSrc: string;
  /** The servers in use, separated by commas. */
  sipServer: string;
  /** The domain of the account; empty for the host of the first server. */
  realm: string;
  /** The From name. */
  displayName: string;
  /** The From number; empty for the user name. */
  cli: string;
  /** The user name. */
  username: string;
  /** The address at which calls are merged; empty for none. */
  conference: string;
  /** The address of an echo test, for the check before a call; empty for none. */
  echo: string;
  /** Registers as soon as credentials are present. */
  autoRegister: boolean;
  /** Calls are made and answered with video. */
  video: boolean;
  /** Takes the calls up again when the page is reloaded. */
  resume: boolean;
  /** Shows the keypad. */
  showDialpad: boolean;
  /** Shows the text box of the number to dial. */
  showDialledNumber: boolean;
  /** Shows Answer. */
  showAnswer: boolean;
  /** Shows Hang up. */
  showHangUp: boolean;
  /** Shows Hold. */
  showHold: boolean;
  /** Shows Mute. */
  showMute: boolean;
  /** Shows Dial. */
  showDial: boolean;
  /** Shows the registration and call status. */
  showStatus: boolean;
  /** Shows Transfer. */
  showTransfer: boolean;
  /** Shows Camera. */
  showCamera: boolean;
  /** Shows the button for the recent calls, and keeps them. */
  showHistory: boolean;
  /** Shows the button for the settings. */
  showSettings: boolean;
  /** Called with the detail of `answer`. */
  onAnswer: Handler<"answer">;
  /** Called with the detail of `ringingout`. */
  onRingingOut: Handler<"ringingout">;
  /** Called with the detail of `ringingin`. */
  onRingingIn: Handler<"ringingin">;
  /** Called with the detail of `end`: the CDR. */
  onEnd: Handler<"end">;
  /** Called with the detail of `registered`. */
  onRegistered: Handler<"registered">;
  /** Called with the detail of `unregistered`. */
  onUnregistered: Handler<"unregistered">;
  /** Called with the detail of `error`. */
  onError: Handler<"error">;
  /** Credentials that renew themselves: asked before the first registration and when the server refuses. */
  configProvider: ConfigProvider | null;
  /** Write-only: reads as an empty string. */
  password: string;
  /** STUN and TURN servers. Not reflected, since they carry credentials. */
  iceServers: RTCIceServer[];
  /** The dialled number: at most 256 characters. */
  value: string;
  /** The host page's own words in place of the screen's, by the keys of the reference. */
  texts: Readonly<Record<string, string>> | null;
  /** Names for numbers: a list, or the URL of one as JSON. */
  contacts: readonly Contact[] | string;
  /** The form that the number belongs to. */
  readonly form: HTMLFormElement | null;
  /** Mirrors the attribute `disabled`. */
  disabled: boolean;
  /** The phone is registered. */
  readonly registered: boolean;
  /** The state of the registration. */
  readonly registration: RegistrationState;
  /** The state of the current call. */
  readonly state: CallState;
  /** The call's state while there is one, else the registration's. */
  readonly status: CallState | RegistrationState;
  /** The current call, or `null`. */
  readonly call: Call | null;
  /** All calls that are not over. */
  readonly calls: readonly Call[];
  /** The current call is on hold from this side. */
  readonly held: boolean;
  /** The microphone is muted. */
  readonly muted: boolean;
  /** The current call is up, but the server or the other side can't be reached for now. */
  readonly reconnecting: boolean;
  /** The browser keeps the page silent until someone touches it, and something is to be heard. */
  readonly soundBlocked: boolean;
  /** Sees every SIP message, without credentials and keys. */
  trace: Trace | null;
  /** Settings, at any time; a changed account registers anew. Throws a `PhoneError` for a bad value and changes nothing then. */
  setConfig(config: PhoneConfig): void;
  /** Registers; resolves on the 200 OK. */
  register(): Promise<void>;
  /** Unregisters; resolves when the binding is gone. */
  unregister(): Promise<void>;
  /** Calls a number, `user@host`, a `sip:`/`sips:`/`tel:` URI or a service name; resolves once the INVITE is on its way. */
  makeCall(address: string, options?: MakeCallOptions): Promise<Call>;
  /** Answers the ringing call; resolves when it is up. */
  answer(options?: { video?: boolean }): Promise<void>;
  /** Ends, cancels or declines the current call. */
  hangup(): Promise<void>;
  /** Holds the call; resolves when the other side agreed. */
  hold(): Promise<void>;
  /** Takes the call off hold; resolves when the other side agreed. */
  unhold(): Promise<void>;
  /** Mutes the microphone. */
  mute(): void;
  /** Unmutes the microphone. */
  unmute(): void;
  /** In a call sends a digit (`0-9 * # A-D`) as DTMF; otherwise adds it to the number. */
  dialpadPress(digit: string): void;
  /** Transfers the call to an address, or joins it with another call. */
  transfer(target: string | Call): Promise<void>;
  /** Sends the camera, the screen, or with `null` no picture in the current call. */
  setVideo(source: VideoSource | null): Promise<void>;
  /** How the current call is now, or `null` without one that is up. */
  statistics(): Promise<CallStatistics | null>;
  /** The devices that can be chosen. Asks for no permission: until there is one, browsers tell little. */
  devices(): Promise<DeviceList>;
  /** Tells how loud the microphone is, from 0 to 1, some twenty times a second; resolves to what ends that. */
  meter(listener: (level: number) => void): Promise<() => void>;
  /** Plays a tone once: `"test"`, `"ringing"`, `"ringback"`, `"busy"`, `"waiting"`, or a key of the dial pad. */
  playTone(tone: PhoneTone, output?: "speaker" | "ringer"): Promise<void>;
  /** Looks for some seconds whether a call would go well: microphone, server and the way of the media. */
  check(options?: CheckOptions): Promise<CheckResult>;
  /** What support wants to know, as plain data without secrets. */
  report(): Promise<object>;
  /** Hides the whole field; the phone keeps working. */
  hide(): void;
  /** Shows the field again. */
  show(): void;
  /** Focuses the number, or the main button in a call. */
  override focus(options?: FocusOptions): void;

  override addEventListener<K extends PhoneEventName>(
    type: K,
    listener: ((event: PhoneEvent<K>) => void) | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override addEventListener<K extends Exclude<keyof HTMLElementEventMap, PhoneEventName>>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  override removeEventListener<K extends PhoneEventName>(
    type: K,
    listener: ((event: PhoneEvent<K>) => void) | null,
    options?: EventListenerOptions | boolean,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "web-phone": WebPhone;
  }
}
