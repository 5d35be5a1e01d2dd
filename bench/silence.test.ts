import { describe, expect, it } from "vitest";
import { longestSilence } from "./silence.ts";

describe("the longest silence", () => {
  it("is none while sound goes on", () => {
    expect(longestSilence([[0, 10_000]], 2_000, 9_000)).toBe(0);
  });

  it("counts from the fault when nothing was heard since", () => {
    expect(longestSilence([[7_000, 10_000]], 2_000, 10_000)).toBe(5_000);
  });

  it("is the longest of several", () => {
    const heard = [
      [0, 3_000],
      [3_500, 4_000],
      [6_000, 10_000],
    ] as const;
    expect(longestSilence(heard, 1_000, 10_000)).toBe(2_000);
  });

  it("leaves out what was before and after", () => {
    const heard = [
      [0, 100],
      [5_000, 9_000],
      [20_000, 21_000],
    ] as const;
    expect(longestSilence(heard, 5_000, 9_500)).toBe(0);
  });

  it("has no length when it lasted to the end", () => {
    expect(longestSilence([[0, 5_000]], 1_000, 9_000)).toBeNull();
    expect(longestSilence([], 1_000, 9_000)).toBeNull();
  });
});
