import { expect, it, describe } from "vitest";
import { answerAll } from "../sip/fake.ts";
import type { FakeServer } from "../sip/fake.ts";
import type { SipRequest } from "../sip/message.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";

const challenge = (realm: string, nonce: string, more = "") =>
  [
    "WWW-Authenticate",
    `Digest realm="${realm}", nonce="${nonce}", algorithm=SHA-256, qop="auth"${more}`,
  ] as const;

/** Wants credentials once and takes them. */
function challenging(request: SipRequest, server: FakeServer): void {
  if (request.method === "REGISTER" && !request.fields.get("Authorization")) {
    server.respond(request, 401, [challenge("example.com", "n1")]);
  } else answerAll(request, server);
}

describe("register()", () => {
  it("answers the challenge and resolves on the 200", async () => {
    const { phone, server, events } = bench(ACCOUNT, challenging);
    await phone.register();
    const [first, second] = server.got("REGISTER");
    expect(phone.registration).toBe("registered");
    expect(phone.registered).toBe(true);
    expect(events).toEqual([["registered", { server: "wss://one.example.com/sip", expires: 600 }]]);
    expect(first!.uri).toBe("sip:example.com");
    expect(second!.fields.get("Authorization")).toMatch(/^Digest username="1001"/);
    expect(second!.fields.get("CSeq")).toBe("2 REGISTER");
    expect(second!.fields.get("Call-ID")).toBe(first!.fields.get("Call-ID"));
  });

  it("names its instance and its flow, at a host that nobody can reach (RFC 5626, RFC 7118)", async () => {
    const { phone, server } = bench();
    await phone.register();
    const { fields } = server.last("REGISTER");
    expect(fields.get("Contact")).toMatch(
      /^<sip:1001@[\da-f]+\.invalid;transport=ws>;reg-id=1;\+sip\.instance="<urn:uuid:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}>"/,
    );
    expect(fields.get("Via")).toMatch(/^SIP\/2\.0\/WSS [\da-f]+\.invalid;branch=z9hG4bK/);
    expect(fields.get("Supported")).toContain("outbound");
  });

  it("takes the host of the first server for the realm", async () => {
    const { phone, server } = bench({ ...ACCOUNT, realm: "" });
    await phone.register();
    expect(server.last("REGISTER").uri).toBe("sip:one.example.com");
  });

  it("loads what a call needs only once the phone is registered: running it takes time", async () => {
    const { phone, loads } = bench();
    await phone.register();
    await settle();
    expect(loads).toEqual(["registered"]);
  });

  it("is one attempt, however often it is called", async () => {
    const { phone, server } = bench();
    await Promise.all([phone.register(), phone.register()]);
    expect(server.got("REGISTER")).toHaveLength(1);
  });

  it("gives up when credentials are refused, and says so", async () => {
    const { phone, server, names, clock } = bench({ ...ACCOUNT, autoRegister: true }, (request, s) =>
      s.respond(request, 401, [challenge("example.com", `n${s.requests.length}`)]),
    );
    await settle();
    expect(server.got("REGISTER")).toHaveLength(2);
    expect(names()).toEqual(["unregistered", "error"]);
    await clock.advance(600_000);
    expect(server.got("REGISTER")).toHaveLength(2);
    await expect(phone.register()).rejects.toMatchObject({ code: "authentication" });
  });

  it("answers a stale nonce anew", async () => {
    let asked = 0;
    const { phone, server } = bench(ACCOUNT, (request, s) => {
      if (asked++ < 2)
        s.respond(request, 401, [challenge("example.com", `n${asked}`, asked > 1 ? ", stale=true" : "")]);
      else answerAll(request, s);
    });
    await phone.register();
    expect(server.last("REGISTER").fields.get("Authorization")).toContain('nonce="n2"');
  });

  it.each([
    [403, "authentication"],
    [408, "timeout"],
    [500, "registration"],
    [503, "registration"],
    [404, "registration"],
  ])("rejects a %i as %s", async (status, code) => {
    const { phone } = bench(ACCOUNT, (request, server) => server.respond(request, status));
    await expect(phone.register()).rejects.toMatchObject({ name: "PhoneError", code });
    expect(phone.registration).toBe("unregistered");
  });

  it("rejects as timeout when nothing comes for 10 seconds", async () => {
    const { phone, clock } = bench(ACCOUNT, () => {});
    const outcome = expect(phone.register()).rejects.toMatchObject({ code: "timeout" });
    await clock.advance(9_999);
    expect(phone.registration).toBe("registering");
    await clock.advance(1);
    await outcome;
  });

  it("asks for the lifetime that a 423 wants", async () => {
    const { phone, server } = bench({ ...ACCOUNT, expires: 60 }, (request, s) => {
      if (Number(request.fields.get("Expires")) < 900) s.respond(request, 423, [["Min-Expires", "900"]]);
      else answerAll(request, s);
    });
    await phone.register();
    expect(server.last("REGISTER").fields.get("Expires")).toBe("900");
  });

  it("needs a server, a user name and a password", async () => {
    const { phone, server } = bench({ username: "1001" });
    await expect(phone.register()).rejects.toMatchObject({ code: "not-configured" });
    expect(server.sockets).toHaveLength(0);
  });
});

