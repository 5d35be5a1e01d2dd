import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { CallRecord } from "../../phone/types.ts";
import { fakeStorage, refusedStorage } from "./fake-storage.ts";
import { add, clear, concerns, list, look, remove } from "./history.ts";

const me = "1001@example.com";
const key = "web-phone history";

const ended = (changes: Partial<CallRecord> = {}): CallRecord => ({
  callId: "1",
  direction: "outbound",
  from: "1001",
  to: "1002",
  displayName: "Ann",
  video: false,
  startTime: "2026-01-01T00:00:00.000Z",
  ringTime: null,
  answerTime: null,
  endTime: "2026-01-01T00:00:09.000Z",
  duration: 0,
  sipCode: 486,
  reason: "",
  endedBy: "remote",
  codec: "",
  quality: null,
  ...changes,
});

describe("the recent calls", () => {
  beforeEach(() => void fakeStorage());

  it("keeps the other side of a call, the newest call first", () => {
    add(me, ended({ answerTime: "2026-01-01T00:00:02.000Z", duration: 7, video: true }));
    add(me, ended({ direction: "inbound", from: "1003", to: "1001", displayName: "" }));
    expect(list(me)).toEqual([
      {
        number: "1003",
        name: "",
        direction: "inbound",
        missed: true,
        fresh: true,
        video: false,
        time: 1767225600000,
        duration: 0,
      },
      {
        number: "1002",
        name: "Ann",
        direction: "outbound",
        missed: false,
        fresh: false,
        video: true,
        time: 1767225600000,
        duration: 7,
      },
    ]);
  });

  it("calls only that call missed which rang here and was neither answered nor declined", () => {
    const inbound = { direction: "inbound" as const };
    add(me, ended({ ...inbound, answerTime: "2026-01-01T00:00:02.000Z" }));
    add(me, ended({ ...inbound, endedBy: "local" }));
    add(me, ended(inbound));
    expect(list(me).map(({ missed }) => missed)).toEqual([true, false, false]);
  });

  it("takes a missed call for news until the list was looked at, also after a reload", () => {
    const inbound = { direction: "inbound" as const };
    add(me, ended(inbound));
    expect(list(me).map(({ fresh }) => fresh)).toEqual([true]);
    look(me);
    add(me, ended(inbound));
    expect(list(me).map(({ missed, fresh }) => [missed, fresh])).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it("keeps at most a hundred calls of an account", () => {
    for (let i = 0; i < 120; i++) add(me, ended({ to: String(i) }));
    expect(list(me)).toHaveLength(100);
    expect(list(me)[0]!.number).toBe("119");
  });

  it("keeps accounts apart, and the eight used last", () => {
    for (let i = 0; i < 10; i++) add(`100${i}@example.com`, ended({ to: String(i) }));
    expect(list("1009@example.com").map(({ number }) => number)).toEqual(["9"]);
    expect(list("1002@example.com")).toHaveLength(1);
    expect(list("1001@example.com")).toEqual([]);
  });

  it("deletes one call, and all of one account", () => {
    add("1002@example.com", ended());
    add(me, ended());
    add(me, ended({ startTime: "2026-01-02T00:00:00.000Z" }));
    remove(me, list(me)[0]!);
    expect(list(me).map(({ time }) => time)).toEqual([1767225600000]);
    clear(me);
    expect(list(me)).toEqual([]);
    expect(list("1002@example.com")).toHaveLength(1);
  });

  it("leaves nothing in the browser when all is deleted", () => {
    const kept = fakeStorage();
    add(me, ended());
    clear(me);
    expect([...kept.keys()]).toEqual([]);
  });

  it("adds to what another tab has written meanwhile", () => {
    const kept = fakeStorage();
    add(me, ended({ to: "1" }));
    kept.set(key, kept.get(key)!.replace('"1"', '"2"'));
    add(me, ended({ to: "3" }));
    expect(list(me).map(({ number }) => number)).toEqual(["3", "2"]);
  });

  it("hears of another tab's change by its key, or when all is cleared", () => {
    expect([concerns(key), concerns(null), concerns("other")]).toEqual([true, true, false]);
  });

  it("works without storage, and keeps nothing then", () => {
    refusedStorage();
    add(me, ended());
    expect(list(me)).toEqual([]);
  });

  it("takes whatever it finds for calls or for nothing, and never fails (property)", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.constant("[")), (text) => {
        fakeStorage({ [key]: text });
        for (const call of list(me)) expect(typeof call.number).toBe("string");
        add(me, ended());
        expect(list(me).length).toBeGreaterThan(0);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (calls) => {
        fakeStorage({ [key]: JSON.stringify({ [me]: calls }) });
        for (const { number, time, duration } of list(me)) {
          expect(number.length).toBeLessThanOrEqual(256);
          expect(Number.isFinite(time) && duration >= 0).toBe(true);
        }
      }),
    );
  });
});
