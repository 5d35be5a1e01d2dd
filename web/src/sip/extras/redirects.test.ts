import { describe, expect, it } from "vitest";
import { ANSWER, SessionBench, offline } from "../fake-session.ts";
import { FAR, settle } from "../fake.ts";

const bench = () => new SessionBench();
const contact = (...values: string[]) => [["Contact", values.join(", ")]] as const;
const uris = (b: SessionBench) => b.server.got("INVITE").map(({ uri }) => uri);

/** Answers every INVITE to these with 302 to those, any other with 486. */
function redirecting(b: SessionBench, places: Record<string, string[]>, status = 302): void {
  b.server.script = (message, server) => {
    if (message.method !== "INVITE") return;
    const to = places[message.uri];
    server.respond(message, to ? status : 486, to ? contact(...to) : []);
  };
}

const FIRST = "sip:1002@example.com";

describe("a call that is sent elsewhere", () => {
  it.each([300, 301, 302])(
    "by %i goes there: the same call with the next CSeq number (§8.1.3.4)",
    async (status) => {
      const b = bench();
      const first = await b.call();
      b.server.respond(first, status, contact("<sip:other@example.com>"));
      await settle();
      const second = b.server.last("INVITE");
      expect(second.uri).toBe("sip:other@example.com");
      expect(second.fields.get("CSeq")).toBe("2 INVITE");
      for (const name of ["Call-ID", "From", "To"])
        expect(second.fields.get(name)).toBe(first.fields.get(name));
      b.server.respond(second, 200, [FAR], ANSWER);
      await settle();
      expect(b.told).toEqual([["answered", ANSWER]]);
    },
  );

  it.each([305, 380])("by %i is refused", async (status) => {
    const b = bench();
    b.server.respond(await b.call(), status, contact("<sip:other@example.com>"));
    await settle();
    expect(b.end).toMatchObject({ by: "remote", status });
  });

  it("tries its contacts by their q values, and ends as the last one does", async () => {
    const b = bench();
    redirecting(b, { [FIRST]: ["<sip:c@x>;q=0.1", "<sip:a@x>", "<sip:b@x>;q=0.5", "<sip:d@x>;q=7"] });
    await b.call();
    await settle();
    expect(uris(b)).toEqual([FIRST, "sip:a@x", "sip:b@x", "sip:c@x", "sip:d@x"]);
    expect(b.end).toEqual({ by: "remote", status: 486, cause: 0 });
  });

  it("takes no other schemes, no fields in a URI, and no *", async () => {
    const b = bench();
    redirecting(b, {
      [FIRST]: ["<mailto:a@x>", "<https://x/>", "<sip:a@x?Replaces=1>", "<tel:+123>", "<sips:a@x>"],
    });
    await b.call();
    await settle();
    expect(uris(b)).toEqual([FIRST, "tel:+123", "sips:a@x"]);
  });

  it("goes nowhere twice, and so round in no circle", async () => {
    const b = bench();
    redirecting(b, {
      [FIRST]: ["<sip:a@x>"],
      "sip:a@x": [`<${FIRST}>`, "<sip:a@x>", "<sip:b@x>"],
      "sip:b@x": ["<sip:a@x>"],
    });
    await b.call();
    await settle();
    expect(uris(b)).toEqual([FIRST, "sip:a@x", "sip:b@x"]);
    expect(b.end).toMatchObject({ status: 302 });
  });

  it("tries five at the most", async () => {
    const b = bench();
    redirecting(b, { [FIRST]: Array.from({ length: 20 }, (_, i) => `<sip:${i}@x>`) });
    await b.call();
    await settle();
    expect(uris(b)).toHaveLength(6);
  });

  it("is over when one of them refuses for good (§21.6)", async () => {
    const b = bench();
    b.server.respond(await b.call(), 302, contact("<sip:a@x>", "<sip:b@x>"));
    await settle();
    b.server.respond(b.server.last("INVITE"), 603);
    await settle();
    expect(uris(b)).toEqual([FIRST, "sip:a@x"]);
    expect(b.end).toMatchObject({ status: 603 });
  });

  it("goes there again when the connection is lost meanwhile", async () => {
    const b = bench();
    b.server.respond(await b.call(), 302, contact("<sip:a@x>"));
    await settle();
    await b.cut();
    await b.back();
    expect(uris(b)).toEqual([FIRST, "sip:a@x", "sip:a@x"]);
  });

  it("stays hung up", async () => {
    const b = bench();
    const invite = await b.call();
    b.session.hangup();
    b.server.respond(invite, 302, contact("<sip:a@x>"));
    await settle();
    expect(uris(b)).toEqual([FIRST]);
    expect(await b.idle()).toBe(true);
  });

  it("ends with the redirect where nothing can be loaded", async () => {
    const b = new SessionBench(offline);
    b.server.respond(await b.call(), 302, contact("<sip:a@x>"));
    await settle();
    expect(b.end).toMatchObject({ status: 302 });
  });
});
