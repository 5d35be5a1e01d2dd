// SHA-512/256 (FIPS 180-4) for HTTP digest (RFC 8760). crypto.subtle does not
// have it, and few servers ask for it alone. Written to be small: the words of
// 64 bits are big integers.

import type { Hash } from "../hash.ts";

const BITS = 2n ** 64n - 1n;

/** Pads to whole blocks: a one bit, zeros, and the length in bits (FIPS 180-4 §5.1.2). */
function pad(text: string): DataView {
  const bytes = new TextEncoder().encode(text);
  const total = Math.ceil((bytes.length + 17) / 128) * 128;
  const view = new DataView(new ArrayBuffer(total));
  new Uint8Array(view.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(total - 4, bytes.length * 8);
  return view;
}

/** The first 64 bits behind the point of the square or cube roots of the first primes (§4.2.3, §5.3.5). */
function roots(power: bigint, count: number): bigint[] {
  const found: bigint[] = [];
  const primes: bigint[] = [];
  for (let n = 2n; found.length < count; n++) {
    if (primes.some((prime) => n % prime === 0n)) continue;
    primes.push(n);
    const target = n << (64n * power);
    let low = 0n;
    for (let bit = 1n << 69n; bit; bit >>= 1n) if ((low + bit) ** power <= target) low += bit;
    found.push(low & BITS);
  }
  return found;
}

const turn = (word: bigint, bits: bigint) => (word >> bits) | ((word << (64n - bits)) & BITS);

/** The eight words of the hash; `start` are the chaining values (§6.4). */
function sha512(text: string, start: readonly bigint[]): bigint[] {
  const constants = roots(3n, 80);
  const view = pad(text);
  const state = [...start];
  for (let at = 0; at < view.byteLength; at += 128) {
    const w: bigint[] = [];
    let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
    constants.forEach((constant, t) => {
      const [x = 0n, y = 0n] = [w[t - 15], w[t - 2]];
      w[t] =
        t < 16
          ? view.getBigUint64(at + t * 8)
          : (w[t - 16]! +
              (turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n)) +
              w[t - 7]! +
              (turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n))) &
            BITS;
      const choice = (e & f) ^ (~e & BITS & g);
      const first = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + choice + constant + w[t]!;
      const second = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(first + second) & BITS, a, b, c, (d + first) & BITS, e, f, g];
    });
    [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i]! + value) & BITS));
  }
  return state;
}

/** SHA-512/256, whose start is itself a hash (FIPS 180-4 §5.3.6). */
export const sha512t256: Hash = (text) =>
  sha512(
    text,
    sha512(
      "SHA-512/256",
      roots(2n, 8).map((root) => root ^ 0xa5a5a5a5a5a5a5a5n),
    ),
  )
    .slice(0, 4)
    .map((word) => word.toString(16).padStart(16, "0"))
    .join("");
