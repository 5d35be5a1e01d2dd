import { describe, expect, it } from "vitest";
import { ANSWER, OFFER, SDP_TYPE, SessionBench, anew } from "./fake-session.ts";
import { FAR, request, settle } from "./fake.ts";
import { SipFailure } from "./failure.ts";
import { Session } from "./session.ts";

const CHALLENGE = 'Digest realm="example.com", nonce="n", qop="auth"';
const numbers = (b: SessionBench, method: string) =>
  b.server.got(method).map(({ fields }) => fields.get("CSeq"));

describe("an INVITE whose connection is lost before a final answer", () => {
  it("goes out again over the next one: the same call with the next CSeq number and another branch", async () => {
    const b = new SessionBench();
    const first = await b.call();
    await b.cut();
    expect(b.over).toBe(false);
    await b.back();
    const second = b.server.last("INVITE");
    expect(numbers(b, "INVITE")).toEqual(["1 INVITE", "2 INVITE"]);
    for (const name of ["Call-ID", "From", "To"])
      expect(second.fields.get(name)).toBe(first.fields.get(name));
    expect(second.fields.get("Via")).not.toBe(first.fields.get("Via"));
    expect(second.body).toBe(OFFER);
    b.server.respond(second, 200, [FAR], ANSWER);
    await settle();
    expect(b.told).toEqual([["answered", ANSWER]]);
    expect(b.server.last("ACK").fields.get("CSeq")).toBe("2 ACK");
  });

  it("is not cancelled where nothing had come back (RFC 3261 §9.1)", async () => {
    const b = new SessionBench();
    await b.call();
    await b.cut();
    await b.back();
    expect(b.server.got("CANCEL")).toHaveLength(0);
  });

  it("is cancelled first, by its branch, where a provisional response had come", async () => {
    const b = new SessionBench();
    const first = await b.call();
    b.server.respond(first, 180, [FAR]);
    await b.cut();
    await b.back();
    const sent = b.server.requests.map(({ method }) => method);
    expect(sent).toEqual(["INVITE", "CANCEL", "INVITE"]);
    expect(b.server.last("CANCEL").fields.get("Via")).toBe(first.fields.get("Via"));
    expect(b.over).toBe(false);
  });

  it("tells of ringing as before", async () => {
    const b = new SessionBench();
    await b.call();
    await b.cut();
    await b.back();
    b.server.respond(b.server.last("INVITE"), 180, [FAR]);
    expect(b.told).toEqual([["provisional", 180, ""]]);
  });

  it("ends at once when it is hung up, and sends nothing but that CANCEL", async () => {
    const b = new SessionBench();
    b.server.respond(await b.call(), 180, [FAR]);
    await b.cut();
    b.session.hangup();
    expect(b.end).toEqual({ by: "local", status: 487, cause: 0 });
    await b.back();
    expect(b.server.requests.map(({ method }) => method)).toEqual(["INVITE", "CANCEL"]);
    expect(await b.idle()).toBe(true);
    expect(b.end).toMatchObject({ by: "local" });
  });

  it("is over after 32 seconds without a connection", async () => {
    const b = new SessionBench();
    await b.call();
    await b.cut();
    await b.clock.advance(31_999);
    expect(b.over).toBe(false);
    await b.clock.advance(1);
    expect(b.end).toEqual({ by: "network", status: 0, cause: 0 });
    await b.back();
    expect(b.server.got("INVITE")).toHaveLength(1);
    expect(await b.idle()).toBe(true);
  });

  it("goes out again four times at the most", async () => {
    const b = new SessionBench();
    await b.call();
    for (let i = 0; i < 4; i++) {
      await b.cut();
      await b.back();
    }
    expect(b.over).toBe(false);
    await b.cut();
    expect(b.end).toEqual({ by: "network", status: 0, cause: 0 });
    expect(b.server.got("INVITE")).toHaveLength(5);
  });

  it("that was cancelled already stays cancelled, and its CANCEL is sent again", async () => {
    const b = new SessionBench();
    b.server.respond(await b.call(), 180, [FAR]);
    b.session.hangup();
    await b.cut();
    await b.back();
    expect(b.server.requests.map(({ method }) => method)).toEqual(["INVITE", "CANCEL", "CANCEL"]);
    expect(b.end).toMatchObject({ by: "local" });
  });
});

