// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Frame } from "./frame.ts";
import { Problems } from "./problems.ts";
import type { Runtime } from "./runtime.ts";

const around = { postMessage: vi.fn<(message: unknown, target: string) => void>() };
const dial = vi.fn<(number: string) => Promise<void>>(async () => {});
const problems = new Problems();

/** A page in a frame. Its runtime is what the frame uses of it. */
const framed = (embedding: readonly string[], preview = false) =>
  new Frame({ problems, dial, phones: [] } as unknown as Runtime, embedding, preview);

/** What a window says to the page. */
function say(origin: string, data: unknown, source: unknown = around): void {
  dispatchEvent(Object.assign(new Event("message"), { origin, data, source }));
}

const call = { webphone: "call", number: "1002" };

beforeEach(() => vi.stubGlobal("parent", around));

afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

describe("a page in a frame", () => {
  it("dials for the sites that are named, and the hosts below a named domain", () => {
    framed(["https://shop.example", "https://*.example.org:8443"]);
    say("https://shop.example", call);
    say("https://a.b.example.org:8443", call);
    expect(dial).toHaveBeenCalledTimes(2);
  });

  it.each([
    "https://evil.example",
    "http://shop.example",
    "https://shop.example:444",
    "https://example.org:8443",
    "https://evilexample.org:8443",
    "http://a.example.org:8443",
    "null",
    "",
  ])("dials for nobody else: %s", (origin) => {
    framed(["https://shop.example", "https://*.example.org:8443", "*"]);
    say(origin, call);
    expect(dial).not.toHaveBeenCalled();
  });

  it("hears nobody but the window around it, and nothing but a number", () => {
    framed(["https://shop.example"]);
    say("https://shop.example", call, {});
    for (const data of [
      null,
      "call",
      {},
      { webphone: "call" },
      { webphone: "call", number: 1002 },
      { webphone: "call", number: "1".repeat(257) },
    ])
      say("https://shop.example", data);
    expect(dial).not.toHaveBeenCalled();
  });

  it("tells what went wrong to the builder alone", () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    framed(["*"]);
    problems.tell({ message: "There is no variable TOKEN." });
    expect(around.postMessage).not.toHaveBeenCalled();
    framed([], true);
    problems.tell({ action: "mounted", line: 3, message: "No." });
    expect(around.postMessage.mock.calls).toEqual([
      [{ webphone: "problem", action: "mounted", line: 3, message: "No." }, "*"],
    ]);
  });
});
