// The tones the phone makes itself, from no file: what the caller hears while
// it rings far away, what the callee hears, and what keys and tests sound like.

/** A tone that sounds for as long as what it tells of lasts. */
export type Tone = "ringback" | "ringing" | "busy" | "waiting";

interface Cadence {
  /** Seconds from and to which it sounds in each period, and of the whole period. */
  readonly on: readonly (readonly [from: number, to: number])[];
  readonly period: number;
  /** Sounds together or, with `turn`, by turns so many times a second. */
  readonly hertz: readonly number[];
  readonly turn?: number;
  /** Seconds after which it is over; a tone without goes on. */
  readonly limit?: number;
}

/** ITU-T E.180: 425 Hz in the rhythms of most of Europe; the bell warbles twice in four seconds. */
const CADENCES: Readonly<Record<Tone | "test", Cadence>> = {
  ringback: { on: [[0, 1]], period: 5, hertz: [425] },
  ringing: { on: [[0, 1.2]], period: 4, hertz: [660, 880], turn: 16 },
  busy: { on: [[0, 0.5]], period: 1, hertz: [425], limit: 3 },
  waiting: {
    on: [
      [0, 0.15],
      [0.3, 0.45],
    ],
    period: 5,
    hertz: [425],
  },
  test: { on: [[0, 1.2]], period: 1.2, hertz: [440, 554, 659], turn: 2.5, limit: 1.2 },
};

/** The keys by rows and columns of their frequencies in Hz (ITU-T Q.23), and how long one sounds, in seconds. */
const KEYS = "123A456B789C*0#D";
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEY = 0.1;

/** Of full scale; two frequencies together share it. A key is for the ear of who presses it. */
const LOUDNESS = 0.1;
/** Seconds of swelling and fading, which keep a tone from clicking. */
const EDGE = 0.02;

/** One period of a tone, or of a key's. */
export interface Wave {
  readonly samples: Float32Array<ArrayBuffer>;
  /** Seconds after which it is over, or 0. */
  readonly limit: number;
}

/** The samples of a tone, or of a key of the dial pad; `null` when there is no such tone. */
export function waveOf(name: string, sampleRate: number): Wave | null {
  const key = name.length === 1 ? KEYS.indexOf(name) : -1;
  const cadence: Cadence | undefined =
    key < 0
      ? Object.entries(CADENCES).find(([tone]) => tone === name)?.[1]
      : { on: [[0, KEY]], period: KEY, hertz: [ROWS[key >> 2]!, COLUMNS[key & 3]!], limit: KEY };
  if (!cadence) return null;
  const { on, period, hertz, turn, limit = 0 } = cadence;
  const samples = new Float32Array(Math.round(period * sampleRate));
  const wave = (pitch: number, at: number) => Math.sin(2 * Math.PI * pitch * at);
  for (const [from, to] of on) {
    for (let i = Math.ceil(from * sampleRate); i < to * sampleRate && i < samples.length; i++) {
      const at = i / sampleRate;
      const edge = Math.min(1, (at - from) / EDGE, (to - at) / EDGE);
      const sum = turn
        ? wave(hertz[Math.floor(at * turn) % hertz.length]!, at)
        : hertz.reduce((all, pitch) => all + wave(pitch, at), 0) / hertz.length;
      samples[i] = sum * edge * LOUDNESS;
    }
  }
  return { samples, limit };
}
