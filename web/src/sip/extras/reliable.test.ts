import { describe, expect, it } from "vitest";
import { ANSWER, OFFER, SDP_TYPE, SessionBench, anew, offline } from "../fake-session.ts";
import { FAR, request, settle } from "../fake.ts";
import type { SipRequest } from "../message.ts";

const bench = () => new SessionBench();
const RELIABLE = ["Require", "100rel"] as const;
const rseq = (number: number) => [RELIABLE, ["RSeq", String(number)], FAR] as const;
const racks = (b: SessionBench) => b.server.got("PRACK").map(({ fields }) => fields.get("RAck"));

describe("a reliable provisional response to our INVITE", () => {
  async function heard(
    b: SessionBench,
    invite: SipRequest,
    status: number,
    number: number,
    sdp = "",
    tag = "far",
  ) {
    b.server.respond(invite, status, rseq(number), sdp, tag);
    await settle();
  }

  it("is acknowledged by PRACK within its early dialog (RFC 3262 §4)", async () => {
    const b = bench();
    const invite = await b.call();
    await heard(b, invite, 183, 17, ANSWER);
    expect(b.told).toEqual([["provisional", 183, ANSWER]]);
    const { uri, fields } = b.server.last("PRACK");
    expect(uri).toBe("sip:far@far.example.com;transport=ws");
    expect(fields.get("RAck")).toBe("17 1 INVITE");
    expect(fields.get("CSeq")).toBe("2 PRACK");
    expect(fields.get("To")).toContain("tag=far");
    expect(fields.get("Call-ID")).toBe(invite.fields.get("Call-ID"));
  });

  it("that comes again, too early or too late is dropped (§4)", async () => {
    const b = bench();
    const invite = await b.call();
    for (const number of [5, 5, 7, 6, 6, 5, 7]) await heard(b, invite, 180, number);
    expect(racks(b)).toEqual(["5 1 INVITE", "6 1 INVITE", "7 1 INVITE"]);
    expect(b.told).toHaveLength(3);
  });

  it("of another fork has an order and a dialog of its own", async () => {
    const b = bench();
    const invite = await b.call();
    await heard(b, invite, 180, 5, "", "one");
    await heard(b, invite, 180, 900, "", "two");
    await heard(b, invite, 180, 6, "", "one");
    expect(racks(b)).toEqual(["5 1 INVITE", "900 1 INVITE", "6 1 INVITE"]);
    expect(b.server.got("PRACK").map(({ fields }) => /tag=(.*)/.exec(fields.get("To"))![1])).toEqual([
      "one",
      "two",
      "one",
    ]);
  });

  it("to an INVITE that was sent again begins a new order", async () => {
    const b = bench();
    await heard(b, await b.call(), 180, 5);
    await b.cut();
    await b.back();
    await heard(b, b.server.last("INVITE"), 180, 2);
    expect(racks(b).at(-1)).toBe("2 3 INVITE");
  });

  it("leaves the CSeq number of the ACK as it was (§13.2.2.4 of RFC 3261)", async () => {
    const b = bench();
    const invite = await b.call();
    await heard(b, invite, 180, 5);
    b.server.respond(invite, 200, [FAR], ANSWER);
    await settle();
    expect(b.server.last("ACK").fields.get("CSeq")).toBe("1 ACK");
    await b.session.send("INFO");
    expect(b.server.last("INFO").fields.get("CSeq")).toBe("3 INFO");
  });

  it.each(["0", "x", "4294967296", "1.5"])("with the number %s is taken as any other", async (number) => {
    const b = bench();
    b.server.respond(await b.call(), 180, [RELIABLE, ["RSeq", number], FAR]);
    await settle();
    expect(b.told).toEqual([["provisional", 180, ""]]);
    expect(b.server.got("PRACK")).toHaveLength(0);
  });

  it("of a seventeenth fork is not acknowledged", async () => {
    const b = bench();
    const invite = await b.call();
    for (let i = 0; i < 20; i++) await heard(b, invite, 180, 1, "", `fork${i}`);
    expect(racks(b)).toHaveLength(16);
  });

  it("is told of without PRACK where nothing can be loaded", async () => {
    const b = new SessionBench(offline);
    b.server.respond(await b.call(), 180, rseq(1));
    await settle();
    expect(b.told).toEqual([["provisional", 180, ""]]);
    expect(b.server.got("PRACK")).toHaveLength(0);
  });
});

