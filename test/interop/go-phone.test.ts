// The phone in Go, by its commands, at Kamailio and rtpengine: with
// <web-phone>, with plain SIP peers, and when its server dies.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "../support/baresip.ts";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { GoPhone, expectHeard } from "../support/gophone.ts";
import { expectSilence, expectTone } from "../support/hearing.ts";
import { startKamailio } from "../support/kamailio.ts";
import type { Kamailio } from "../support/kamailio.ts";
import { TestPhone } from "../support/phones.ts";
import { freePorts } from "../support/ports.ts";
import { startRtpengine } from "../support/rtpengine.ts";
import { startSipp } from "../support/sipp.ts";
import type { Sipp, SippOptions } from "../support/sipp.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

const domain = "phone.test";
const numbers = { baresip: "2001", sipp: "3001" } as const;
/** What each says, in Hz. */
const tones = { go: 1_100, page: 500, baresip: 1_200, sipp: 1_000 } as const;

type Closable = { close(): Promise<void> };

const parts: Closable[] = [];
const guests: Closable[] = [];
const passwords = { "1001": randomBytes(12).toString("hex"), "1002": randomBytes(12).toString("hex") };
const ports: Record<string, number> = {};
let servers: Kamailio[];
let site: StaticServer;
let browser: TestBrowser;

function part<T extends Closable>(made: T): T {
  parts.push(made);
  return made;
}

function guest<T extends Closable>(made: T): T {
  guests.push(made);
  return made;
}

async function closeAll(list: Closable[]): Promise<void> {
  for (const one of list.splice(0).toReversed()) await one.close();
}

beforeAll(async () => {
  const free = await freePorts(2);
  Object.values(numbers).forEach((number, i) => (ports[number] = free[i]!));
  const { control } = part(await startRtpengine());
  servers = await startKamailio({ domain, accounts: passwords, peers: ports, rtpengine: control }, 2);
  servers.forEach(part);
  site = part(
    await serveStatic({
      root: resolve(import.meta.dirname, "../../web/dist"),
      csp: "default-src 'self'; connect-src 'self' ws: wss:; media-src blob: mediastream:",
    }),
  );
  browser = part(await launch("chromium", { tone: tones.page, autoplay: true, insecureTls: true }));
});
afterEach(() => closeAll(guests));
afterAll(() => closeAll(parts));

function command(name: "call" | "listen", server: string, ...args: string[]): GoPhone {
  const account = { server, username: "1002", password: passwords["1002"] };
  // This server reaches registered phones alone within a call, and takes WebSockets of web pages alone.
  const register = name === "call" ? ["--register"] : [];
  const origin = ["--origin", site.origin];
  return guest(new GoPhone(name, account, "--realm", domain, ...origin, ...register, ...args));
}

async function page(): Promise<TestPhone> {
  site.route(
    "/phone",
    `<!doctype html><html lang="en"><title>Phone</title><script type="module" src="/webphone.js"></script>
     <web-phone sip-server="${servers[0]!.ws}" realm="${domain}" username="1001" password="${passwords["1001"]}" auto-register></web-phone>`,
  );
  const made = guest(await TestPhone.load(browser, `${site.origin}/phone`));
  await made.registration("registered");
  return made;
}

async function baresip(): Promise<Baresip> {
  const number = numbers.baresip;
  const options = { number, domain, port: ports[number]!, proxy: servers[0]!.sip, tone: tones.baresip };
  return guest(await Baresip.start(options));
}

async function sipp(scenario: string, options: Partial<SippOptions> = {}): Promise<Sipp> {
  const proxy = servers[0]!.sip.replace("sip:", "");
  return guest(await startSipp({ scenario, proxy, port: ports[numbers.sipp]!, ...options }));
}

const tone = ["--tone", String(tones.go)] as const;
const endless = ["--duration", "1m"] as const;

