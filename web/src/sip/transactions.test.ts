import { beforeEach, describe, expect, it } from "vitest";
import { Agent } from "./agent.ts";
import { FakeClock, FakeServer, countingRandom, request, settle } from "./fake.ts";
import { HeaderFields, isRequest, respond } from "./message.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { LIFETIME, MAX_TRANSACTIONS, TransactionLayer, cancellation } from "./transactions.ts";
import type { ClientTransaction, ServerTransaction } from "./transactions.ts";

/** Timers B, F, H, L and M are 64·T1 where T1 is 500 ms (RFC 3261 table 4, RFC 6026 §8.4). */
const SECONDS_32 = 32_000;

let clock: FakeClock;
let layer: TransactionLayer;
/** False: the transport takes nothing. */
let up: boolean;
let written: SipMessage[];
let taken: { request: SipRequest; transaction: ServerTransaction | null }[];

beforeEach(() => {
  clock = new FakeClock();
  up = true;
  written = [];
  taken = [];
  const write = (message: SipMessage) => up && written.push(message) > 0;
  layer = new TransactionLayer(clock, countingRandom(), write, {
    request: (incoming, transaction) => void taken.push({ request: incoming, transaction }),
  });
});

/** The methods and statuses that went out, in order. */
const out = () => written.map((message) => (isRequest(message) ? message.method : message.status));

interface Started {
  sent: SipRequest;
  transaction: ClientTransaction;
  /** What reached the user: statuses, and why there was no final response. */
  heard: (number | string)[];
  answer(status: number, tag?: string): void;
}

function start(sent: SipRequest): Started {
  const heard: Started["heard"] = [];
  const transaction = layer.start(sent, (status, response) =>
    heard.push(response ? status : status === 408 ? "timeout" : "transport"),
  );
  return {
    sent,
    transaction,
    heard,
    answer: (status, tag = "far") => layer.receive(respond(sent, status, tag)),
  };
}

/** A request comes in and makes a new transaction. */
function come(incoming: SipRequest): ServerTransaction {
  layer.receive(incoming);
  const transaction = taken.at(-1)?.transaction;
  if (!transaction) throw new Error("No transaction was made");
  return transaction;
}

/** The same request with other fields. */
function altered(from: SipRequest, change: (fields: HeaderFields) => void): SipRequest {
  const fields = new HeaderFields(from.fields);
  change(fields);
  return { ...from, fields };
}

const ack = (branch = "z9hG4bKINVITE") => request("ACK", [], "", branch);

it("lets timers B, F, H, L and M be 32 seconds (RFC 3261 table 4, RFC 6026 §8.4)", () => {
  expect(LIFETIME).toBe(SECONDS_32);
});

