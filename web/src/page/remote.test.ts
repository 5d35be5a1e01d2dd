import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encoded, filled, member } from "./remote.ts";

const env = (name: string) => ({ KEY: "k&1", EMPTY: "" })[name];
const asIs = (value: string) => value;

describe("placeholders", () => {
  it("are filled from variables and from what the function was given", () => {
    expect(filled("a={{env.KEY}}&b={{ data.user.id }}", { user: { id: 7 } }, env, encoded)).toBe(
      "a=k%261&b=7",
    );
    expect(filled("{{data}}", { a: 1 }, env, asIs)).toBe('{"a":1}');
    expect(filled("{{env.EMPTY}}", undefined, env, asIs)).toBe("");
  });

  it("without a value are told by their name", () => {
    expect(() => filled("{{env.NONE}}", {}, env, asIs)).toThrow("{{env.NONE}}");
    expect(() => filled("{{data.a.b}}", { a: null }, env, asIs)).toThrow("{{data.a.b}}");
    expect(() => filled("{{data.constructor}}", {}, env, asIs)).toThrow("{{data.constructor}}");
  });

  it("are not looked for in what was filled in", () => {
    expect(filled("{{data.a}}", { a: "{{env.KEY}}" }, env, asIs)).toBe("{{env.KEY}}");
  });

  it("keep whatever they bring within a part of a URL (property)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const url = new URL(
          "https://example.com/" + filled("{{data.a}}?q={{data.a}}", { a: value }, env, encoded),
        );
        expect(url.host).toBe("example.com");
        expect(url.searchParams.get("q")).toBe(decodeURIComponent(encoded(value)));
        expect(url.hash).toBe("");
      }),
    );
  });
});

describe("a member", () => {
  it("is what the value itself has", () => {
    expect(member({ a: [{ b: 2 }] }, ["a", "0", "b"])).toBe(2);
    expect(member({ a: 1 }, ["a", "b"])).toBeUndefined();
    expect(member({}, ["toString"])).toBeUndefined();
    expect(member("text", ["length"])).toBeUndefined();
    expect(member(5, [])).toBe(5);
  });
});