describe("a call that rings here while its connection is lost", () => {
  it("rings on, and says so again over the next connection", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.cut();
    await b.clock.advance(31_999);
    expect(b.over).toBe(false);
    await b.back();
    expect(b.statuses("INVITE")).toEqual([180, 180]);
    b.session.accept(ANSWER);
    expect(b.statuses("INVITE")).toEqual([180, 180, 200]);
  });

  it("ends after 32 seconds without one", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.cut();
    await b.clock.advance(32_000);
    expect(b.end).toEqual({ by: "network", status: 0, cause: 0 });
    expect(await b.idle()).toBe(true);
  });

  it("rings for one more minute where nothing shows that the caller is there", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.cut();
    await b.back();
    await b.clock.advance(59_999);
    expect(b.over).toBe(false);
    await b.clock.advance(1);
    expect(b.end).toMatchObject({ by: "network", status: 480 });
    expect(b.statuses("INVITE").at(-1)).toBe(480);
  });

  it("is cancelled by the branch of its INVITE, also over the next connection", async () => {
    const b = new SessionBench();
    const invite = await b.ringing();
    await b.cut();
    await b.back();
    const cancel = { ...invite, method: "CANCEL", body: "" };
    cancel.fields.set("CSeq", "1 CANCEL");
    await b.give(cancel);
    expect(b.statuses("CANCEL")).toEqual([200]);
    expect(b.end).toMatchObject({ by: "remote", status: 487 });
  });
});

it("rings for three minutes at the most", async () => {
  const b = new SessionBench();
  await b.ringing();
  await b.clock.advance(179_999);
  expect(b.over).toBe(false);
  await b.clock.advance(1);
  expect(b.end).toMatchObject({ by: "network", status: 480 });
  expect(b.statuses("INVITE")).toEqual([180, 480]);
});

describe("an INVITE that comes again", () => {
  it("after a lost connection is the same call: it rings on, with the same tag", async () => {
    const b = new SessionBench();
    await b.ringing();
    const tag = b.server.lastResponse("INVITE").fields.get("To");
    await b.cut();
    await b.back();
    await b.give(anew(2));
    expect(b.invites).toHaveLength(1);
    const ringing = b.server.lastResponse("INVITE");
    expect(ringing.fields.get("CSeq")).toBe("2 INVITE");
    expect(ringing.fields.get("To")).toBe(tag);
    b.session.accept(ANSWER);
    expect(b.server.lastResponse("INVITE").fields.get("CSeq")).toBe("2 INVITE");
    await b.within("ACK", 2);
    expect(b.told).toEqual([["confirmed", ""]]);
  });

  it("brings another Contact, to which requests go from then on", async () => {
    const b = new SessionBench();
    await b.ringing();
    const again = anew(2);
    again.fields.set("Contact", "<sip:moved@far.example.com>").add("Record-Route", "<sip:p.example.com;lr>");
    await b.give(again);
    b.session.accept(ANSWER);
    await b.within("ACK", 2);
    b.session.hangup();
    expect(b.server.last("BYE").uri).toBe("sip:moved@far.example.com");
    expect(b.server.last("BYE").fields.all("Route")).toEqual(["<sip:p.example.com;lr>"]);
  });

  it("takes the place of the one before, which is never answered", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.give(anew(2));
    b.session.hangup();
    expect(b.server.responses.map(({ status, fields }) => [status, fields.get("CSeq")]).slice(1)).toEqual([
      [180, "2 INVITE"],
      [603, "2 INVITE"],
    ]);
  });

  it("leaves nothing for a CANCEL of the one before to end", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.give(anew(2));
    await b.give(request("CANCEL", [], "", "z9hG4bKINVITE"));
    expect(b.statuses("CANCEL")).toEqual([481]);
    expect(b.over).toBe(false);
  });

  it("while our 200 waits for its ACK is answered with the same description", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.cut();
    await b.back();
    await b.give(anew(2));
    const answer = b.server.lastResponse("INVITE");
    expect([answer.status, answer.body, answer.fields.get("CSeq")]).toEqual([200, ANSWER, "2 INVITE"]);
    await b.within("ACK", 2);
    expect(b.told).toEqual([["confirmed", ""]]);
  });

  it("by another way over the same connection is refused with 482 (RFC 3261 §8.2.2.2)", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.give(anew(1));
    expect(b.statuses("INVITE")).toEqual([180, 482]);
    expect(b.invites).toHaveLength(1);
  });

  it("with the same number over the next connection is the same call", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.cut();
    await b.back();
    await b.give(anew(1));
    expect(b.statuses("INVITE")).toEqual([180, 180, 180]);
  });

  it("over the connection it first came by is refused with 482 also after a reconnection", async () => {
    const b = await new SessionBench().open();
    b.agent.connection.close();
    await b.ringing();
    await b.give(anew(1));
    expect(b.statuses("INVITE")).toEqual([180, 482]);
  });

  it("once the call is up is another call, also while an offer of the other side is open", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.within("ACK", 1);
    await b.within("INVITE", 2, [SDP_TYPE], OFFER);
    await b.give(anew(3));
    expect(b.invites).toHaveLength(2);
  });

  it("of another caller is another call", async () => {
    const b = new SessionBench();
    await b.ringing();
    const other = anew(2);
    other.fields.set("From", "<sip:1003@example.com>;tag=other");
    await b.give(other);
    expect(b.invites).toHaveLength(2);
  });
});

