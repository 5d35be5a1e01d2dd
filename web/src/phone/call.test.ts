import { describe, expect, it } from "vitest";
import { AUDIO, direct, withoutDigits } from "../media/fake.ts";
import { FAR, answerAll, request } from "../sip/fake.ts";
import type { SipRequest } from "../sip/message.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";
import type { CallRecord } from "./types.ts";

/** A call that was answered at the far end. */
async function up(sdp = AUDIO, config = ACCOUNT): Promise<Bench & { invite: SipRequest }> {
  const b = bench(config);
  await b.phone.makeCall("1002");
  const invite = b.server.last("INVITE");
  b.server.respond(invite, 180, [FAR]);
  b.server.respond(invite, 200, [FAR], sdp);
  await settle();
  expect(b.phone.state).toBe("active");
  return { ...b, invite };
}

/** A call that rings here. */
async function ringing(body = AUDIO, more: [string, string][] = []): Promise<Bench & { invite: SipRequest }> {
  const b = bench();
  await b.phone.register();
  const invite = request("INVITE", more, body);
  b.server.give(invite);
  await settle();
  return { ...b, invite };
}

const record = (b: Bench) => {
  const ends = b.events.filter(([name]) => name === "end");
  expect(ends).toHaveLength(1);
  return ends[0]![1] as CallRecord;
};

/** The ACK of the answer of ours to this INVITE. */
const ack = (b: Bench, body = "") => {
  const { fields } = b.server.lastResponse("INVITE");
  const message = request("ACK", [], body, "z9hG4bKack");
  message.fields.set("To", fields.get("To")).set("CSeq", fields.get("CSeq").replace("INVITE", "ACK"));
  b.server.give(message);
};

describe("makeCall()", () => {
  it("connects, sends the INVITE and resolves to the call", async () => {
    const b = bench();
    const call = await b.phone.makeCall("1002");
    const { uri, fields, body } = b.server.last("INVITE");
    expect(uri).toBe("sip:1002@example.com");
    expect(fields.get("From")).toMatch(/^<sip:1001@example\.com>;tag=/);
    expect(fields.get("To")).toBe("<sip:1002@example.com>");
    expect(body).toContain("m=audio");
    expect(call).toBe(b.phone.call);
    expect(call).toMatchObject({ direction: "outbound", from: "1001", to: "1002", remote: "1002" });
    expect(b.server.got("REGISTER")).toHaveLength(0);
    expect(b.phone.state).toBe("ringing-out");
    expect(b.phone.status).toBe("ringing-out");
  });

  it("shows its display name and its CLI", async () => {
    const b = bench({ ...ACCOUNT, displayName: 'Ann "A" Ä', cli: "+4420" });
    const call = await b.phone.makeCall("1002", { headers: { "X-Ticket": "42" } });
    const { fields } = b.server.last("INVITE");
    expect(fields.get("From")).toMatch(/^"Ann \\"A\\" Ä" <sip:\+4420@example\.com>;tag=/);
    expect(fields.get("X-Ticket")).toBe("42");
    expect(call.from).toBe("+4420");
  });

  it("answers a 407 with a new INVITE in the same call", async () => {
    const b = bench(ACCOUNT, (message, server) => {
      if (message.method !== "INVITE" || message.fields.get("Proxy-Authorization")) return;
      server.respond(message, 407, [
        ["Proxy-Authenticate", 'Digest realm="example.com", nonce="n", qop="auth"'],
      ]);
    });
    await b.phone.makeCall("1002");
    await settle();
    const [first, second] = b.server.got("INVITE");
    expect(second!.fields.get("Call-ID")).toBe(first!.fields.get("Call-ID"));
    expect(second!.fields.get("CSeq")).toBe("2 INVITE");
    expect(second!.fields.get("Via")).not.toBe(first!.fields.get("Via"));
    expect(b.server.last("ACK").fields.get("CSeq")).toBe("1 ACK");
  });

  it.each([
    ["NotAllowedError", "permission"],
    ["NotFoundError", "no-device"],
    ["NotReadableError", "no-device"],
  ])("rejects a %s as %s, and shows it", async (name, code) => {
    const b = bench();
    b.deny(name);
    await expect(b.phone.makeCall("1002")).rejects.toMatchObject({ code });
    expect(b.names().sort()).toEqual(["end", "error"]);
    expect(b.phone.state).toBe("idle");
    expect(b.server.got("INVITE")).toHaveLength(0);
    expect(record(b)).toMatchObject({ sipCode: 0, answerTime: null, duration: 0 });
  });

  it("rejects without a server as transport, and lets go of the microphone", async () => {
    const b = bench();
    b.server.accepts = () => "refuse";
    await expect(b.phone.makeCall("1002")).rejects.toMatchObject({ code: "transport" });
    await settle();
    expect(b.streams[0]!.tracks[0]!.stopped).toBe(true);
  });

  it("rejects without an account as not-configured", async () => {
    await expect(bench({}).phone.makeCall("1002")).rejects.toMatchObject({ code: "not-configured" });
  });

  it.each(["", "a b c", "1\r\nX: y", "x".repeat(300), "sip:@", "tel:nobody", "a@b c"])(
    "rejects the address %o as unsupported",
    async (address) => {
      const b = bench();
      await expect(b.phone.makeCall(address)).rejects.toMatchObject({ code: "unsupported" });
      expect(b.phone.calls).toEqual([]);
    },
  );

  it.each([{ Via: "x" }, { "X-A": "b\r\nVia: c" }, { "X A": "b" }, { Contact: "<sip:x>" }])(
    "refuses the headers %o",
    async (headers) => {
      await expect(bench().phone.makeCall("1002", { headers })).rejects.toMatchObject({
        code: "unsupported",
      });
    },
  );

  it("ended before the INVITE was sent sends none", async () => {
    const b = bench();
    const calling = b.phone.makeCall("1002");
    await b.phone.hangup();
    await expect(calling).rejects.toMatchObject({ code: "rejected" });
    expect(b.server.got("INVITE")).toHaveLength(0);
    expect(record(b)).toMatchObject({ sipCode: 0, endedBy: "local" });
    expect(b.streams.every(({ tracks }) => tracks[0]!.stopped)).toBe(true);
  });
});

