// What a screen and support ask for: statistics, devices, trace, report, check.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AUDIO } from "../media/fake.ts";
import { FAR, answerAll } from "../sip/fake.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";
import type { CheckResult, PhoneConfig } from "./types.ts";

/** Microphones of this level, since there is no Web Audio here. */
let loud = 0.1;

beforeEach(() => {
  loud = 0.1;
  vi.stubGlobal(
    "AudioContext",
    class {
      resume = async () => {};
      close = async () => {};
      createMediaStreamSource = () => ({ connect() {}, disconnect() {} });
    },
  );
  vi.stubGlobal(
    "AnalyserNode",
    class {
      fftSize = 4;
      getFloatTimeDomainData = (samples: Float32Array) => samples.fill(loud);
    },
  );
  vi.stubGlobal("MediaStream", class {});
});

afterEach(() => vi.unstubAllGlobals());

/** Runs time until a promise settles. */
async function soon<T>(b: Bench, promise: Promise<T>): Promise<T> {
  let over = false;
  const done = promise.finally(() => (over = true));
  done.catch(() => {});
  for (let i = 0; !over && i < 400; i++) {
    // What is imported on demand takes more than microtasks.
    await new Promise((resolve) => setImmediate(resolve));
    await b.clock.advance(100);
  }
  return done;
}

async function up(): Promise<Bench> {
  const b = bench();
  await b.phone.makeCall("1002");
  b.server.respond(b.server.last("INVITE"), 200, [FAR], AUDIO);
  await settle();
  expect(b.phone.state).toBe("active");
  return b;
}

describe("statistics()", () => {
  it("are of the current call that is up, and null without one", async () => {
    const b = bench();
    expect(await b.phone.statistics()).toBeNull();
    await b.phone.makeCall("1002");
    expect(await b.phone.statistics()).toBeNull();
    const other = await up();
    other.peers[0]!.stats = [
      {
        type: "inbound-rtp",
        kind: "audio",
        packetsReceived: 50,
        bytesReceived: 1_000,
        codecId: "7",
        id: "1",
      },
    ];
    expect(await soon(other, other.phone.statistics())).toMatchObject({ cause: "none", packetsLost: 0 });
  });

  it("blame the server while it can't be reached, and the path while there is none", async () => {
    const b = await up();
    b.peers[0]!.path("disconnected");
    expect((await soon(b, b.phone.statistics()))!.cause).toBe("path");
    b.server.socket!.drop();
    expect((await b.phone.statistics())!.cause).toBe("server");
  });
});

describe("devices()", () => {
  it("are listed by kind, without what stands for another, and without asking for permission", async () => {
    const b = bench();
    const of = (deviceId: string, label: string, kind = "audioinput" as const) => ({
      kind,
      deviceId,
      groupId: "",
      label,
    });
    b.devices.plugged.push(of("default", "Default"), of("communications", "Communications"), of("", ""));
    expect(await b.phone.devices()).toEqual({
      microphones: [{ id: "mic", label: "Microphone" }],
      speakers: [{ id: "out", label: "Speaker" }],
      cameras: [{ id: "cam", label: "Camera" }],
    });
    expect(b.streams).toHaveLength(0);
  });
});

describe("meter()", () => {
  it("tells of the microphone some twenty times a second, and lets go of it at the end", async () => {
    const b = bench();
    const levels: number[] = [];
    const stop = await soon(
      b,
      b.phone.meter((level) => levels.push(level)),
    );
    await b.clock.advance(1_000);
    expect(levels.length).toBeGreaterThanOrEqual(20);
    expect(levels.every((level) => level > 0.1 && level <= 1)).toBe(true);
    expect(b.devices.open).toHaveLength(1);
    stop();
    const { length } = levels;
    await b.clock.advance(1_000);
    expect(levels).toHaveLength(length);
    expect(b.devices.open).toHaveLength(0);
    expect(b.devices.listeners).toBe(0);
    expect(b.clock.pending).toBe(0);
  });

  it("listens to the microphone of the call, and opens one when the call is over", async () => {
    const b = await up();
    const stop = await soon(
      b,
      b.phone.meter(() => {}),
    );
    expect(b.streams).toHaveLength(1);
    await b.phone.hangup();
    await b.clock.advance(200);
    expect(b.streams).toHaveLength(2);
    stop();
    expect(b.devices.open).toHaveLength(0);
  });

  it("rejects without a microphone", async () => {
    const b = bench();
    b.deny("NotAllowedError");
    await expect(
      soon(
        b,
        b.phone.meter(() => {}),
      ),
    ).rejects.toMatchObject({ code: "permission" });
  });
});

