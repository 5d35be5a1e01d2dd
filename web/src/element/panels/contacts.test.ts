import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Contacts } from "./contacts.ts";

const contacts = (...list: [name: string, number: string][]) =>
  new Contacts(
    list.map(([name, number]) => ({ name, number })),
    "en",
  );

describe("contacts", () => {
  it("are in the order of their names", () => {
    expect(contacts(["Zoë", "1"], ["Émile", "2"], ["Frank", "3"]).all.map(({ name }) => name)).toEqual([
      "Émile",
      "Frank",
      "Zoë",
    ]);
  });

  it.each([
    ["1002", "1002"],
    ["+49 30 1234-5678", "+493012345678"],
    ["tel:+493012345678", "+49 (30) 12345678"],
    ["+493012345678", "030 12345678"],
    ["030 12345678", "+493012345678"],
    ["sip:ann@example.com", "Ann@Example.com"],
  ])("find the name of %s when called from %s", (number, caller) => {
    expect(contacts(["Ann", number]).nameOf(caller)).toBe("Ann");
  });

  it.each([
    ["1002", "2"],
    ["+493012345678", "+443012345678"],
    ["+493012345678", "040 12345678"],
    ["5551234", "0305551234"],
    ["1002", ""],
    ["*43", "43"],
  ])("don't take the name of %s for %s", (number, caller) => {
    expect(contacts(["Ann", number]).nameOf(caller)).toBe("");
  });

  it("give no name where two numbers have the same end", () => {
    const two = contacts(["Ann", "+49 30 12345678"], ["Bob", "+44 30 12345678"]);
    expect(two.nameOf("030 12345678")).toBe("");
    expect(two.nameOf("+443012345678")).toBe("Bob");
  });

  it("are found by a part of the name or of the number, however it is written", () => {
    const all = contacts(["Ann Able", "+49 30 555"], ["Bob", "1002"]);
    expect(all.search("able").map(({ name }) => name)).toEqual(["Ann Able"]);
    expect(all.search("30-55").map(({ name }) => name)).toEqual(["Ann Able"]);
    expect(all.search("").length).toBe(2);
  });

  it("are taken from anything, at most 5,000 with texts of at most 256 characters (property)", () => {
    const many = Array.from({ length: 6_000 }, (_, i) => ({ name: "x".repeat(300), number: `${i}` }));
    const { all } = new Contacts(many, "en");
    expect([all.length, all[0]!.name.length]).toEqual([5_000, 256]);
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (list, number) => {
        const found = new Contacts(list, "en");
        expect(found.nameOf(number).length).toBeLessThanOrEqual(256);
        found.search(number);
      }),
    );
  });
});
