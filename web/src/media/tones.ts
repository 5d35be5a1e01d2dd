// The tones the phone makes itself, from no file: what the caller hears while
// it rings far away, and what the callee hears.

export type Tone = "ringback" | "ringing";

export interface Tones {
  /** Starts one tone in place of the one before; `null` is silence. */
  play(tone: Tone | null): void;
}

interface Cadence {
  /** Seconds of sound, and of the whole period. */
  readonly on: number;
  readonly period: number;
  /** Sounds together or, with `turn`, by turns so many times a second. */
  readonly hertz: readonly number[];
  readonly turn: number;
}

/** ITU-T E.180: 425 Hz, one second in five; the bell warbles twice in four seconds. */
const CADENCES: Readonly<Record<Tone, Cadence>> = {
  ringback: { on: 1, period: 5, hertz: [425], turn: 0 },
  ringing: { on: 1.2, period: 4, hertz: [660, 880], turn: 16 },
};
const LOUDNESS = 0.1;

/** Tones by Web Audio. Where sound is blocked or missing they stay silent. */
export function webAudioTones(): Tones {
  let context: AudioContext | undefined;
  let playing: { tone: Tone; source: AudioBufferSourceNode } | null = null;
  return {
    play(tone) {
      if (tone === (playing?.tone ?? null)) return;
      try {
        playing?.source.stop();
        playing = null;
        if (!tone) return void context?.suspend().catch(() => {});
        context ??= new AudioContext();
        const source = new AudioBufferSourceNode(context, {
          buffer: period(context, CADENCES[tone]),
          loop: true,
        });
        source.connect(context.destination);
        source.start();
        playing = { tone, source };
        // Refused until the reader has touched the page: the call rings on screen.
        context.resume().catch(() => {});
      } catch {
        playing = null;
      }
    },
  };
}

function period(context: AudioContext, { on, period: seconds, hertz, turn }: Cadence): AudioBuffer {
  const { sampleRate } = context;
  const buffer = context.createBuffer(1, seconds * sampleRate, sampleRate);
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < on * sampleRate; i++) {
    const at = i / sampleRate;
    // Twenty milliseconds of swelling and fading keep it from clicking.
    const edge = Math.min(1, at / 0.02, (on - at) / 0.02);
    const pitch = hertz[Math.floor(at * turn) % hertz.length]!;
    samples[i] = Math.sin(2 * Math.PI * pitch * at) * edge * LOUDNESS;
  }
  return buffer;
}