const SDP = `${AUDIO}a=ice-ufrag:abcd\r\na=ice-pwd:secret-of-ice\r\na=fingerprint:sha-256 AA:BB\r\n`;

describe("the trace", () => {
  it("may be set at any time, and tells no credentials and no keys", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    const seen: string[] = [];
    b.phone.trace = (direction, text) => seen.push(`${direction} ${text}`);
    b.server.respond(b.server.last("INVITE"), 200, [FAR], SDP);
    await settle();
    expect(seen[0]).toMatch(/^in SIP\/2.0 200/);
    expect(seen[1]).toMatch(/^out ACK/);
    expect(seen[0]).toContain("a=ice-pwd:***");
    expect(seen.join()).not.toMatch(/secret-of-ice|AA:BB/);
    b.phone.trace = null;
    await b.phone.hangup();
    expect(seen.join()).not.toContain("BYE");
  });

  it("that throws breaks nothing", async () => {
    const b = bench();
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", (cause: unknown) => reported.push(cause));
    b.phone.trace = () => {
      throw new Error("the host page's");
    };
    await b.phone.register();
    expect(b.phone.registered).toBe(true);
    expect(reported.length).toBeGreaterThan(0);
  });
});

interface Report {
  settings: Record<string, unknown>;
  registration: string;
  devices: unknown;
  calls: Record<string, unknown>[];
  messages: { time: string; direction: string; text: string }[];
}

describe("report()", () => {
  it("tells what is set, what there is and what was said, and lets nobody in", async () => {
    const b = bench({
      ...ACCOUNT,
      wsServers: "wss://one.example.com/sip?token=t0ken",
      password: "pass-word",
      iceServers: [{ urls: "turn:turn.example.com?transport=udp", username: "u5er", credential: "cr3d" }],
    });
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 200, [FAR], SDP);
    await settle();
    await soon(b, b.phone.statistics());
    const report = (await soon(b, b.phone.report())) as Report;
    expect(report.settings).toMatchObject({
      username: "1001",
      wsServers: ["wss://one.example.com/sip"],
      iceServers: [["turn:turn.example.com"]],
    });
    expect(report.calls).toMatchObject([
      { to: "1002", state: "active", statistics: { cause: expect.any(String) } },
    ]);
    expect(report.messages.map(({ direction, text }) => `${direction} ${text.split(" ")[0]}`)).toEqual([
      "out INVITE",
      "in SIP/2.0",
      "out ACK",
    ]);
    expect(JSON.stringify(report)).not.toMatch(/t0ken|pass-word|u5er|cr3d|secret-of-ice|AA:BB/);
  });

  it("keeps the last 200 messages, and 256 KiB of them at most", async () => {
    const b = bench(ACCOUNT, answerAll);
    await b.phone.register();
    for (let i = 0; i < 150; i++) await b.phone.register();
    const { messages } = (await soon(b, b.phone.report())) as Report;
    expect(messages).toHaveLength(200);
    expect(messages.at(-1)!.text).toMatch(/^SIP\/2\.0 200/);
    const long = await up();
    for (let i = 0; i < 8; i++) {
      long.server.give(long.server.within(long.server.last("INVITE"), "INFO", i + 1, [], "x".repeat(50_000)));
      await settle();
    }
    const kept = ((await soon(long, long.phone.report())) as Report).messages;
    expect(kept.reduce((all, { text }) => all + text.length, 0)).toBeLessThanOrEqual(262_144);
    expect(kept.length).toBeGreaterThan(5);
  });
});