describe("ringing at the far end", () => {
  it("by 180 is a tone of ours", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    const invite = b.server.last("INVITE");
    b.server.respond(invite, 100);
    await settle();
    expect(b.names()).toEqual([]);
    b.server.respond(invite, 180, [FAR]);
    await settle();
    expect(b.events).toEqual([["ringingout", expect.objectContaining({ code: 180, to: "1002" })]]);
    expect(b.tone()).toBe("ringback");
    expect(b.heard()).toBeNull();
  });

  it("by 183 with media is heard as it is", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 183, [FAR], AUDIO);
    await settle();
    expect(b.events).toEqual([["ringingout", expect.objectContaining({ code: 183 })]]);
    expect(b.tone()).toBeNull();
    expect(b.heard()).toBe(b.peers[0]!.remote);
    b.server.respond(b.server.last("INVITE"), 200, [FAR], AUDIO);
    await settle();
    expect(b.phone.state).toBe("active");
    expect(b.peers[0]!.descriptions).toEqual(["local offer", "remote pranswer", "remote answer"]);
  });
});

describe("early media in a browser without provisional answers", () => {
  async function early() {
    const b = bench();
    await b.phone.makeCall("1002");
    b.peers[0]!.provisional = false;
    b.server.respond(b.server.last("INVITE"), 183, [FAR], AUDIO);
    await settle();
    expect(b.heard()).toBe(b.peers[0]!.remote);
    b.peers[0]!.descriptions.length = 0;
    return b;
  }

  it.each(["", AUDIO])("is all there is to apply when the 200 brings nothing new", async (sdp) => {
    const b = await early();
    b.server.respond(b.server.last("INVITE"), 200, [FAR], sdp);
    await settle();
    expect(b.phone.state).toBe("active");
    expect(b.peers[0]!.descriptions).toEqual([]);
  });

  it("gives way to another answer in the 200", async () => {
    const b = await early();
    b.server.respond(b.server.last("INVITE"), 200, [FAR], AUDIO.replace("o=- 1", "o=- 2"), "other");
    await settle();
    expect(b.phone.state).toBe("active");
    expect(b.peers[0]!.descriptions).toEqual(["local offer", "remote answer"]);
  });
});

it("early media that is answered before it was applied is over", async () => {
  const b = bench();
  await b.phone.makeCall("1002");
  let applied = () => {};
  b.peers[0]!.early = new Promise((resolve) => (applied = resolve));
  b.server.respond(b.server.last("INVITE"), 183, [FAR], AUDIO);
  b.server.respond(b.server.last("INVITE"), 200, [FAR], AUDIO);
  await settle();
  expect(b.phone.state).toBe("active");
  applied();
  await settle();
  b.server.script = (message, server) => server.respond(message, 200, [FAR], direct(AUDIO, "recvonly"));
  await b.phone.hold();
  expect(b.heard()).toBeNull();
});

describe("an answered call", () => {
  it("is acknowledged, told of, and ends with a true record", async () => {
    const b = await up();
    expect(b.names()).toEqual(["ringingout", "answer"]);
    expect(b.server.last("ACK").uri).toBe("sip:far@far.example.com;transport=ws");
    expect(b.server.last("ACK").fields.get("CSeq")).toBe("1 ACK");
    expect(b.tone()).toBeNull();
    expect(b.heard()).toBe(b.peers[0]!.remote);
    b.peers[0]!.stats = [
      { type: "inbound-rtp", kind: "audio", jitter: 0.01, packetsLost: 0, packetsReceived: 100 },
      { type: "remote-inbound-rtp", kind: "audio", roundTripTime: 0.04 },
    ];
    await b.clock.advance(61_000);
    await b.phone.hangup();
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(record(b)).toMatchObject({
      direction: "outbound",
      from: "1001",
      to: "1002",
      duration: 61,
      sipCode: 200,
      endedBy: "local",
      codec: "opus",
      quality: { mos: 4.38, jitter: 10, packetsLost: 0, roundTripTime: 40 },
    });
    expect(record(b).startTime).toMatch(/^2030-01-01T00:00:00/);
    expect(b.phone.status).toBe("unregistered");
    expect(b.heard()).toBeNull();
    await b.clock.advance(0);
    expect(b.peers[0]!.closed).toBe(true);
    expect(b.streams[0]!.tracks[0]!.stopped).toBe(true);
  });

  it("ended by the other side says so", async () => {
    const b = await up();
    b.server.give(b.server.within(b.invite, "BYE", 1));
    await settle();
    expect(b.server.lastResponse("BYE").status).toBe(200);
    expect(record(b)).toMatchObject({ endedBy: "remote", sipCode: 200 });
  });

  it("acknowledges a 200 that comes again", async () => {
    const b = await up();
    b.server.respond(b.invite, 200, [FAR], AUDIO);
    await settle();
    expect(b.server.got("ACK")).toHaveLength(2);
    expect(b.names()).toEqual(["ringingout", "answer"]);
  });

  it("hangs up on a fork that answers too", async () => {
    const b = await up();
    b.server.respond(b.invite, 200, [["Contact", "<sip:other@far.example.com>"]], AUDIO, "other");
    await settle();
    const bye = b.server.last("BYE");
    expect(bye.uri).toBe("sip:other@far.example.com");
    expect(bye.fields.get("To")).toContain("tag=other");
    expect(b.server.got("ACK")).toHaveLength(2);
    expect(b.phone.state).toBe("active");
  });

  it("refuses requests that come out of order (RFC 3261 §12.2.2)", async () => {
    const b = await up();
    b.server.give(b.server.within(b.invite, "INFO", 5));
    b.server.give(b.server.within(b.invite, "BYE", 4));
    await settle();
    expect(b.server.lastResponse("INFO").status).toBe(200);
    expect(b.server.lastResponse("BYE").status).toBe(500);
    expect(b.phone.state).toBe("active");
  });

  it("does not end with a request of another fork", async () => {
    const b = await up();
    const bye = b.server.within(b.invite, "BYE", 1);
    bye.fields.set("From", bye.fields.get("From").replace("tag=far", "tag=other"));
    b.server.give(bye);
    await settle();
    expect(b.server.lastResponse("BYE").status).toBe(481);
    expect(b.phone.state).toBe("active");
  });

  it("follows the route set backwards", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    const routes = ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"] as const;
    b.server.respond(b.server.last("INVITE"), 200, [FAR, ["Record-Route", routes.join(", ")]], AUDIO);
    await settle();
    await b.phone.hangup();
    expect(b.server.last("BYE").fields.all("Route")).toEqual([...routes].reverse());
  });

  it("goes on when the connection is lost, and its BYE follows later", async () => {
    const b = await up();
    await b.phone.register();
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await b.clock.advance(3_000);
    expect(b.phone.state).toBe("active");
    await b.phone.hangup();
    expect(record(b)).toMatchObject({ endedBy: "local" });
    expect(b.server.got("BYE")).toHaveLength(0);
    b.server.accepts = () => "open";
    await b.clock.advance(20_000);
    expect(b.server.got("BYE")).toHaveLength(1);
  });

  it("gives up a BYE that could not be sent for 32 seconds", async () => {
    const b = await up();
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await b.phone.hangup();
    await b.clock.advance(120_000);
    b.server.accepts = () => "open";
    await b.clock.advance(120_000);
    expect(b.server.got("BYE")).toHaveLength(0);
    expect(b.clock.pending).toBe(0);
  });

  it("ends when its media is lost and nothing brings it back", async () => {
    const b = await up();
    b.peers[0]!.path("failed");
    await b.clock.advance(44_000);
    expect(b.phone.call!.reconnecting).toBe(true);
    await b.clock.advance(1_000);
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(record(b)).toMatchObject({ endedBy: "network", reason: expect.stringContaining("lost") });
  });

  it("ends when the answer can't be understood", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 200, [FAR], "nonsense");
    await settle();
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(record(b).endedBy).toBe("network");
    expect(b.phone.state).toBe("idle");
  });
});

