import { describe, expect, it } from "vitest";
import * as extras from "./extras/index.ts";
import { ANSWER, OFFER, SDP_TYPE, SessionBench, offline } from "./fake-session.ts";
import { FAR, request, settle } from "./fake.ts";
import type { SipExtras } from "./on-demand.ts";

describe("what is loaded on demand", () => {
  const RARE = ["Session-Expires", "1800"] as const;

  /** An agent whose loading ends when it is told to. */
  function loading() {
    let arrive: (extras: SipExtras) => void = () => {};
    let count = 0;
    const b = new SessionBench(() => {
      count++;
      return new Promise((resolve) => (arrive = resolve));
    });
    return { b, arrive: () => arrive(extras), count: () => count };
  }

  it("is not loaded for a call that begins, lasts and ends", async () => {
    const out = loading();
    const invite = await out.b.up([["Supported", "timer, 100rel"]]);
    await out.b.session.send("INFO");
    await out.b.give(out.b.server.within(invite, "INFO", 1));
    await out.b.give(out.b.server.within(invite, "BYE", 2));
    const inward = loading();
    await inward.b.ringing([["Supported", "timer, 100rel"]]);
    inward.b.session.accept(ANSWER);
    await inward.b.within("ACK", 1);
    inward.b.session.hangup();
    expect([out.count(), inward.count()]).toEqual([0, 0]);
  });

  it("is loaded for an offer within a call, of either side", async () => {
    const b = new SessionBench();
    const invite = await b.up();
    expect(b.agent.extras).toBeNull();
    await b.give(b.server.within(invite, "INVITE", 1, [SDP_TYPE], OFFER));
    expect(b.server.lastResponse("INVITE")).toMatchObject({ status: 200, body: ANSWER });
    const other = new SessionBench();
    await other.up();
    other.server.script = (message, server) => server.respond(message, 200, [FAR], ANSWER);
    expect(await other.session.reinvite(async () => OFFER)).toBe(ANSWER);
  });

  it("that can't be had refuses offers within a call for now", async () => {
    const b = new SessionBench(offline);
    const invite = await b.up();
    for (const [number, method] of [
      [1, "INVITE"],
      [2, "UPDATE"],
    ] as const) {
      await b.give(b.server.within(invite, method, number, [SDP_TYPE], OFFER));
      expect(b.server.lastResponse(method).status).toBe(500);
      expect(b.server.lastResponse(method).fields.get("Retry-After")).toBe("1");
    }
    await expect(b.session.reinvite(async () => OFFER)).rejects.toMatchObject({ status: 503, local: true });
    expect(b.over).toBe(false);
  });

  it("holds the message that needs it and those behind it, in order", async () => {
    const { b, arrive, count } = loading();
    await b.ringing([RARE]);
    const cancel = request("CANCEL", [], "", "z9hG4bKINVITE");
    await b.give(cancel);
    expect(b.server.responses).toHaveLength(0);
    arrive();
    await settle();
    expect(b.statuses("INVITE")).toEqual([180, 487]);
    expect(b.statuses("CANCEL")).toEqual([200]);
    expect(count()).toBe(1);
  });

  it("is loaded once, and leaves no timer", async () => {
    const { b, arrive, count } = loading();
    await b.ringing([RARE]);
    const pending = b.clock.pending;
    arrive();
    await settle();
    // One fewer for loading, one more for ringing.
    expect(b.clock.pending).toBe(pending);
    const other = request("INVITE", [RARE], OFFER, "z9hG4bKother");
    other.fields.set("Call-ID", "other");
    await b.give(other);
    expect(b.statuses("INVITE")).toEqual([180, 180]);
    expect(count()).toBe(1);
  });

  it("is waited for two seconds at the most; what comes late serves later messages", async () => {
    const { b, arrive } = loading();
    await b.ringing([RARE]);
    await b.clock.advance(1_999);
    expect(b.server.responses).toHaveLength(0);
    await b.clock.advance(1);
    expect(b.statuses("INVITE")).toEqual([180]);
    arrive();
    await settle();
    b.session.accept(ANSWER);
    expect(b.statuses("INVITE")).toEqual([180, 200]);
    await b.within("UPDATE", 2, [RARE, ["Supported", "timer"]]);
    expect(b.server.lastResponse("UPDATE").fields.get("Session-Expires")).toBe("1800;refresher=uac");
  });

  it("that comes late lets nothing overtake what waits for another attempt", async () => {
    const arrive: ((extras: SipExtras) => void)[] = [];
    const b = new SessionBench(() => new Promise((resolve) => arrive.push(resolve)));
    await b.ringing([RARE]);
    await b.clock.advance(2_000);
    const other = request("INVITE", [RARE], OFFER, "z9hG4bKother");
    other.fields.set("Call-ID", "other");
    await b.give(other);
    arrive[0]!(extras);
    await settle();
    await b.give(request("OPTIONS"));
    expect(b.server.responses).toHaveLength(1);
    arrive[1]!(extras);
    await settle();
    expect(b.server.responses.map(({ status }) => status)).toEqual([180, 180, 200]);
  });

  it("that can't be loaded is tried again with the next message that needs it", async () => {
    let count = 0;
    const b = new SessionBench(async () => {
      if (!count++) throw new Error("offline");
      return extras;
    });
    await b.ringing([RARE]);
    b.session.accept(ANSWER);
    await b.within("ACK", 1);
    await b.within("UPDATE", 2, [RARE, ["Supported", "timer"]]);
    expect(b.server.lastResponse("UPDATE").fields.get("Session-Expires")).toBe("1800;refresher=uac");
  });

  it("holds 256 messages at the most", async () => {
    const { b, arrive } = loading();
    await b.ringing([RARE]);
    for (let i = 0; i < 300; i++) b.server.give(request("OPTIONS", [], "", `z9hG4bK${i}`));
    arrive();
    await settle();
    expect(b.statuses("OPTIONS")).toHaveLength(255);
  });
});

