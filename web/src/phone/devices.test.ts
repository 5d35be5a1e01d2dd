// Devices that come, go and are chosen while calls are up.
import { describe, expect, it } from "vitest";
import { AUDIO } from "../media/fake.ts";
import type { FakeDevice, FakeTrack } from "../media/fake.ts";
import { FAR } from "../sip/fake.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";
import type { PhoneConfig } from "./types.ts";

const microphone = (deviceId: string, groupId = deviceId): FakeDevice => ({
  kind: "audioinput",
  deviceId,
  groupId,
  label: `The ${deviceId}`,
});
const camera = (deviceId: string): FakeDevice => ({ ...microphone(deviceId), kind: "videoinput" });

/** A call that is up, with these devices plugged in. */
async function up(config: PhoneConfig = {}, ...plugged: FakeDevice[]) {
  const b = bench({ ...ACCOUNT, ...config });
  if (plugged.length) b.devices.plugged = plugged;
  b.server.script = (message, server) => {
    const answer = message.body.includes("m=video") ? message.body : AUDIO;
    server.respond(message, 200, [FAR], message.method === "INVITE" ? answer : "");
  };
  const call = await b.phone.makeCall("1002");
  await settle();
  expect(call.state).toBe("active");
  return { ...b, call };
}

/** What the other side gets. */
const sent = (b: Bench, kind = "audio") =>
  b.peers[0]!.getSenders().find(({ track }) => track?.kind === kind)?.track as FakeTrack | undefined;
const device = (b: Bench, kind = "audio") => sent(b, kind)?.settings.deviceId;
const errors = (b: Bench) => b.events.filter(([name]) => name === "error").map(([, error]) => error);
const offers = (b: Bench) => b.server.got("INVITE").length;

const [built, headset, desk] = ["built-in", "headset", "desk"].map((id) => microphone(id));

describe("a microphone", () => {
  it("that was chosen is the one of a call, treated as it was set", async () => {
    const b = await up({ microphone: "headset", noiseSuppression: false }, built!, headset!);
    expect(sent(b)!.settings).toMatchObject({
      deviceId: "headset",
      echoCancellation: true,
      noiseSuppression: false,
      autoGainControl: true,
    });
  });

  it("that was chosen and is not there gives way to another", async () => {
    expect(device(await up({ microphone: "gone" }, built!))).toBe("built-in");
  });

  it("is changed within a call by another choice, without an offer; the one before ends", async () => {
    const b = await up({}, built!, headset!);
    const before = sent(b)!;
    b.phone.setConfig({ microphone: "headset" });
    expect(before.stopped).toBe(false);
    await settle();
    expect(device(b)).toBe("headset");
    expect(before.stopped).toBe(true);
    expect(b.devices.open).toEqual([sent(b)]);
    expect(b.call.localStream!.getTracks()).toEqual([sent(b)]);
    expect(offers(b)).toBe(1);
    b.phone.setConfig({ microphone: "" });
    await settle();
    expect(device(b)).toBe("built-in");
  });

  it("that is chosen while another is being opened is the one of the call", async () => {
    const b = bench();
    b.devices.plugged = [built!, headset!];
    let open = () => {};
    b.devices.opening = new Promise((resolve) => (open = resolve));
    const calling = b.phone.makeCall("1002");
    await settle();
    b.phone.setConfig({ microphone: "headset" });
    open();
    await calling;
    await settle();
    expect(device(b)).toBe("headset");
    expect(b.devices.open).toHaveLength(1);
  });

  it("that is unplugged gives way at once, and is taken again when it is back", async () => {
    const b = await up({ microphone: "headset" }, built!, headset!);
    b.devices.plugged = [built!];
    sent(b)!.end();
    await settle();
    expect(device(b)).toBe("built-in");
    b.devices.plug(built!, headset!);
    await settle();
    expect(device(b)).toBe("headset");
    expect(errors(b)).toEqual([]);
    expect(b.devices.open).toHaveLength(1);
  });

  it("whose device is no longer listed gives way, even if its track says nothing", async () => {
    const b = await up({}, headset!, built!);
    b.devices.plug(built!);
    await settle();
    expect(device(b)).toBe("built-in");
  });

  it("that was chosen is taken as soon as it is there for the first time", async () => {
    const b = await up({ microphone: "headset" }, built!);
    b.devices.plug(built!, headset!);
    await settle();
    expect(device(b)).toBe("headset");
  });

  it("follows the system's default where the browser names it", async () => {
    const b = await up({}, microphone("default", "built-in"), built!, headset!);
    expect(sent(b)!.settings.groupId).toBe("built-in");
    b.devices.plug(microphone("default", "headset"), built!, headset!);
    await settle();
    expect(sent(b)!.settings.groupId).toBe("headset");
  });

  it("stays when another one comes that nobody chose", async () => {
    const b = await up({}, built!);
    const before = sent(b);
    b.devices.plug(built!, desk!);
    await settle();
    expect(sent(b)).toBe(before);
    expect(b.streams).toHaveLength(1);
  });

  it("that was the last one is missed once; the call goes on and takes the next", async () => {
    const b = await up({}, built!);
    b.devices.plugged = [];
    sent(b)!.end();
    await settle();
    b.devices.plug();
    await settle();
    expect(errors(b)).toMatchObject([{ code: "no-device", message: /microphone/ }]);
    expect(b.call.state).toBe("active");
    b.devices.plug(desk!);
    await settle();
    expect(device(b)).toBe("desk");
    expect(errors(b)).toHaveLength(1);
  });

  it("that is exchanged stays muted, and silent on hold", async () => {
    const b = await up({}, built!, headset!);
    b.phone.mute();
    b.phone.setConfig({ microphone: "headset" });
    await settle();
    expect(sent(b)!.enabled).toBe(false);
    b.phone.unmute();
    expect(sent(b)!.enabled).toBe(true);
  });

  it("is let go of with the call, also one that is being opened then", async () => {
    const b = await up({}, built!, headset!);
    let open = () => {};
    b.devices.opening = new Promise((resolve) => (open = resolve));
    b.phone.setConfig({ microphone: "headset" });
    await settle();
    await b.phone.hangup();
    open();
    await settle();
    expect(b.streams).toHaveLength(2);
    expect(b.devices.open).toEqual([]);
    expect(b.devices.listeners).toBe(0);
  });
});