describe("hangup() while it rings", () => {
  async function cancelled() {
    const b = bench();
    await b.phone.makeCall("1002");
    const invite = b.server.last("INVITE");
    return { ...b, invite };
  }

  it("cancels with the branch of the INVITE", async () => {
    const b = await cancelled();
    b.server.respond(b.invite, 180, [FAR]);
    await b.phone.hangup();
    const { fields, uri } = b.server.last("CANCEL");
    expect(uri).toBe(b.invite.uri);
    expect(fields.get("Via")).toBe(b.invite.fields.get("Via"));
    expect(fields.get("CSeq")).toBe("1 CANCEL");
    b.server.respond(b.invite, 487);
    await settle();
    expect(b.server.got("ACK")).toHaveLength(1);
    expect(record(b)).toMatchObject({ sipCode: 487, endedBy: "local", answerTime: null, duration: 0 });
    expect(b.names()).toEqual(["ringingout", "end"]);
  });

  it("waits with CANCEL for a first provisional response", async () => {
    const b = await cancelled();
    await b.phone.hangup();
    expect(b.server.got("CANCEL")).toHaveLength(0);
    b.server.respond(b.invite, 100);
    await settle();
    expect(b.server.got("CANCEL")).toHaveLength(1);
  });

  it("acknowledges and ends a 200 that crosses the CANCEL", async () => {
    const b = await cancelled();
    b.server.respond(b.invite, 180, [FAR]);
    await b.phone.hangup();
    b.server.respond(b.invite, 200, [FAR], AUDIO);
    await settle();
    expect(b.server.got("ACK")).toHaveLength(1);
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(record(b)).toMatchObject({ endedBy: "local" });
    expect(b.names()).not.toContain("answer");
  });

  it("is not undone by a challenge that crosses the CANCEL", async () => {
    const b = await cancelled();
    b.server.respond(b.invite, 100);
    await settle();
    await b.phone.hangup();
    b.server.respond(b.invite, 407, [["Proxy-Authenticate", 'Digest realm="example.com", nonce="n"']]);
    await settle();
    expect(b.server.got("INVITE")).toHaveLength(1);
  });

  it("leaves no timer behind when nobody answers the CANCEL", async () => {
    const b = await cancelled();
    b.server.respond(b.invite, 180, [FAR]);
    await b.phone.hangup();
    await b.clock.advance(33_000);
    await b.phone.stop();
    expect(b.clock.pending).toBe(0);
  });
});

