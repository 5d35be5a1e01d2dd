import { describe, expect, it } from "vitest";
import { inWords, placeOf } from "./problems.ts";

const withStack = (stack: string) => Object.assign(new Error("no"), { stack });

describe("where something went wrong", () => {
  it("is read from stacks as Chromium and Firefox write them", () => {
    const chromium =
      "Error: no\n    at Object.screenPop (screenPop.action.js:3:9)\n    at runtime (page.js:1:2)";
    const firefox = "__webphoneAction@screenPop.action.js:3:9\ncall@https://example.com/page.js:1:2";
    for (const stack of [chromium, firefox])
      expect(placeOf(withStack(stack))).toEqual({ action: "screenPop", line: 3 });
  });

  it("stays open where no action had a part in it", () => {
    expect(placeOf(withStack("Error: no\n    at https://example.com/page.js:1:2"))).toEqual({});
    expect(placeOf("text")).toEqual({});
  });

  it("stands before what happened", () => {
    expect(inWords({ action: "save", line: 2, message: "No." })).toBe("action save, line 2: No.");
    expect(inWords({ component: "phone", message: "No." })).toBe("component phone: No.");
    expect(inWords({ message: "No." })).toBe("No.");
  });
});
