// The phone in the browser and the one in Go are held to the same scenarios:
// test/conformance/phone.json says what each step means.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { FieldList } from "../sip/dialog.ts";
import { FAR } from "../sip/fake.ts";
import { HeaderFields, isRequest } from "../sip/message.ts";
import type { SipMessage, SipRequest } from "../sip/message.ts";
import { cancellation } from "../sip/transactions.ts";
import { shown, toUri } from "./address.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";
import type { Bench } from "./fake.ts";
import { PhoneError } from "./types.ts";

interface Step {
  do?: string;
  to?: string;
  digit?: string;
  done?: string;
  code?: string;
  sent?: string;
  fields?: Record<string, string>;
  without?: string[];
  sdp?: boolean;
  server?: string;
  reply?: number;
  tag?: string;
  request?: string;
  within?: boolean;
  body?: string;
  type?: string;
  ack?: boolean;
  cancel?: boolean;
  accepts?: boolean;
  cut?: boolean;
  wait?: number;
  silence?: boolean;
  event?: string;
  detail?: Record<string, unknown>;
  call?: string;
}

const table = JSON.parse(
  readFileSync(new URL("../../../test/conformance/phone.json", import.meta.url), "utf8"),
) as {
  addresses: { dialled: string; uri: string | null }[];
  shown: { uri: string; text: string }[];
  scenarios: { name: string; steps: Step[] }[];
};

const SDP = "v=0\r\no=- 7 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
const url = (name: string) => `wss://${name}.example.com/sip`;

it("reads addresses as the phone in Go does", () => {
  for (const { dialled, uri } of table.addresses) {
    if (uri === null) expect(() => toUri(dialled, "example.com"), dialled).toThrow(PhoneError);
    else expect(toUri(dialled, "example.com"), dialled).toBe(uri);
  }
  for (const { uri, text } of table.shown) expect(shown(uri, "example.com")).toBe(text);
});

/** Plays a scenario. */
class Stage {
  readonly #bench: Bench;
  readonly #refused = new Set<string>();
  /** Messages of the phone that no step has asked for. */
  readonly #unread: { message: SipMessage; server: string }[] = [];
  readonly #sent = new Map<string, SipRequest>();
  readonly #doing = new Map<string, Promise<unknown>[]>();
  #events = 0;
  #invite: SipRequest | null = null;
  #ok: SipMessage | null = null;
  #number = 1;
  #branch = 0;