describe("a call that does not come about", () => {
  it("is given up when it has rung for four minutes and nobody said a word", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 180, [FAR]);
    await b.clock.advance(239_000);
    expect(b.phone.state).toBe("ringing-out");
    await b.clock.advance(1_000);
    expect(b.server.got("CANCEL")).toHaveLength(1);
    expect(record(b)).toMatchObject({ endedBy: "network", sipCode: 487, answerTime: null });
  });

  it.each([
    [302, "unsupported"],
    [400, "protocol"],
    [403, "rejected"],
    [404, "not-found"],
    [408, "timeout"],
    [410, "not-found"],
    [480, "timeout"],
    [484, "not-found"],
    [486, "busy"],
    [488, "unsupported"],
    [500, "transport"],
    [503, "transport"],
    [600, "busy"],
    [603, "rejected"],
    [604, "not-found"],
    [606, "unsupported"],
  ])("with %i is %s, in one end event", async (status, code) => {
    const b = bench();
    const call = await b.phone.makeCall("1002");
    const invite = b.server.last("INVITE");
    b.server.respond(invite, status);
    b.server.respond(invite, status);
    await settle();
    expect(b.names()).toEqual(["end"]);
    expect(record(b)).toMatchObject({
      sipCode: status,
      endedBy: "remote",
      reason: expect.stringMatching(/\.$/),
    });
    expect(call.error).toMatchObject({ code });
    expect(call.state).toBe("ended");
    expect(call.record).toBe(record(b));
    expect(b.server.got("ACK")).toHaveLength(1);
  });

  it("for want of other credentials asks the config provider for them", async () => {
    let asked = 0;
    const b = bench({}, (message, server) =>
      server.respond(message, 407, [["Proxy-Authenticate", `Digest realm="r", nonce="${asked}"`]]),
    );
    b.phone.configProvider = () => ({ ...ACCOUNT, password: `p${++asked}` });
    await b.phone.makeCall("1002");
    await settle();
    expect(record(b)).toMatchObject({ sipCode: 407 });
    expect(asked).toBe(2);
  });

  it("without any response ends after 32 seconds", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    await b.clock.advance(32_000);
    expect(record(b)).toMatchObject({ sipCode: 408, endedBy: "network" });
  });

  it("ends when the connection is lost for 32 seconds while it rings", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 180, [FAR]);
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await b.clock.advance(31_999);
    expect(b.phone.state).toBe("ringing-out");
    await b.clock.advance(1);
    expect(record(b)).toMatchObject({ endedBy: "network", sipCode: 0 });
    expect(record(b).reason).toContain("can't be reached");
  });

  it("does when the connection comes back in time", async () => {
    const b = bench();
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 180, [FAR]);
    b.server.socket.drop();
    await b.clock.advance(5_000);
    expect(b.server.got("INVITE")).toHaveLength(2);
    b.server.respond(b.server.last("INVITE"), 200, [FAR], AUDIO);
    await settle();
    expect(b.phone.state).toBe("active");
    expect(b.names()).toEqual(["ringingout", "answer"]);
  });
});

describe("an incoming call", () => {
  it("rings at once, and is told of", async () => {
    const b = await ringing();
    expect(b.server.lastResponse("INVITE").status).toBe(180);
    expect(b.events.at(-1)).toEqual([
      "ringingin",
      {
        callId: expect.any(String),
        direction: "inbound",
        from: "1002",
        to: "1001",
        displayName: "Bob",
        video: false,
      },
    ]);
    expect(b.tone()).toBe("ringing");
    expect(b.phone.state).toBe("ringing-in");
  });

  it("keeps silent when a listener prevents it", async () => {
    const b = bench();
    await b.phone.register();
    b.phone.addEventListener("ringingin", (event) => event.preventDefault());
    b.server.give(request("INVITE", [], AUDIO));
    await settle();
    expect(b.phone.state).toBe("ringing-in");
    expect(b.tone()).toBeNull();
  });

  it("is up when its answer was acknowledged", async () => {
    const b = await ringing();
    let done = false;
    const answering = b.phone.answer().then(() => (done = true));
    await settle();
    const { status, fields, body } = b.server.lastResponse("INVITE");
    expect(status).toBe(200);
    expect(fields.get("Contact")).toMatch(/^<sip:1001@.*\.invalid/);
    expect(body).toContain("m=audio");
    expect(b.tone()).toBeNull();
    expect(done).toBe(false);
    ack(b);
    await answering;
    expect(b.names()).toEqual(["registered", "ringingin", "answer"]);
    expect(b.phone.state).toBe("active");
  });

  it("repeats its answer until it is acknowledged, and gives up after 32 seconds", async () => {
    const b = await ringing();
    void b.phone.answer();
    await settle();
    const answers = () => b.server.responses.filter(({ status, body }) => status === 200 && body).length;
    await b.clock.advance(499);
    expect(answers()).toBe(1);
    await b.clock.advance(1);
    expect(answers()).toBe(2);
    await b.clock.advance(31_499);
    expect(answers()).toBe(11);
    expect(b.phone.state).toBe("active");
    await b.clock.advance(1);
    expect(record(b)).toMatchObject({ endedBy: "network" });
    expect(b.server.got("BYE")).toHaveLength(1);
  });

  it("ended before the ACK sends its BYE behind it", async () => {
    const b = await ringing();
    void b.phone.answer();
    await settle();
    await b.phone.hangup();
    expect(b.server.got("BYE")).toHaveLength(0);
    ack(b);
    await settle();
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(record(b)).toMatchObject({ endedBy: "local", sipCode: 200 });
  });

  it("is declined with 603", async () => {
    const b = await ringing();
    await b.phone.hangup();
    expect(b.server.lastResponse("INVITE").status).toBe(603);
    expect(record(b)).toMatchObject({ sipCode: 603, endedBy: "local", reason: "Declined" });
  });

  it.each([
    ["", "The call was cancelled."],
    ['SIP;cause=200;text="Call completed elsewhere"', "Answered elsewhere"],
  ])("cancelled by the caller with reason %o ends as %o", async (why, reason) => {
    const b = await ringing();
    b.server.give(request("CANCEL", why ? [["Reason", why]] : [], "", "z9hG4bKINVITE"));
    await settle();
    expect(b.server.lastResponse("CANCEL").status).toBe(200);
    expect(b.server.lastResponse("INVITE").status).toBe(487);
    expect(record(b)).toMatchObject({ sipCode: 487, endedBy: "remote", reason });
    expect(b.tone()).toBeNull();
  });

  it("without an offer gets ours in the 200, and the answer in the ACK", async () => {
    const b = await ringing("");
    const answering = b.phone.answer();
    await settle();
    expect(b.server.lastResponse("INVITE").body).toContain("m=audio");
    ack(b, AUDIO);
    await answering;
    await settle();
    expect(b.peers[0]!.descriptions).toEqual(["local offer", "remote answer"]);
  });

  it("with video is answered so that we see and are not seen where that is not wanted", async () => {
    const b = await ringing(`${AUDIO}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`);
    expect(b.events.at(-1)![1]).toMatchObject({ video: true });
    void b.phone.answer();
    await settle();
    expect(b.server.lastResponse("INVITE").body).toMatch(/m=video 9[^]*a=recvonly/);
    expect(b.phone.call).toMatchObject({ video: true, videoSource: null });
    expect(b.devices.open.map(({ kind }) => kind)).toEqual(["audio"]);
  });

  it("with video is answered with it where it is wanted", async () => {
    const b = await ringing(`${AUDIO}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`);
    void b.phone.answer({ video: true });
    await settle();
    expect(b.server.lastResponse("INVITE").body).toContain("m=video 9");
    expect(b.phone.call!.video).toBe(true);
  });

  it("goes on ringing when the microphone is refused, and can be answered after", async () => {
    const b = await ringing();
    b.deny("NotAllowedError");
    await expect(b.phone.answer()).rejects.toMatchObject({ code: "permission" });
    expect(b.phone.state).toBe("ringing-in");
    expect(b.names()).toContain("error");
    b.deny(null);
    void b.phone.answer();
    await settle();
    expect(b.phone.state).toBe("active");
  });

  it("rings on when the connection is lost, and ends when none comes back for 32 seconds", async () => {
    const b = await ringing();
    b.server.accepts = () => "refuse";
    b.server.socket.drop();
    await b.clock.advance(31_999);
    expect(b.phone.state).toBe("ringing-in");
    await b.clock.advance(1);
    expect(record(b)).toMatchObject({ endedBy: "network", sipCode: 0 });
  });

  it("that wants an extension nobody knows is refused with 420", async () => {
    const b = await ringing(AUDIO, [["Require", "precondition"]]);
    expect(b.server.lastResponse("INVITE").status).toBe(420);
    expect(b.server.lastResponse("INVITE").fields.get("Unsupported")).toBe("precondition");
    expect(b.phone.calls).toHaveLength(0);
  });

  it("is the ninth at most once: more are told that we are busy", async () => {
    const b = await ringing();
    for (let i = 0; i < 8; i++) {
      const more = request("INVITE", [], AUDIO, `z9hG4bKmore${i}`);
      more.fields.set("Call-ID", `more${i}`);
      b.server.give(more);
    }
    await settle();
    expect(b.phone.calls).toHaveLength(8);
    expect(b.server.lastResponse("INVITE").status).toBe(486);
  });
});

