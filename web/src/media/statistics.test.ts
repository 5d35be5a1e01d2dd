import { describe, expect, it } from "vitest";
import { Statistics, causeOf, figuresOf } from "./statistics.ts";
import type { Facts, Situation } from "./statistics.ts";

type Entries = Record<string, Record<string, unknown>>;

/** A report of a call with video over a TURN server, with some figures changed. */
function report(changed: Entries = {}) {
  const entries: Entries = {
    in: {
      type: "inbound-rtp",
      kind: "audio",
      packetsReceived: 100,
      packetsLost: 0,
      bytesReceived: 10_000,
      jitter: 0.01,
      audioLevel: 0.4,
      codecId: "opus",
    },
    seen: {
      type: "inbound-rtp",
      kind: "video",
      bytesReceived: 90_000,
      packetsLost: 50,
      codecId: "vp8",
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 29.6,
    },
    out: { type: "outbound-rtp", kind: "audio", packetsSent: 100, bytesSent: 10_000, codecId: "opus" },
    shown: { type: "outbound-rtp", kind: "video", packetsSent: 300, bytesSent: 40_000, codecId: "vp8" },
    told: { type: "remote-inbound-rtp", kind: "audio", packetsLost: 0, jitter: 0.02, roundTripTime: 0.1 },
    source: { type: "media-source", kind: "audio", audioLevel: 0.2, totalAudioEnergy: 1 },
    opus: { type: "codec", mimeType: "audio/opus" },
    vp8: { type: "codec", mimeType: "video/VP8" },
    transport: { type: "transport", selectedCandidatePairId: "pair" },
    pair: {
      type: "candidate-pair",
      localCandidateId: "local",
      remoteCandidateId: "remote",
      currentRoundTripTime: 0.3,
    },
    local: { type: "local-candidate", candidateType: "relay" },
    remote: { type: "remote-candidate", candidateType: "host" },
  };
  for (const [id, figures] of Object.entries(changed)) Object.assign(entries[id]!, figures);
  return Object.entries(entries).map(([id, entry]) => [id, { id, type: "", ...entry }] as const);
}

const CALM: Situation = { served: true, path: "well", muted: false, held: false, dead: false };

/** What is told of the second of two looks, two seconds after the first. */
function second(changed: Entries, situation: Partial<Situation> = {}) {
  const statistics = new Statistics(0);
  statistics.look(report(), 2_000, CALM);
  return statistics.look(report(changed), 4_000, { ...CALM, ...situation });
}

const well = { in: { packetsReceived: 200 }, source: { totalAudioEnergy: 2 } };

