// How loud a microphone is where statistics don't tell, as in Firefox. It
// listens for as long as somebody asks.

import type { Clock, Timer } from "../sip/clock.ts";

/** Milliseconds without a question after which it no longer listens. */
const IDLE = 10_000;

export class Ear {
  readonly #clock: Clock;
  #context: AudioContext | null = null;
  #analyser: AnalyserNode | null = null;
  #track: MediaStreamTrack | null = null;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The level of this moment, 0 to 1; `null` at the first question. */
  hear(track: MediaStreamTrack): number | null {
    this.#timer?.stop();
    this.#timer = this.#clock.after(IDLE, () => this.close());
    if (this.#track !== track) {
      this.close();
      this.#track = track;
      this.#context = new AudioContext();
      this.#analyser = new AnalyserNode(this.#context, { fftSize: 2048 });
      this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
      this.#timer = this.#clock.after(IDLE, () => this.close());
      return null;
    }
    const samples = new Float32Array(this.#analyser!.fftSize);
    this.#analyser!.getFloatTimeDomainData(samples);
    return Math.min(
      1,
      samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0),
    );
  }

  close(): void {
    this.#timer?.stop();
    void this.#context?.close();
    this.#context = this.#analyser = this.#track = null;
  }
}
