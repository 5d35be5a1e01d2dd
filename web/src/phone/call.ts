// One call as a host page sees it.

import { PhoneError } from "./types.ts";
import type { CallDetail, CallRecord, Direction } from "./types.ts";

export type CallPhase = "connecting" | "ringing-out" | "ringing-in" | "active" | "held" | "ended";

export class Call {
  readonly id: string = "";
  readonly direction: Direction = "outbound";
  readonly from: string = "";
  readonly to: string = "";
  readonly displayName: string = "";

  /** The other party's number. */
  get remote(): string {
    return this.direction === "inbound" ? this.from : this.to;
  }

  get video(): boolean {
    return false;
  }

  get state(): CallPhase {
    return "ended";
  }

  get startTime(): Date | null {
    return null;
  }

  get answerTime(): Date | null {
    return null;
  }

  get held(): boolean {
    return false;
  }

  get remoteHeld(): boolean {
    return false;
  }

  get muted(): boolean {
    return false;
  }

  get detail(): CallDetail {
    const { id: callId, direction, from, to, displayName, video } = this;
    return { callId, direction, from, to, displayName, video };
  }

  get record(): CallRecord | null {
    return null;
  }

  get localStream(): MediaStream | null {
    return null;
  }

  get remoteStream(): MediaStream | null {
    return null;
  }

  async answer(_options?: { video?: boolean }): Promise<void> {
    throw over();
  }

  async hangup(): Promise<void> {}

  async hold(): Promise<void> {
    throw over();
  }

  async unhold(): Promise<void> {
    throw over();
  }

  mute(): void {}

  unmute(): void {}

  dialpadPress(_digit: string): void {
    throw over();
  }

  async transfer(_target: string | Call): Promise<void> {
    throw over();
  }
}

const over = () => new PhoneError("unsupported", "This call is over.");