describe("statistics", () => {
  it("are of the time since the last look", () => {
    expect(
      second({
        in: { packetsReceived: 290, packetsLost: 10, bytesReceived: 20_000, jitter: 0.012 },
        seen: { bytesReceived: 590_000 },
        out: { packetsSent: 200, bytesSent: 20_000 },
        shown: { bytesSent: 40_000 },
        told: { packetsLost: 1, jitter: 0.005 },
        source: { totalAudioEnergy: 2 },
      }),
    ).toMatchObject({
      received: { kbps: 2_040, lossPercent: 5, jitter: 12 },
      sent: { kbps: 40, lossPercent: 1, jitter: 5 },
      packetsLost: 10,
      roundTripTime: 100,
      mos: expect.closeTo(3.4, 0),
    });
  });

  it("are of the time since the call began at first", () => {
    expect(new Statistics(0).look(report(), 1_000, CALM).received.kbps).toBe(800);
  });

  it("name codecs, picture, way and levels", () => {
    expect(second(well)).toMatchObject({
      codec: "opus",
      videoCodec: "VP8",
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 30,
      relayed: true,
      level: 0.4,
      ownLevel: 0.2,
    });
    expect(second({ ...well, local: { candidateType: "host" } }).relayed).toBe(false);
  });

  it("are zero and empty of what a report does not have", () => {
    expect(figuresOf([])).toMatchObject({
      bytesSent: 0,
      codec: "",
      videoCodec: "",
      frameWidth: 0,
      relayed: false,
    });
  });

  it("take a counter that went back, as after new media, for none", () => {
    expect(second({ ...well, in: { packetsReceived: 5, packetsLost: -3, bytesReceived: 10 } })).toMatchObject(
      {
        packetsLost: 0,
        received: { lossPercent: 0 },
      },
    );
  });

  it("say that nothing comes", () => {
    expect(second({ source: { totalAudioEnergy: 2 } })).toMatchObject({ mos: 1, cause: "their-network" });
    expect(second({ source: { totalAudioEnergy: 2 } }, { held: true })).toMatchObject({
      cause: "none",
      level: 0,
    });
  });

  it.each([
    ["the system gives nothing", { dead: true }, "microphone"],
    ["it is muted here", { dead: true, muted: true }, "none"],
    ["the call is held", { dead: true, held: true }, "none"],
  ] as const)("of a microphone when %s", (_, situation, cause) => {
    expect(second(well, situation).cause).toBe(cause);
  });

  it("miss a microphone that is utterly silent for five seconds, no sooner", () => {
    const statistics = new Statistics(0);
    const look = (seconds: number, energy: number) =>
      statistics.look(
        report({ in: { packetsReceived: seconds * 100 }, source: { totalAudioEnergy: energy } }),
        seconds * 1_000,
        CALM,
      ).cause;
    expect([look(2, 1), look(4, 1), look(6, 1), look(8, 1), look(10, 1.1)]).toEqual([
      "none",
      "none",
      "none",
      "microphone",
      "none",
    ]);
  });
});

describe("where the report has no word of the microphone", () => {
  const silentReport = (seconds: number) => {
    const entries = report({ in: { packetsReceived: seconds * 100 } });
    return entries.filter(([id]) => id !== "source");
  };

  it("what is heard of it is told", () => {
    const statistics = new Statistics(0);
    const look = (seconds: number, level: number | null) =>
      statistics.look(silentReport(seconds), seconds * 1_000, { ...CALM, ownLevel: () => level });
    expect(look(2, null).ownLevel).toBe(0);
    expect(look(4, 0.3)).toMatchObject({ ownLevel: 0.3, cause: "none" });
    expect(look(6, 0).cause).toBe("none");
    expect(look(8, 0).cause).toBe("none");
    expect(look(10, 0).cause).toBe("microphone");
    expect(look(12, 0.001).cause).toBe("none");
  });

  it("and cannot be heard, it is not blamed", () => {
    const statistics = new Statistics(0);
    for (const seconds of [2, 8, 14])
      expect(statistics.look(silentReport(seconds), seconds * 1_000, CALM).cause).toBe("none");
  });
});

describe("the cause", () => {
  const fine = { lossPercent: 1, jitter: 10 };
  const lossy = { lossPercent: 3, jitter: 0 };
  const shaky = { lossPercent: 0, jitter: 40 };
  const FACTS: Facts = {
    served: true,
    path: "well",
    silent: false,
    sent: fine,
    received: fine,
    nothing: false,
    roundTripTime: 100,
  };

  it.each<[string, Partial<Facts>, string]>([
    ["all is well", {}, "none"],
    [
      "the server is gone, whatever else",
      { served: false, path: "sick", silent: true, sent: lossy },
      "server",
    ],
    ["there is no path", { path: "sick", silent: true }, "path"],
    ["a path is being looked for", { path: "between" }, "path"],
    ["the microphone gives nothing", { silent: true, sent: lossy }, "microphone"],
    ["what we send is lost", { sent: lossy }, "own-network"],
    ["what we send comes unevenly", { sent: shaky }, "own-network"],
    ["what we get is lost", { received: lossy }, "their-network"],
    ["what we get comes unevenly", { received: shaky }, "their-network"],
    ["nothing comes", { nothing: true }, "their-network"],
    ["both ways are poor", { sent: lossy, received: shaky }, "path"],
    ["a round trip takes long", { roundTripTime: 400 }, "path"],
  ])("when %s", (_, facts, cause) => {
    expect(causeOf({ ...FACTS, ...facts })).toBe(cause);
  });
});
