import { describe, expect, it } from "vitest";
import { offersAt } from "./completion.ts";
import type { CodeContext } from "./completion.ts";

const context: CodeContext = {
  components: [
    { id: "phone", type: "web-phone" },
    { id: "name", type: "input" },
    { id: "go", type: "button" },
  ],
  functions: ["mounted", "refresh", "visitor"],
  variables: ["GREETING", "SERVER"],
};
const labels = (before: string) => offersAt(before, context)?.offers.map(({ label }) => label);

describe("completion in an action", () => {
  it("offers what this has", () => {
    expect(labels("  this.")).toEqual([
      "env",
      "$",
      "getComponent",
      "getValue",
      "getValues",
      "setData",
      "hide",
      "show",
      "refresh",
      "saveEnvVars",
      "call",
    ]);
  });

  it("replaces what is typed already", () => {
    expect(offersAt("await this.getV", context)?.from).toBe("await this.".length);
    expect(offersAt(`${"x".repeat(900)};\nthis.env.GR`, context)?.from).toBe(900 + ";\nthis.env.".length);
  });

  it("offers the names of variables", () => {
    expect(labels("f(this.env.")).toEqual(["GREETING", "SERVER"]);
  });

  it("offers IDs wherever one is wanted", () => {
    for (const before of [
      'this.$("',
      "this.getComponent('",
      "this.getValue(`ph",
      'this.hide("',
      'this.show(["go", "',
    ]) {
      expect(labels(before), before).toEqual(["phone", "name", "go"]);
    }
  });

  it("offers functions to call", () => {
    expect(labels('await this.call("')).toEqual(["mounted", "refresh", "visitor"]);
  });

  it("offers a phone's methods behind a phone, and only there", () => {
    for (const method of [
      "makeCall",
      "answer",
      "hangup",
      "hold",
      "unhold",
      "mute",
      "unmute",
      "dialpadPress",
    ]) {
      expect(labels('this.$("phone").')).toContain(method);
    }
    expect(labels('this.getComponent("phone").set')).toContain("setConfig");
    expect(labels('this.$("go").')).not.toContain("makeCall");
    expect(labels('this.$("name").')).toContain("value");
  });

  it("offers what events bring", () => {
    expect(labels("if (detail.")).toContain("displayName");
    expect(labels("call.detail.")).toBeUndefined();
  });

  it("stays out of the way elsewhere", () => {
    expect(labels("const a = 'text")).toBeUndefined();
    expect(labels("")).toBeUndefined();
  });
});
