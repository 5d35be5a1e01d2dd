// Pictures within a call: who sees whom, and when a camera is open.
import { describe, expect, it } from "vitest";
import { AUDIO, direct } from "../media/fake.ts";
import { FAR, request } from "../sip/fake.ts";
import type { SipRequest } from "../sip/message.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";
import type { MakeCallOptions } from "./types.ts";

const VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";
const REFUSED = VIDEO.replace(" 9 ", " 0 ");

/** The last direction that a description gives its video, or nothing. */
const way = (sdp: string) => /^m=video 9[^]*?^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(sdp)?.[1];
/** What a far end that has a camera of its own, or only looks, makes of an offer. */
const looks = (sdp: string) =>
  sdp.includes("m=video 9")
    ? `${AUDIO}${VIDEO}a=${/send/.test(way(sdp)!) ? "recvonly" : "inactive"}\r\n`
    : AUDIO;

/** A call that is up, and a far end that answers offers within it. */
async function up(answer: (sdp: string) => string | number = looks, options: MakeCallOptions = {}) {
  const b = bench();
  b.server.script = (message, server) => {
    if (message.method !== "INVITE") return server.respond(message, 200, [FAR]);
    const made = answer(message.body);
    if (typeof made === "number") server.respond(message, made, [FAR]);
    else server.respond(message, 200, [FAR], made);
  };
  const call = await b.phone.makeCall("1002", options);
  await settle();
  expect(call.state).toBe("active");
  return { ...b, call, invite: b.server.got("INVITE")[0]! };
}

const kinds = (b: Bench) => b.devices.open.map(({ kind }) => kind).sort();
const offers = (b: Bench) => b.server.got("INVITE").map(({ body }) => way(body));

/** An offer of the other side within the call. */
async function offered(b: Bench & { invite: SipRequest }, sdp: string, sequence = 1): Promise<string> {
  b.server.give(b.server.within(b.invite, "INVITE", sequence, [], sdp));
  await settle();
  const { status, body } = b.server.lastResponse("INVITE");
  expect(status).toBe(200);
  const ack = b.server.within(b.invite, "ACK", sequence);
  b.server.give(ack);
  await settle();
  return body;
}

describe("setVideo()", () => {
  it("adds the camera to an audio call, and takes it out again so that its light goes out", async () => {
    const b = await up();
    expect(b.call).toMatchObject({ video: false, videoSource: null });
    expect(kinds(b)).toEqual(["audio"]);
    await b.phone.setVideo("camera");
    expect(b.call).toMatchObject({ video: true, videoSource: "camera" });
    expect(kinds(b)).toEqual(["audio", "video"]);
    expect(b.call.localStream!.getVideoTracks()).toHaveLength(1);
    await b.phone.setVideo(null);
    expect(b.call).toMatchObject({ video: false, videoSource: null });
    expect(kinds(b)).toEqual(["audio"]);
    expect(b.call.localStream!.getVideoTracks()).toHaveLength(0);
    expect(offers(b)).toEqual([undefined, "sendrecv", "recvonly"]);
  });

  it("changes between camera and screen without an offer", async () => {
    const b = await up();
    await b.phone.setVideo("camera");
    const seen: unknown[] = [];
    b.phone.addEventListener("change", () => seen.push(b.call.videoSource));
    await b.phone.setVideo("screen");
    await settle();
    expect(new Set(seen)).toEqual(new Set(["screen"]));
    expect(b.call.videoSource).toBe("screen");
    expect(b.devices.screens[0]!.captured[0]!.stopped).toBe(false);
    expect(kinds(b)).toEqual(["audio", "video"]);
    await b.phone.setVideo("camera");
    await settle();
    expect(b.call.videoSource).toBe("camera");
    expect(b.devices.screens[0]!.captured[0]!.stopped).toBe(true);
    expect(kinds(b)).toEqual(["audio", "video"]);
    expect(offers(b)).toEqual([undefined, "sendrecv"]);
  });

  it.each(["camera", null] as const)("goes back to %s when the reader ends the sharing", async (before) => {
    const b = await up();
    await b.phone.setVideo(before);
    await b.phone.setVideo("screen");
    b.devices.screens[0]!.captured[0]!.end();
    await settle();
    expect(b.call.videoSource).toBe(before);
    expect(kinds(b)).toEqual(before ? ["audio", "video"] : ["audio"]);
    expect(b.names()).not.toContain("error");
  });

  it.each([
    ["refuses the section", () => AUDIO + REFUSED],
    ["answers without one", () => AUDIO],
    ["refuses the offer", (sdp: string) => (sdp.includes("m=video") ? 488 : AUDIO)],
  ])("rejects as unsupported where the other side %s, and the call goes on", async (_, answer) => {
    const b = await up(answer);
    await expect(b.phone.setVideo("camera")).rejects.toMatchObject({ code: "unsupported" });
    expect(b.call).toMatchObject({ state: "active", video: false, videoSource: null, held: false });
    expect(kinds(b)).toEqual(["audio"]);
    expect(b.peers).toHaveLength(1);
    // What was refused is not offered again with something else.
    await b.phone.hold();
    expect(b.call.state).toBe("held");
    expect(offers(b).at(-1)).toBeUndefined();
  });

  it.each([
    ["camera", "NotAllowedError", "permission", /blocks the camera/],
    ["camera", "NotFoundError", "no-device", /No camera/],
    ["screen", "NotAllowedError", "permission", /screen/],
  ] as const)("rejects a %s's %s as %s and offers nothing", async (source, name, code, message) => {
    const b = await up();
    b.devices.deniedCamera = b.devices.deniedScreen = name;
    await expect(b.phone.setVideo(source)).rejects.toMatchObject({ code, message });
    expect(offers(b)).toEqual([undefined]);
    expect(b.call.state).toBe("active");
  });

  it("without a call is unsupported, and opens nothing", async () => {
    const b = bench();
    await expect(b.phone.setVideo("camera")).rejects.toMatchObject({ code: "unsupported" });
    expect(b.streams).toHaveLength(0);
  });

  it("that is asked for twice, and taken back at once, ends as it was asked last", async () => {
    const b = await up();
    await Promise.all([b.phone.setVideo("camera"), b.phone.setVideo("camera"), b.phone.setVideo(null)]);
    expect(b.call.videoSource).toBeNull();
    expect(kinds(b)).toEqual(["audio"]);
  });

  it("is off with the call, wherever the picture came from", async () => {
    const b = await up();
    await b.phone.setVideo("camera");
    await b.phone.setVideo("screen");
    await b.phone.hangup();
    expect(b.devices.open).toHaveLength(0);
    expect(b.devices.listeners).toBe(0);
  });
});