describe("the INVITE client transaction (RFC 3261 §17.1.1)", () => {
  it("sends the request once and never again on a reliable transport (§17.1.1.2, timer A)", async () => {
    start(request("INVITE"));
    await clock.advance(SECONDS_32 - 1);
    expect(out()).toEqual(["INVITE"]);
  });

  it("tells its user of a timeout when timer B fires after 32 seconds, not before (§17.1.1.2)", async () => {
    const { heard } = start(request("INVITE"));
    await clock.advance(SECONDS_32 - 1);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(["timeout"]);
    expect(clock.pending).toBe(0);
  });

  it("knows no response once timer B has fired (§17.1.1.2)", async () => {
    const { heard, answer } = start(request("INVITE"));
    await clock.advance(SECONDS_32);
    answer(180);
    answer(200);
    answer(486);
    expect(heard).toEqual(["timeout"]);
    expect(out()).toEqual(["INVITE"]);
  });

  it("waits without limit after a provisional response: timer B is off (§17.1.1.2)", async () => {
    const { heard, answer } = start(request("INVITE"));
    await clock.advance(SECONDS_32 - 1);
    answer(100);
    await clock.advance(10 * SECONDS_32);
    answer(200);
    expect(heard).toEqual([100, 200]);
  });

  it("passes every provisional response up (§17.1.1.2)", () => {
    const { heard, answer } = start(request("INVITE"));
    for (const status of [100, 180, 180, 183]) answer(status);
    expect(heard).toEqual([100, 180, 180, 183]);
  });

  it.each([[300], [401], [486], [503], [603]])(
    "acknowledges %i by itself and passes it up (§17.1.1.2)",
    (status) => {
      const { heard, answer } = start(request("INVITE"));
      answer(180);
      answer(status);
      expect(heard).toEqual([180, status]);
      expect(out()).toEqual(["INVITE", "ACK"]);
    },
  );

  it("builds that ACK from the request, with the To of the response (§17.1.1.3)", () => {
    const invite = request(
      "INVITE",
      [
        ["Route", "<sip:one.example.com;lr>"],
        ["Route", "<sip:two.example.com;lr>"],
        ["Proxy-Authorization", 'Digest username="1001"'],
        ["Subject", "not for an ACK"],
        ["Content-Type", "application/sdp"],
      ],
      "v=0",
    );
    const { answer } = start(invite);
    answer(486, "refusing");
    const built = written.at(-1) as SipRequest;
    expect(built).toMatchObject({ method: "ACK", uri: invite.uri, body: "" });
    expect(built.fields.all("Via")).toEqual(invite.fields.all("Via"));
    expect(built.fields.all("Route")).toEqual(["<sip:one.example.com;lr>", "<sip:two.example.com;lr>"]);
    expect(built.fields.all("To")).toEqual(["<sip:1001@example.com>;tag=refusing"]);
    for (const name of ["From", "Call-ID", "Max-Forwards", "Proxy-Authorization"]) {
      expect(built.fields.all(name)).toEqual(invite.fields.all(name));
    }
    expect(built.fields.all("CSeq")).toEqual(["1 ACK"]);
    expect(built.fields.get("Subject") + built.fields.get("Content-Type")).toBe("");
  });

  it("is gone at once after a refusal: timer D is zero (§17.1.1.2)", () => {
    const { heard, answer } = start(request("INVITE"));
    answer(486);
    answer(486);
    expect(heard).toEqual([486]);
    expect(out()).toEqual(["INVITE", "ACK"]);
    expect(clock.pending).toBe(0);
  });

  it("leaves the ACK of a 2xx to its user (§17.1.1.2)", () => {
    const { heard, answer } = start(request("INVITE"));
    answer(200);
    expect(heard).toEqual([200]);
    expect(out()).toEqual(["INVITE"]);
  });

  it("passes 2xx up again, of its peer and of other forks, until timer M (RFC 6026 §7.2)", async () => {
    const { heard, answer } = start(request("INVITE"));
    answer(180);
    answer(200);
    await clock.advance(SECONDS_32 - 1);
    answer(200);
    answer(200, "fork");
    expect(heard).toEqual([180, 200, 200, 200]);
    await clock.advance(1);
    answer(200);
    expect(heard).toEqual([180, 200, 200, 200]);
    expect(clock.pending).toBe(0);
  });

  it("lets timer M run from the first 2xx, whichever follow (RFC 6026 §8.4)", async () => {
    const { answer } = start(request("INVITE"));
    await clock.advance(1_000);
    answer(200);
    await clock.advance(SECONDS_32 - 1);
    answer(200);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(clock.pending).toBe(0);
  });

  it("drops provisional responses and refusals after a 2xx (RFC 6026 §7.2)", () => {
    const { heard, answer } = start(request("INVITE"));
    answer(200);
    answer(180);
    answer(486);
    expect(heard).toEqual([200]);
    expect(out()).toEqual(["INVITE"]);
  });

  it.each([[[]], [[180]]])(
    "tells its user once that the transport is gone, after %j (§17.1.4)",
    (before: number[]) => {
      const { heard, answer } = start(request("INVITE"));
      before.forEach((status) => answer(status));
      layer.lost();
      layer.lost();
      expect(heard).toEqual([...before, "transport"]);
      expect(clock.pending).toBe(0);
    },
  );

  it("outlives the loss of the transport once it was answered (RFC 6026 §7.2)", () => {
    const { heard, answer } = start(request("INVITE"));
    answer(200);
    layer.lost();
    answer(200);
    expect(heard).toEqual([200, 200]);
  });

  it("tells of a transport that refuses the request, after start() has returned (§17.1.4)", async () => {
    up = false;
    const { heard } = start(request("INVITE"));
    expect(heard).toEqual([]);
    await settle();
    expect(heard).toEqual(["transport"]);
    expect(clock.pending).toBe(0);
  });
});

