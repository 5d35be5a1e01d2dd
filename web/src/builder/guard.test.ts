import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { check, guarded } from "./guard.ts";

/**
 * Runs guarded code as an action; the guard stops it after `limit` calls, and the
 * test's own clock stops what the guard does not.
 */
function run(code: string, limit = 1000): { result: unknown; calls: [string, number][] } {
  const calls: [string, number][] = [];
  const out: { result?: unknown; error?: unknown } = {};
  const guard = (name: string, line: number) => {
    calls.push([name, line]);
    if (calls.length > limit) throw new Error(`stopped at line ${line}`);
  };
  const source = `(async function (detail) {\n${guarded(code, "act")}\n})(3).then(
    (result) => { out.result = result; }, (error) => { out.error = error; })`;
  const context = createContext({ __guard: guard, out }, { microtaskMode: "afterEvaluate" });
  runInContext(source, context, { timeout: 2000 });
  if (out.error) throw out.error;
  return { result: out.result, calls };
}

describe("errors in code", () => {
  it("has none where there are none", () => {
    expect(check("")).toEqual([]);
    expect(check("const a = await this.call('x');\nif (a) return detail.from;")).toEqual([]);
  });

  it("names the line and the column", () => {
    expect(check("const a = 1;\nif (a {\n}")).toEqual([
      expect.objectContaining({ line: 2, column: 6, message: expect.stringContaining("“{”") as string }),
    ]);
  });

  it("tells code that ends too early at its last line", () => {
    const [problem] = check("if (true) {\n  x();\n");
    expect(problem?.message).toContain("ends too early");
    expect(problem?.line).toBe(3);
  });

  it("sees what closes more than was opened", () => {
    expect(check("}); alert(1); (function () {")).toHaveLength(1);
  });

  it("sees a name that stands for the detail already", () => {
    expect(check("let detail = 1;")[0]?.line).toBe(1);
  });
});

describe("guarded code", () => {
  it("stops every kind of loop that never ends", () => {
    for (const loop of [
      "for (;;);",
      "for (;;) {}",
      "while (true) detail++",
      "while (true) { detail++ }",
      "do detail++; while (true)",
      "do { detail++ } while (true);",
      "for (const x of (function* () { while (true) yield 1; })()) detail += x;",
      "for await (const x of (async function* () { while (true) yield 1; })()) detail += x;",
      "const f = () => f(); f();",
      "function f() { return f(); } f();",
      "const o = { get a() { return this.a; } }; o.a;",
      "class A { m() { return this.m(); } } new A().m();",
    ]) {
      expect(() => run(`1;\n${loop}`), loop).toThrow("stopped at line 2");
    }
  });

  it("does what the code did", () => {
    for (const [code, result] of [
      ["let s = 0; for (let i = 0; i < 4; i++) s += i; return s", 6],
      ["let s = ''; for (const k in { a: 1, b: 2 }) s += k\nreturn s", "ab"],
      ["return [1, 2, 3].map(x => x * 2).filter((x) => ({ x }).x > 2).length", 2],
      ["return [1].map(x => ({ x }))[0].x", 1],
      ["return (x => y => x + y)(1)(2)", 3],
      ["let i = 0; do i++; while (i < 3)\nreturn i", 3],
      ["let i = 0; if (true) while (i < 3) i++; else i = 9; return i", 3],
      ["outer: for (;;) { for (;;) break outer; }\nreturn detail", 3],
      ["const f = async x => await x; return f(5)", 5],
      ["function f() { 'use strict'\nreturn this } return f() === undefined", true],
      ["let n = 0; for (const a of [1, 2]) for (const b of [1, 2]) n += a * b; return n", 9],
      ["let n = 0; while (n < 2) while (n < 2) n++; return n", 2],
      ["let f, n = 0; while (n++ < 1) f = y => z => y + z\nreturn f(1)(2)", 3],
      ["let f; do f = () => 4; while (!f)\nreturn f()", 4],
    ] as const) {
      expect(run(code).result, code).toBe(result);
    }
  });

  it("stays on its lines and tells which", () => {
    const code = "const a = 1;\nwhile (detail < 5)\n  detail++;\nreturn detail;";
    expect(guarded(code, "act").split("\n")).toHaveLength(4);
    const { result, calls } = run(code);
    expect(result).toBe(5);
    expect(calls).toEqual([
      ["act", 2],
      ["act", 2],
    ]);
  });

  it("leaves code with errors as it is", () => {
    expect(guarded("while (", "act")).toBe("while (");
  });
});
