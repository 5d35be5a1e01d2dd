// Sound files for the microphones of test browsers.
import { writeFile } from "node:fs/promises";

const sampleRate = 48_000;

/** Half of full scale: loud enough to be told from noise, far from clipping. */
const amplitude = 0.5 * 0x7fff;

/** A mono 48 kHz, 16-bit PCM WAV of a sine of `frequency` Hz that lasts `seconds`. */
export function sineWav(frequency: number, seconds: number): Buffer {
  const samples = Math.round(sampleRate * seconds);
  const header = 44;
  const wav = Buffer.alloc(header + samples * 2);
  wav.write("RIFF", 0, "ascii");
  wav.writeUInt32LE(header - 8 + samples * 2, 4);
  wav.write("WAVEfmt ", 8, "ascii");
  wav.writeUInt32LE(16, 16); // length of the format chunk
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // channels
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(sampleRate * 2, 28); // bytes a second
  wav.writeUInt16LE(2, 32); // bytes a frame
  wav.writeUInt16LE(16, 34); // bits a sample
  wav.write("data", 36, "ascii");
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    const value = Math.round(amplitude * Math.sin((2 * Math.PI * frequency * i) / sampleRate));
    wav.writeInt16LE(value, header + i * 2);
  }
  return wav;
}

/**
 * Writes `sineWav(frequency, seconds)` to `path`. Chromium plays a file in a
 * loop: a whole number of periods (any whole frequency and whole seconds) has
 * no click at the seam.
 */
export async function writeSineWav(path: string, frequency: number, seconds: number): Promise<void> {
  await writeFile(path, sineWav(frequency, seconds));
}
