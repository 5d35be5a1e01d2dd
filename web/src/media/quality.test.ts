import { describe, expect, it } from "vitest";
import { meanOpinion, qualityOf } from "./quality.ts";

const received = { type: "inbound-rtp", kind: "audio", jitter: 0.02, packetsLost: 5, packetsReceived: 95 };
const trip = { type: "remote-inbound-rtp", kind: "audio", roundTripTime: 0.1 };
const report = (...figures: (typeof received | typeof trip)[]) =>
  figures.map((f, i) => [String(i), f] as [string, typeof f]);

describe("the mean opinion score", () => {
  // Worked by hand from the formula in quality.ts.
  it.each([
    [0, 0, 0, 4.4],
    [100, 20, 0, 4.35],
    [100, 20, 5, 3.04],
    [600, 50, 0, 2.91],
    [0, 0, 100, 1],
    [20_000, 0, 0, 1],
  ])("with %i ms of round trip, %i ms of jitter and %i percent lost is %d", (rtt, jitter, lost, mos) => {
    expect(meanOpinion(rtt, jitter, lost)).toBe(mos);
  });
});

describe("qualityOf", () => {
  it("reads the audio that was received", () => {
    expect(qualityOf(report(received, trip))).toEqual({
      mos: 3.04,
      jitter: 20,
      packetsLost: 5,
      roundTripTime: 100,
    });
  });

  it("does not mix in the video", () => {
    const video = [
      { ...received, kind: "video", packetsLost: 90 },
      { ...trip, kind: "video", roundTripTime: 9 },
    ];
    expect(qualityOf(report(received, trip, ...video))).toEqual(qualityOf(report(received, trip)));
  });

  it("is null when nothing was received", () => {
    expect(qualityOf([])).toBeNull();
    expect(qualityOf(report({ ...received, packetsReceived: 0 }, trip))).toBeNull();
  });

  it("takes packets that came twice for none lost", () => {
    expect(qualityOf(report({ ...received, packetsLost: -3 }))).toMatchObject({ packetsLost: 0 });
  });
});