describe("check()", () => {
  /** A phone whose server answers, and whose echo test does when it is called. */
  async function checked(
    config: PhoneConfig = {},
    prepare: (b: Bench) => void = () => {},
  ): Promise<[CheckResult, Bench]> {
    const b = bench({ ...ACCOUNT, ...config }, (message, server) => {
      if (message.method === "INVITE") server.respond(message, 200, [FAR], AUDIO);
      else answerAll(message, server);
    });
    await b.phone.register();
    b.events.length = 0;
    prepare(b);
    return [await soon(b, b.phone.check()), b];
  }

  /** The candidates that the next connections find. */
  const candidates = (b: Bench, ...types: string[]) =>
    (b.found = types
      .map((type, i) => `a=candidate:1 1 udp 1 192.0.2.1 ${5000 + i} typ ${type}\r\n`)
      .join(""));

  it("finds all well, and leaves nothing open and no trace in events", async () => {
    const [result, b] = await checked({}, (b) => candidates(b, "host"));
    expect(result).toMatchObject({
      microphone: { ok: true, code: "ok", device: "Microphone" },
      server: { ok: true, registered: true },
      path: { ok: true, candidates: { host: 1, srflx: 0, relay: 0 }, quality: null },
      verdict: "good",
    });
    expect(b.devices.open).toHaveLength(0);
    expect(b.peers.every(({ closed }) => closed)).toBe(true);
    expect(b.names()).toEqual([]);
    expect(b.phone.registered).toBe(true);
    expect(b.server.got("INVITE")).toHaveLength(0);
  });

  it("calls the echo test where one is set, unseen, and hangs up", async () => {
    const [result, b] = await checked({ echo: "*43" }, (b) => candidates(b, "host"));
    expect(b.server.last("INVITE").uri).toBe("sip:*43@example.com");
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(result.path.quality).toMatchObject({ mos: expect.any(Number) });
    expect(b.names()).toEqual([]);
    expect(b.phone.calls).toEqual([]);
    expect(b.devices.open).toHaveLength(0);
    expect(b.peers.every(({ closed }) => closed)).toBe(true);
  });

  it.each<[string, PhoneConfig, (b: Bench) => void, object, string]>([
    [
      "a refused microphone",
      {},
      (b) => b.deny("NotAllowedError"),
      { microphone: { ok: false, code: "permission" } },
      "bad",
    ],
    ["no microphone", {}, (b) => b.devices.plug(), { microphone: { code: "no-device" } }, "bad"],
    ["a silent microphone", {}, () => (loud = 0), { microphone: { code: "silent", level: 0 } }, "fair"],
    [
      "a server that does not answer",
      {},
      (b) => (b.server.script = () => {}),
      { server: { code: "transport" } },
      "bad",
    ],
    ["no way for media", {}, (b) => candidates(b), { path: { code: "no-candidates" } }, "bad"],
    [
      "a STUN server that is silent",
      { iceServers: [{ urls: "stun:stun.example.com" }] },
      () => {},
      { path: { code: "no-ice-server" } },
      "fair",
    ],
    [
      "a TURN server that gives no relay",
      { iceServers: [{ urls: "turn:turn.example.com" }] },
      (b) => candidates(b, "host", "srflx"),
      { path: { code: "no-ice-server", candidates: { host: 1, srflx: 1, relay: 0 } } },
      "fair",
    ],
  ])("finds %s", async (_, config, prepare, found, verdict) => {
    const [result] = await checked(config, (b) => {
      candidates(b, "host");
      prepare(b);
    });
    expect(result).toMatchObject({ ...found, verdict });
    expect(
      [result.microphone, result.server, result.path].every(
        ({ text }) => text.endsWith(".") || text.endsWith("?"),
      ),
    ).toBe(true);
  });

  it("finds that too little is set", async () => {
    const b = bench({});
    b.found = "";
    expect(await soon(b, b.phone.check())).toMatchObject({
      server: { code: "not-configured" },
      verdict: "bad",
    });
  });

  it("refuses while there is a call", async () => {
    const b = await up();
    await expect(soon(b, b.phone.check())).rejects.toMatchObject({ code: "busy" });
    expect(b.phone.state).toBe("active");
  });
});
