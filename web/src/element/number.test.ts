import { describe, expect, it } from "vitest";
import { clock, dialable, initials } from "./number.ts";

describe("what can be dialled of what is written", () => {
  it.each([
    ["+44 (20) 7946-0018", "+442079460018"],
    ["(030) 123/456", "030123456"],
    ["020 7946 0018", "02079460018"],
    ["1.800.555.0199", "18005550199"],
    ["\u202a+49\u2011151\u00a05550\u202c", "+491515550"],
    ["１００１", "1001"],
    ["tel:+44-20-7946-0018", "+442079460018"],
    ["*43", "*43"],
    ["#31#1002", "#31#1002"],
  ])("takes the separators out of %j", (text, number) => {
    expect(dialable(text)).toBe(number);
  });

  it.each([
    "sip:bob@example.com",
    "sips:bob@example.com:5061;user=phone",
    "bob@example.com",
    "echo",
    "tel:7042;phone-context=example.com",
  ])("leaves the address %j as it is", (address) => {
    expect(dialable(`  ${address}\n`)).toBe(address);
  });

  it("takes the address out of a name-addr", () => {
    expect(dialable('"Bob B." <sip:bob@example.com>')).toBe("sip:bob@example.com");
  });

  it("is at most 256 characters of whatever was pasted", () => {
    expect(dialable("9".repeat(100_000))).toHaveLength(256);
  });

  it("is nothing for nothing", () => {
    expect(dialable(" \n")).toBe("");
  });
});

describe("the running time", () => {
  it.each([
    [0, "00:00"],
    [43.9, "00:43"],
    [3599, "59:59"],
    [3723, "1:02:03"],
    [-1, "00:00"],
  ])("shows %d seconds as %s", (seconds, text) => {
    expect(clock(seconds)).toBe(text);
  });
});

describe("initials", () => {
  it.each([
    ["Ada Lovelace", "AL"],
    ["Maximiliane Freifrau von Hohenstein", "MH"],
    ["Plato", "P"],
    ["李 小龍", "李小"],
    ["+44 20 7946", ""],
    ["", ""],
  ])("of %j are %j", (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});