describe("a 200 of ours that waits for its ACK", () => {
  it("is not repeated while there is no connection, and is when there is one again", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.cut();
    await b.clock.advance(60_000);
    expect(b.over).toBe(false);
    const before = b.statuses("INVITE").length;
    await b.back();
    expect(b.statuses("INVITE")).toHaveLength(before + 1);
    await b.clock.advance(500);
    expect(b.statuses("INVITE")).toHaveLength(before + 2);
  });

  it.each(["INVITE", "INFO", "REFER"])("needs none any more once %s follows", async (method) => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.within(method, 2, method === "INVITE" ? [SDP_TYPE] : [], method === "INVITE" ? OFFER : "");
    expect(b.told[0]).toEqual(["confirmed", ""]);
    expect(b.told[1]).toEqual(method === "INVITE" ? ["offered", OFFER] : ["request", method]);
    expect(b.server.lastResponse(method).status).toBe(200);
  });

  it("waits on when a PRACK or an UPDATE follows, which come before an ACK may", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.within("UPDATE", 2);
    expect(b.told).toEqual([]);
    await b.clock.advance(32_000);
    expect(b.end).toMatchObject({ by: "network" });
  });

  it("is repeated at its own pace also where a move went unnoticed", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    b.session.restored();
    await b.clock.advance(500);
    expect(b.statuses("INVITE")).toEqual([180, 200, 200, 200]);
  });

  it("is followed by BYE once the ACK is there, when it was hung up before (RFC 3261 §15)", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    b.session.hangup();
    expect(b.server.got("BYE")).toHaveLength(0);
    await b.within("ACK", 1);
    expect(b.server.got("BYE")).toHaveLength(1);
  });

  it("is followed by BYE also when it was hung up without a connection", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.cut();
    b.session.hangup();
    await b.clock.advance(10_000);
    b.server.accepts = () => "open";
    await b.open();
    await b.clock.advance(22_000);
    expect(b.server.got("BYE")).toHaveLength(1);
    expect(await b.idle()).toBe(true);
  });

  it("of a re-INVITE waits likewise", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    await b.give(b.server.within(invite, "INVITE", 1, [SDP_TYPE], OFFER));
    await b.cut();
    await b.clock.advance(60_000);
    await b.back();
    await b.give(b.server.within(invite, "INVITE", 2, [SDP_TYPE], OFFER));
    expect(b.server.lastResponse("INVITE").fields.get("CSeq")).toBe("2 INVITE");
    expect(b.told.filter(([name]) => name === "offered")).toHaveLength(2);
    expect(b.over).toBe(false);
  });
});