describe("the non-INVITE client transaction (RFC 3261 §17.1.2)", () => {
  it("sends the request once on a reliable transport (§17.1.2.2, timer E)", async () => {
    start(request("BYE"));
    await clock.advance(SECONDS_32 - 1);
    expect(out()).toEqual(["BYE"]);
  });

  it.each([[[]], [[100]]])(
    "times out when timer F fires after 32 seconds, after %j (§17.1.2.2)",
    async (before: number[]) => {
      const { heard, answer } = start(request("REGISTER"));
      await clock.advance(20_000);
      before.forEach((status) => answer(status));
      await clock.advance(SECONDS_32 - 20_001);
      expect(heard).toEqual(before);
      await clock.advance(1);
      expect(heard).toEqual([...before, "timeout"]);
      expect(clock.pending).toBe(0);
    },
  );

  it.each([[200], [302], [404], [500], [603]])(
    "passes %i up once and is gone: timer K is zero (§17.1.2.2)",
    (status) => {
      const { heard, answer } = start(request("OPTIONS"));
      answer(100);
      answer(status);
      answer(status);
      expect(heard).toEqual([100, status]);
      expect(out()).toEqual(["OPTIONS"]);
      expect(clock.pending).toBe(0);
    },
  );

  it("tells its user that the transport is gone, also after a provisional response (§17.1.4)", () => {
    const one = start(request("REGISTER"));
    const two = start(request("BYE"));
    two.answer(100);
    layer.lost();
    expect([one.heard, two.heard]).toEqual([["transport"], [100, "transport"]]);
    expect(clock.pending).toBe(0);
  });
});

