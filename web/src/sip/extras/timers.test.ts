import { describe, expect, it } from "vitest";
import { ANSWER, OFFER, SDP_TYPE, SessionBench, offline } from "../fake-session.ts";
import { FAR, answerAll, request, settle } from "../fake.ts";

const bench = () => new SessionBench();
const expires = (value: string) => ["Session-Expires", value] as const;
const TIMER = ["Supported", "timer"] as const;
const UPDATES = ["Allow", "INVITE, ACK, BYE, UPDATE"] as const;

/** A call to us that is up. */
async function answered(...more: (readonly [string, string])[]): Promise<SessionBench> {
  const b = bench();
  await b.ringing(more);
  b.session.accept(ANSWER);
  await b.within("ACK", 1);
  return b;
}

describe("as the one who calls", () => {
  it("asks for no timer, but says that it knows them", async () => {
    const { fields } = await bench().call();
    expect(fields.get("Session-Expires")).toBe("");
    expect(fields.tokens("Supported")).toContain("timer");
  });

  it("tries again after 422 with the interval that is wanted (§7.3)", async () => {
    const b = bench();
    const first = await b.call();
    b.server.respond(first, 422, [["Min-SE", "300"]]);
    await settle();
    const { fields } = b.server.last("INVITE");
    expect(fields.get("CSeq")).toBe("2 INVITE");
    expect(fields.get("Call-ID")).toBe(first.fields.get("Call-ID"));
    expect([fields.get("Min-SE"), fields.get("Session-Expires")]).toEqual(["300", "300"]);
    b.server.respond(b.server.last("INVITE"), 422, [["Min-SE", "600"]]);
    await settle();
    expect(b.server.last("INVITE").fields.get("Min-SE")).toBe("600");
    expect(b.over).toBe(false);
  });

  it.each([
    ["no more than before", "300"],
    ["more than two hours", "7201"],
    ["nonsense", "x"],
  ])("gives up where 422 asks for %s", async (_what, second) => {
    const b = bench();
    b.server.respond(await b.call(), 422, [["Min-SE", "300"]]);
    await settle();
    b.server.respond(b.server.last("INVITE"), 422, [["Min-SE", second]]);
    await settle();
    expect(b.end).toMatchObject({ by: "remote", status: 422 });
  });

  it("gives up after three refusals", async () => {
    const b = bench();
    await b.call();
    for (const minimum of [100, 200, 300, 400]) {
      b.server.respond(b.server.last("INVITE"), 422, [["Min-SE", String(minimum)]]);
      await settle();
    }
    expect(b.end).toMatchObject({ status: 422 });
    expect(b.server.got("INVITE")).toHaveLength(4);
  });

  it("refreshes at half time by UPDATE without a description, over and over (§7.4, §10)", async () => {
    const b = bench();
    b.server.script = (message, server) =>
      message.method === "UPDATE"
        ? server.respond(message, 200, [FAR, expires("200;refresher=uac")])
        : answerAll(message, server);
    await b.up([expires("100;refresher=uac"), ["Require", "timer"], UPDATES]);
    await b.clock.advance(49_999);
    expect(b.server.got("UPDATE")).toHaveLength(0);
    await b.clock.advance(1);
    const { fields, body } = b.server.last("UPDATE");
    expect(fields.get("Session-Expires")).toBe("100;refresher=uac");
    expect(fields.get("Contact")).toBe(b.agent.contact);
    expect(body).toBe("");
    await b.clock.advance(99_999);
    expect(b.server.got("UPDATE")).toHaveLength(1);
    await b.clock.advance(1);
    expect(b.server.last("UPDATE").fields.get("Session-Expires")).toBe("200;refresher=uac");
  });

  it("goes on where the answer to its UPDATE says (RFC 3311 §5.1)", async () => {
    const b = bench();
    b.server.script = (message, server) =>
      server.respond(message, 200, [["Contact", "<sip:moved@far.example.com>"]]);
    await b.call();
    await settle();
    b.server.respond(b.server.last("INVITE"), 200, [FAR, expires("100;refresher=uac"), UPDATES], ANSWER);
    await settle();
    await b.clock.advance(50_000);
    await b.session.send("INFO");
    expect(b.server.last("INFO").uri).toBe("sip:moved@far.example.com");
  });

  it("asks its user for a re-INVITE where the other side takes no UPDATE, and that refreshes", async () => {
    const b = bench();
    await b.up([expires("100;refresher=uac"), ["Allow", "INVITE, ACK, BYE"]]);
    await b.clock.advance(50_000);
    expect(b.told.at(-1)).toEqual(["refresh"]);
    expect(b.server.got("UPDATE")).toHaveLength(0);
    const refreshed = b.session.reinvite(async () => OFFER);
    await settle();
    const again = b.server.last("INVITE");
    expect(again.fields.get("Session-Expires")).toBe("100;refresher=uac");
    b.server.respond(again, 200, [FAR, expires("100;refresher=uac")], ANSWER);
    await refreshed;
    const before = b.told.length;
    await b.clock.advance(49_999);
    expect(b.told).toHaveLength(before);
    await b.clock.advance(1);
    expect(b.told.at(-1)).toEqual(["refresh"]);
  });

  it("tries a refresh again that was not taken", async () => {
    const b = bench();
    await b.up([expires("100;refresher=uac"), UPDATES]);
    b.server.script = (message, server) => server.respond(message, 500);
    await b.clock.advance(60_000);
    expect(b.server.got("UPDATE")).toHaveLength(2);
    expect(b.over).toBe(false);
  });

  it("refreshes no more once an answer names no interval", async () => {
    const b = bench();
    await b.up([expires("100;refresher=uac"), UPDATES]);
    await b.clock.advance(50_000);
    expect(b.server.got("UPDATE")).toHaveLength(1);
    await b.clock.advance(3_600_000);
    expect(b.server.got("UPDATE")).toHaveLength(1);
  });

  it("refreshes where the answer does not say who does (§7.2)", async () => {
    const b = bench();
    await b.up([expires("100"), UPDATES]);
    await b.clock.advance(50_000);
    expect(b.server.got("UPDATE")).toHaveLength(1);
  });

  it("refreshes nothing that is over", async () => {
    const b = bench();
    await b.up([expires("100;refresher=uac"), UPDATES]);
    b.session.hangup();
    await b.clock.advance(3_600_000);
    expect(b.server.got("UPDATE")).toHaveLength(0);
  });

  it("takes no answer to a refresh for a new beginning once the session is over", async () => {
    const b = bench();
    await b.up([expires("100;refresher=uac"), UPDATES]);
    b.server.script = () => {};
    await b.clock.advance(50_000);
    const update = b.server.last("UPDATE");
    b.session.hangup();
    b.server.respond(update, 200, [FAR, expires("100;refresher=uac")]);
    await b.clock.advance(3_600_000);
    expect(b.server.got("UPDATE")).toHaveLength(1);
  });
});

