// The connection and the registration when servers fail, come back, fall silent
// and refuse.
import { describe, expect, it } from "vitest";
import { answerAll } from "../sip/fake.ts";
import type { Script } from "../sip/fake.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";

const [ONE, TWO] = ["wss://one.example.com", "wss://two.example.com"] as const;
const TWO_SERVERS = { ...ACCOUNT, wsServers: [ONE, TWO], autoRegister: true };

/** A phone registered at the first of its servers, which answers keep-alives. */
async function registered(config = TWO_SERVERS, script?: Script): Promise<Bench> {
  const all = bench(config, script);
  all.server.pongs = true;
  await settle();
  expect(all.phone.registered).toBe(true);
  return all;
}

const urls = ({ server }: Bench) => server.sockets.map(({ url }) => url);
const pings = ({ server }: Bench) => server.socket.sent.filter((text) => text === "\r\n\r\n").length;

/** REGISTER is answered with a status by one server, and taken by the others. */
const refusing =
  (url: string, status: number, fields: readonly (readonly [string, string])[] = []): Script =>
  (request, server) => {
    if (request.method === "REGISTER" && server.socket.url === url) server.respond(request, status, fields);
    else answerAll(request, server);
  };

describe("a server that closes the connection", () => {
  it("is left for the next one at once", async () => {
    const all = await registered();
    all.server.socket.drop();
    await all.clock.advance(0);
    expect(urls(all)).toEqual([ONE, TWO]);
    expect(all.phone.registered).toBe(true);
    expect(all.events.map(([name]) => name)).toEqual(["registered", "unregistered", "registered"]);
    expect(all.events.at(-1)![1]).toMatchObject({ server: TWO });
  });

  it("is tried again at once when it is the only one", async () => {
    const all = await registered({ ...ACCOUNT, autoRegister: true } as typeof TWO_SERVERS);
    all.server.socket.drop();
    await all.clock.advance(0);
    expect(all.server.sockets).toHaveLength(2);
    expect(all.phone.registered).toBe(true);
  });

  it("over and over is not tried in a loop", async () => {
    const all = await registered({ ...ACCOUNT, autoRegister: true } as typeof TWO_SERVERS);
    all.server.script = (_, server) => server.socket.drop();
    all.server.socket.drop();
    await all.clock.advance(30_000);
    expect(all.server.sockets.length).toBeGreaterThan(3);
    expect(all.server.sockets.length).toBeLessThan(12);
  });

  it("keeps the instance, so that the server knows the phone again", async () => {
    const all = await registered();
    all.server.socket.drop();
    await all.clock.advance(0);
    const instances = all.server
      .got("REGISTER")
      .map(({ fields }) => /\+sip\.instance="[^"]+"/.exec(fields.get("Contact"))?.[0]);
    expect(instances).toHaveLength(2);
    expect(instances[0]).toBe(instances[1]);
  });
});

describe("a server that falls silent", () => {
  it("is noticed within ten seconds by keep-alives of CRLF, and left", async () => {
    const all = await registered();
    await all.clock.advance(60_000);
    expect(pings(all)).toBe(13);
    all.server.pongs = false;
    await all.clock.advance(10_000);
    expect(urls(all)).toEqual([ONE, TWO]);
    expect(all.phone.registered).toBe(true);
  });

  it("is noticed by OPTIONS where it answers no CRLF", async () => {
    const all = bench(TWO_SERVERS);
    await all.clock.advance(60_000);
    expect(all.server.got("OPTIONS").length).toBeGreaterThan(3);
    expect(all.server.got("OPTIONS")[0]!.uri).toBe("sip:example.com");
    expect(urls(all)).toEqual([ONE]);
    all.server.script = (request, server) => request.method === "REGISTER" && answerAll(request, server);
    await all.clock.advance(10_000);
    expect(urls(all)).toEqual([ONE, TWO]);
  });

  it("is kept when it never answered either", async () => {
    const all = bench(TWO_SERVERS, (request, server) => {
      if (request.method === "REGISTER") answerAll(request, server);
    });
    await all.clock.advance(300_000);
    expect(urls(all)).toEqual([ONE]);
  });

  it("is asked at once when the network has changed", async () => {
    const all = await registered();
    await all.clock.advance(2_000);
    all.server.pongs = false;
    all.wake();
    await all.clock.advance(4_000);
    expect(urls(all)).toEqual([ONE, TWO]);
  });

  it("is not blamed for a page that slept", async () => {
    const all = await registered();
    all.server.pongs = false;
    await all.clock.advance(6_000);
    // The timer comes an hour late, and the answer right behind it.
    all.clock.sleep(3_600_000);
    await all.clock.advance(3_500);
    all.server.socket.give("\r\n");
    all.server.pongs = true;
    await all.clock.advance(10_000);
    expect(urls(all)).toEqual([ONE]);
  });

  it("may send keep-alives of its own, which are answered", async () => {
    const { server } = await registered();
    server.socket.give("\r\n\r\n");
    expect(server.socket.sent.at(-1)).toBe("\r\n");
  });
});

