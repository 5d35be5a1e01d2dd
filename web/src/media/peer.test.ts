import { describe, expect, it } from "vitest";
import { FakeClock } from "../sip/fake.ts";
import { Equipment } from "./equipment.ts";
import { AUDIO, FakeDevices, FakePeer, FakeStream } from "./fake.ts";
import { Peer } from "./peer.ts";

const DEFAULTS = {
  microphone: "",
  camera: "",
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

function peer() {
  const connections: FakePeer[] = [];
  const paths: string[] = [];
  const made = new Peer(
    {
      clock: new FakeClock(),
      iceServers: [],
      equipment: new Equipment(new FakeDevices(), () => DEFAULTS),
      create: (configuration) => {
        const connection = new FakePeer(configuration);
        connections.push(connection);
        return connection as unknown as RTCPeerConnection;
      },
    },
    new FakeStream("audio") as unknown as MediaStream,
    { heard() {}, path: () => paths.push(made.path), lost() {} },
  );
  return { peer: made, connections, paths };
}

describe("another DTLS endpoint", () => {
  it("gets a new connection with the same microphone", async () => {
    const { peer: us, connections } = peer();
    await us.answer(AUDIO);
    const { track } = connections[0]!.getSenders()[0]!;
    us.renew();
    expect(await us.answer(AUDIO)).toMatch(/^v=0/);
    expect(connections.map(({ closed }) => closed)).toEqual([true, false]);
    expect(connections[1]!.getSenders()[0]!.track).toBe(track);
    expect(track!.stopped).toBe(false);
    expect(us.remote).toBe(connections[1]!.remote);
  });
});

describe("an offer of ours", () => {
  it("looks for a path anew only when there is none", async () => {
    const { peer: us, connections } = peer();
    await us.accept((await us.offer(), AUDIO));
    connections[0]!.path("connected");
    await us.agreed(false, (await us.reoffer(false), AUDIO));
    expect(connections[0]!.restarts).toBe(0);
    connections[0]!.path("disconnected");
    await us.agreed(false, (await us.reoffer(false), AUDIO));
    expect(connections[0]!.restarts).toBe(1);
  });
});

it("tells of its path", () => {
  const { connections, paths, peer: us } = peer();
  expect(us.path).toBe("between");
  connections[0]!.path("connected");
  connections[0]!.path("disconnected");
  connections[0]!.path("failed");
  expect(paths).toEqual(["well", "sick", "sick"]);
});
