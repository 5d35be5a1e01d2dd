// SHA-256 (FIPS 180-4) for HTTP digest. crypto.subtle is absent outside secure
// contexts, and answers later. A digest hashes some hundred bytes a request, so
// this is written to be small.

/** Hashes the UTF-8 bytes of a text into lower-case hexadecimal digits. */
export type Hash = (text: string) => string;

/** Pads to whole blocks: a one bit, zeros, and the length in bits (FIPS 180-4 §5.1). */
export function pad(text: string): DataView {
  const bytes = new TextEncoder().encode(text);
  const total = ((bytes.length + 72) >> 6) << 6;
  const view = new DataView(new ArrayBuffer(total));
  new Uint8Array(view.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(total - 4, bytes.length * 8);
  return view;
}

export const digits = (state: Uint32Array) =>
  Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");

export const turn = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));
/** The first 32 bits behind the point. */
export const bits = (root: number) => ((root % 1) * 2 ** 32) | 0;

const primes: number[] = [];
/** The constants are bits of the roots of the first primes (FIPS 180-4 §4.2.2, §5.3.3). */
const constants: number[] = [];

export const sha256: Hash = (text) => {
  for (let n = 2; primes.length < 64; n++)
    if (primes.every((prime) => n % prime)) constants[primes.push(n) - 1] = bits(Math.cbrt(n));
  const view = pad(text);
  const state = Uint32Array.from(primes.slice(0, 8), (prime) => bits(Math.sqrt(prime)));
  for (let at = 0; at < view.byteLength; at += 64) {
    const w: number[] = [];
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    constants.forEach((constant, t) => {
      const [x = 0, y = 0] = [w[t - 15], w[t - 2]];
      w[t] =
        t < 16
          ? view.getUint32(at + t * 4)
          : (w[t - 16]! +
              (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) +
              w[t - 7]! +
              (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) |
            0;
      const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constant + w[t]!;
      const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
    });
    [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i]! += value));
  }
  return digits(state);
};
