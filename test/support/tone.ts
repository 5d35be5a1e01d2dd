// Tones outside of browsers: made for SIPp to play, and measured in what
// baresip has heard.

const rate = 8_000;

/** A sine as G.711 mu-law bytes at 8 kHz, half as loud as can be. */
export function mulawTone(frequency: number, seconds: number): Buffer {
  return Buffer.from(
    Array.from({ length: rate * seconds }, (_, i) =>
      mulaw(Math.round(16_000 * Math.sin((2 * Math.PI * frequency * i) / rate))),
    ),
  );
}

/** One sample (ITU-T G.711, table 2a). */
function mulaw(sample: number): number {
  const biased = Math.min(Math.abs(sample), 32_635) + 132;
  const exponent = 31 - Math.clz32(biased) - 7;
  const mantissa = (biased >> (exponent + 3)) & 15;
  return ~((sample < 0 ? 128 : 0) | (exponent << 4) | mantissa) & 255;
}

/** The samples of a 16-bit PCM file, from -1 to 1, of its first channel. */
export function readWav(file: Buffer): { rate: number; samples: Float64Array } {
  const format = file.indexOf("fmt ");
  const data = file.indexOf("data");
  const empty = { rate, samples: new Float64Array() };
  if (format < 0 || data < 0) return empty;
  const channels = file.readUInt16LE(format + 10);
  if (file.readUInt16LE(format + 22) !== 16) throw new Error("only 16-bit samples are read");
  // A file that is being written has no length yet: what is there counts.
  const body = file.subarray(data + 8);
  const samples = new Float64Array(Math.floor(body.length / 2 / channels));
  for (let i = 0; i < samples.length; i++) samples[i] = body.readInt16LE(i * 2 * channels) / 32_768;
  return { rate: file.readUInt32LE(format + 12), samples };
}

/** The share of the energy that lies at a frequency, from 0 to 1 (Goertzel's algorithm). */
export function share(samples: Float64Array, sampleRate: number, frequency: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequency) / sampleRate);
  let [last, before, energy] = [0, 0, 0];
  for (const sample of samples) {
    [last, before] = [sample + factor * last - before, last];
    energy += sample * sample;
  }
  if (energy <= samples.length * 1e-6) return 0;
  return (last * last + before * before - factor * last * before) / ((energy * samples.length) / 2);
}
