import { describe, expect, it } from "vitest";
import { fieldsOf } from "./headers.ts";

describe("header fields of a call", () => {
  it("are taken as they are", () => {
    expect(fieldsOf({ "X-Ticket": "42", Subject: "a\tb" })).toEqual([
      ["X-Ticket", "42"],
      ["Subject", "a\tb"],
    ]);
  });

  it("are twenty at the most, of 1,024 characters each", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, "1"]));
    expect(fieldsOf(many(20))).toHaveLength(20);
    expect(fieldsOf(many(21))).toBeNull();
    expect(fieldsOf({ X: "x".repeat(1_024) })).toHaveLength(1);
    expect(fieldsOf({ X: "x".repeat(1_025) })).toBeNull();
  });

  it.each(["From", "t", "CALL-ID", "Content-Type", "l", "Proxy-Authorization", "Route", "Replaces"])(
    "are never %s, which is the engine's",
    (name) => expect(fieldsOf({ [name]: "x" })).toBeNull(),
  );
});
