import { describe, expect, it } from "vitest";
import type { CallRecord } from "../phone/types.ts";
import { outcome } from "./outcome.ts";
import { find } from "./words.ts";

const record = (changes: Partial<CallRecord>): CallRecord => ({
  callId: "1",
  direction: "outbound",
  from: "1001",
  to: "1002",
  displayName: "",
  video: false,
  startTime: "2026-01-01T00:00:00.000Z",
  ringTime: null,
  answerTime: null,
  endTime: "2026-01-01T00:00:09.000Z",
  duration: 0,
  sipCode: 0,
  reason: "",
  endedBy: "remote",
  codec: "",
  quality: null,
  ...changes,
});

describe("what the screen says after a call", () => {
  it.each([
    [486, "busy"],
    [600, "busy"],
    [603, "rejected"],
    [404, "not-found"],
    [480, "timeout"],
    [408, "timeout"],
    [488, "unsupported"],
  ])("leaves it to the reason why status %d ended a call that was made", async (sipCode, key) => {
    const refused = record({ sipCode });
    expect(outcome(refused)).toEqual({ text: "", bad: true });
    const words = await find("en", { [key]: "their own words" });
    expect(words.reason(refused)).toBe("their own words");
  });

  it("calls a call that the caller gave up missed", () => {
    expect(outcome(record({ direction: "inbound", sipCode: 487 }))).toEqual({ text: "missed", bad: true });
  });

  it("does not complain about a call that was answered or given up here", () => {
    const answerTime = "2026-01-01T00:00:03.000Z";
    expect(outcome(record({ answerTime, sipCode: 200 }))).toEqual({ text: "ended", bad: false });
    expect(outcome(record({ endedBy: "local", sipCode: 487 }))).toEqual({ text: "ended", bad: false });
  });

  it("says that the connection was lost when the network ended it", () => {
    const answerTime = "2026-01-01T00:00:03.000Z";
    expect(outcome(record({ answerTime, endedBy: "network" }))).toEqual({ text: "lost", bad: true });
    expect(outcome(record({ endedBy: "network" }))).toEqual({ text: "lost", bad: true });
  });
});