describe("a call made with video", () => {
  it("goes on as audio, and the camera goes off, where the other side takes none", async () => {
    const b = await up(() => AUDIO + REFUSED, { video: true });
    expect(b.call).toMatchObject({ video: false, videoSource: null });
    expect(kinds(b)).toEqual(["audio"]);
    expect(b.names()).not.toContain("error");
  });

  it("is held with no picture either way, and has both again after", async () => {
    const b = await up((sdp) => sdp.replace(/a=sendonly/g, "a=recvonly"), { video: true });
    await b.phone.hold();
    expect(offers(b).at(-1)).toBe("sendonly");
    expect(b.call.localStream!.getTracks().some(({ enabled }) => enabled)).toBe(false);
    expect(b.call).toMatchObject({ video: true, videoSource: "camera" });
    await b.phone.unhold();
    expect(offers(b).at(-1)).toBe("sendrecv");
    expect(b.call.localStream!.getTracks().every(({ enabled }) => enabled)).toBe(true);
  });
});

describe("an offer of the other side", () => {
  it("that adds its picture is answered so that we see it, and opens no camera", async () => {
    const b = await up();
    expect(way(await offered(b, `${AUDIO}${VIDEO}a=sendrecv\r\n`))).toBe("recvonly");
    expect(b.call).toMatchObject({ video: true, videoSource: null });
    expect(kinds(b)).toEqual(["audio"]);
    expect(b.call.remoteStream!.getVideoTracks()).toHaveLength(1);
  });

  it("can be followed by our own picture; the call has none when both have stopped", async () => {
    const b = await up((sdp) => (sdp.includes("m=video") ? sdp : AUDIO));
    await offered(b, `${AUDIO}${VIDEO}a=sendrecv\r\n`);
    await b.phone.setVideo("camera");
    expect(offers(b).at(-1)).toBe("sendrecv");
    expect(b.peers[0]!.transceivers).toHaveLength(2);
    expect(way(await offered(b, `${AUDIO}${VIDEO}a=recvonly\r\n`, 2))).toBe("sendonly");
    expect(b.call).toMatchObject({ video: true, videoSource: "camera" });
    expect(b.call.remoteStream!.getVideoTracks()).toHaveLength(0);
    b.server.script = (message, server) => server.respond(message, 200, [FAR], looks(message.body));
    await b.phone.setVideo(null);
    expect(b.call).toMatchObject({ video: false, videoSource: null });
  });

  it("that takes the video out turns our camera off", async () => {
    const b = await up((sdp) => sdp, { video: true });
    expect(b.call.videoSource).toBe("camera");
    await offered(b, AUDIO + REFUSED);
    expect(b.call).toMatchObject({ video: false, videoSource: null });
    expect(kinds(b)).toEqual(["audio"]);
  });

  it("that holds leaves the pictures to come back", async () => {
    const b = await up((sdp) => sdp, { video: true });
    const held = await offered(b, direct(`${AUDIO}${VIDEO}a=sendrecv\r\n`, "inactive"));
    expect(way(held)).toBe("inactive");
    expect(b.call).toMatchObject({ remoteHeld: true, video: true, videoSource: "camera" });
    expect(way(await offered(b, `${AUDIO}${VIDEO}a=sendrecv\r\n`, 2))).toBe("sendrecv");
    expect(b.call.videoSource).toBe("camera");
  });

  it("while we hold shows us nothing", async () => {
    const b = await up((sdp) => sdp.replace(/a=sendonly/g, "a=recvonly"));
    await b.phone.hold();
    expect(way(await offered(b, `${AUDIO}${VIDEO}a=sendrecv\r\n`))).toBe("inactive");
  });
});

describe("an incoming call with video", () => {
  it("answered with video by a phone without a camera is seen and heard", async () => {
    const b = bench({ ...ACCOUNT, video: true });
    await b.phone.register();
    b.devices.deniedCamera = "NotFoundError";
    b.server.give(request("INVITE", [], `${AUDIO}${VIDEO}a=sendrecv\r\n`));
    await settle();
    void b.phone.answer();
    await settle();
    expect(way(b.server.lastResponse("INVITE").body)).toBe("recvonly");
    expect(b.phone.call).toMatchObject({ state: "active", video: true, videoSource: null });
  });
});
