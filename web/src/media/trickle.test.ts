import { describe, expect, it } from "vitest";
import { AUDIO, FakePeer } from "./fake.ts";
import { addFragment, fragmentOf, lateCandidates } from "./trickle.ts";

const CANDIDATE = "a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host";
const SDP = AUDIO.replace(
  "a=sendrecv",
  `a=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecretsecret\r\na=sendrecv`,
);

it("late are the candidates that were not in the description sent", () => {
  expect(lateCandidates(`${SDP}${CANDIDATE}\r\n`, SDP)).toEqual([CANDIDATE]);
  expect(lateCandidates(`${SDP}${CANDIDATE}\r\n`, `${SDP}${CANDIDATE}\r\n`)).toEqual([]);
});

it("a fragment names the generation and the section of its candidates (RFC 8840 §9)", () => {
  expect(fragmentOf(SDP, [CANDIDATE], true).split("\r\n")).toEqual([
    "a=ice-ufrag:abcd",
    "a=ice-pwd:secretsecretsecretsecret",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 101",
    "a=mid:0",
    CANDIDATE,
    "a=end-of-candidates",
    "",
  ]);
});

describe("a fragment received", () => {
  async function given(body: string): Promise<[boolean, RTCIceCandidateInit[]]> {
    const peer = new FakePeer({});
    peer.pending = { type: "offer", sdp: SDP };
    return [await addFragment(peer as unknown as RTCPeerConnection, body), peer.candidates];
  }

  it("gives its candidates to the connection", async () => {
    const [fits, candidates] = await given(fragmentOf(SDP, [CANDIDATE], false));
    expect(fits).toBe(true);
    expect(candidates).toEqual([{ candidate: CANDIDATE.slice(2), sdpMid: "0", usernameFragment: "abcd" }]);
  });

  it("of an older generation is ignored (RFC 8840 §4.4)", async () => {
    const [fits, candidates] = await given(fragmentOf(SDP.replace("abcd", "old"), [CANDIDATE], false));
    expect(fits).toBe(true);
    expect(candidates).toEqual([]);
  });

  it.each([
    ["nothing", ""],
    ["no generation", `m=audio 9 RTP/AVP 0\r\na=mid:0\r\n${CANDIDATE}\r\n`],
    ["candidates of no section", `a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\n${CANDIDATE}\r\n`],
    ["more candidates than there can be", fragmentOf(SDP, Array<string>(65).fill(CANDIDATE), false)],
    ["no end", `a=ice-ufrag:abcd\r\n${"x".repeat(70_000)}`],
  ])("of %s makes no sense", async (_, body) => {
    expect((await given(body))[0]).toBe(false);
  });
});
