import { describe, expect, it } from "vitest";
import type { PageDocument } from "../page/document.ts";
import { findComponent } from "./document-edits.ts";
import {
  actionNames,
  codeOf,
  functionNameProblem,
  namesInCode,
  renameComponent,
  renameFunction,
  setCode,
  usesOfFunction,
} from "./function-edits.ts";

const page: PageDocument = {
  title: "Test",
  css: "#phone { margin: 0 } #phone2 { color: red }",
  components: [
    {
      type: "web-phone",
      id: "phone",
      actions: { onAnswer: "note", onEnd: "refresh" },
      username: { function: "note" },
    },
    { type: "button", id: "go", label: "Go", onClick: "note" },
    { type: "input", id: "number", label: "Number", onChange: "other" },
  ],
  functions: [
    {
      kind: "action",
      name: "mounted",
      code: `this.$("phone").show(); // "phone" in words
this.hide(["phone", 'number']);
this.setData({ phone: "phone", go: 1 });
await this.call("note", "phone");`,
    },
    { kind: "action", name: "note", code: "return 1" },
    { kind: "action", name: "other", code: "not JavaScript (" },
  ],
};

describe("edits of functions", () => {
  it("lists the page's own actions even before they have code", () => {
    expect(actionNames({ ...page, functions: [] })).toEqual(["mounted", "refresh"]);
    expect(actionNames(page)).toEqual(["mounted", "refresh", "note", "other"]);
  });

  it("makes an action of its own when code is typed", () => {
    expect(codeOf(setCode(page, "refresh", "x()"), "refresh")).toBe("x()");
    expect(setCode(page, "refresh", "")).toBe(page);
  });

  it("renames a component where actions and the CSS name it, and nowhere else", () => {
    const renamed = renameComponent(page, "phone", "desk-phone");
    expect(findComponent(renamed, "desk-phone")).toBeDefined();
    expect(codeOf(renamed, "mounted")).toBe(`this.$("desk-phone").show(); // "phone" in words
this.hide(["desk-phone", 'number']);
this.setData({ "desk-phone": "phone", go: 1 });
await this.call("note", "phone");`);
    expect(renamed.css).toBe("#desk-phone { margin: 0 } #phone2 { color: red }");
  });

  it("leaves code alone that can't be read", () => {
    expect(codeOf(renameComponent(page, "number", "no"), "other")).toBe("not JavaScript (");
    expect(namesInCode("(")).toEqual([]);
  });

  it("renames an action where events, values and code name it", () => {
    const renamed = renameFunction(page, "note", "screenPop");
    expect(findComponent(renamed, "phone")).toMatchObject({
      actions: { onAnswer: "screenPop", onEnd: "refresh" },
      username: { function: "screenPop" },
    });
    expect(findComponent(renamed, "go")).toMatchObject({ onClick: "screenPop" });
    expect(codeOf(renamed, "mounted")).toContain('this.call("screenPop", "phone")');
    expect(codeOf(renamed, "screenPop")).toBe("return 1");
  });

  it("tells where a function is used", () => {
    expect(usesOfFunction(page, "note")).toEqual([
      "the component “phone”",
      "the component “go”",
      "the action “mounted”",
    ]);
    expect(usesOfFunction(page, "refresh")).toEqual(["the component “phone”"]);
  });

  it("says in words what is wrong with a name", () => {
    expect(functionNameProblem(page, "mounted")).toContain("used already");
    expect(functionNameProblem(page, "note", "note")).toBe("");
    expect(functionNameProblem(page, "screen pop")).toContain("starts with");
  });
});