describe("an offer within the call", () => {
  it("is one at a time", async () => {
    const b = new SessionBench();
    await b.up();
    void b.session.reinvite(async () => OFFER);
    await settle();
    await expect(b.session.reinvite(async () => OFFER)).rejects.toMatchObject({ status: 491, local: true });
    expect(b.server.got("INVITE")).toHaveLength(2);
  });

  it("waits until an answer of ours was acknowledged (RFC 3261 §14.1)", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    await b.give(b.server.within(invite, "INVITE", 1, [SDP_TYPE], OFFER));
    await expect(b.session.reinvite(async () => OFFER)).rejects.toMatchObject({ status: 491, local: true });
    await b.give(b.server.within(invite, "ACK", 1));
    void b.session.reinvite(async () => OFFER);
    await settle();
    expect(b.server.got("INVITE")).toHaveLength(2);
  });

  it("of the other side meets 491 while ours is open (§14.2)", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    void b.session.reinvite(async () => OFFER);
    await settle();
    await b.give(b.server.within(invite, "INVITE", 1, [SDP_TYPE], OFFER));
    expect(b.statuses("INVITE")).toEqual([491]);
  });

  it("of the other side that is answered after the call was hung up meets 487", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    let answer: (sdp: string) => void = () => {};
    b.offered = () => new Promise((resolve) => (answer = resolve));
    await b.give(b.server.within(invite, "INVITE", 1, [SDP_TYPE], OFFER));
    b.session.hangup();
    answer(ANSWER);
    await settle();
    expect(b.statuses("INVITE")).toEqual([487]);
    expect(await b.idle()).toBe(true);
  });
});

describe("a confirmed session without a connection", () => {
  it("goes on for as long as it takes", async () => {
    const b = new SessionBench();
    await b.up();
    await b.cut();
    await b.clock.advance(3_600_000);
    expect(b.over).toBe(false);
  });

  it("rejects requests as 503 of its own", async () => {
    const b = new SessionBench();
    await b.up();
    const lost = b.session.reinvite(async () => OFFER).catch((error: unknown) => error);
    await settle();
    await b.cut();
    expect(await lost).toMatchObject({ status: 503, local: true });
    await expect(b.session.send("INFO")).rejects.toMatchObject({ status: 503, local: true });
    expect(b.over).toBe(false);
  });
});

describe("a request within the dialog", () => {
  it.each([
    [401, "WWW-Authenticate", "Authorization"],
    [407, "Proxy-Authenticate", "Proxy-Authorization"],
  ])("that meets %i goes out again with credentials", async (status, challenge, credentials) => {
    const b = new SessionBench();
    await b.up();
    b.server.script = (message, server) => {
      if (message.method === "ACK") return;
      if (message.fields.get(credentials)) server.respond(message, 200, [FAR], ANSWER);
      else server.respond(message, status, [[challenge, CHALLENGE]]);
    };
    await b.session.send("INFO");
    expect(numbers(b, "INFO")).toEqual(["2 INFO", "3 INFO"]);
    expect(await b.session.reinvite(async () => OFFER)).toBe(ANSWER);
    expect(b.server.last("ACK").fields.get("CSeq")).toBe(
      b.server.last("INVITE").fields.get("CSeq").replace("INVITE", "ACK"),
    );
    expect(b.server.last("ACK").fields.get(credentials)).not.toBe("");
  });

  it("that meets 481 ends the session (RFC 3261 §12.2.1.2)", async () => {
    const b = new SessionBench();
    await b.up();
    b.server.script = (message, server) => server.respond(message, 481);
    await expect(b.session.send("INFO")).rejects.toBeInstanceOf(SipFailure);
    expect(b.end).toMatchObject({ by: "remote" });
  });

  it.each([408, 500, 503])("that meets %i ends nothing", async (status) => {
    const b = new SessionBench();
    await b.up();
    b.server.script = (message, server) => server.respond(message, status);
    await expect(b.session.send("INFO")).rejects.toMatchObject({ status });
    expect(b.over).toBe(false);
  });

  it("that is not answered ends nothing", async () => {
    const b = new SessionBench();
    await b.up();
    b.server.script = () => {};
    const sent = b.session.send("INFO").catch((error: unknown) => error);
    await b.clock.advance(32_000);
    expect(await sent).toMatchObject({ status: 408, local: true });
    expect(b.over).toBe(false);
  });
});