describe("a server that does not register", () => {
  it("with 503 is left for the next one at once", async () => {
    const all = bench(TWO_SERVERS, refusing(ONE, 503));
    await settle();
    expect(urls(all)).toEqual([ONE, TWO]);
    expect(all.phone.registered).toBe(true);
    expect(all.names()).toEqual(["registered"]);
  });

  it("because it does not answer is left after ten seconds", async () => {
    const all = bench(TWO_SERVERS, (request, server) => {
      if (server.socket.url === TWO) answerAll(request, server);
    });
    all.server.pongs = true;
    await all.clock.advance(10_000);
    expect(urls(all)).toEqual([ONE, TWO]);
    expect(all.phone.registered).toBe(true);
  });

  it("and asks for time gets it (Retry-After)", async () => {
    const all = bench(
      { ...ACCOUNT, autoRegister: true },
      refusing("wss://one.example.com/sip", 503, [["Retry-After", "120 (upgrading)"]]),
    );
    await all.clock.advance(119_000);
    expect(all.server.got("REGISTER")).toHaveLength(1);
    all.wake();
    await settle();
    expect(all.server.got("REGISTER")).toHaveLength(1);
    all.server.script = answerAll;
    await all.clock.advance(2_000);
    expect(all.phone.registered).toBe(true);
  });

  it("asks for no more than an hour, whatever it says", async () => {
    const all = bench(
      { ...ACCOUNT, autoRegister: true },
      refusing("wss://one.example.com/sip", 503, [["Retry-After", "999999999"]]),
    );
    await settle();
    all.server.script = answerAll;
    await all.clock.advance(3_600_000);
    expect(all.phone.registered).toBe(true);
  });

  it("and is the only one is asked ever more seldom", async () => {
    const all = bench({ ...ACCOUNT, autoRegister: true }, refusing("wss://one.example.com/sip", 500));
    all.server.pongs = true;
    await all.clock.advance(600_000);
    const asked = all.server.got("REGISTER").length;
    expect(asked).toBeGreaterThan(8);
    expect(asked).toBeLessThan(30);
  });

  it("refuses credentials for all: the next one is not asked", async () => {
    const all = bench(TWO_SERVERS, refusing(ONE, 403));
    await all.clock.advance(60_000);
    expect(urls(all)).toEqual([ONE]);
  });
});

describe("the preferred server", () => {
  async function movedAway(): Promise<Bench> {
    const all = await registered();
    all.server.accepts = (url) => (url === ONE ? "refuse" : "open");
    all.server.socket.drop();
    await all.clock.advance(0);
    expect(all.server.socket.url).toBe(TWO);
    return all;
  }

  it("is gone back to without a break when it is there again", async () => {
    const all = await movedAway();
    await all.clock.advance(120_000);
    expect(all.phone.registered).toBe(true);
    all.server.accepts = () => "open";
    const second = all.server.sockets.find(({ url }) => url === TWO)!;
    await all.clock.advance(600_000);
    expect(all.server.sockets.at(-1)!.url).toBe(ONE);
    expect(second.closed).toBe(true);
    expect(all.server.sockets.filter(({ closed }) => !closed)).toHaveLength(1);
    expect(all.phone.registered).toBe(true);
    expect(all.names()).toEqual(["registered", "unregistered", "registered", "registered"]);
    expect(all.events.at(-1)![1]).toMatchObject({ server: ONE });
  });

  it("is tried ever more seldom while it is away", async () => {
    const all = await movedAway();
    await all.clock.advance(3_600_000);
    const tries = urls(all).filter((url) => url === ONE).length;
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
  });
});

describe("a phone that wakes up", () => {
  it("refreshes a binding that is due by the wall clock, though its timer stood still", async () => {
    const all = await registered();
    all.clock.sleep(3_600_000);
    await all.clock.advance(5_000);
    expect(all.server.got("REGISTER")).toHaveLength(2);
  });

  it("does not wait any longer for its next attempt", async () => {
    const all = await registered();
    all.server.accepts = () => "refuse";
    all.server.socket.drop();
    await all.clock.advance(60_000);
    const before = all.server.sockets.length;
    all.server.accepts = () => "open";
    all.wake();
    await settle();
    expect(all.server.sockets.length).toBe(before + 1);
    expect(all.phone.registered).toBe(true);
  });

  it("is one that still wants a connection: nothing listens after stop()", async () => {
    const all = await registered();
    expect(all.listeners()).toBe(1);
    await all.phone.stop();
    expect(all.listeners()).toBe(0);
    expect(all.clock.pending).toBe(0);
  });
});