describe("an UPDATE within an early dialog of our INVITE (RFC 3311)", () => {
  const updating = (b: SessionBench, invite: SipRequest, tag = "far") => {
    const update = b.server.within(invite, "UPDATE", 1, [SDP_TYPE], OFFER);
    update.fields.set("From", update.fields.get("From").replace("tag=far", `tag=${tag}`));
    return update;
  };

  it("is answered once our offer was, and by that fork alone", async () => {
    const b = bench();
    const invite = await b.call();
    b.server.respond(invite, 183, rseq(1), ANSWER);
    await settle();
    await b.give(updating(b, invite));
    expect(b.told.at(-1)).toEqual(["offered", OFFER]);
    expect(b.server.lastResponse("UPDATE")).toMatchObject({ status: 200, body: ANSWER });
    await b.give(updating(b, invite, "other"));
    expect(b.server.lastResponse("UPDATE").status).toBe(481);
    b.server.respond(invite, 200, [FAR], "");
    await settle();
    expect(b.told.at(-1)).toEqual(["answered", ""]);
  });

  it("is refused before that", async () => {
    const b = bench();
    const invite = await b.call();
    b.server.respond(invite, 180, rseq(1));
    await settle();
    await b.give(updating(b, invite));
    expect(b.server.lastResponse("UPDATE").status).toBe(481);
  });
});

