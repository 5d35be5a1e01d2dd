// What a browser loads, as it goes over the wire.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { describe, expect, it } from "vitest";

/** The one module that is loaded on demand. */
const onDemand = "phone-extras.js";
const dist = (name: string) => readFileSync(new URL(`../dist/${name}`, import.meta.url));

describe.each([
  ["phone.js", 18_000],
  ["webphone.js", 30_000],
])("%s", (name, most) => {
  it(`is at most ${most} bytes with Brotli 11`, () => {
    const packed = brotliCompressSync(dist(name), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    expect(packed.length).toBeLessThanOrEqual(most);
  });

  it(`is one module that loads nothing but ${onDemand}, on demand, and needs no eval`, () => {
    const code = dist(name).toString().replaceAll(`import("./${onDemand}")`, "");
    const loads = /(?:\bimport\b\s*\(?|\bfrom)\s*["'`][./]|\bimport\(/;
    expect(loads.test(code)).toBe(false);
    expect(/\beval\(|\bnew Function\b/.test(dist(name).toString())).toBe(false);
  });
});

it("phone.js holds no screen", () => {
  expect(/customElements|attachShadow|\$lit/.test(dist("phone.js").toString())).toBe(false);
});
