import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Api, Page } from "./api.ts";
import { Desk } from "./desk.ts";
import { setComponentField } from "./document-edits.ts";
import { problemsOf } from "./problems.ts";

function open(page: Partial<Page> = {}): Desk {
  const whole: Page = {
    name: "help",
    revision: 1,
    page: {
      title: "Help",
      components: [
        { type: "heading", id: "title", text: "Help" },
        { type: "columns", id: "cols", columns: [{ components: [{ type: "web-phone", id: "phone" }] }] },
      ],
      functions: [{ kind: "action", name: "note", code: "" }],
    },
    changed: "2026-01-01T00:00:00Z",
    publishedVersion: null,
    publishedTime: null,
    problems: [],
    draftToken: "token",
    ...page,
  };
  const api = { saveDraft: () => new Promise(() => {}) } as unknown as Api;
  return new Desk(api, whole);
}

const ids = (desk: Desk) => desk.components.map(({ id }) => id);

describe("a page that is open", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("selects what is added, and its neighbour when it is removed", () => {
    const desk = open();
    desk.select("title");
    desk.add("button");
    expect([ids(desk), desk.selected]).toEqual([["title", "button", "cols", "phone"], "button"]);
    desk.remove("button");
    expect([ids(desk), desk.selected]).toEqual([["title", "cols", "phone"], "cols"]);
    desk.select("phone");
    desk.remove("phone");
    expect(desk.selected).toBe("cols");
  });

  it("lets go of what an undo takes away", () => {
    const desk = open();
    desk.add("button");
    desk.typed.set("button.id", {
      text: "title",
      problem: "The ID is used.",
      label: "ID",
      component: "button",
    });
    desk.undo();
    expect([desk.selected, desk.typed.size, ids(desk)]).toEqual([undefined, 0, ["title", "cols", "phone"]]);
    desk.redo();
    expect(ids(desk)).toContain("button");
  });

  it("saves every edit, also an undo", () => {
    const desk = open();
    desk.add("text");
    expect(desk.autosave.unsaved).toBe(true);
  });

  it("undoes typing in one field at once", () => {
    const desk = open();
    for (const text of ["H", "He", "Hel"]) {
      desk.edit(setComponentField(desk.document, "title", "text", text), "title.text");
    }
    desk.undo();
    expect(desk.document.components[0]).toMatchObject({ text: "Help" });
  });

  it("shows a component where a problem names one in place of an action", () => {
    const desk = open();
    desk.showAction("phone");
    expect([desk.action, desk.selected]).toEqual(["mounted", "phone"]);
    desk.showAction("note", 2);
    expect([desk.action, desk.line, desk.panel]).toEqual(["note", 2, "actions"]);
  });

  it("keeps what a preview tells within bounds", () => {
    const desk = open();
    for (let number = 0; number < 200; number++) desk.ran({ message: "again" });
    expect(desk.runProblems).toHaveLength(50);
  });
});

describe("the problems of a page", () => {
  it("are the server's, those of the code, and those of fields", () => {
    const desk = open({
      problems: [
        {
          path: "/components/1/columns/0/components/0/username/env",
          component: "phone",
          message: "USER is missing.",
        },
        {
          path: "/components/1/columns/0/components/0/actions/onEnd",
          component: "phone",
          message: "No action gone.",
        },
        { path: "/functions/0/url", function: "gone", message: "Not there any more." },
        { path: "/title", message: "Too long." },
      ],
    });
    desk.setCode("note", "x();\nif (");
    desk.typed.set("title.id", { text: "phone", problem: "Used.", label: "ID", component: "title" });
    expect(problemsOf(desk)).toEqual([
      expect.objectContaining({ function: "note", line: 2 }),
      expect.objectContaining({ component: "title", place: "ID of “title”" }),
      expect.objectContaining({ component: "phone", field: "username", message: "USER is missing." }),
      expect.objectContaining({ component: "phone", field: "onEnd" }),
      expect.objectContaining({ place: "Page", field: "title" }),
    ]);
    desk.close();
  });
});