describe("hold()", () => {
  /** Answers re-INVITEs as the other side should. */
  const agreeable = (b: Bench) => {
    b.server.script = (message, server) => {
      if (message.method !== "INVITE") return answerAll(message, server);
      server.respond(
        message,
        200,
        [FAR],
        message.body.includes("sendonly") ? direct(AUDIO, "recvonly") : AUDIO,
      );
    };
  };

  it("is a re-INVITE with sendonly, committed on its 2xx, and silent", async () => {
    const b = await up();
    const holding = b.phone.hold();
    await settle();
    const offer = b.server.last("INVITE");
    expect(offer.fields.get("CSeq")).toBe("2 INVITE");
    expect(offer.uri).toBe("sip:far@far.example.com;transport=ws");
    expect(offer.body).toContain("a=sendonly");
    expect(b.phone.held).toBe(false);
    b.server.respond(offer, 200, [FAR], direct(AUDIO, "recvonly"));
    await holding;
    expect(b.phone.held).toBe(true);
    expect(b.phone.state).toBe("held");
    expect(b.streams[0]!.tracks[0]!.enabled).toBe(false);
    expect(b.peers[0]!.remote.tracks[0]!.enabled).toBe(false);
    expect(b.heard()).toBeNull();
    expect(b.server.last("ACK").fields.get("CSeq")).toBe("2 ACK");
  });

  it("is undone by unhold() with sendrecv; both are idempotent", async () => {
    const b = await up();
    agreeable(b);
    await b.phone.hold();
    await b.phone.hold();
    expect(b.server.got("INVITE")).toHaveLength(2);
    await b.phone.unhold();
    await b.phone.unhold();
    expect(b.server.last("INVITE").body).toContain("a=sendrecv");
    expect(b.server.got("INVITE")).toHaveLength(3);
    expect(b.phone.state).toBe("active");
    expect(b.streams[0]!.tracks[0]!.enabled).toBe(true);
    expect(b.heard()).toBe(b.peers[0]!.remote);
  });

  it("pressed twice in haste waits its turn", async () => {
    const b = await up();
    agreeable(b);
    await Promise.all([b.phone.hold(), b.phone.unhold(), b.phone.hold()]);
    expect(b.server.got("INVITE")).toHaveLength(4);
    expect(b.phone.held).toBe(true);
  });

  it("that is refused leaves the call as it was", async () => {
    const b = await up();
    const holding = expect(b.phone.hold()).rejects.toMatchObject({ code: "unsupported" });
    await settle();
    b.server.respond(b.server.last("INVITE"), 488);
    await holding;
    expect(b.phone.state).toBe("active");
    expect(b.peers[0]!.signalingState).toBe("stable");
    expect(b.peers[0]!.transceivers[0]!.direction).toBe("sendrecv");
  });

  it("that meets 491 tries again after 2.1 to 4 seconds, as the one who called", async () => {
    const b = await up();
    const holding = b.phone.hold();
    await settle();
    b.server.respond(b.server.last("INVITE"), 491);
    agreeable(b);
    await b.clock.advance(2_099);
    expect(b.server.got("INVITE")).toHaveLength(2);
    await b.clock.advance(1_901);
    await holding;
    expect(b.server.got("INVITE")).toHaveLength(3);
    expect(b.phone.held).toBe(true);
  });

  it("waits until an answer of ours was acknowledged (RFC 3261 §14.1)", async () => {
    const b = await up();
    b.server.give(b.server.within(b.invite, "INVITE", 1, [["Content-Type", "application/sdp"]], AUDIO));
    await settle();
    const holding = b.phone.hold();
    await settle();
    expect(b.server.got("INVITE")).toHaveLength(1);
    b.server.give(b.server.within(b.invite, "ACK", 1));
    agreeable(b);
    await b.clock.advance(4_000);
    await holding;
    expect(b.server.got("INVITE")).toHaveLength(2);
    expect(b.phone.held).toBe(true);
  });

  it("under way meets an offer of the other side with 491", async () => {
    const b = await up();
    const holding = b.phone.hold();
    await settle();
    b.server.give(b.server.within(b.invite, "INVITE", 1, [["Content-Type", "application/sdp"]], AUDIO));
    await settle();
    expect(b.server.lastResponse("INVITE").status).toBe(491);
    b.server.respond(b.server.last("INVITE"), 200, [FAR], direct(AUDIO, "recvonly"));
    await holding;
    expect(b.phone.held).toBe(true);
  });

  it("ends the call when the other side no longer knows it", async () => {
    const b = await up();
    const holding = expect(b.phone.hold()).rejects.toMatchObject({ code: "protocol" });
    await settle();
    b.server.respond(b.server.last("INVITE"), 481);
    await holding;
    expect(record(b)).toMatchObject({ endedBy: "remote" });
  });

  it("needs a call", async () => {
    await expect(bench().phone.hold()).rejects.toMatchObject({ code: "unsupported" });
  });

  it.each(["sendonly", "inactive"])("by the other side with %s is answered and shown", async (direction) => {
    const b = await up();
    const offer = b.server.within(
      b.invite,
      "INVITE",
      1,
      [["Content-Type", "application/sdp"]],
      direct(AUDIO, direction),
    );
    b.server.give(offer);
    await settle();
    const answer = b.server.lastResponse("INVITE");
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(direction === "sendonly" ? "a=recvonly" : "a=inactive");
    expect(b.phone.call!.remoteHeld).toBe(true);
    expect(b.phone.held).toBe(false);
  });

  it("with an offer that makes no sense is refused with 488", async () => {
    const b = await up();
    b.server.give(b.server.within(b.invite, "INVITE", 1, [["Content-Type", "application/sdp"]], "nonsense"));
    await settle();
    expect(b.server.lastResponse("INVITE").status).toBe(488);
    expect(b.phone.state).toBe("active");
  });
});

