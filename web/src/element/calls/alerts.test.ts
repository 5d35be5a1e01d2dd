// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alerts } from "./alerts.ts";

const ann = { id: "1", text: "Ann is calling", more: "1002" };
const bob = { id: "2", text: "Bob is calling", more: "" };

let hidden = false;
const turn = (now: boolean) => {
  hidden = now;
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  vi.useFakeTimers();
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  hidden = true;
  document.title = "My page";
});
const desk = {};
const door = {};
afterEach(() => {
  alerts.ring(desk, []);
  alerts.ring(door, []);
  vi.useRealTimers();
});

/** The titles of so many seconds. */
const titles = (seconds: number) =>
  Array.from({ length: seconds }, () => {
    const { title } = document;
    vi.advanceTimersByTime(1_000);
    return title;
  });

describe("the title of a hidden page", () => {
  it("shows in turns who calls, and is itself again when it rings no more", () => {
    alerts.ring(desk, [ann]);
    expect(titles(4)).toEqual(["☎ Ann is calling", "My page", "☎ Ann is calling", "My page"]);
    alerts.ring(desk, []);
    expect(titles(3)).toEqual(["My page", "My page", "My page"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stays as it is while the page is seen", () => {
    hidden = false;
    alerts.ring(desk, [ann]);
    expect(titles(2)).toEqual(["My page", "My page"]);
    turn(true);
    expect(document.title).toBe("☎ Ann is calling");
    turn(false);
    expect(titles(2)).toEqual(["My page", "My page"]);
  });

  it("keeps what the page set meanwhile", () => {
    alerts.ring(desk, [ann]);
    document.title = "(1) My page";
    vi.advanceTimersByTime(2_000);
    expect(titles(2).sort()).toEqual(["(1) My page", "☎ Ann is calling"]);
    document.title = "(2) My page";
    alerts.ring(desk, []);
    expect(titles(2)).toEqual(["(2) My page", "(2) My page"]);
  });

  it("is shared by the phones of a page", () => {
    alerts.ring(desk, [ann]);
    alerts.ring(door, [bob]);
    alerts.ring(desk, []);
    vi.advanceTimersByTime(2_000);
    expect(titles(2).sort()).toEqual(["My page", "☎ Bob is calling"]);
    alerts.ring(door, []);
    expect(document.title).toBe("My page");
  });
});

describe("a notification", () => {
  const shown: FakeNotification[] = [];
  class FakeNotification {
    static permission = "granted";
    onclick: (() => void) | null = null;
    closed = false;
    readonly title: string;
    readonly options: NotificationOptions;
    constructor(title: string, options: NotificationOptions) {
      this.title = title;
      this.options = options;
      shown.push(this);
    }
    close() {
      this.closed = true;
    }
  }
  beforeEach(() => {
    shown.length = 0;
    FakeNotification.permission = "granted";
    vi.stubGlobal("Notification", FakeNotification);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("says who calls, once for each call, and closes when it rings no more", () => {
    alerts.ring(desk, [ann]);
    alerts.ring(desk, [ann]);
    turn(false);
    turn(true);
    expect(shown.map(({ title, options }) => [title, options.body, options.tag])).toEqual([
      ["Ann is calling", "1002", "web-phone 1"],
    ]);
    expect(shown[0]!.closed).toBe(false);
    alerts.ring(desk, []);
    expect(shown[0]!.closed).toBe(true);
  });

  it("brings the page to the front when it is pressed", () => {
    const focus = vi.spyOn(window, "focus").mockImplementation(() => {});
    alerts.ring(desk, [ann]);
    shown[0]!.onclick!();
    expect(focus).toHaveBeenCalledOnce();
    expect(shown[0]!.closed).toBe(true);
  });

  it.each(["default", "denied"])("is not asked for and not shown with permission %s", (permission) => {
    FakeNotification.permission = permission;
    alerts.ring(desk, [ann]);
    expect(shown).toEqual([]);
  });

  it("is done without where a page may make none", () => {
    vi.stubGlobal("Notification", undefined);
    alerts.ring(desk, [ann]);
    expect(document.title).toBe("☎ Ann is calling");
  });
});
