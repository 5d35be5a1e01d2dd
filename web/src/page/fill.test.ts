import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fillRequest, member } from "./fill.ts";

interface Vector {
  readonly name: string;
  readonly stands: "url" | "header" | "body";
  readonly template: string;
  readonly header?: string;
  readonly type?: string;
  readonly data?: unknown;
  readonly filled?: string;
  readonly refused?: string;
}

const file = new URL("../../../test/conformance/placeholders.json", import.meta.url);
const given = JSON.parse(readFileSync(file, "utf8")) as {
  readonly env: Readonly<Record<string, string>>;
  readonly data: unknown;
  readonly vectors: readonly Vector[];
};
const env = (name: string) => (Object.hasOwn(given.env, name) ? given.env[name] : undefined);

/** What becomes of a vector's template. */
function filled({ stands, template, header = "", type, ...vector }: Vector): string | undefined {
  const values = { env, data: "data" in vector ? vector.data : given.data };
  const url = "https://h/";
  if (stands === "url") return fillRequest({ url: template }, values).url;
  if (stands === "header")
    return fillRequest({ url, headers: [{ name: header, value: template }] }, values).headers[0]?.[1];
  const headers = type ? [{ name: "content-type", value: type }] : [];
  return fillRequest({ url, headers, body: template }, values).body;
}

/** The failure in words. */
function refusal(vector: Vector): string {
  try {
    return `filled in: ${filled(vector)}`;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("placeholders are filled in as the server does", () => {
  for (const vector of given.vectors) {
    if (vector.refused === undefined)
      it(vector.name, () => {
        expect(filled(vector)).toBe(vector.filled);
        if (vector.stands === "url")
          expect(new URL(vector.filled!).href).toBe(vector.filled!.replace(":443/", "/"));
      });
    else
      it(`${vector.name}: refused`, () => {
        expect(refusal(vector).toLowerCase()).toContain(vector.refused!.toLowerCase());
      });
  }
});

describe("a request", () => {
  it("is a GET, or a POST when it has a body", () => {
    const plain = fillRequest({ url: "https://h/" }, { env, data: undefined });
    expect(plain).toEqual({ url: "https://h/", method: "GET", headers: [], body: undefined });
    const sent = fillRequest({ url: "https://h/", body: "{}" }, { env, data: undefined });
    expect(sent).toMatchObject({
      method: "POST",
      headers: [["Content-Type", "application/json"]],
      body: "{}",
    });
  });

  it("has no body with GET, and an empty one is none", () => {
    for (const what of [{ method: "GET", body: "{{data.a}}" }, { body: "" }] as const)
      expect(fillRequest({ url: "https://h/", ...what }, { env, data: undefined })).toEqual({
        url: "https://h/",
        method: "GET",
        headers: [],
        body: undefined,
      });
  });

  it("is bounded", () => {
    const data = "x".repeat(8192);
    expect(() => fillRequest({ url: "https://h/{{data}}" }, { env, data })).toThrow("8192 bytes");
    const headers = [
      { name: "X-A", value: "é{{data}}" },
      { name: "Content-Type", value: "text/plain" },
    ];
    expect(() => fillRequest({ url: "https://h/", headers }, { env, data: "é".repeat(4095) })).not.toThrow();
    expect(() => fillRequest({ url: "https://h/", headers }, { env, data: "é".repeat(4096) })).toThrow(
      "8192 bytes",
    );
    const body = "{{data}}".repeat(33);
    expect(() => fillRequest({ url: "https://h/", headers: headers.slice(1), body }, { env, data })).toThrow(
      "262144 bytes",
    );
  });

  it("keeps whatever a value brings within its part (property)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // Half a surrogate pair has no form in UTF-8.
        const whole = new TextDecoder().decode(new TextEncoder().encode(text));
        const { url, body } = fillRequest(
          {
            url: "https://example.com/a{{data.a}}/b?q={{data.a}}&r=1",
            body: '{"in":"{{data.a}}","out":{{data.a}}}',
          },
          { env, data: { a: text } },
        );
        const parsed = new URL(url);
        expect(parsed.host + parsed.hash).toBe("example.com");
        expect(parsed.pathname.split("/").length).toBe(3);
        expect([...parsed.searchParams]).toEqual([
          ["q", whole],
          ["r", "1"],
        ]);
        expect(JSON.parse(body!)).toEqual({ in: whole, out: whole });
      }),
    );
  });
});

describe("a member", () => {
  it("is what the value itself holds", () => {
    expect(member({ a: [{ b: 2 }] }, ["a", "0", "b"])).toBe(2);
    expect(member({ a: 1 }, ["a", "b"])).toBeUndefined();
    expect(member({}, ["toString"])).toBeUndefined();
    expect(member([1], ["length"])).toBeUndefined();
    expect(member("text", ["length"])).toBeUndefined();
    expect(member(5, [])).toBe(5);
  });
});