describe("an INVITE that requires reliable responses", () => {
  const ringing = async (more: (readonly [string, string])[] = []) => {
    const b = bench();
    await b.ringing([RELIABLE, ...more]);
    const { fields } = b.server.lastResponse("INVITE");
    return { b, number: Number(fields.get("RSeq")), fields };
  };
  const rack = (number: number, cseq = 1) => ["RAck", `${number} ${cseq} INVITE`] as const;

  it("rings so (RFC 3262 §3)", async () => {
    const { b, number, fields } = await ringing();
    expect(b.statuses("INVITE")).toEqual([180]);
    expect(fields.get("Require")).toBe("100rel");
    expect(fields.get("Contact")).toBe(b.agent.contact);
    expect(number).toBeGreaterThan(0);
    expect(number).toBeLessThan(2 ** 31 + 1);
  });

  it("is told again at 0.5, 1, 2, … seconds until PRACK comes", async () => {
    const { b, number } = await ringing();
    const count = () => b.statuses("INVITE").length;
    await b.clock.advance(499);
    expect(count()).toBe(1);
    await b.clock.advance(1);
    expect(count()).toBe(2);
    await b.clock.advance(1_000);
    expect(count()).toBe(3);
    await b.clock.advance(2_000);
    expect(count()).toBe(4);
    await b.within("PRACK", 2, [rack(number)]);
    expect(b.statuses("PRACK")).toEqual([200]);
    await b.clock.advance(32_000);
    expect(count()).toBe(4);
    expect(b.over).toBe(false);
  });

  it("is refused with 504 where none comes for 32 seconds", async () => {
    const { b } = await ringing();
    await b.clock.advance(31_999);
    expect(b.over).toBe(false);
    await b.clock.advance(1);
    expect(b.statuses("INVITE").at(-1)).toBe(504);
    expect(b.end).toEqual({ by: "network", status: 504, cause: 0 });
    expect(await b.idle()).toBe(true);
  });

  it("has its 200 only after PRACK (§3)", async () => {
    const { b, number } = await ringing();
    b.session.accept(ANSWER);
    expect(b.statuses("INVITE")).toEqual([180]);
    await b.within("PRACK", 2, [rack(number)]);
    expect(b.statuses("INVITE")).toEqual([180, 200]);
    await b.within("ACK", 1);
    expect(b.told).toEqual([["confirmed", ""]]);
  });

  it("can be declined and cancelled before PRACK", async () => {
    const declined = await ringing();
    declined.b.session.accept(ANSWER);
    declined.b.session.hangup();
    expect(declined.b.statuses("INVITE")).toEqual([180, 603]);
    expect(await declined.b.idle()).toBe(true);
    const cancelled = await ringing();
    cancelled.b.session.accept(ANSWER);
    await cancelled.b.give(request("CANCEL", [], "", "z9hG4bKINVITE"));
    expect(cancelled.b.statuses("INVITE")).toEqual([180, 487]);
    expect(cancelled.b.end).toMatchObject({ by: "remote", status: 487 });
    expect(await cancelled.b.idle()).toBe(true);
  });

  it.each([
    ["another number", (number: number) => rack(number + 1)],
    ["another INVITE", (number: number) => rack(number, 9)],
    ["nothing", () => ["RAck", ""] as const],
  ])("meets a PRACK of %s with 481 (§3)", async (_what, wrong) => {
    const { b, number } = await ringing();
    b.session.accept(ANSWER);
    await b.within("PRACK", 2, [wrong(number)]);
    expect(b.statuses("PRACK")).toEqual([481]);
    expect(b.statuses("INVITE")).toEqual([180]);
  });

  it("meets a second PRACK with 481", async () => {
    const { b, number } = await ringing();
    await b.within("PRACK", 2, [rack(number)]);
    await b.within("PRACK", 3, [rack(number)]);
    expect(b.statuses("PRACK")).toEqual([200, 481]);
  });

  it("is told again over the next connection, with the same number before PRACK (§3)", async () => {
    const { b, number } = await ringing();
    await b.cut();
    await b.back();
    expect(b.statuses("INVITE").at(-1)).toBe(180);
    expect(b.server.lastResponse("INVITE").fields.get("RSeq")).toBe(String(number));
  });

  it("may move its target by UPDATE while it rings", async () => {
    const { b } = await ringing();
    await b.within("UPDATE", 2);
    expect(b.statuses("UPDATE")).toEqual([200]);
  });

  it("rings reliably also when it comes again after a lost connection", async () => {
    const { b, number } = await ringing();
    await b.within("PRACK", 2, [rack(number)]);
    await b.cut();
    await b.back();
    await b.give(anew(3, [RELIABLE]));
    const { fields } = b.server.lastResponse("INVITE");
    expect(fields.get("CSeq")).toBe("3 INVITE");
    expect(Number(fields.get("RSeq"))).toBe(number + 2);
    await b.within("PRACK", 4, [rack(number + 2, 3)]);
    expect(b.statuses("PRACK")).toEqual([200, 200]);
  });

  it("without an offer is answered without ringing: the first reliable response would have to hold ours (§5)", async () => {
    const b = bench();
    await b.ringing([RELIABLE], "");
    expect(b.statuses("INVITE")).toEqual([100]);
    b.session.accept(OFFER);
    expect(b.server.lastResponse("INVITE")).toMatchObject({ status: 200, body: OFFER });
  });

  it("is refused with 420 where nothing can be loaded", async () => {
    const b = new SessionBench(offline);
    await b.ringing([RELIABLE]);
    expect(b.statuses("INVITE")).toEqual([420]);
    expect(b.server.lastResponse("INVITE").fields.get("Unsupported")).toBe("100rel");
  });
});

it("a PRACK of nothing meets 481", async () => {
  const b = bench();
  const invite = await b.up();
  await b.give(b.server.within(invite, "PRACK", 1, [["RAck", "1 1 INVITE"]]));
  expect(b.statuses("PRACK")).toEqual([481]);
});
