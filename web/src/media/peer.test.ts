import { describe, expect, it } from "vitest";
import { FakeClock } from "../sip/fake.ts";
import { AUDIO, FakePeer, FakeStream } from "./fake.ts";
import { Peer } from "./peer.ts";

const withFingerprint = (fingerprint: string) =>
  AUDIO.replace("t=0 0", `t=0 0\r\na=fingerprint:${fingerprint}`);

function peer() {
  const connections: FakePeer[] = [];
  const paths: string[] = [];
  const made = new Peer(
    {
      clock: new FakeClock(),
      iceServers: [],
      create: (configuration) => {
        const connection = new FakePeer(configuration);
        connections.push(connection);
        return connection as unknown as RTCPeerConnection;
      },
    },
    new FakeStream("audio") as unknown as MediaStream,
    { heard() {}, path: () => paths.push(made.path) },
  );
  return { peer: made, connections, paths };
}

describe("an offer within the call", () => {
  it("of another DTLS endpoint is answered by a new connection with the same microphone", async () => {
    const { peer: us, connections } = peer();
    await us.answer(withFingerprint("sha-256 AA:BB"));
    const { track } = connections[0]!.getSenders()[0]!;
    const answer = await us.answer(withFingerprint("sha-256 CC:DD"));
    expect(answer).toMatch(/^v=0/);
    expect(connections.map(({ closed }) => closed)).toEqual([true, false]);
    expect(connections[1]!.getSenders()[0]!.track).toBe(track);
    expect(track!.stopped).toBe(false);
    expect(us.remote).toBe(connections[1]!.remote);
  });

  it("of the same endpoint is answered by the connection that is there", async () => {
    const { peer: us, connections } = peer();
    await us.answer(withFingerprint("sha-256 AA:BB"));
    await us.answer(withFingerprint("SHA-256 aa:bb"));
    expect(connections).toHaveLength(1);
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
