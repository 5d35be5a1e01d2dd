import { describe, expect, it } from "vitest";
import { waveOf } from "./tones.ts";

const RATE = 8_000;

/** The share of full scale at a frequency between two times, by Goertzel's algorithm. */
function level(samples: Float32Array, hertz: number, from: number, to: number): number {
  const part = samples.subarray(from * RATE, to * RATE);
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let [one, two] = [0, 0];
  for (const sample of part) [one, two] = [sample + turn * one - two, one];
  return (2 * Math.sqrt(one * one + two * two - turn * one * two)) / part.length;
}

describe("a tone", () => {
  it.each([
    ["ringback", 425, 0.1, 0.9, 1.1, 4.9, 5],
    ["busy", 425, 0.1, 0.4, 0.55, 0.95, 1],
    ["waiting", 425, 0.02, 0.13, 0.5, 4.9, 5],
    ["ringing", 660, 0.01, 0.06, 1.3, 3.9, 4],
  ])("%s sounds and rests (ITU-T E.180)", (name, hertz, from, to, rest, end, period) => {
    const { samples } = waveOf(name, RATE)!;
    expect(samples.length).toBe(period * RATE);
    expect(level(samples, hertz, from, to)).toBeGreaterThan(0.05);
    expect(Math.max(...samples.subarray(rest * RATE, end * RATE))).toBe(0);
  });

  it("warns twice of a second call", () => {
    const { samples } = waveOf("waiting", RATE)!;
    expect(level(samples, 425, 0.32, 0.43)).toBeGreaterThan(0.05);
    expect(level(samples, 425, 0.16, 0.29)).toBeLessThan(0.01);
  });

  it("of a busy line is over after three seconds, ringing goes on", () => {
    expect(waveOf("busy", RATE)!.limit).toBe(3);
    expect(waveOf("ringing", RATE)!.limit).toBe(0);
  });

  it.each([
    ["1", 697, 1209],
    ["5", 770, 1336],
    ["#", 941, 1477],
    ["D", 941, 1633],
  ])("of the key %s is its two frequencies, for a tenth of a second (ITU-T Q.23)", (key, low, high) => {
    const { samples, limit } = waveOf(key, RATE)!;
    expect(limit).toBe(0.1);
    for (const hertz of [low, high]) expect(level(samples, hertz, 0.02, 0.08)).toBeGreaterThan(0.03);
    expect(level(samples, 1000, 0.02, 0.08)).toBeLessThan(0.02);
  });

  it.each(["", "E", "55", "toString"])("there is none called %o", (name) => {
    expect(waveOf(name, RATE)).toBeNull();
  });
});