describe("the INVITE server transaction (RFC 3261 §17.2.1)", () => {
  it("gives the request to its user once, however often it comes (§17.2.1)", () => {
    come(request("INVITE"));
    layer.receive(request("INVITE"));
    expect(taken).toHaveLength(1);
    expect(out()).toEqual([]);
  });

  it("answers a copy of the request with its last provisional response (§17.2.1)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(100);
    transaction.respond(180);
    layer.receive(request("INVITE"));
    expect(out()).toEqual([100, 180, 180]);
    expect(written[2]).toEqual(written[1]);
  });

  it("answers a copy of the request with its refusal until the ACK is there (§17.2.1)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(486);
    layer.receive(request("INVITE"));
    expect(out()).toEqual([486, 486]);
    expect(taken).toHaveLength(1);
  });

  it("sends a refusal once on a reliable transport (§17.2.1, timer G)", async () => {
    come(request("INVITE")).respond(486);
    await clock.advance(SECONDS_32 - 1);
    expect(out()).toEqual([486]);
  });

  it("waits for the ACK of a refusal until timer H fires after 32 seconds (§17.2.1)", async () => {
    const transaction = come(request("INVITE"));
    transaction.respond(486);
    await clock.advance(SECONDS_32 - 1);
    expect(transaction.refused).toBe(true);
    await clock.advance(1);
    expect(transaction.refused).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it("keeps the ACK of a refusal from its user and is gone: timer I is zero (§17.2.1)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(486);
    layer.receive(ack());
    expect(taken).toHaveLength(1);
    expect(transaction.refused).toBe(false);
    expect(clock.pending).toBe(0);
    layer.receive(request("INVITE"));
    expect(taken).toHaveLength(2);
  });

  it("has one final response: what its user answers after it is dropped (§17.2.1)", () => {
    const transaction = come(request("INVITE"));
    expect(transaction.respond(486)).toBe(true);
    for (const status of [180, 200, 603]) expect(transaction.respond(status)).toBe(false);
    expect(out()).toEqual([486]);
  });

  it("absorbs copies of the request after a 2xx (RFC 6026 §7.1)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(200);
    layer.receive(request("INVITE"));
    expect(taken).toHaveLength(1);
    expect(out()).toEqual([200]);
  });

  it("sends a 2xx again when its user says so (RFC 6026 §7.1)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(200, [["Contact", "<sip:1001@x.invalid>"]], "v=0");
    transaction.repeat();
    expect(out()).toEqual([200, 200]);
    expect(written[1]).toEqual(written[0]);
  });

  it("drops a refusal after a 2xx (RFC 6026 §8.5)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(200);
    expect(transaction.respond(486)).toBe(false);
    expect(out()).toEqual([200]);
  });

  it("is gone when timer L fires 32 seconds after the first 2xx (RFC 6026 §7.1)", async () => {
    const transaction = come(request("INVITE"));
    transaction.respond(200);
    await clock.advance(SECONDS_32 - 1);
    transaction.respond(200);
    layer.receive(request("INVITE"));
    expect(taken).toHaveLength(1);
    await clock.advance(1);
    expect(clock.pending).toBe(0);
    layer.receive(request("INVITE"));
    expect(taken).toHaveLength(2);
  });

  it("gives the ACK of a 2xx to its user, with whichever branch (RFC 6026 §7.1)", () => {
    come(request("INVITE")).respond(200);
    layer.receive(ack("z9hG4bKother"));
    layer.receive(ack());
    expect(taken.slice(1).map(({ request: { method }, transaction }) => [method, transaction])).toEqual([
      ["ACK", null],
      ["ACK", null],
    ]);
  });

  it("puts one tag on the To of every response above 100 (§8.2.6.2)", () => {
    const transaction = come(request("INVITE"));
    for (const status of [100, 180, 200]) transaction.respond(status);
    const [trying, ringing, ok] = written.map(({ fields }) => fields.get("To"));
    expect(trying).toBe("<sip:1001@example.com>");
    expect(ringing).toBe(`<sip:1001@example.com>;tag=${transaction.tag}`);
    expect(ok).toBe(ringing);
  });

  it("outlives its transport: a response may take the next one (§18.2.2)", () => {
    const transaction = come(request("INVITE"));
    transaction.respond(180);
    layer.lost();
    layer.receive(request("INVITE"));
    transaction.respond(200);
    expect(taken).toHaveLength(1);
    expect(out()).toEqual([180, 180, 200]);
  });

  it("is gone without an answer when another takes its place", async () => {
    const open = come(request("INVITE"));
    const answered = come(request("INVITE", [], "", "z9hG4bKtwo"));
    answered.respond(200);
    for (const transaction of [open, answered]) transaction.drop();
    expect(open.respond(603)).toBe(false);
    expect(out()).toEqual([200]);
    expect(clock.pending).toBe(0);
    layer.receive(request("INVITE"));
    expect(taken).toHaveLength(3);
  });

  it("leaves no timer behind 32 seconds after its transport is gone (§17.2.4)", async () => {
    come(request("INVITE")).respond(486);
    come(request("INVITE", [], "", "z9hG4bKtwo")).respond(200);
    layer.lost();
    await clock.advance(SECONDS_32);
    expect(clock.pending).toBe(0);
  });
});

