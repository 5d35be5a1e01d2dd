// What a browser loads, as it goes over the wire.
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { describe, expect, it } from "vitest";

const folder = new URL("../dist/", import.meta.url);
const dist = (name: string) => readFileSync(new URL(name, folder));

/** Bytes with Brotli 11. */
const packed = (name: string) =>
  brotliCompressSync(dist(name), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** What is loaded on demand, from beside the module. */
const onDemand = /\bimport\("\.\/(phone-[a-z-]+\.js)"\)/g;

describe.each([
  ["phone.js", 18_000],
  ["webphone.js", 30_000],
])("%s", (name, most) => {
  it(`is at most ${most} bytes with Brotli 11`, () => {
    expect(packed(name)).toBeLessThanOrEqual(most);
  });

  it("is one module that loads others on demand alone, and needs no eval", () => {
    const built = dist(name).toString();
    for (const [, module = ""] of built.matchAll(onDemand)) expect(readdirSync(folder)).toContain(module);
    const code = built.replace(onDemand, "");
    const loads = /(?:\bimport\b\s*\(?|\bfrom)\s*["'`][./]|\bimport\(/;
    expect(loads.test(code)).toBe(false);
    expect(/\beval\(|\bnew Function\b/.test(built)).toBe(false);
  });
});

it("the reference says what each file weighs, within a tenth", () => {
  const reference = readFileSync(new URL("../../docs/reference.md", import.meta.url), "utf8");
  const rows = [...reference.matchAll(/^\| `([\w-]+\.js)` \| .* \| ([\d.]+) kB \|$/gm)];
  const files = readdirSync(folder).filter((name) => /^(web)?phone(-[a-z]{3,})?\.js$/.test(name));
  expect(rows.map(([, name]) => name).sort()).toEqual(files.sort());
  for (const [, name = "", said] of rows) {
    expect(Math.abs(packed(name) / 1_000 / Number(said) - 1), name).toBeLessThan(0.1);
  }
});

it("phone.js holds no screen", () => {
  expect(/customElements|attachShadow|\$lit/.test(dist("phone.js").toString())).toBe(false);
});

it.each([
  ["page.js", 18_000],
  ["embed.js", 2_000],
])(
  "a page of the builder loads %s of at most %i bytes with Brotli 11, and nothing of the builder",
  (name, most) => {
    expect(packed(name)).toBeLessThanOrEqual(most);
    // The guard alone, and in previews alone.
    expect(dist(name).toString().replace('"/builder/guard.js"', "")).not.toContain("/builder/");
  },
);