describe("what the other side understands", () => {
  const SUPPORTED = ["Supported", "Timer, 100rel"] as const;
  const RECEIVES = ["Recv-Info", "trickle-ice"] as const;
  const ALLOWED = ["Allow", "INVITE, UPDATE"] as const;

  it("is known from its answer", async () => {
    const b = new SessionBench();
    await b.up([SUPPORTED, RECEIVES, ALLOWED]);
    expect(["timer", "100rel", "trickle-ice"].every((option) => b.session.supports(option))).toBe(true);
    expect(b.session.supports("replaces")).toBe(false);
    expect(b.session.allows("UPDATE")).toBe(true);
    expect(b.session.allows("INFO")).toBe(false);
  });

  it("is known from its INVITE, compact or not, and from what it says last", async () => {
    const b = new SessionBench();
    await b.ringing([["k", "timer"], ALLOWED]);
    expect(b.session.supports("timer")).toBe(true);
    b.session.accept(ANSWER);
    await b.within("ACK", 1);
    await b.within("INVITE", 2, [SDP_TYPE], OFFER);
    await b.within("ACK", 2);
    expect(b.session.supports("timer")).toBe(true);
    await b.within("INVITE", 3, [["Supported", "replaces"], SDP_TYPE], OFFER);
    expect([b.session.supports("timer"), b.session.supports("replaces")]).toEqual([false, true]);
    expect(b.session.allows("UPDATE")).toBe(true);
  });

  it("may be nonsense, and breaks nothing", async () => {
    const b = new SessionBench();
    await b.up([
      ["Supported", '"<;,"'],
      ["Allow", ",,"],
    ]);
    expect(b.session.supports("timer")).toBe(false);
  });

  it("hears what we do: in the INVITE and in the 200", async () => {
    const out = new SessionBench();
    const inward = new SessionBench();
    const { fields } = await out.call();
    await inward.ringing();
    inward.session.accept(ANSWER);
    for (const said of [fields, inward.server.lastResponse("INVITE").fields]) {
      expect(said.get("Supported")).toBe("100rel, replaces, timer, trickle-ice");
      expect(said.get("Recv-Info")).toBe("trickle-ice");
      expect(said.get("Allow")).toMatch(/\bPRACK\b.*\bUPDATE\b/);
    }
  });
});

describe("a snapshot", () => {
  it("is plain data from which another page goes on with the dialog, its numbers in order", async () => {
    const b = new SessionBench();
    const invite = await b.up([
      ["Record-Route", "<sip:p.example.com;lr>"],
      ["Supported", "timer"],
    ]);
    await b.give(b.server.within(invite, "INFO", 7));
    await b.session.send("INFO");
    const snapshot = b.session.snapshot()!;
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);

    const later = await new SessionBench().open();
    later.session = Session.resume(later.agent, later.user, snapshot);
    await later.session.send("INFO");
    const info = later.server.last("INFO");
    expect(info.fields.get("CSeq")).toBe("3 INFO");
    expect(info.uri).toBe("sip:far@far.example.com;transport=ws");
    expect(info.fields.all("Route")).toEqual(["<sip:p.example.com;lr>"]);
    for (const name of ["Call-ID", "From"]) expect(info.fields.get(name)).toBe(invite.fields.get(name));
    expect(later.session.supports("timer")).toBe(true);
    expect(later.session.dialog!.state.caller).toBe(true);
    await later.give(later.server.within(invite, "INFO", 6));
    expect(later.statuses("INFO")).toEqual([500]);
    await later.give(later.server.within(invite, "BYE", 8));
    expect(later.end).toMatchObject({ by: "remote" });
  });

  it("of a callee tells so", async () => {
    const b = new SessionBench();
    await b.ringing();
    b.session.accept(ANSWER);
    await b.within("ACK", 1);
    const session = Session.resume(b.agent, b.user, b.session.snapshot()!);
    expect(session.dialog!.state.caller).toBe(false);
  });

  it("is not to be had before the session is confirmed, nor after its end", async () => {
    const b = new SessionBench();
    const invite = await b.call();
    expect(b.session.snapshot()).toBeNull();
    b.server.respond(invite, 200, [FAR], ANSWER);
    await settle();
    expect(b.session.snapshot()).not.toBeNull();
    b.session.hangup();
    expect(b.session.snapshot()).toBeNull();
  });
});