describe("echo, noise and gain", () => {
  it("are changed on the track that is there", async () => {
    const b = await up({}, built!);
    const before = sent(b)!;
    b.phone.setConfig({ echoCancellation: false });
    await settle();
    expect(sent(b)).toBe(before);
    expect(before.settings.echoCancellation).toBe(false);
  });

  it("are changed by another capture where the browser keeps to what it has", async () => {
    const b = await up({}, built!);
    const before = sent(b)!;
    before.adapts = false;
    b.phone.setConfig({ autoGainControl: false });
    await settle();
    expect(sent(b)).not.toBe(before);
    expect(sent(b)!.settings.autoGainControl).toBe(false);
    expect(b.devices.open).toHaveLength(1);
  });
});

describe("a camera", () => {
  it("is changed within a call by another choice, without an offer", async () => {
    const b = await up({}, built!, camera("lid"), camera("desk"));
    await b.phone.setVideo("camera");
    b.phone.setConfig({ camera: "desk" });
    await settle();
    expect(device(b, "video")).toBe("desk");
    expect(b.call.videoSource).toBe("camera");
    expect(offers(b)).toBe(2);
  });

  it("that is unplugged gives way to another; without one our picture ends and the call goes on", async () => {
    const b = await up({}, built!, camera("lid"), camera("desk"));
    await b.phone.setVideo("camera");
    b.devices.plugged = [built!, camera("desk")];
    sent(b, "video")!.end();
    await settle();
    expect(device(b, "video")).toBe("desk");
    b.devices.plugged = [built!];
    sent(b, "video")!.end();
    await settle();
    expect(b.call).toMatchObject({ state: "active", videoSource: null });
    expect(errors(b)).toMatchObject([{ code: "no-device", message: /camera/ }]);
    expect(b.devices.open.map(({ kind }) => kind)).toEqual(["audio"]);
  });
});

it.each(["microphone", "speaker", "ringer", "camera", "conference", "echo"] as const)(
  "the setting %s is a text of at most 256 characters",
  (name) => {
    const { phone } = bench();
    phone.setConfig({ [name]: "x".repeat(256) });
    for (const bad of ["x".repeat(257), "a\nb", 7])
      expect(() => phone.setConfig({ [name]: bad })).toThrow(
        expect.objectContaining({ code: "not-configured" }),
      );
  },
);
