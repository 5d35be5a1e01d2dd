import { describe, expect, it } from "vitest";
import { Environment } from "./environment.ts";
import type { EnvironmentStorage } from "./environment.ts";

class FakeStorage implements EnvironmentStorage {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
}

describe("an environment", () => {
  it("has what the server gave, and what this visitor saved goes before it", () => {
    const environment = new Environment("help", { CITY: "Oslo", LANG: "no" }, new FakeStorage());
    environment.save({ CITY: "Bergen" });
    expect(environment.get("CITY")).toBe("Bergen");
    expect(environment.get("LANG")).toBe("no");
    expect(environment.names()).toEqual(["CITY", "LANG"]);
  });

  it("keeps what was saved for the same page alone", () => {
    const storage = new FakeStorage();
    new Environment("help", {}, storage).save({ NAME: "Ada", AGE: 36, LIST: [1] });
    expect(new Environment("help", {}, storage).get("NAME")).toBe("Ada");
    expect(new Environment("help", {}, storage).get("AGE")).toBe("36");
    expect(new Environment("help", {}, storage).get("LIST")).toBe("[1]");
    expect(new Environment("other", {}, storage).get("NAME")).toBeUndefined();
  });

  it("knows no variable by the name of what every object has", () => {
    expect(new Environment("help", {}, undefined).get("constructor")).toBeUndefined();
  });

  it("saves nothing where one variable is not fit", () => {
    const environment = new Environment("help", {}, new FakeStorage());
    expect(() => environment.save({ GOOD: "1", "no name": "2" })).toThrow(/no name/);
    expect(() => environment.save({ GOOD: "1", LONG: "x".repeat(16_385) })).toThrow(/longer/);
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`V${i}`, ""]));
    expect(() => environment.save(many)).toThrow(/at most 100/);
    expect(environment.get("GOOD")).toBeUndefined();
  });

  it("goes on without storage, and with storage that another hand wrote to or that is full", () => {
    const environment = new Environment("help", {}, undefined);
    environment.save({ NAME: "Ada" });
    expect(environment.get("NAME")).toBe("Ada");
    for (const text of ["{", "null", '"text"', '{"NAME":1}']) {
      const storage = new FakeStorage();
      storage.setItem("web-phone page help", text);
      expect(new Environment("help", { NAME: "given" }, storage).get("NAME")).toBe("given");
    }
    const full: EnvironmentStorage = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    const crowded = new Environment("help", {}, full);
    crowded.save({ NAME: "Ada" });
    expect(crowded.get("NAME")).toBe("Ada");
  });

  it("shows actions every variable, tells of one that is missing, and is not written to", () => {
    const missing: string[] = [];
    const env = new Environment("help", { CITY: "Oslo" }, undefined).view((name) => missing.push(name));
    expect(env["CITY"]).toBe("Oslo");
    expect({ ...env }).toEqual({ CITY: "Oslo" });
    expect("CITY" in env).toBe(true);
    expect("NONE" in env).toBe(false);
    expect(missing).toEqual([]);
    expect(env["NONE"]).toBeUndefined();
    expect(missing).toEqual(["NONE"]);
    expect(() => ((env as Record<string, string>)["CITY"] = "Rome")).toThrow(/saveEnvVars/);
  });
});
