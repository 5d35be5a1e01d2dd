// The names that host pages rely on: settings, details, records, errors and
// events of the phone. They are fixed by the reference (docs/reference.md).

import type { CallStatistics } from "../media/statistics.ts";
import type { Tone } from "../media/tones.ts";

export type { VideoSource } from "../media/peer.ts";
export type { CallStatistics, MediaFlow, TroubleCause } from "../media/statistics.ts";

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
export class PhoneError extends Error {
  override readonly name = "PhoneError";
  readonly code: PhoneErrorCode;

  constructor(code: PhoneErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
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
export type PhoneTone = Tone | "test" | (string & {});

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
export class PhoneEvent<K extends PhoneEventName> extends Event {
  readonly detail: PhoneEventDetails[K];

  constructor(type: K, detail: PhoneEventDetails[K], init?: EventInit) {
    super(type, init);
    this.detail = detail;
  }
}
