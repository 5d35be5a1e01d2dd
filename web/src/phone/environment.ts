// What the engine takes from the world outside: time, chance, sockets, peer
// connections, devices, loudspeaker and tones. A test puts its own in place.

import type { Clock, Random } from "../sip/clock.ts";

/** What the engine uses of a WebSocket. */
export type Socket = Pick<WebSocket, "send" | "close" | "readyState" | "binaryType"> & {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
};

/** Where the far end is heard. */
export interface AudioSink {
  /** Plays the stream, or falls silent on `null`. */
  play(stream: MediaStream | null): void;
}

/** The tones the phone makes itself. */
export interface Tones {
  /** Starts one tone in place of the one before; `null` is silence. */
  play(tone: "ringback" | "ringing" | null): void;
}

export interface Environment {
  clock: Clock;
  random: Random;
  webSocket(url: string, protocol: string): Socket;
  peerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Absent where the page is not a secure context. */
  mediaDevices: Pick<MediaDevices, "getUserMedia"> | undefined;
  sink: AudioSink;
  tones: Tones;
  /** Sees every SIP message, for diagnosis; credentials are masked. */
  trace?: (direction: "in" | "out", text: string) => void;
}
