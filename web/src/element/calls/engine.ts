// What the view asks of the engine's media.
import type { Call } from "../../phone/call.ts";
import type { Phone } from "../../phone/phone.ts";

export type VideoSource = "camera" | "screen";

/** What goes one way. */
export interface Flow {
  readonly kbps: number;
  readonly lossPercent: number;
  /** Milliseconds. */
  readonly jitter: number;
}

export interface Statistics {
  readonly mos: number;
  readonly roundTripTime: number;
  readonly codec: string;
  readonly videoCodec: string;
  readonly sent: Flow;
  readonly received: Flow;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly framesPerSecond: number;
  readonly relayed: boolean;
  readonly cause: "none" | "microphone" | "own-network" | "their-network" | "path" | "server";
}

interface MediaCall {
  readonly videoSource?: VideoSource | null;
  setVideo?(source: VideoSource | null): Promise<void>;
  statistics?(): Promise<Statistics | null>;
}

interface MediaPhone {
  readonly soundBlocked?: boolean;
  devices?(): Promise<{ readonly cameras: readonly { readonly id: string }[] }>;
  setConfig(config: { camera: string }): void;
  readonly config: { readonly camera?: string; readonly conference?: string };
}

export const mediaOf = (call: Call): MediaCall => call as unknown as MediaCall;
export const mediaPhone = (phone: Phone): MediaPhone => phone as unknown as MediaPhone;
