import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "./api.ts";
import { Autosave } from "./autosave.ts";
import type { SaveState } from "./autosave.ts";

/** A server that answers when it is told to. */
function setUp() {
  const sent: { state: string; revision: number; answer: () => void; fail: (error: Error) => void }[] = [];
  const states: SaveState[] = [];
  const saved: number[] = [];
  const autosave = new Autosave<string, { revision: number }>({
    revision: 1,
    delay: 500,
    save: (state, revision) =>
      new Promise((resolve, reject) => {
        sent.push({ state, revision, answer: () => resolve({ revision: revision + 1 }), fail: reject });
      }),
    onSaved: ({ revision }) => saved.push(revision),
    onState: (state) => states.push(state),
  });
  return { autosave, sent, states, saved };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("saving by itself", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("sends the last change, a moment after it", async () => {
    const { autosave, sent, saved } = setUp();
    autosave.change("a");
    await vi.advanceTimersByTimeAsync(400);
    autosave.change("ab");
    await vi.advanceTimersByTimeAsync(400);
    expect([sent.length, autosave.unsaved]).toEqual([0, true]);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.map(({ state, revision }) => [state, revision])).toEqual([["ab", 1]]);
    expect(autosave.state.is).toBe("saving");
    sent[0]?.answer();
    await settle();
    expect([autosave.state.is, autosave.unsaved, saved]).toEqual(["saved", false, [2]]);
  });

  it("has one request under way, and sends what changed meanwhile after it", async () => {
    const { autosave, sent } = setUp();
    autosave.change("a");
    await vi.advanceTimersByTimeAsync(500);
    autosave.change("b");
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.length).toBe(1);
    sent[0]?.answer();
    await vi.advanceTimersByTimeAsync(500);
    expect(sent.map(({ state, revision }) => [state, revision])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  it("tries again, less and less often, while the server is not reached", async () => {
    const { autosave, sent } = setUp();
    autosave.change("a");
    await vi.advanceTimersByTimeAsync(500);
    for (const wait of [1000, 2000, 4000]) {
      sent.at(-1)?.fail(new ApiError(0, "The server can't be reached."));
      await settle();
      expect(autosave.state).toEqual({ is: "retrying", message: "The server can't be reached." });
      const before = sent.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(sent.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(sent.length).toBe(before + 1);
    }
    sent.at(-1)?.answer();
    await settle();
    expect(autosave.unsaved).toBe(false);
  });

  it("keeps what the server refuses, and sends the next change", async () => {
    const { autosave, sent } = setUp();
    autosave.change("bad");
    await vi.advanceTimersByTimeAsync(500);
    sent[0]?.fail(new ApiError(422, "The ID “a” is used twice."));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(autosave.state).toEqual({ is: "refused", message: "The ID “a” is used twice." });
    expect([sent.length, autosave.unsaved]).toEqual([1, true]);
    autosave.change("good");
    await vi.advanceTimersByTimeAsync(500);
    expect(sent[1]?.state).toBe("good");
  });

  it("sends nothing more in a conflict until it goes on from the server's state", async () => {
    const { autosave, sent } = setUp();
    autosave.change("mine");
    await vi.advanceTimersByTimeAsync(500);
    sent[0]?.fail(new ApiError(409, "Changed elsewhere."));
    await settle();
    expect(autosave.state.is).toBe("conflict");
    autosave.change("mine still");
    expect(await autosave.flush()).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent.length).toBe(1);
    autosave.restart(7);
    autosave.change("on theirs");
    await vi.advanceTimersByTimeAsync(500);
    expect([sent[1]?.state, sent[1]?.revision]).toEqual(["on theirs", 7]);
  });

  it("saves at once when asked to, and says whether all is saved", async () => {
    const { autosave, sent } = setUp();
    expect(await autosave.flush()).toBe(true);
    autosave.change("a");
    const flushed = autosave.flush();
    expect(sent.length).toBe(1);
    autosave.change("b");
    sent[0]?.answer();
    await settle();
    expect(sent[1]?.state).toBe("b");
    sent[1]?.answer();
    expect(await flushed).toBe(true);
    autosave.change("c");
    const failed = autosave.flush();
    sent[2]?.fail(new ApiError(0, "No."));
    expect(await failed).toBe(false);
  });

  it("sends nothing when it is closed", async () => {
    const { autosave, sent } = setUp();
    autosave.change("a");
    autosave.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent.length).toBe(0);
  });
});