describe("when the other side refreshes", () => {
  /** What is left before the end: min(32 s, a third). */
  it.each([
    [90, 60_000],
    [1800, 1_768_000],
  ])("and does not within %i seconds, ends the session shortly before (§10)", async (seconds, wait) => {
    const b = bench();
    await b.up([expires(`${seconds};refresher=uas`)]);
    await b.clock.advance(wait - 1);
    expect(b.over).toBe(false);
    await b.clock.advance(1);
    expect(b.end).toMatchObject({ by: "network" });
    expect(b.server.got("BYE")).toHaveLength(1);
  });

  it.each(["INVITE", "UPDATE"])("by %s, starts anew (§9)", async (method) => {
    const b = bench();
    const invite = await b.up([expires("90;refresher=uas")]);
    await b.clock.advance(59_000);
    const refresh = b.server.within(
      invite,
      method,
      1,
      [TIMER, expires("90;refresher=uac"), ...(method === "INVITE" ? [SDP_TYPE] : [])],
      method === "INVITE" ? OFFER : "",
    );
    await b.give(refresh);
    expect(b.server.lastResponse(method).fields.get("Session-Expires")).toBe("90;refresher=uac");
    expect(b.server.lastResponse(method).fields.get("Require")).toBe("timer");
    if (method === "INVITE") await b.give(b.server.within(invite, "ACK", 1));
    await b.clock.advance(59_999);
    expect(b.over).toBe(false);
    await b.clock.advance(1);
    expect(b.end).toMatchObject({ by: "network" });
  });

  it("never ends the session while there is no connection, and gives it 32 to 64 seconds after", async () => {
    const b = bench();
    await b.up([expires("90;refresher=uas")]);
    await b.cut();
    await b.clock.advance(600_000);
    expect(b.over).toBe(false);
    await b.back();
    await b.clock.advance(32_000);
    expect(b.over).toBe(false);
    await b.clock.advance(32_000);
    expect(b.end).toMatchObject({ by: "network" });
  });

  it("has 32 seconds also where the connection was lost shortly before", async () => {
    const b = bench();
    await b.up([expires("90;refresher=uas")]);
    await b.clock.advance(50_000);
    await b.cut();
    await b.back();
    await b.clock.advance(41_999);
    expect(b.over).toBe(false);
    await b.clock.advance(1);
    expect(b.end).toMatchObject({ by: "network" });
  });
});

