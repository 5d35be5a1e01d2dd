import { describe, expect, it } from "vitest";
import { dropAt } from "./drop.ts";
import type { Container } from "./drop.ts";

const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });
const containers: Container[] = [
  {
    ...box(0, 0, 400, 600),
    level: 0,
    children: [
      { ...box(20, 20, 380, 60), id: "a" },
      { ...box(20, 80, 380, 280), id: "cols" },
    ],
  },
  {
    ...box(20, 80, 200, 280),
    level: 1,
    parent: "cols",
    column: 0,
    children: [{ ...box(20, 80, 200, 120), id: "b" }],
  },
  { ...box(200, 80, 380, 280), level: 1, parent: "cols", column: 1, children: [] },
];

describe("the place under the pointer", () => {
  it("is before what the pointer is in the upper half of", () => {
    expect(dropAt(containers, 100, 30)?.place).toEqual({ index: 0 });
    expect(dropAt(containers, 100, 50)?.place).toEqual({ index: 1 });
  });

  it("is at the end below everything", () => {
    expect(dropAt(containers, 100, 500)).toEqual({
      place: { index: 2 },
      line: { left: 0, top: 286, width: 400 },
    });
  });

  it("is in the column, empty or not", () => {
    expect(dropAt(containers, 100, 200)?.place).toEqual({ parent: "cols", column: 0, index: 1 });
    expect(dropAt(containers, 300, 100)?.place).toEqual({ parent: "cols", column: 1, index: 0 });
  });

  it("is nowhere outside of the page", () => {
    expect(dropAt(containers, 500, 30)).toBeUndefined();
  });
});