describe("a second call", () => {
  it("puts the first on hold before it goes out", async () => {
    const b = await up();
    b.server.script = (message, server) => {
      if (message.method === "INVITE" && message.fields.get("CSeq") === "2 INVITE") {
        server.respond(message, 200, [FAR], direct(AUDIO, "recvonly"));
      } else answerAll(message, server);
    };
    const [first] = b.phone.calls;
    const second = await b.phone.makeCall("1003");
    expect(first!.held).toBe(true);
    expect(b.phone.call).toBe(second);
    await second.hangup();
    expect(b.phone.call).toBe(first);
    expect(b.phone.state).toBe("held");
  });

  it("that comes in is told of by a tone that waits, and its answer holds the first", async () => {
    const b = await up();
    b.server.give(request("INVITE", [], AUDIO));
    await settle();
    expect(b.phone.state).toBe("ringing-in");
    expect(b.tone()).toBe("waiting");
    b.phone.dialpadPress("5");
    await settle();
    expect(b.peers[0]!.digits).toBe("5");
    b.server.script = (message, server) => server.respond(message, 200, [FAR], direct(AUDIO, "recvonly"));
    void b.phone.answer();
    await settle();
    const [first, second] = b.phone.calls;
    expect(first!.state).toBe("held");
    expect(second!.state).toBe("active");
  });
});

describe("mute()", () => {
  it("silences the microphone and nothing else, and is idempotent", async () => {
    const b = await up();
    b.phone.mute();
    b.phone.mute();
    expect(b.phone.muted).toBe(true);
    expect(b.streams[0]!.tracks[0]!.enabled).toBe(false);
    expect(b.peers[0]!.remote.tracks[0]!.enabled).toBe(true);
    b.phone.unmute();
    expect(b.phone.muted).toBe(false);
    expect(b.streams[0]!.tracks[0]!.enabled).toBe(true);
  });
});

describe("dialpadPress()", () => {
  it("adds to the dialled number without a call", () => {
    const { phone } = bench();
    for (const digit of "*43#a") phone.dialpadPress(digit);
    expect(phone.dialledNumber).toBe("*43#A");
  });

  it.each(["", "x", "12", "+", "\n"])("refuses %o", (digit) => {
    expect(() => bench().phone.dialpadPress(digit)).toThrow(
      expect.objectContaining({ code: "unsupported" }) as Error,
    );
  });

  it("sends telephone events where the other side knows them", async () => {
    const b = await up();
    b.phone.dialpadPress("1");
    b.phone.dialpadPress("#");
    await settle();
    expect(b.peers[0]!.digits).toBe("1#");
    expect(b.server.got("INFO")).toHaveLength(0);
  });

  it("keeps digits in order until the media's transport is up", async () => {
    const b = await up();
    b.peers[0]!.takesDigits = false;
    b.phone.dialpadPress("1");
    b.phone.dialpadPress("2");
    await b.clock.advance(2_000);
    b.phone.dialpadPress("3");
    expect(b.peers[0]!.digits).toBe("");
    b.peers[0]!.takesDigits = true;
    await b.clock.advance(100);
    b.phone.dialpadPress("4");
    await settle();
    expect(b.peers[0]!.digits).toBe("1234");
    expect(b.server.got("INFO")).toHaveLength(0);
  });

  it("sends by INFO what the media can't take within five seconds, and what comes after as ever", async () => {
    const b = await up();
    b.peers[0]!.takesDigits = false;
    b.phone.dialpadPress("1");
    await b.clock.advance(5_000);
    expect(b.server.got("INFO").map(({ body }) => body)).toEqual(["Signal=1\r\nDuration=160\r\n"]);
    b.peers[0]!.takesDigits = true;
    await b.clock.advance(100);
    expect(b.peers[0]!.digits).toBe("");
    b.phone.dialpadPress("2");
    await settle();
    expect(b.peers[0]!.digits).toBe("2");
  });

  it("sends no digit of a call that has ended", async () => {
    const b = await up();
    b.peers[0]!.takesDigits = false;
    b.phone.dialpadPress("1");
    await settle();
    await b.phone.hangup();
    b.peers[0]!.takesDigits = true;
    await b.clock.advance(100);
    expect(b.peers[0]!.digits).toBe("");
  });

  it("sends INFO, one behind the other, where it knows none", async () => {
    const b = await up(withoutDigits(AUDIO));
    b.server.script = () => {};
    b.phone.dialpadPress("1");
    b.phone.dialpadPress("2");
    await settle();
    expect(b.server.got("INFO")).toHaveLength(1);
    expect(b.server.last("INFO").fields.get("Content-Type")).toBe("application/dtmf-relay");
    expect(b.server.last("INFO").body).toBe("Signal=1\r\nDuration=160\r\n");
    b.server.respond(b.server.last("INFO"), 200);
    await settle();
    expect(b.server.last("INFO").body).toContain("Signal=2");
  });
});