it("a session that has long to live is not hurried by a lost connection", async () => {
  const b = bench();
  await b.up([expires("1800;refresher=uas")]);
  await b.cut();
  await b.back();
  await b.clock.advance(1_768_000 + 31_999);
  expect(b.over).toBe(false);
  await b.clock.advance(1);
  expect(b.end).toMatchObject({ by: "network" });
});

describe("as the one who is called", () => {
  it.each([
    ["1800", TIMER, "1800;refresher=uac", "timer"],
    ["1800;refresher=uac", TIMER, "1800;refresher=uac", "timer"],
    ["1800;refresher=uas", TIMER, "1800;refresher=uas", ""],
    ["90", TIMER, "90;refresher=uac", "timer"],
    ["1800", ["Supported", "replaces"] as const, "1800;refresher=uas", ""],
    ["4294967295", TIMER, "86400;refresher=uac", "timer"],
  ])("takes %s of a caller with %o as %s (§9, table 2)", async (value, supported, said, required) => {
    const b = await answered(supported, expires(value));
    const { fields } = b.server.lastResponse("INVITE");
    expect([fields.get("Session-Expires"), fields.get("Require")]).toEqual([said, required]);
  });

  it("knows the compact form", async () => {
    const b = await answered(TIMER, ["x", "100"]);
    expect(b.server.lastResponse("INVITE").fields.get("Session-Expires")).toBe("100;refresher=uac");
  });

  it("refreshes itself where it was asked to", async () => {
    const b = await answered(TIMER, expires("100;refresher=uas"), UPDATES);
    await b.clock.advance(50_000);
    expect(b.server.last("UPDATE").fields.get("Session-Expires")).toBe("100;refresher=uac");
  });

  it("refuses less than 90 seconds with 422, and rings for nobody (§9)", async () => {
    const b = bench();
    await b.ringing([TIMER, expires("89")]);
    expect(b.statuses("INVITE")).toEqual([422]);
    expect(b.server.lastResponse("INVITE").fields.get("Min-SE")).toBe("90");
    expect(b.invites).toHaveLength(0);
  });

  it("does not refuse it to a caller that would not understand (§9)", async () => {
    const b = await answered(expires("60"));
    expect(b.statuses("INVITE")).toEqual([180, 200]);
  });

  it("takes nonsense for nothing", async () => {
    const b = await answered(TIMER, expires("soon"));
    expect(b.server.lastResponse("INVITE").fields.get("Session-Expires")).toBe("");
  });
});

describe("where nothing can be loaded", () => {
  const failing = () => new SessionBench(offline);

  it("calls come about without a timer", async () => {
    const b = failing();
    await b.ringing([TIMER, expires("100")]);
    b.session.accept(ANSWER);
    expect(b.server.lastResponse("INVITE").fields.get("Session-Expires")).toBe("");
    await b.within("ACK", 1);
    expect(b.told).toEqual([["confirmed", ""]]);
  });

  it("422 ends the call", async () => {
    const b = failing();
    b.server.respond(await b.call(), 422, [["Min-SE", "300"]]);
    await settle();
    expect(b.end).toMatchObject({ status: 422 });
  });
});

it("a request that requires what nobody knows is refused with 420", async () => {
  const b = await bench().open();
  await b.give(request("INVITE", [["Require", "timer, precondition"]], OFFER));
  expect(b.statuses("INVITE")).toEqual([420]);
  expect(b.server.lastResponse("INVITE").fields.get("Unsupported")).toBe("precondition");
});