describe("the non-INVITE server transaction (RFC 3261 §17.2.2)", () => {
  it("is forgotten when the transport is gone (§17.2.4)", () => {
    come(request("INFO"));
    layer.lost();
    layer.receive(request("INFO"));
    expect(taken).toHaveLength(2);
  });

  it("drops a copy of a request that has no answer yet (§17.2.2)", () => {
    come(request("INFO"));
    layer.receive(request("INFO"));
    expect(taken).toHaveLength(1);
    expect(out()).toEqual([]);
  });

  it("answers a copy of the request with its provisional response (§17.2.2)", () => {
    come(request("INFO")).respond(100);
    layer.receive(request("INFO"));
    expect(out()).toEqual([100, 100]);
  });

  it.each([[200], [405], [603]])("is gone once it has answered %i: timer J is zero (§17.2.2)", (status) => {
    const transaction = come(request("INFO"));
    expect(transaction.respond(status)).toBe(true);
    expect(transaction.respond(200)).toBe(false);
    expect(out()).toEqual([status]);
    expect(clock.pending).toBe(0);
    layer.receive(request("INFO"));
    expect(taken).toHaveLength(2);
  });
});

describe("matching (RFC 3261 §17.1.3, §17.2.3)", () => {
  it("gives a response to the transaction of its branch (§17.1.3)", () => {
    const one = start(request("OPTIONS", [], "", "z9hG4bKone"));
    const two = start(request("OPTIONS", [], "", "z9hG4bKtwo"));
    two.answer(200);
    expect([one.heard, two.heard]).toEqual([[], [200]]);
  });

  it("tells the response to a CANCEL from that to its INVITE, which has the same branch (§17.1.3)", () => {
    const invite = start(request("INVITE"));
    const cancel = start(cancellation(invite.sent));
    cancel.answer(200);
    expect([invite.heard, cancel.heard]).toEqual([[], [200]]);
  });

  it("drops a response that belongs to no transaction (§18.1.2)", () => {
    const { sent, heard } = start(request("OPTIONS"));
    const stray = altered(sent, (fields) => fields.set("Via", "SIP/2.0/WSS far.example.com;branch=z9hG4bKx"));
    layer.receive(respond(stray, 200, "far"));
    expect(heard).toEqual([]);
  });

  it("compares branch and sent-by without regard to case (§7.3.1)", () => {
    come(request("INVITE"));
    layer.receive(
      altered(request("INVITE"), (fields) =>
        fields.set("Via", "SIP/2.0/WSS FAR.example.com;BRANCH=Z9HG4BKinvite"),
      ),
    );
    expect(taken).toHaveLength(1);
  });

  it.each([
    ["another branch", "far.example.com;branch=z9hG4bKother"],
    ["another host", "near.example.com;branch=z9hG4bKINVITE"],
    ["another port", "far.example.com:5061;branch=z9hG4bKINVITE"],
  ])("takes a request with %s for a new one (§17.2.3)", (_what, via) => {
    come(request("INVITE"));
    layer.receive(altered(request("INVITE"), (fields) => fields.set("Via", `SIP/2.0/WSS ${via}`)));
    expect(taken).toHaveLength(2);
  });

  it("tells requests without a branch apart by Call-ID and CSeq (§17.2.3)", () => {
    const bare = (number: number) =>
      altered(request("INFO"), (fields) =>
        fields.set("Via", "SIP/2.0/WSS far.example.com").set("CSeq", `${number} INFO`),
      );
    come(bare(1));
    layer.receive(bare(1));
    layer.receive(bare(2));
    expect(taken).toHaveLength(2);
  });

  it("drops new requests while 256 are under way, and answers those (our bound)", () => {
    for (let i = 0; i < MAX_TRANSACTIONS + 10; i++) layer.receive(request("INFO", [], "", `z9hG4bK${i}`));
    expect(taken).toHaveLength(256);
    taken[0]!.transaction!.respond(200);
    layer.receive(request("INFO", [], "", "z9hG4bKnew"));
    expect(taken).toHaveLength(257);
  });
});

