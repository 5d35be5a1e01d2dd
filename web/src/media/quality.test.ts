import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { meanOpinion, qualityOf } from "./quality.ts";

const received = { type: "inbound-rtp", kind: "audio", jitter: 0.02, packetsLost: 5, packetsReceived: 95 };
const trip = { type: "remote-inbound-rtp", kind: "audio", roundTripTime: 0.1 };
const report = (...figures: (typeof received | typeof trip)[]) =>
  figures.map((f, i) => [String(i), f] as [string, typeof f]);

interface Score {
  roundTripTime: number;
  jitter: number;
  lost: number;
  mos: number;
}

const { scores } = JSON.parse(
  readFileSync(new URL("../../../test/conformance/quality.json", import.meta.url), "utf8"),
) as { scores: Score[] };

describe("the mean opinion score", () => {
  it("has vectors", () => expect(scores).toHaveLength(6));

  it.each(scores)(
    "with $roundTripTime ms of round trip, $jitter ms of jitter and $lost percent lost is $mos",
    ({ roundTripTime, jitter, lost, mos }) => {
      expect(meanOpinion(roundTripTime, jitter, lost)).toBe(mos);
    },
  );
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
