// A call that is up when the connection, the path or the page goes.
import { describe, expect, it } from "vitest";
import { AUDIO, direct } from "../media/fake.ts";
import { FAR, answerAll } from "../sip/fake.ts";
import type { FakeServer, Script } from "../sip/fake.ts";
import type { SipRequest } from "../sip/message.ts";
import { ACCOUNT, FakeStorage, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";
import type { CallRecord } from "./types.ts";

const CONFIG = { ...ACCOUNT, autoRegister: true, resume: true };

/** Answers everything, and a re-INVITE as the far end would. */
const answering: Script = (request, server) => {
  if (request.method !== "INVITE") answerAll(request, server);
  else if (/;tag=/.test(request.fields.get("To"))) {
    const held = request.body.includes("a=sendonly");
    server.respond(request, 200, [FAR], held ? direct(AUDIO, "recvonly") : AUDIO);
  }
};

/** A call of a registered phone that was answered at the far end. */
async function up(
  more: readonly (readonly [string, string])[] = [],
): Promise<Bench & { invite: SipRequest }> {
  const b = bench(CONFIG, answering);
  b.server.pongs = true;
  await settle();
  await b.phone.makeCall("1002");
  const invite = b.server.last("INVITE");
  b.server.respond(invite, 200, [FAR, ...more], AUDIO);
  await settle();
  expect(b.phone.state).toBe("active");
  return { ...b, invite };
}

const ends = (b: Bench) =>
  b.events.filter(([name]) => name === "end").map(([, detail]) => detail as CallRecord);
const methods = (server: FakeServer) => server.requests.map(({ method }) => method);

describe("a call whose connection is lost", () => {
  it("goes on, shows it, and is refreshed over the next one once the phone is registered", async () => {
    const b = await up();
    const from = methods(b.server).length;
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await b.clock.advance(20_000);
    expect(b.phone).toMatchObject({ state: "active", reconnecting: true });
    expect(b.heard()).toBe(b.peers[0]!.remote);
    b.server.accepts = () => "open";
    await b.clock.advance(60_000);
    expect(
      methods(b.server)
        .slice(from)
        .filter((method) => method !== "OPTIONS"),
    ).toEqual(["REGISTER", "INVITE", "ACK"]);
    expect(b.phone).toMatchObject({ state: "active", reconnecting: false });
    expect(b.peers).toHaveLength(1);
    expect(b.peers[0]!.restarts).toBe(0);
    expect(ends(b)).toEqual([]);
  });

  it("is refreshed again and again while the other side is not back", async () => {
    const b = await up();
    let away = 3;
    b.server.script = (request, server) => {
      const within = request.method === "INVITE" && /;tag=/.test(request.fields.get("To"));
      if (within && away-- > 0) server.respond(request, 480);
      else answering(request, server);
    };
    b.server.socket.drop();
    await b.clock.advance(20_000);
    expect(away).toBeLessThan(0);
    expect(b.phone).toMatchObject({ state: "active", reconnecting: false });
  });

  it("ends when the other side has ended it meanwhile", async () => {
    const b = await up();
    b.server.script = (request, server) =>
      request.method === "INVITE" ? server.respond(request, 481) : answerAll(request, server);
    b.server.socket.drop();
    await b.clock.advance(1_000);
    expect(ends(b)).toMatchObject([{ endedBy: "remote", sipCode: 200 }]);
  });

  it("is held when it can be, where hold was pressed without a connection", async () => {
    const b = await up();
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await settle();
    const holding = b.phone.hold();
    await b.clock.advance(5_000);
    expect(b.phone.held).toBe(false);
    b.server.accepts = () => "open";
    await b.clock.advance(60_000);
    await holding;
    expect(b.phone.held).toBe(true);
    expect(b.server.got("INVITE").at(-1)!.body).toContain("a=sendonly");
  });

  it("is ended at the far end as soon as there is a server, where it was hung up without one", async () => {
    const b = await up();
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await settle();
    await b.phone.hangup();
    expect(ends(b)).toMatchObject([{ endedBy: "local", sipCode: 200 }]);
    b.server.accepts = () => "open";
    await b.clock.advance(30_000);
    expect(b.server.got("BYE")).toHaveLength(1);
  });

  it("settles a hold that was under way when the call was hung up and the connection then lost", async () => {
    const b = await up();
    b.server.script = (request, server) => {
      if (request.method !== "INVITE") answerAll(request, server);
    };
    b.server.accepts = () => "refuse";
    let settled = false;
    const holding = b.phone.hold().then(
      () => (settled = true),
      () => (settled = true),
    );
    await settle();
    await b.phone.hangup();
    b.server.socket.drop();
    await b.clock.advance(60_000);
    expect(settled).toBe(true);
    await holding;
  });

  it("is left to the other side's refresh when that comes first", async () => {
    const b = await up();
    b.server.script = (request, server) => {
      if (request.method !== "INVITE") answerAll(request, server);
      else server.respond(request, 491);
    };
    b.server.socket.drop();
    // It waits a moment for that.
    await b.clock.advance(299);
    expect(b.server.got("INVITE")).toHaveLength(1);
    expect(b.phone.reconnecting).toBe(true);
    b.server.give(b.server.within(b.invite, "INVITE", 1, [], AUDIO));
    await settle();
    expect(b.server.lastResponse("INVITE").status).toBe(200);
    expect(b.phone.reconnecting).toBe(false);
    await b.clock.advance(10_000);
    expect(b.server.got("INVITE")).toHaveLength(1);
  });
});

it("a call that rings is not given up for want of a path, though an offer came early (RFC 3311)", async () => {
  const b = bench(CONFIG, answering);
  b.server.pongs = true;
  await settle();
  await b.phone.makeCall("1002");
  const invite = b.server.last("INVITE");
  b.server.respond(invite, 183, [FAR], AUDIO);
  await settle();
  b.server.give(b.server.within(invite, "UPDATE", 1, [], AUDIO));
  await settle();
  b.peers[0]!.connectionState = "connecting";
  await b.clock.advance(60_000);
  expect(b.phone.state).toBe("ringing-out");
});

describe("a call whose path is lost", () => {
  it("gets an ICE restart over the connection that is there", async () => {
    const b = await up();
    b.peers[0]!.path("disconnected");
    await settle();
    expect(b.phone.reconnecting).toBe(true);
    await b.clock.advance(2_000);
    expect(b.peers[0]!.restarts).toBe(1);
    b.peers[0]!.path("connected");
    await settle();
    expect(b.phone.reconnecting).toBe(false);
    expect(b.server.sockets).toHaveLength(1);
    expect(b.names()).not.toContain("unregistered");
  });

  it("and whose connection is lost gets both back with one offer", async () => {
    const b = await up();
    b.peers[0]!.path("disconnected");
    b.server.socket.drop();
    await b.clock.advance(1_000);
    expect(b.server.got("INVITE")).toHaveLength(2);
    expect(b.peers[0]!.restarts).toBe(1);
  });

  it("because the other side is another endpoint now gets a new connection", async () => {
    const b = await up();
    const other = (sdp: string) => sdp.replace("t=0 0", "t=0 0\r\na=fingerprint:sha-256 CC:DD");
    b.peers[0]!.currentRemoteDescription = {
      type: "answer",
      sdp: AUDIO.replace("t=0 0", "t=0 0\r\na=fingerprint:sha-256 AA:BB"),
    };
    b.server.give(b.server.within(b.invite, "INVITE", 1, [], other(AUDIO)));
    await settle();
    expect(b.server.lastResponse("INVITE").status).toBe(200);
    expect(b.peers.map(({ closed }) => closed)).toEqual([true, false]);
    expect(b.heard()).toBe(b.peers[1]!.remote);
  });
});

describe("trickle ICE", () => {
  const CANDIDATE = "candidate:1 1 udp 1 192.0.2.1 50000 typ host";
  const FIELDS = [
    ["Info-Package", "trickle-ice"],
    ["Content-Type", "application/trickle-ice-sdpfrag"],
  ] as const;

  /** A call whose INVITE left before all candidates were there; one more comes when it is up. */
  async function late(more: readonly (readonly [string, string])[]): Promise<Bench> {
    const b = bench(CONFIG, answering);
    await settle();
    const calling = b.phone.makeCall("1002");
    while (!b.peers[0]) await Promise.resolve();
    b.peers[0].gathers = false;
    await b.clock.advance(500);
    await calling;
    b.server.respond(b.server.last("INVITE"), 200, [FAR, ...more], AUDIO);
    await settle();
    b.peers[0].gather(CANDIDATE);
    await settle();
    return b;
  }

  it("tells a peer that knows it of candidates that come late (RFC 8840)", async () => {
    const { server } = await late([["Supported", "trickle-ice"]]);
    const info = server.last("INFO");
    expect(info.fields.get("Info-Package")).toBe("trickle-ice");
    expect(info.body).toContain(`a=${CANDIDATE}`);
  });

  it("tells nothing to a peer that does not", async () => {
    const { server } = await late([]);
    expect(server.got("INFO")).toHaveLength(0);
  });

  it("refuses packages that nobody knows (RFC 6086 §4.2.2) and fragments without sense", async () => {
    const b = await up();
    b.server.give(b.server.within(b.invite, "INFO", 1, [["Info-Package", "other"]]));
    await settle();
    expect(b.server.lastResponse("INFO").status).toBe(469);
    b.server.give(b.server.within(b.invite, "INFO", 2, FIELDS, "nonsense"));
    await settle();
    expect(b.server.lastResponse("INFO").status).toBe(400);
  });
});

describe("a page that is loaded anew", () => {
  async function reloaded(
    change: (b: Bench, storage: FakeStorage) => unknown = () => {},
    config = CONFIG,
  ): Promise<[Bench, Bench]> {
    const before = await up();
    before.phone.mute();
    await change(before, before.storage);
    before.leave();
    const after = bench(config, answering, before.clock, before.storage);
    after.server.pongs = true;
    await settle();
    return [before, after];
  }

  it("takes the call up again: same dialog, new media, no ringing", async () => {
    const [before, after] = await reloaded();
    const [first, again] = [before.server.got("INVITE")[0]!, after.server.last("INVITE")];
    expect(again.fields.get("Call-ID")).toBe(first.fields.get("Call-ID"));
    expect(again.fields.get("From")).toBe(first.fields.get("From"));
    expect(parseInt(again.fields.get("CSeq"))).toBeGreaterThan(parseInt(first.fields.get("CSeq")));
    expect(after.peers).toHaveLength(1);
    expect(after.phone).toMatchObject({ state: "active", muted: true, reconnecting: false });
    expect(after.names()).toEqual(["answer", "registered"]);
    const instance = /\+sip\.instance="[^"]+"/;
    expect(instance.exec(after.server.last("REGISTER").fields.get("Contact"))![0]).toBe(
      instance.exec(before.server.last("REGISTER").fields.get("Contact"))![0],
    );
    await after.clock.advance(5_000);
    await after.phone.hangup();
    expect(ends(after)).toMatchObject([
      { callId: before.phone.call!.id, direction: "outbound", duration: 5 },
    ]);
  });

  it("keeps a call that was held on hold", async () => {
    const [, after] = await reloaded((b) => b.phone.hold());
    expect(after.phone.state).toBe("held");
    expect(after.server.last("INVITE").body).toContain("a=sendonly");
  });

  it("shows what it showed, and sees what it saw", async () => {
    const video = `${AUDIO}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendrecv\r\n`;
    const showing = async (b: Bench) => {
      b.server.script = (message, server) =>
        server.respond(message, 200, [FAR], message.method === "INVITE" ? message.body : "");
      await b.phone.setVideo("camera");
    };
    const seeing = async (b: Bench) => {
      b.server.give(b.server.within(b.server.got("INVITE")[0]!, "INVITE", 1, [], video));
      await settle();
      expect(b.phone.call).toMatchObject({ video: true, videoSource: null });
    };
    const [, shows] = await reloaded(showing);
    expect(shows.server.last("INVITE").body).toMatch(/m=video 9[^]*a=sendrecv/);
    expect(shows.streams[0]!.captured.map(({ kind }) => kind)).toEqual(["audio", "video"]);
    const [, sees] = await reloaded(seeing);
    expect(sees.server.last("INVITE").body).toMatch(/m=video 9[^]*a=recvonly/);
    expect(sees.streams[0]!.captured.map(({ kind }) => kind)).toEqual(["audio"]);
  });

  it("keeps no password", async () => {
    const before = await up();
    before.leave();
    expect([...before.storage.items.values()].join()).not.toContain("secret");
    expect(before.storage.items.size).toBe(1);
  });

  it("ends a call that can't be taken up, and tells the other side", async () => {
    const before = await up();
    before.leave();
    const silent = bench(CONFIG, answering, before.clock, before.storage);
    silent.deny("NotAllowedError");
    await settle();
    expect(ends(silent)).toMatchObject([{ endedBy: "network" }]);
    expect(silent.server.got("BYE")).toHaveLength(1);
  });

  it.each([
    ["that comes after more than 30 seconds", 31_000, ""],
    ["whose storage another script wrote to", 0, '{"time":0,"calls":[{}]}'],
    ["whose storage holds no sense", 0, "{"],
  ])("%s has no call", async (_, later, text) => {
    const before = await up();
    before.leave();
    await before.clock.advance(later);
    if (text) for (const key of before.storage.items.keys()) before.storage.setItem(key, text);
    const after = bench(CONFIG, answering, before.clock, before.storage);
    await settle();
    expect(after.phone).toMatchObject({ state: "idle", registered: true });
    expect(after.storage.items.size).toBe(0);
  });

  it("that did not ask for it has no call", async () => {
    const [, after] = await reloaded(undefined, { ...CONFIG, resume: false });
    expect(after.phone.state).toBe("idle");
  });
});
