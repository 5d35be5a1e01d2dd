// Digits as telephone events (RFC 4733).

import type { Clock, Timer } from "../sip/clock.ts";
import { hearsDigits } from "./details.ts";

/** Duration of a digit and the gap behind it, in milliseconds (RFC 4733 §2.5). */
const DIGIT = 100;
const GAP = 70;
/** Digits that can't be sent yet are tried again after so many milliseconds, so many times. */
const RETRY = 100;
const RETRIES = 50;

export class Digits {
  readonly #clock: Clock;
  readonly #refused: (digits: string) => void;
  /** Those that the sender has not taken yet. */
  #waiting = "";
  #retry: Timer | undefined;

  /** `refused` takes the digits that could not be sent within five seconds. */
  constructor(clock: Clock, refused: (digits: string) => void) {
    this.#clock = clock;
    this.#refused = refused;
  }

  /** Sends a digit behind those still to be sent; false when the other side knows no telephone events. */
  press(connection: RTCPeerConnection, digit: string): boolean {
    const sender = connection.getSenders().find(({ track }) => track?.kind === "audio");
    const { dtmf = null } = sender ?? {};
    if (!dtmf || !hearsDigits(connection.currentRemoteDescription?.sdp ?? "")) return false;
    this.#waiting += digit;
    // Behind digits that wait already it waits with them.
    if (this.#waiting === digit) this.#insert(dtmf, RETRIES);
    return true;
  }

  stop(): void {
    this.#retry?.stop();
  }

  #insert(dtmf: RTCDTMFSender, tries: number): void {
    try {
      dtmf.insertDTMF(dtmf.toneBuffer + this.#waiting, DIGIT, GAP);
    } catch {
      // The transport is not up: it comes up some time after the answer.
      if (tries) {
        this.#retry = this.#clock.after(RETRY, () => this.#insert(dtmf, tries - 1));
        return;
      }
      this.#refused(this.#waiting);
    }
    this.#waiting = "";
  }
}