describe("forks", () => {
  const [one, two] = ["one", "two"];

  it("with early media: the first is heard, the others are not", async () => {
    const b = new SessionBench();
    const invite = await b.call();
    b.server.respond(invite, 180, [FAR], "", one);
    b.server.respond(invite, 183, [FAR], "v=0 two", two);
    b.server.respond(invite, 183, [FAR], "v=0 one", one);
    b.server.respond(invite, 183, [FAR], "v=0 two", two);
    expect(b.told).toEqual([
      ["provisional", 180, ""],
      ["provisional", 183, "v=0 two"],
      ["provisional", 183, ""],
      ["provisional", 183, "v=0 two"],
    ]);
  });

  it("are not told of when one of them is over: 199 (RFC 6228)", async () => {
    const b = new SessionBench();
    b.server.respond(await b.call(), 199, [FAR], "", one);
    expect(b.told).toEqual([]);
  });

  it("that answer late are acknowledged and ended", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    b.server.respond(invite, 200, [["Contact", "<sip:two@far.example.com>"]], ANSWER, two);
    await settle();
    expect(b.server.last("ACK").uri).toBe("sip:two@far.example.com");
    expect(b.server.last("BYE").fields.get("To")).toContain("tag=two");
    expect(b.over).toBe(false);
  });
});

describe("UPDATE (RFC 3311)", () => {
  it("without a description moves the target", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    const update = b.server.within(invite, "UPDATE", 1);
    update.fields.set("Contact", "<sip:moved@far.example.com>");
    await b.give(update);
    const { status, fields, body } = b.server.lastResponse("UPDATE");
    expect([status, body, fields.get("Content-Type")]).toEqual([200, "", ""]);
    expect(fields.get("Contact")).toBe(b.agent.contact);
    await b.session.send("INFO");
    expect(b.server.last("INFO").uri).toBe("sip:moved@far.example.com");
    expect(b.told.map(([name]) => name)).toEqual(["answered"]);
  });

  it("with an offer is answered like a re-INVITE, without an ACK", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    await b.give(b.server.within(invite, "UPDATE", 1, [SDP_TYPE], OFFER));
    expect(b.told.at(-1)).toEqual(["offered", OFFER]);
    expect(b.server.lastResponse("UPDATE")).toMatchObject({ status: 200, body: ANSWER });
    await b.clock.advance(64_000);
    expect(b.statuses("UPDATE")).toEqual([200]);
  });

  it("with an offer meets 491 while ours is open (§5.2)", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    void b.session.reinvite(async () => OFFER);
    await settle();
    await b.give(b.server.within(invite, "UPDATE", 1, [SDP_TYPE], OFFER));
    expect(b.statuses("UPDATE")).toEqual([491]);
  });

  it("with an offer meets 500 and Retry-After while another of theirs is open (§5.2)", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    b.offered = () => new Promise(() => {});
    await b.give(b.server.within(invite, "UPDATE", 1, [SDP_TYPE], OFFER));
    await b.give(b.server.within(invite, "UPDATE", 2, [SDP_TYPE], OFFER));
    expect(b.statuses("UPDATE")).toEqual([500]);
    expect(b.server.lastResponse("UPDATE").fields.get("Retry-After")).toBe("1");
  });

  it("with an offer meets 500 before the first one is answered (§5.2)", async () => {
    const b = new SessionBench();
    await b.ringing();
    await b.within("UPDATE", 2, [SDP_TYPE], OFFER);
    expect(b.statuses("UPDATE")).toEqual([500]);
  });

  it("with an offer that can't be taken meets 488", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    b.offered = () => Promise.reject(new Error("no"));
    await b.give(b.server.within(invite, "UPDATE", 1, [SDP_TYPE], OFFER));
    expect(b.statuses("UPDATE")).toEqual([488]);
  });
});
