import { describe, expect, it } from "vitest";
import type { Component, PageDocument } from "../page/document.ts";
import {
  duplicateComponent,
  findComponent,
  idProblem,
  insertComponent,
  moveComponent,
  newComponent,
  placeBehind,
  placeOf,
  removeComponent,
  setComponentField,
  stepPlace,
} from "./document-edits.ts";

const heading = (id: string): Component => ({ type: "heading", id, text: id });
const page: PageDocument = {
  title: "Test",
  components: [
    heading("a"),
    {
      type: "columns",
      id: "cols",
      columns: [
        { components: [heading("left")] },
        { share: 2, components: [{ type: "web-phone", id: "phone" }] },
      ],
    },
    heading("z"),
  ],
  functions: [],
};

/** The IDs as they stand: columns as `cols[left|phone]`. */
const outline = (components: readonly Component[]): string =>
  components
    .map((each) =>
      each.type === "columns"
        ? `${each.id}[${each.columns.map((column) => outline(column.components)).join("|")}]`
        : each.id,
    )
    .join(" ");
const shape = (edited: PageDocument) => outline(edited.components);

describe("edits of components", () => {
  it("finds a component wherever it stands", () => {
    expect(findComponent(page, "phone")?.type).toBe("web-phone");
    expect(placeOf(page, "phone")).toEqual({ parent: "cols", column: 1, index: 0 });
    expect(placeOf(page, "z")).toEqual({ index: 2 });
    expect(placeOf(page, "none")).toBeUndefined();
  });

  it("inserts into the page and into a column", () => {
    expect(shape(insertComponent(page, { index: 1 }, heading("new")))).toBe("a new cols[left|phone] z");
    expect(shape(insertComponent(page, { parent: "cols", column: 1, index: 9 }, heading("new")))).toBe(
      "a cols[left|phone new] z",
    );
  });

  it("removes columns with what is in them", () => {
    expect(shape(removeComponent(page, "cols"))).toBe("a z");
    expect(shape(removeComponent(page, "left"))).toBe("a cols[|phone] z");
  });

  it("moves within a list by the place as it was before", () => {
    expect(shape(moveComponent(page, "a", { index: 3 }))).toBe("cols[left|phone] z a");
    expect(shape(moveComponent(page, "z", { index: 0 }))).toBe("z a cols[left|phone]");
    expect(moveComponent(page, "a", { index: 1 })).toBe(page);
  });

  it("moves between the page and a column", () => {
    expect(shape(moveComponent(page, "a", { parent: "cols", column: 0, index: 1 }))).toBe(
      "cols[left a|phone] z",
    );
    expect(shape(moveComponent(page, "phone", { index: 0 }))).toBe("phone a cols[left|] z");
  });

  it("never moves columns into themselves", () => {
    expect(moveComponent(page, "cols", { parent: "cols", column: 0, index: 0 })).toBe(page);
  });

  it("steps through columns and out of them, down and up again", () => {
    let edited = page;
    const shapes = [true, true, true, true, false, false, false, false].map((down) => {
      const place = stepPlace(edited, "a", down);
      if (place) edited = moveComponent(edited, "a", place);
      return shape(edited);
    });
    expect(shapes).toEqual([
      "cols[a left|phone] z",
      "cols[left a|phone] z",
      "cols[left|a phone] z",
      "cols[left|phone a] z",
      "cols[left|a phone] z",
      "cols[left a|phone] z",
      "cols[a left|phone] z",
      "a cols[left|phone] z",
    ]);
    expect(stepPlace(page, "z", true)).toBeUndefined();
  });

  it("duplicates with new IDs all the way down", () => {
    const copy = duplicateComponent(page, "cols");
    expect(copy?.id).toBe("cols2");
    expect(copy && shape(copy.page)).toBe("a cols[left|phone] cols2[left2|phone2] z");
    expect(duplicateComponent(page, "none")).toBeUndefined();
  });

  it("gives what comes from the palette an ID that is free", () => {
    expect(newComponent(page, "web-phone").id).toBe("phone2");
    expect(newComponent(page, "button").id).toBe("button");
  });

  it("places what is new behind the selection, or inside selected columns", () => {
    expect(placeBehind(page, "a")).toEqual({ index: 1 });
    expect(placeBehind(page, "left")).toEqual({ parent: "cols", column: 0, index: 1 });
    expect(placeBehind(page, "cols", 1)).toEqual({ parent: "cols", column: 1, index: 1 });
    expect(placeBehind(page, undefined)).toEqual({ index: 3 });
  });

  it("takes a field away with undefined and leaves what was not touched", () => {
    const edited = setComponentField(page, "phone", "username", "1001");
    expect(findComponent(edited, "phone")).toEqual({ type: "web-phone", id: "phone", username: "1001" });
    expect(edited.components[0]).toBe(page.components[0]);
    expect(findComponent(setComponentField(edited, "phone", "username", undefined), "phone")).toEqual({
      type: "web-phone",
      id: "phone",
    });
  });

  it("says in words what is wrong with an ID", () => {
    expect(idProblem(page, "phone", "a")).toContain("used already");
    expect(idProblem(page, "phone", "phone")).toBe("");
    expect(idProblem(page, "1st", "a")).toContain("starts with a letter");
    expect(idProblem(page, "", "a")).toContain("needed");
  });
});
