import { describe, expect, it } from "vitest";
import { nameFrom, nameProblem } from "./names.ts";

describe("names of pages", () => {
  it("are made from titles", () => {
    expect(nameFrom("Hilfe & Beratung für Gäste!")).toBe("hilfe-beratung-fur-gaste");
    expect(nameFrom("电话")).toBe("page");
    expect(nameProblem(nameFrom("x".repeat(59) + " — y"))).toBe("");
  });

  it("are told what is wrong with them", () => {
    for (const name of ["help", "a", "help-2"]) expect(nameProblem(name), name).toBe("");
    for (const name of ["", "Help", "-a", "a-", "a/b", "x".repeat(65)])
      expect(nameProblem(name), name).not.toBe("");
  });
});
