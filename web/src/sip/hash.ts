// MD5 (RFC 1321), SHA-256 and SHA-512/256 (FIPS 180-4) for HTTP digest.
// crypto.subtle has no MD5 and no SHA-512/256, and is absent outside secure
// contexts. A digest hashes some hundred bytes a request, so this is written
// to be small: SHA-2 is one routine over big integers for both word sizes.

/** Hashes the UTF-8 bytes of a text into lower-case hexadecimal digits. */
export type Hash = (text: string) => string;

const hex = (value: bigint | number, digits: number) => value.toString(16).padStart(digits, "0");

/** Pads to whole blocks: a one bit, zeros, and the length in bits (FIPS 180-4 §5.1). */
function pad(text: string, block: number, littleEndian: boolean): DataView {
  const bytes = new TextEncoder().encode(text);
  const total = Math.ceil((bytes.length + 1 + block / 8) / block) * block;
  const view = new DataView(new ArrayBuffer(total));
  new Uint8Array(view.buffer).set(bytes);
  view.setUint8(bytes.length, 0x80);
  view.setUint32(littleEndian ? total - 8 : total - 4, bytes.length * 8, littleEndian);
  return view;
}

export const md5: Hash = (text) => {
  const view = pad(text, 64, true);
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  for (let at = 0; at < view.byteLength; at += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round]!;
      const word = (i * [1, 5, 3, 7][round]! + [0, 1, 5, 0][round]!) % 16;
      const constant = Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32);
      const sum = (a + mixed + constant + view.getUint32(at + word * 4, true)) | 0;
      const shift = shifts[round * 4 + (i % 4)]!;
      [a, b, c, d] = [d, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0, b, c];
    }
    [a, b, c, d].forEach((value, i) => (state[i]! += value));
  }
  const out = new DataView(new ArrayBuffer(16));
  state.forEach((value, i) => out.setUint32(i * 4, value, true));
  return hex(out.getBigUint64(0), 16) + hex(out.getBigUint64(8), 16);
};

/** The first 64 bits behind the point of the square or cube roots of the first primes. */
function roots(power: bigint, count: number): bigint[] {
  const found: bigint[] = [];
  const primes: bigint[] = [];
  for (let n = 2n; found.length < count; n++) {
    if (primes.some((prime) => n % prime === 0n)) continue;
    primes.push(n);
    const target = n << (64n * power);
    let low = 0n;
    for (let bit = 1n << 69n; bit; bit >>= 1n) if ((low + bit) ** power <= target) low += bit;
    found.push(low & (2n ** 64n - 1n));
  }
  return found;
}

type Turns = readonly [bigint, bigint, bigint];

/** SHA-2 (FIPS 180-4 §6) with words of 32 or 64 bits; `start` are the chaining values. */
function sha2(text: string, bits: 32n | 64n, start: readonly bigint[]): bigint[] {
  const small = bits === 32n;
  const size = small ? 4 : 8;
  const mask = (1n << bits) - 1n;
  const constants = roots(3n, small ? 64 : 80).map((root) => root >> (64n - bits));
  const turn = (x: bigint, [p, q, r]: Turns, last = (x << (bits - r)) & mask) =>
    (x >> p) ^ ((x << (bits - p)) & mask) ^ (x >> q) ^ ((x << (bits - q)) & mask) ^ (x >> r) ^ last;
  const [s0, s1, b0, b1]: readonly Turns[] = small
    ? [
        [7n, 18n, 3n],
        [17n, 19n, 10n],
        [2n, 13n, 22n],
        [6n, 11n, 25n],
      ]
    : [
        [1n, 8n, 7n],
        [19n, 61n, 6n],
        [28n, 34n, 39n],
        [14n, 18n, 41n],
      ];
  const view = pad(text, size * 16, false);
  const state = [...start];
  for (let at = 0; at < view.byteLength; at += size * 16) {
    const w: bigint[] = [];
    let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state;
    constants.forEach((constant, t) => {
      const offset = at + t * size;
      w[t] =
        t < 16
          ? small
            ? BigInt(view.getUint32(offset))
            : view.getBigUint64(offset)
          : // The last of the small sigmas shifts, it does not turn.
            (turn(w[t - 2]!, s1!, 0n) + w[t - 7]! + turn(w[t - 15]!, s0!, 0n) + w[t - 16]!) & mask;
      const first = h + turn(e, b1!) + ((e & f) ^ (~e & mask & g)) + constant + w[t]!;
      const second = turn(a, b0!) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(first + second) & mask, a, b, c, (d + first) & mask, e, f, g];
    });
    [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i]! + value) & mask));
  }
  return state;
}

const initial = () => roots(2n, 8);

export const sha256: Hash = (text) =>
  sha2(
    text,
    32n,
    initial().map((root) => root >> 32n),
  )
    .map((word) => hex(word, 8))
    .join("");

/** SHA-512/256, whose start is itself a hash (FIPS 180-4 §5.3.6). */
export const sha512t256: Hash = (text) =>
  sha2(
    text,
    64n,
    sha2(
      "SHA-512/256",
      64n,
      initial().map((root) => root ^ 0xa5a5a5a5a5a5a5a5n),
    ),
  )
    .slice(0, 4)
    .map((word) => hex(word, 16))
    .join("");