describe("a move to the server that is preferred", () => {
  /** Connected to the second server, while the first is back. */
  async function ready() {
    const b = new SessionBench(undefined, () => {}, ["wss://one.example.com", "wss://two.example.com"]);
    b.server.accepts = (url) => (url.includes("one") ? "refuse" : "open");
    return b;
  }

  async function moved(b: SessionBench): Promise<void> {
    b.server.accepts = () => "open";
    await b.clock.advance(60_000);
    await b.agent.connection.prefer(() => true);
    await settle();
    expect(b.server.socket.url).toContain("one");
  }

  it("cancels there an INVITE that rang over the other", async () => {
    const b = await ready();
    const invite = await b.call();
    b.server.respond(invite, 180, [FAR]);
    await moved(b);
    expect(b.server.last("CANCEL").fields.get("Via")).toBe(invite.fields.get("Via"));
  });

  it("is done with such a CANCEL once it was answered", async () => {
    const b = await ready();
    const invite = await b.call();
    b.server.respond(invite, 180, [FAR]);
    await moved(b);
    let drained = false;
    b.agent.whenDrained(() => (drained = true));
    b.server.respond(b.server.last("CANCEL"), 100);
    await settle();
    expect(drained).toBe(false);
    b.server.respond(b.server.last("CANCEL"), 200);
    await settle();
    expect(drained).toBe(true);
  });

  it("sends there again a BYE that was not answered by the other", async () => {
    const b = await ready();
    await b.up();
    await b.clock.advance(40_000);
    b.session.hangup();
    b.server.accepts = () => "open";
    await b.agent.connection.prefer(() => true);
    await settle();
    expect(b.server.got("BYE")).toHaveLength(2);
  });
});

describe("a challenge with SHA-512-256", () => {
  const challenge = (algorithm: string) =>
    `Digest realm="r", nonce="${algorithm}", qop="auth", algorithm=${algorithm}`;

  async function challenged(...algorithms: string[]) {
    let loaded = 0;
    const b = new SessionBench(
      async () => (loaded++, extras),
      (message, server) => {
        if (message.fields.get("Authorization")) return server.respond(message, 200, [FAR], ANSWER);
        if (message.method === "INVITE")
          server.respond(
            message,
            401,
            algorithms.map((algorithm) => ["WWW-Authenticate", challenge(algorithm)]),
          );
      },
    );
    await b.call();
    await settle();
    return {
      used: /algorithm=([\w-]+)/.exec(b.server.last("INVITE").fields.get("Authorization"))?.[1],
      loaded,
    };
  }

  it("alone is answered once the hash is loaded", async () => {
    expect(await challenged("SHA-512-256")).toEqual({ used: "SHA-512-256", loaded: 1 });
  });

  it("beside another is passed over: nothing is loaded", async () => {
    expect(await challenged("SHA-512-256", "SHA-256", "MD5")).toEqual({ used: "SHA-256", loaded: 0 });
  });
});
