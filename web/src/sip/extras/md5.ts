// MD5 (RFC 1321) for HTTP digest, for servers that know nothing better.

import { bits, digits, pad, turn } from "../hash.ts";
import type { Hash } from "../hash.ts";

export const md5: Hash = (text) => {
  const view = pad(text);
  // Least significant byte first, the length as the words.
  const end = view.byteLength;
  view.setUint32(end - 8, view.getUint32(end - 4), true);
  view.setUint32(end - 4, 0);
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  for (let at = 0; at < view.byteLength; at += 64) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round]!;
      const word = (i * [1, 5, 3, 7][round]! + [0, 1, 5, 0][round]!) % 16;
      const sum = a + mixed + bits(Math.abs(Math.sin(i + 1))) + view.getUint32(at + word * 4, true);
      [a, b, c, d] = [d, (b + turn(sum, 32 - shifts[round * 4 + (i % 4)]!)) | 0, b, c];
    }
    [a, b, c, d].forEach((value, i) => (state[i]! += value));
  }
  const words = new DataView(new ArrayBuffer(4));
  return digits(
    state.map((word) => {
      words.setUint32(0, word, true);
      return words.getUint32(0);
    }),
  );
};