describe("early answers", () => {
  async function offering(iceServers: RTCIceServer[]) {
    const b = bench({ ...ACCOUNT, iceServers });
    const calling = b.phone.makeCall("1002");
    // The peer is made once microphone and connection are there.
    while (!b.peers[0]) await Promise.resolve();
    b.peers[0].gathers = false;
    await settle();
    const candidate = (kind: string) =>
      b.peers[0]!.onicecandidate?.({
        candidate: { candidate: kind && `candidate:1 1 udp 1 192.0.2.1 1 typ ${kind}` },
      });
    return { ...b, calling, candidate, sent: () => b.server.got("INVITE").length };
  }

  it("leave 10 ms after the last candidate where there is no ICE server", async () => {
    const b = await offering([]);
    await b.clock.advance(100);
    b.candidate("host");
    await b.clock.advance(9);
    b.candidate("host");
    await b.clock.advance(9);
    expect(b.sent()).toBe(0);
    await b.clock.advance(1);
    expect(b.sent()).toBe(1);
  });

  it("leave 150 ms after the first candidate where an ICE server says nothing", async () => {
    const b = await offering([{ urls: "stun:stun.example.com" }]);
    await b.clock.advance(100);
    b.candidate("host");
    await b.clock.advance(100);
    b.candidate("host");
    await b.clock.advance(49);
    expect(b.sent()).toBe(0);
    await b.clock.advance(1);
    expect(b.sent()).toBe(1);
  });

  it("leave after 500 ms, whatever was gathered", async () => {
    const b = await offering([]);
    await b.clock.advance(499);
    expect(b.sent()).toBe(0);
    await b.clock.advance(1);
    expect(b.sent()).toBe(1);
  });

  it("leave when gathering is complete", async () => {
    const b = await offering([]);
    b.candidate("host");
    b.candidate("");
    await settle();
    expect(b.sent()).toBe(1);
  });

  it.each(["srflx", "relay"])("leave on the first %s candidate where there are ICE servers", async (kind) => {
    const b = await offering([{ urls: "stun:stun.example.com" }]);
    b.candidate("host");
    await settle();
    expect(b.sent()).toBe(0);
    b.candidate(kind);
    await settle();
    expect(b.sent()).toBe(1);
  });
});

