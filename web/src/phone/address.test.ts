import { describe, expect, it } from "vitest";
import { shown, toUri } from "./address.ts";

describe("what is dialled", () => {
  it.each([
    ["1002", "sip:1002@example.com"],
    ["*43", "sip:*43@example.com"],
    ["#31", "sip:%2331@example.com"],
    ["echo", "sip:echo@example.com"],
    ["Zoë", "sip:Zo%C3%AB@example.com"],
    ["+44 (20) 7946-0018", "sip:+442079460018@example.com"],
    ["020.7946.0018", "sip:02079460018@example.com"],
    ["020\u20117946\u00a00018", "sip:02079460018@example.com"],
    [" 1002 ", "sip:1002@example.com"],
    ["bob@far.example.net", "sip:bob@far.example.net"],
    ["sip:bob@far.example.net:5070;transport=tcp", "sip:bob@far.example.net:5070;transport=tcp"],
    ["SIPS:bob@far.example.net", "SIPS:bob@far.example.net"],
    ["tel:+44-20-7946-0018", "sip:+442079460018@example.com;user=phone"],
    ["tel:+44(20)79460018;phone-context=x", "sip:+442079460018@example.com;user=phone"],
  ])("%o is %o", (address, uri) => expect(toUri(address, "example.com")).toBe(uri));

  it("loses the header fields of a URI, which would be ours", () => {
    expect(toUri("sip:bob@example.net?Replaces=x&Via=y", "example.com")).toBe("sip:bob@example.net");
  });

  it.each([
    "",
    " ",
    "John Smith",
    "sip:bob",
    "sip:@x",
    "tel:",
    "tel:bob",
    "a@b@c d",
    "bob@<x>",
    "1\0",
    "1".repeat(257),
  ])("%o is refused", (address) => {
    expect(() => toUri(address, "example.com")).toThrow(
      expect.objectContaining({ name: "PhoneError", code: "unsupported" }) as Error,
    );
  });
});

describe("what is shown", () => {
  it.each([
    ["sip:1002@example.com", "1002"],
    ["sip:1002@EXAMPLE.com;user=phone", "1002"],
    ["sip:%2331@example.com", "#31"],
    ["sip:bob@far.example.net", "bob@far.example.net"],
    ["sip:far.example.net", "far.example.net"],
    ["tel:+4420", "tel:+4420"],
    ["sip:%ff@example.com", "%ff"],
    ["nonsense", "nonsense"],
  ])("of %o is %o", (uri, text) => expect(shown(uri, "example.com")).toBe(text));
});