describe.each(["ws", "wss"] as const)("over %s", (scheme) => {
  it("calls <web-phone>, is heard and hears, is held and resumed, and is hung up on", async () => {
    const callee = await page();
    const caller = command("call", servers[0]![scheme], "1001", ...tone, ...endless, "--digits", "7");
    await callee.state("ringing-in");
    await callee.press("answer");
    await callee.state("active");
    await expectTone(callee.page, tones.go);
    await callee.press("hold");
    await callee.state("held");
    await expectSilence(callee.page);
    await callee.press("hold");
    await callee.state("active");
    await expectTone(callee.page, tones.go);
    await callee.press("hang-up");
    await callee.state("idle");
    const outcome = await caller.outcome();
    expect(outcome).toMatchObject({
      ok: true,
      record: { direction: "outbound", to: "1001", sipCode: 200, endedBy: "remote", codec: "PCMU" },
    });
    expectHeard(outcome, tones.page);
  });

  it("is called by <web-phone>, is heard and hears, hears its digits, and hangs up", async () => {
    const callee = command("listen", servers[0]![scheme], ...tone, "--calls", "1", "--duration", "4s");
    await callee.says("Signed in");
    const caller = await page();
    await caller.dial("1002");
    await caller.state("active");
    await expectTone(caller.page, tones.go);
    for (const digit of "5#") await caller.call("dialpadPress", digit);
    await caller.state("idle");
    expect(await caller.record()).toMatchObject({ sipCode: 200, endedBy: "remote" });
    const outcome = await callee.outcome();
    expect(outcome).toMatchObject({
      ok: true,
      digits: "5#",
      record: { direction: "inbound", from: "1001", endedBy: "local" },
    });
    expectHeard(outcome, tones.page);
  });
});

describe("with SIPp", () => {
  it("calls, hears its own voice echoed, and hangs up", async () => {
    const peer = await sipp("answer");
    const caller = command(
      "call",
      servers[0]!.ws,
      numbers.sipp,
      ...tone,
      "--duration",
      "2s",
      "--expect-sound",
    );
    const outcome = await caller.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { sipCode: 200, endedBy: "local", codec: "PCMU" } });
    expectHeard(outcome, tones.go);
    await peer.done();
  });

  it("is called, hears its own voice echoed, and is hung up on", async () => {
    const callee = command("listen", servers[0]!.ws, ...tone, "--calls", "1");
    await callee.says("Signed in");
    const peer = await sipp("call", { number: "1002" });
    const outcome = await callee.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { from: numbers.sipp, endedBy: "remote" } });
    expect(outcome.record.displayName).toBe("Plain Peer");
    expectHeard(outcome, tones.go);
    await peer.done();
  });

  it("hears an announcement before the call is answered", async () => {
    await sipp("early", { tone: tones.sipp });
    const caller = command("call", servers[0]!.ws, numbers.sipp, "--ring", "2500ms");
    const outcome = await caller.outcome();
    expect(outcome).toMatchObject({ ok: false, code: "timeout", record: { answerTime: null } });
    expectHeard(outcome, tones.sipp);
  });
});

describe("with baresip", () => {
  it("calls, is heard and hears, is held and resumed, sends digits, and is hung up on", async () => {
    const peer = await baresip();
    const caller = command("call", servers[0]!.ws, numbers.baresip, ...tone, ...endless, "--digits", "19#");
    await peer.hearsDigits("19#");
    await peer.hears(tones.go);
    peer.command("hold");
    await peer.hearsNot(tones.go);
    peer.command("resume");
    await peer.hears(tones.go);
    peer.command("hangup");
    const outcome = await caller.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { endedBy: "remote", codec: "PCMU" } });
    expectHeard(outcome, tones.baresip);
  });

  it("is called, is heard and hears, and hangs up", async () => {
    const callee = command("listen", servers[0]!.ws, ...tone, "--calls", "1", "--duration", "3s");
    await callee.says("Signed in");
    const peer = await baresip();
    peer.command("dial", `sip:1002@${domain}`);
    await peer.happens("CALL_ESTABLISHED");
    await peer.hears(tones.go);
    await peer.happens("CALL_CLOSED");
    const outcome = await callee.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { from: numbers.baresip, endedBy: "local" } });
    expectHeard(outcome, tones.baresip);
  });
});

describe("when its server is killed in a call", () => {
  afterEach(() => servers[0]!.restart());

  it("goes on with baresip, and hangs up through the other server", async () => {
    const peer = await baresip();
    const caller = command(
      "call",
      servers.map(({ ws }) => ws).join(),
      numbers.baresip,
      ...tone,
      "--duration",
      "8s",
    );
    await peer.hears(tones.go);
    servers[0]!.signal("SIGKILL");
    await peer.hears(tones.go);
    await peer.happens("CALL_CLOSED");
    const outcome = await caller.outcome();
    expect(outcome).toMatchObject({ ok: true, record: { sipCode: 200, endedBy: "local" } });
    expectHeard(outcome, tones.baresip);
  });
});
