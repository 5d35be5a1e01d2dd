import { describe, expect, it, vi } from "vitest";
import { Environment } from "./environment.ts";
import { Lookup } from "./values.ts";

const environment = new Environment("help", { CITY: "Oslo" }, undefined);

describe("looking a value up", () => {
  it("leaves a constant as it is, and finds variables", async () => {
    const lookup = new Lookup(environment, () => Promise.reject(new Error("not asked")));
    await expect(lookup.resolve("text")).resolves.toBe("text");
    await expect(lookup.resolve(false)).resolves.toBe(false);
    await expect(lookup.resolve({ env: "CITY" })).resolves.toBe("Oslo");
    await expect(lookup.resolve({ env: "NONE" })).rejects.toThrow("There is no variable NONE.");
  });

  it("calls a function once in a pass, however many values it fills", async () => {
    const call = vi.fn(async () => ({ user: { name: "Ada" }, list: [] }));
    const lookup = new Lookup(environment, call);
    await expect(lookup.resolve({ function: "who", field: "user.name" })).resolves.toBe("Ada");
    await expect(lookup.resolve({ function: "who", field: "user" })).resolves.toEqual({ name: "Ada" });
    await expect(lookup.resolve({ function: "who", field: "user.age" })).rejects.toThrow(/has no user.age/);
    await expect(lookup.resolve({ function: "who", field: "constructor" })).rejects.toThrow(/has no/);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it("gives up a function that never returns", async () => {
    vi.useFakeTimers();
    try {
      const lookup = new Lookup(environment, () => new Promise(() => {}));
      const resolved = lookup.resolve({ function: "sleep" });
      const seen = expect(resolved).rejects.toThrow("The function sleep took too long.");
      await vi.advanceTimersByTimeAsync(15_000);
      await seen;
    } finally {
      vi.useRealTimers();
    }
  });
});