describe("transfer()", () => {
  it("to an address refers the other side there and hangs up when it has arrived", async () => {
    const b = await up();
    let done = false;
    const moving = b.phone.transfer("1003").then(() => (done = true));
    await settle();
    expect(b.server.last("REFER").fields.get("Refer-To")).toBe("<sip:1003@example.com>");
    const progress = (number: number, line: string, state: string) =>
      b.server.give(
        b.server.within(
          b.invite,
          "NOTIFY",
          number,
          [
            ["Event", "refer"],
            ["Subscription-State", state],
            ["Content-Type", "message/sipfrag"],
          ],
          line,
        ),
      );
    progress(1, "SIP/2.0 100 Trying", "active");
    await settle();
    expect(done).toBe(false);
    progress(2, "SIP/2.0 200 OK", "terminated;reason=noresource");
    await moving;
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(b.server.lastResponse("NOTIFY").status).toBe(200);
  });

  it("that fails rejects and leaves the call as it is", async () => {
    const b = await up();
    const moving = expect(b.phone.transfer("1003")).rejects.toMatchObject({ code: "busy" });
    await settle();
    b.server.give(b.server.within(b.invite, "NOTIFY", 1, [["Event", "refer"]], "SIP/2.0 486 Busy Here"));
    await moving;
    expect(b.phone.state).toBe("active");
  });

  it("to another call names the dialog to replace (RFC 3891)", async () => {
    const b = await up();
    const [first] = b.phone.calls;
    b.server.script = (message, server) => {
      if (message.method === "INVITE") server.respond(message, 200, [FAR], direct(AUDIO, "recvonly"), "two");
      else answerAll(message, server);
    };
    const second = await b.phone.makeCall("1003");
    await settle();
    const invite = b.server.last("INVITE");
    void first!.transfer(second);
    await settle();
    const refer = b.server.last("REFER").fields.get("Refer-To");
    expect(refer).toMatch(/^<sip:1003@example\.com\?Replaces=/);
    expect(decodeURIComponent(refer)).toContain(`${invite.fields.get("Call-ID")};to-tag=two;from-tag=`);
  });

  it("asked of us calls the target and reports on it", async () => {
    const b = await up();
    b.server.script = (message, server) => {
      if (message.method === "INVITE" && message.uri.includes("1003"))
        server.respond(message, 200, [FAR], AUDIO, "three");
      else if (message.method === "INVITE") server.respond(message, 200, [FAR], direct(AUDIO, "recvonly"));
      else answerAll(message, server);
    };
    const replaces = "abc;to-tag=1;from-tag=2";
    b.server.give(
      b.server.within(b.invite, "REFER", 1, [
        ["Refer-To", `<sip:1003@example.com?Replaces=${encodeURIComponent(replaces)}&X-Evil=1>`],
      ]),
    );
    await settle();
    await settle();
    expect(b.server.lastResponse("REFER").status).toBe(202);
    const invite = b.server.got("INVITE").find(({ uri }) => uri.includes("1003"))!;
    expect(invite.fields.get("Replaces")).toBe(replaces);
    expect(invite.fields.get("X-Evil")).toBe("");
    expect(b.server.got("NOTIFY").map(({ body }) => body.trim())).toEqual([
      "SIP/2.0 100 Trying",
      "SIP/2.0 200 OK",
    ]);
    expect(b.server.last("NOTIFY").fields.get("Subscription-State")).toMatch(/^terminated/);
  });

  it.each([
    ["<sip:1003@example.com>", 202],
    ["<tel:1003>", 202],
    ["<https://example.com>", 603],
  ])("asked of us with %s is answered with %i and replaces nothing", async (target, status) => {
    const b = await up();
    b.server.script = (message, server) =>
      server.respond(
        message,
        200,
        [FAR],
        direct(AUDIO, "recvonly"),
        message.uri.includes("far") ? "far" : "three",
      );
    b.server.give(b.server.within(b.invite, "REFER", 1, [["Refer-To", target]]));
    await settle();
    expect(b.server.lastResponse("REFER").status).toBe(status);
    const calls = b.server.got("INVITE").filter(({ uri }) => uri.startsWith("sip:1003@example.com"));
    expect(calls.map(({ fields }) => fields.get("Replaces"))).toEqual(status === 202 ? [""] : []);
  });

  it("to a number that does not exist leaves the call as it was, off hold", async () => {
    const b = await up();
    b.server.script = (message, server) => {
      if (message.method === "INVITE" && message.uri.includes("1009")) server.respond(message, 404);
      else if (message.method === "INVITE") {
        const direction = /a=sendonly/.test(message.body) ? "recvonly" : "sendrecv";
        server.respond(message, 200, [FAR], direct(AUDIO, direction));
      } else answerAll(message, server);
    };
    b.server.give(b.server.within(b.invite, "REFER", 1, [["Refer-To", "<sip:1009@example.com>"]]));
    await settle();
    await settle();
    await settle();
    expect(b.server.last("NOTIFY").body.trim()).toBe("SIP/2.0 404 Failed");
    expect([b.phone.calls.length, b.phone.state, b.phone.held]).toEqual([1, "active", false]);
  });

  it("that replaces a call of ours takes its place without ringing", async () => {
    const b = await up();
    const [old] = b.phone.calls;
    const from = b.invite.fields.get("From").split("tag=")[1]!;
    const replaces = `${b.invite.fields.get("Call-ID")};to-tag=${from};from-tag=far`;
    b.server.give(request("INVITE", [["Replaces", replaces]], AUDIO));
    await settle();
    expect(old!.state).toBe("ended");
    expect(b.phone.state).toBe("active");
    expect(b.phone.call!.from).toBe("1002");
    expect(b.names()).not.toContain("ringingin");
  });

  it("that replaces a call nobody knows is refused with 481", async () => {
    const b = await ringing(AUDIO, [["Replaces", "nobody;to-tag=1;from-tag=2"]]);
    expect(b.server.lastResponse("INVITE").status).toBe(481);
  });
});

describe("listeners", () => {
  it("and callbacks both hear, and what they throw breaks nothing", async () => {
    const b = bench();
    const heard: unknown[] = [];
    const reported: unknown[] = [];
    const { reportError } = globalThis as { reportError?: (error: unknown) => void };
    (globalThis as { reportError?: unknown }).reportError = (error: unknown) => reported.push(error);
    try {
      b.phone.onRingingOut = (detail) => {
        heard.push(detail.code);
        throw new Error("theirs");
      };
      await b.phone.makeCall("1002");
      b.server.respond(b.server.last("INVITE"), 180, [FAR]);
      await settle();
    } finally {
      (globalThis as { reportError?: unknown }).reportError = reportError;
    }
    expect(heard).toEqual([180]);
    expect(reported).toHaveLength(1);
    expect(b.names()).toEqual(["ringingout"]);
    expect(b.tone()).toBe("ringback");
  });
});

describe("requests outside a call", () => {
  it.each([
    ["OPTIONS", 200],
    ["MESSAGE", 405],
    ["SUBSCRIBE", 405],
  ])("%s gets %i", async (method, status) => {
    const b = bench();
    await b.phone.register();
    b.server.give(request(method));
    expect(b.server.lastResponse(method).status).toBe(status);
    expect(b.server.lastResponse(method).fields.get("Allow")).toContain("INVITE");
  });

  it("in a call that does not exist get 481", async () => {
    const b = bench();
    await b.phone.register();
    const bye = request("BYE");
    bye.fields.set("To", "<sip:1001@example.com>;tag=gone");
    b.server.give(bye);
    expect(b.server.lastResponse("BYE").status).toBe(481);
  });

  it("that are no SIP are dropped", async () => {
    const b = bench();
    await b.phone.register();
    for (const text of ["", "nonsense", "INVITE sip:x SIP/2.0\r\n\r\n", "\0".repeat(70_000)])
      b.server.socket.give(text);
    b.server.socket.give(new ArrayBuffer(3));
    expect(b.phone.registered).toBe(true);
  });
});

describe("stop()", () => {
  it("ends calls, signs off, closes the connection and leaves no timer; the phone works after", async () => {
    const b = await up();
    await b.phone.register();
    await b.phone.stop();
    expect(record(b)).toMatchObject({ endedBy: "local" });
    expect(b.server.last("REGISTER").fields.get("Expires")).toBe("0");
    await settle();
    expect(b.server.socket.closed).toBe(true);
    await b.clock.advance(32_000);
    expect(b.clock.pending).toBe(0);
    await b.phone.register();
    expect(b.phone.registered).toBe(true);
  });
});