describe("CANCEL (RFC 3261 §9)", () => {
  it("finds the INVITE whose branch it has, and no other (§9.2)", () => {
    const transaction = come(request("INVITE"));
    expect(layer.cancelled(request("CANCEL", [], "", "z9hG4bKINVITE"))).toBe(transaction);
    expect(layer.cancelled(request("CANCEL", [], "", "z9hG4bKother"))).toBeUndefined();
  });

  it("copies URI, Via, Route, From, To, Call-ID and the number of CSeq (§9.1)", () => {
    const invite = request("INVITE", [["Route", "<sip:one.example.com;lr>"]], "v=0");
    const cancel = cancellation(invite);
    expect(cancel).toMatchObject({ method: "CANCEL", uri: invite.uri, body: "" });
    for (const name of ["Via", "Route", "From", "To", "Call-ID", "Max-Forwards"]) {
      expect(cancel.fields.all(name)).toEqual(invite.fields.all(name));
    }
    expect(cancel.fields.all("CSeq")).toEqual(["1 CANCEL"]);
  });

  /** An agent that has sent an INVITE to a server that keeps silent. */
  async function calling() {
    const time = new FakeClock();
    const server = new FakeServer(() => {});
    const agent = new Agent(
      {
        clock: time,
        random: countingRandom(),
        webSocket: server.factory,
        servers: ["wss://one.example.com/sip"],
        username: "1001",
        credentials: () => null,
      },
      {
        opened() {},
        closed() {},
        moved() {},
        pulse() {},
        probe() {},
        invited() {},
      },
    );
    await agent.connection.open();
    const idle = time.pending;
    const finals: [number, SipResponse | null][] = [];
    const fields = new HeaderFields([
      ["From", "<sip:1001@example.com>;tag=near"],
      ["To", "<sip:1002@example.com>"],
      ["Call-ID", "outgoing"],
    ]);
    const sent = agent.send(
      { method: "INVITE", uri: "sip:1002@example.com", fields, body: "", sequence: { value: 0 } },
      { final: (...final) => finals.push(final) },
    );
    return {
      time,
      server,
      sent,
      statuses: () => finals.map(([status]) => status),
      /** Timers beyond the keep-alive of the connection. */
      timers: () => time.pending - idle,
      answer: (status: number) => server.respond(sent.request!, status),
    };
  }

  it("waits for a provisional response, and goes out on the first (§9.1)", async () => {
    const { server, sent, answer } = await calling();
    sent.cancel();
    expect(server.got("CANCEL")).toHaveLength(0);
    answer(100);
    answer(180);
    expect(server.got("CANCEL")).toHaveLength(1);
    expect(server.last("CANCEL").fields.get("Via")).toBe(server.last("INVITE").fields.get("Via"));
  });

  it("is never sent where a final response comes first (§9.1)", async () => {
    const { server, sent, answer, statuses } = await calling();
    sent.cancel();
    answer(486);
    expect(server.got("CANCEL")).toHaveLength(0);
    expect(statuses()).toEqual([486]);
  });

  it("goes out at once, and once, after a provisional response (§9.1)", async () => {
    const { server, sent, answer, statuses } = await calling();
    answer(180);
    sent.cancel();
    sent.cancel();
    expect(server.got("CANCEL")).toHaveLength(1);
    answer(487);
    expect(statuses()).toEqual([487]);
    expect(server.got("ACK")).toHaveLength(1);
  });

  it("gives the INVITE up after 32 seconds without a final response (§9.1)", async () => {
    const { time, server, sent, answer, statuses, timers } = await calling();
    answer(180);
    sent.cancel();
    server.respond(server.last("CANCEL"), 200);
    await time.advance(SECONDS_32 - 1);
    expect(statuses()).toEqual([]);
    await time.advance(1);
    expect(statuses()).toEqual([503]);
    expect(timers()).toBe(0);
  });

  it("gives the INVITE up also when it goes on ringing after the CANCEL (§9.1)", async () => {
    const { time, server, sent, answer, statuses, timers } = await calling();
    answer(180);
    sent.cancel();
    server.respond(server.last("CANCEL"), 200);
    await time.advance(1_000);
    answer(180);
    await time.advance(SECONDS_32 - 1_000);
    expect(statuses()).toEqual([503]);
    expect(timers()).toBe(0);
  });
});