  constructor() {
    this.#bench = bench({ ...ACCOUNT, wsServers: ["one", "two"].map(url) }, () => {});
    const { server } = this.#bench;
    server.pongs = true;
    server.accepts = (server) => (this.#refused.has(server) ? "refuse" : "open");
    const took = server.took.bind(server);
    server.took = (socket, text) => {
      const before = [server.requests.length, server.responses.length];
      took(socket, text);
      const message = server.requests[before[0]!] ?? server.responses[before[1]!];
      if (message) this.#unread.push({ message, server: socket.url });
    };
  }

  async play(step: Step): Promise<void> {
    await this.#settled();
    const { server, clock, phone } = this.#bench;
    if (step.do) this.#begin(step);
    else if (step.done) await this.#finished(step);
    else if (step.sent) this.#expect(step);
    else if (step.reply) this.#reply(step);
    else if (step.request) this.#far(step);
    else if (step.ack) server.give(this.#within("ACK", 1, this.#number));
    else if (step.cancel) server.give(cancellation(this.#invite!));
    else if (step.accepts !== undefined) this.#refused[step.accepts ? "delete" : "add"](url(step.server!));
    else if (step.cut) server.socket.drop();
    else if (step.wait) await clock.advance(step.wait);
    else if (step.silence) expect(this.#unread).toEqual([]);
    else if (step.event) this.#event(step);
    else if (step.call) expect(phone.call?.state).toBe(step.call);
    else throw new Error("There is no such step");
    await this.#settled();
  }

  async #settled(): Promise<void> {
    for (let i = 0; i < 8; i++) await settle();
  }

  #begin({ do: name, to = "", digit = "" }: Step): void {
    const { phone } = this.#bench;
    const start: Record<string, () => Promise<unknown> | void> = {
      register: () => phone.register(),
      unregister: () => phone.unregister(),
      makeCall: () => phone.makeCall(to),
      answer: () => phone.answer(),
      hangup: () => phone.hangup(),
      hold: () => phone.hold(),
      unhold: () => phone.unhold(),
      transfer: () => phone.transfer(to),
      press: () => phone.dialpadPress(digit),
    };
    const running = Promise.resolve(start[name!]!());
    running.catch(() => {});
    this.#doing.set(name!, [...(this.#doing.get(name!) ?? []), running]);
  }

  async #finished({ done, code }: Step): Promise<void> {
    const running = this.#doing.get(done!)!.shift()!;
    let late = () => {};
    const limit = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error("It is still under way")), 1_000);
      late = () => clearTimeout(timer);
    });
    const outcome = await Promise.race([running, limit]).then(
      () => undefined,
      (error: unknown) => error,
    );
    late();
    if (code) expect((outcome as PhoneError | undefined)?.code).toBe(code);
    else expect(outcome).toBeUndefined();
  }

  #expect({ sent, fields = {}, without = [], sdp, server }: Step): void {
    const next = this.#unread.shift();
    if (!next) throw new Error("The phone sent nothing");
    const { message } = next;
    let got = "";
    if (isRequest(message)) {
      got = message.method;
      this.#sent.set(got, message);
    } else {
      got = `${message.status} ${message.fields.get("CSeq").split(" ")[1]}`;
      if (got === "200 INVITE") this.#ok = message;
    }
    expect(got).toBe(sent);
    for (const [name, pattern] of Object.entries(fields))
      expect(message.fields.all(name).join(", "), name).toMatch(new RegExp(pattern));
    for (const name of without) expect(message.fields.get(name), name).toBe("");
    if (sdp !== undefined) expect(message.body !== "").toBe(sdp);
    if (server) expect(next.server).toBe(url(server));
  }

  #reply({ reply, to, fields = {}, sdp, tag }: Step): void {
    const request = this.#sent.get(to!);
    if (!request) throw new Error(`The phone has sent no ${to}`);
    const more: [string, string][] = Object.entries(fields);
    if (to === "REGISTER" && reply === 200)
      more.push(["Contact", request.fields.get("Contact").replace(/>.*$/, ">")]);
    if (to === "INVITE" && reply! > 100 && reply! < 300 && !fields["Contact"]) more.push([...FAR]);
    if (sdp) more.push(["Content-Type", "application/sdp"]);
    this.#bench.server.respond(request, reply!, more, sdp ? SDP : "", tag);
  }

  #far(step: Step): void {
    const { request, within, fields = {}, sdp } = step;
    const more: [string, string][] = Object.entries(fields);
    const { body = sdp ? SDP : "", type = "application/sdp" } = step;
    if (body) more.push(["Content-Type", type]);
    if (within) {
      this.#number++;
      return this.#bench.server.give(this.#within(request!, this.#number, 0, more, body));
    }
    this.#number = 1;
    this.#invite = {
      method: request!,
      uri: "sip:1001@x.invalid",
      fields: new HeaderFields([
        ["Via", `SIP/2.0/WSS far.example.com;branch=z9hG4bKfar${++this.#branch}`],
        ["Max-Forwards", "70"],
        ["From", '"Bob" <sip:1002@example.com>;tag=far'],
        ["To", "<sip:1001@example.com>"],
        ["Call-ID", "incoming"],
        ["CSeq", `1 ${request}`],
        [...FAR],
        ...more,
      ]),
      body,
    };
    this.#bench.server.give(this.#invite);
  }

  /** A request of the far end within the current call. */
  #within(method: string, number: number, ack: number, more: FieldList = [], body = ""): SipRequest {
    const invite = this.#invite ?? this.#sent.get("INVITE")!;
    const ours = !this.#invite;
    const [from, to] = ours
      ? [`${invite.fields.get("To")};tag=far`, invite.fields.get("From")]
      : [invite.fields.get("From"), this.#ok!.fields.get("To")];
    return {
      method,
      uri: "sip:1001@x.invalid",
      fields: new HeaderFields([
        ["Via", `SIP/2.0/WSS far.example.com;branch=z9hG4bKfar${++this.#branch}`],
        ["Max-Forwards", "70"],
        ["From", from!],
        ["To", to!],
        ["Call-ID", invite.fields.get("Call-ID")],
        ["CSeq", `${ack || number} ${method}`],
        [...FAR],
        ...more,
      ]),
      body,
    };
  }

  #event({ event, detail = {} }: Step): void {
    const next = this.#bench.events[this.#events++];
    expect(next?.[0]).toBe(event);
    expect(next?.[1] ?? {}).toMatchObject(detail);
  }
}

describe("does as the phone in Go does", () => {
  for (const { name, steps } of table.scenarios)
    it(name, async () => {
      const stage = new Stage();
      for (const [i, step] of steps.entries()) {
        try {
          await stage.play(step);
        } catch (cause) {
          throw new Error(`Step ${i + 1}, ${JSON.stringify(step)}: ${String(cause)}`, { cause });
        }
      }
    });
});
