import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { History } from "./history.ts";

describe("undo and redo", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("goes back and forth", () => {
    const history = new History("a");
    expect([history.canUndo, history.canRedo]).toEqual([false, false]);
    history.change("b");
    history.change("c");
    history.undo();
    expect(history.present).toBe("b");
    history.undo();
    expect([history.present, history.undo()]).toEqual(["a", false]);
    history.redo();
    history.redo();
    expect([history.present, history.redo()]).toEqual(["c", false]);
  });

  it("forgets what was undone when something else is done", () => {
    const history = new History("a");
    history.change("b");
    history.undo();
    history.change("c");
    expect(history.canRedo).toBe(false);
    history.undo();
    expect(history.present).toBe("a");
  });

  it("undoes what was typed in one go at once", () => {
    const history = new History("");
    for (const text of ["H", "He", "Hel"]) history.change(text, "title");
    history.undo();
    expect(history.present).toBe("");
  });

  it("keeps apart what was typed elsewhere, or after a rest", () => {
    const history = new History("");
    history.change("H", "title");
    history.change("HW", "other");
    vi.advanceTimersByTime(2000);
    history.change("HWx", "other");
    history.undo();
    expect(history.present).toBe("HW");
    history.undo();
    expect(history.present).toBe("H");
  });

  it("does not merge typing into what was undone to", () => {
    const history = new History("");
    history.change("a", "title");
    history.change("b");
    history.undo();
    history.change("ac", "title");
    history.undo();
    expect(history.present).toBe("a");
  });

  it("is bounded", () => {
    const history = new History(0, 3);
    for (let number = 1; number <= 10; number++) history.change(number);
    while (history.undo());
    expect(history.present).toBe(7);
  });
});
