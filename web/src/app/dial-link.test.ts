import { describe, expect, it } from "vitest";
import { dialled } from "./dial-link.ts";

describe("a dial link", () => {
  it.each([
    ["?dial=1002", "1002"],
    ["?dial=*43", "*43"],
    ["?dial=%2343", "#43"],
    ["?dial=echo", "echo"],
    // A plus in a query is a space to forms, and a plus to whoever writes a number.
    ["?dial=+1-555-0100", "+15550100"],
    ["?dial=%2B49%2030%20(123)", "+4930123"],
    // What a browser hands to a protocol handler.
    ["?dial=tel%3A%2B15550100", "+15550100"],
    ["?dial=tel:+1.555.0100", "+15550100"],
    ["?dial=web%2Btel%3A1002", "1002"],
    ["?dial=sip%3Aada@example.com", "sip:ada@example.com"],
  ])("%s names %s", (search, number) => expect(dialled(search)).toBe(number));

  it.each([
    ["has none", ""],
    ["has another parameter", "?number=1002"],
    ["is empty", "?dial="],
    ["is longer than a number may be", `?dial=${"9".repeat(257)}`],
    ["holds words", "?dial=call%20me"],
    ["holds markup", "?dial=%3Cimg%3E"],
    ["holds a line break", "?dial=1002%0D%0AVia:x"],
    ["holds what turns text around", "?dial=1002%E2%80%AE"],
  ])("names no number when it %s", (_, search) => expect(dialled(search)).toBe(""));
});