describe("several servers", () => {
  const wsServers = "wss://one.example.com, wss://two.example.com,wss://three.example.com";

  it("are tried in order, each for five seconds at the most", async () => {
    const { phone, server, clock } = bench({ ...ACCOUNT, wsServers });
    server.accepts = (url) => (url.includes("one") ? "refuse" : url.includes("two") ? "silent" : "open");
    const registering = phone.register();
    await clock.advance(4_999);
    expect(server.sockets.map(({ url }) => url)).toEqual(["wss://one.example.com", "wss://two.example.com"]);
    await clock.advance(1);
    await registering;
    expect(server.socket.url).toBe("wss://three.example.com");
    expect(server.sockets[1]!.closed).toBe(true);
  });

  it("that can't be reached reject as transport", async () => {
    const { phone, server, events } = bench({ ...ACCOUNT, wsServers });
    server.accepts = () => "refuse";
    await expect(phone.register()).rejects.toMatchObject({ code: "transport" });
    expect(server.sockets).toHaveLength(3);
    expect(events.map(([name]) => name)).toEqual(["unregistered", "error"]);
  });
});

describe("a registration", () => {
  it("is refreshed at 85 % of its lifetime without another event", async () => {
    const { phone, server, clock, names } = bench();
    await phone.register();
    await clock.advance(509_999);
    expect(server.got("REGISTER")).toHaveLength(1);
    await clock.advance(1);
    expect(server.got("REGISTER")).toHaveLength(2);
    expect(names()).toEqual(["registered"]);
  });

  it("is not asked for in a loop, whatever lifetime the server grants", async () => {
    for (const granted of ["0", "1", "4294967295", "x"]) {
      const { phone, server, clock } = bench(ACCOUNT, (request, s) =>
        s.respond(request, 200, [
          ["Contact", `${request.fields.get("Contact").replace(/;expires=.*/, "")};expires=${granted}`],
        ]),
      );
      await phone.register();
      await clock.advance(8_000);
      expect(server.got("REGISTER")).toHaveLength(1);
    }
  });

  it("is refreshed within a day, however long a lifetime is granted", async () => {
    const { phone, server, clock } = bench(ACCOUNT, (request, s) =>
      s.respond(request, 200, [["Expires", "4294967295"]]),
    );
    await phone.register();
    await clock.advance(86_400_000 * 0.85);
    expect(server.got("REGISTER")).toHaveLength(2);
  });

  it("counts the uses of its nonce at each refresh", async () => {
    const { phone, server, clock } = bench(ACCOUNT, challenging);
    await phone.register();
    await clock.advance(510_000);
    expect(
      server.got("REGISTER").map(({ fields }) => /nc=\d+/.exec(fields.get("Authorization"))?.[0]),
    ).toEqual([undefined, "nc=00000001", "nc=00000002"]);
  });

  it("that is lost comes back by itself, later each time", async () => {
    const { phone, server, clock, events } = bench();
    await phone.register();
    server.accepts = () => "refuse";
    server.socket.drop();
    expect(phone.registration).toBe("unregistered");
    expect(events.at(-1)).toEqual(["unregistered", { reason: expect.stringContaining("lost") }]);
    await clock.advance(20_000);
    const attempts = server.sockets.length;
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThan(9);
    server.accepts = () => "open";
    await clock.advance(60_000);
    expect(phone.registered).toBe(true);
    expect(events.filter(([name]) => name === "registered")).toHaveLength(2);
    expect(events.filter(([name]) => name === "error")).toHaveLength(1);
  });

  it("whose credentials are refused at a refresh is renewed by the config provider", async () => {
    let password = "p1";
    const { phone, server, clock, names } = bench({}, (request, s) => {
      const accepted = passwords.at(-1) === password;
      if (accepted) answerAll(request, s);
      else s.respond(request, 403);
    });
    const passwords: string[] = [];
    phone.configProvider = () => {
      passwords.push(password);
      return { ...ACCOUNT, password };
    };
    await phone.register();
    password = "p2";
    await clock.advance(510_000);
    expect(passwords).toEqual(["p1", "p2"]);
    expect(phone.registered).toBe(true);
    expect(names()).toEqual(["registered", "unregistered", "registered"]);
    expect(server.sockets).toHaveLength(1);
  });

  it("goes with unregister(), and stays gone", async () => {
    const { phone, server, clock, names } = bench({ ...ACCOUNT, autoRegister: true });
    await settle();
    await phone.unregister();
    expect(server.last("REGISTER").fields.get("Expires")).toBe("0");
    expect(names()).toEqual(["registered", "unregistered"]);
    await clock.advance(600_000);
    expect(server.got("REGISTER")).toHaveLength(2);
    expect(server.socket.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe("autoRegister", () => {
  it("registers as soon as the credentials are there, however they arrive", async () => {
    const { phone } = bench({ autoRegister: true });
    await settle();
    phone.setConfig({ wsServers: "wss://one.example.com", username: "1001" });
    await settle();
    expect(phone.registration).toBe("unregistered");
    phone.setConfig({ password: "secret" });
    await settle();
    expect(phone.registered).toBe(true);
  });

  it("tries again until the server can be reached", async () => {
    const { phone, server, clock, names } = bench({ ...ACCOUNT, autoRegister: true });
    server.accepts = () => "refuse";
    await clock.advance(5_000);
    expect(names().filter((name) => name === "error")).toHaveLength(1);
    server.accepts = () => "open";
    await clock.advance(60_000);
    expect(phone.registered).toBe(true);
  });

  it("tries again after a refusal when the password changes", async () => {
    const { phone } = bench({ ...ACCOUNT, password: "wrong", autoRegister: true }, (request, server) =>
      phone.config && right ? answerAll(request, server) : server.respond(request, 403),
    );
    let right = false;
    await settle();
    expect(phone.registered).toBe(false);
    right = true;
    phone.setConfig({ password: "right" });
    await settle();
    expect(phone.registered).toBe(true);
  });
});

describe("setConfig", () => {
  it("with another account signs the old one off and the new one on", async () => {
    const { phone, server, names } = bench();
    await phone.register();
    phone.setConfig({ username: "1002" });
    await settle();
    const registers = server
      .got("REGISTER")
      .map(({ fields }) => `${fields.get("To")} ${fields.get("Expires")}`);
    expect(registers.sort()).toEqual([
      "<sip:1001@example.com> 0",
      "<sip:1001@example.com> 600",
      "<sip:1002@example.com> 600",
    ]);
    expect(names().sort()).toEqual(["registered", "registered", "unregistered"]);
    expect(phone.registered).toBe(true);
  });

  it("in the middle of a registration lets register() resolve for the new account", async () => {
    const { phone, server } = bench(ACCOUNT, (request, s) => {
      if (request.fields.get("To").includes("1002")) answerAll(request, s);
    });
    const registering = phone.register();
    await settle();
    phone.setConfig({ username: "1002" });
    await settle();
    const old = server.got("REGISTER")[0]!;
    expect(old.fields.get("To")).toContain("1001");
    server.sockets[0]!.drop();
    await registering;
    expect(server.last("REGISTER").fields.get("To")).toContain("1002");
    expect(phone.registered).toBe(true);
  });

  it("with another password registers anew on the same connection", async () => {
    const { phone, server } = bench(ACCOUNT, challenging);
    await phone.register();
    phone.setConfig({ password: "other" });
    await settle();
    expect(server.sockets).toHaveLength(1);
    expect(server.got("REGISTER")).toHaveLength(4);
  });

  it("with nothing new does nothing", async () => {
    const { phone, server } = bench();
    await phone.register();
    phone.setConfig({ ...ACCOUNT });
    await settle();
    expect(server.got("REGISTER")).toHaveLength(1);
  });

  it.each([
    { wsServers: "https://x.example.com" },
    { wsServers: ["wss://x.example.com", "nonsense"] },
    { wsServers: "wss://user:secret@x.example.com" },
    { wsServers: "wss://x.example.com/#a" },
    { wsServers: Array<string>(17).fill("wss://x.example.com") },
    { username: "a\r\nb" },
    { username: "x".repeat(257) },
    { displayName: "a\nVia: b" },
    { realm: "a b" },
    { expires: 59 },
    { expires: 86_401 },
    { iceServers: [{ urls: "http://x" }] },
    { iceServers: Array<RTCIceServer>(17).fill({ urls: "stun:x.example.com" }) },
  ])("refuses %o and changes nothing", (bad) => {
    const { phone } = bench();
    const before = phone.config;
    expect(() => phone.setConfig({ video: true, ...bad })).toThrow(
      expect.objectContaining({ name: "PhoneError", code: "not-configured" }) as Error,
    );
    expect(phone.config).toEqual(before);
  });

  it("never tells the password", () => {
    const { phone } = bench();
    expect(JSON.stringify(phone.config)).not.toContain("secret");
    expect(JSON.stringify(phone)).not.toContain("secret");
  });
});

describe("a config provider", () => {
  it("is asked before the first registration, once", async () => {
    const { phone, server } = bench({});
    let asked = 0;
    phone.configProvider = async () => ({ ...ACCOUNT, username: `${1000 + ++asked}` });
    await phone.register();
    await phone.register();
    expect(asked).toBe(1);
    expect(server.last("REGISTER").fields.get("To")).toBe("<sip:1001@example.com>");
  });

  it("is asked again when the credentials are refused, once for each refusal", async () => {
    let asked = 0;
    const { phone } = bench({}, (request, server) =>
      request.fields.get("From").includes("1003") ? answerAll(request, server) : server.respond(request, 403),
    );
    phone.configProvider = () => ({ ...ACCOUNT, username: `${1001 + asked++}` });
    await expect(phone.register()).rejects.toMatchObject({ code: "authentication" });
    expect(asked).toBe(2);
    await phone.register();
    expect(asked).toBe(3);
    expect(phone.registered).toBe(true);
  });

  it("that fails, answers nonsense or takes more than ten seconds is told of", async () => {
    const { phone, clock } = bench({});
    phone.configProvider = () => Promise.reject(new Error("no"));
    await expect(phone.register()).rejects.toMatchObject({ code: "not-configured" });
    phone.configProvider = () => "nonsense" as never;
    await expect(phone.register()).rejects.toMatchObject({ code: "not-configured" });
    phone.configProvider = () => new Promise(() => {});
    const outcome = expect(phone.register()).rejects.toMatchObject({ code: "not-configured" });
    await clock.advance(10_000);
    await outcome;
  });
});

it("masks credentials in the trace", async () => {
  const { phone, trace } = bench(ACCOUNT, challenging);
  await phone.register();
  expect(trace.some((text) => text.includes("Authorization: ***"))).toBe(true);
  expect(trace.join()).not.toContain('username="1001"');
});

it("fires change at most once in a microtask", async () => {
  const { phone } = bench();
  let changes = 0;
  phone.addEventListener("change", () => changes++);
  phone.dialledNumber = "1";
  phone.dialledNumber = "12";
  await settle();
  expect(changes).toBe(1);
  phone.dialledNumber = "x".repeat(300);
  expect(phone.dialledNumber).toHaveLength(256);
});
