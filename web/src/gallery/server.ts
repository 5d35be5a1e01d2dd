// A scripted peer: a SIP server and whoever is behind it, within the page. It
// takes the place of WebSocket, answers as a scene wants it, and speaks real
// WebRTC, so that the element in front of it is the real one, unchanged.

import { HeaderFields, cseq, isRequest, respond, serialize } from "../sip/message.ts";
import type { SipRequest } from "../sip/message.ts";
import { parseMessage } from "../sip/parser.ts";
import { camera, microphone } from "./media.ts";

export interface Script {
  /** What becomes of connections. */
  readonly connection?: "open" | "silent" | "refused";
  /** The final status of a REGISTER; 0 is silence. */
  readonly registration?: number;
  /** The final status of an INVITE to an address; 180 rings for ever, 0 is silence. */
  answers?(to: string): number;
  /** Who is called has a camera. Default: yes. */
  readonly camera?: boolean;
}

/** Someone who calls, or is called. */
export interface Party {
  readonly number: string;
  readonly name?: string;
  readonly video?: boolean;
}

const user = (field: string) => /sips?:([^@>;]+)/.exec(field)?.[1] ?? "";
let words = 0;
const word = () => `g${++words}${Math.random().toString(36).slice(2, 10)}`;

/** One side of a call. */
interface Leg {
  readonly connection: RTCPeerConnection;
  readonly invite: SipRequest;
  readonly tag: string;
  /** The phone's side, with its tag, where the phone was called. */
  to: string;
  sequence: number;
}

export class ScriptedServer {
  script: Script;
  readonly #sockets = new Set<ScriptedSocket>();
  readonly #legs = new Map<string, Leg>();
  #contact = "";

  constructor(script: Script) {
    this.script = script;
  }

  /** Takes the place of the browser's WebSocket in this page. */
  install(): void {
    const server = this;
    Object.assign(globalThis, {
      WebSocket: class extends ScriptedSocket {
        constructor(url: string) {
          super(url, server);
        }
      },
    });
  }

  joined(socket: ScriptedSocket): void {
    const how = this.script.connection ?? "open";
    if (how === "silent") return;
    setTimeout(() => {
      if (how === "refused") return socket.drop();
      this.#sockets.add(socket);
      socket.open();
    });
  }

  left(socket: ScriptedSocket): void {
    this.#sockets.delete(socket);
  }

  /** Every connection is lost, and no new one comes about. */
  vanish(): void {
    this.script = { ...this.script, connection: "silent" };
    for (const socket of this.#sockets) socket.drop();
  }

  took(socket: ScriptedSocket, text: string): void {
    if (text === "\r\n\r\n") return socket.give("\r\n");
    const message = parseMessage(text);
    if (isRequest(message)) void this.#request(socket, message);
    else if (message.status === 200 && cseq(message).method === "INVITE") {
      const leg = this.#legs.get(message.fields.get("Call-ID"));
      if (!leg) return;
      leg.to = message.fields.get("To");
      void leg.connection.setRemoteDescription({ type: "answer", sdp: message.body });
      socket.give(serialize(this.#within(leg, "ACK", "", cseq(message).number)));
    }
  }

  /** Calls the phone. */
  async call({ number, name = "", video = false }: Party): Promise<void> {
    const connection = await peer(video, name || number);
    const id = word();
    const fields = new HeaderFields([
      ["Via", `SIP/2.0/WSS gallery.invalid;branch=z9hG4bK${id}`],
      ["Max-Forwards", "70"],
      ["From", `${name && `"${name}" `}<sip:${number}@gallery.invalid>;tag=${id}`],
      ["To", "<sip:1001@gallery.invalid>"],
      ["Call-ID", id],
      ["CSeq", "1 INVITE"],
      ["Contact", `<sip:${number}@gallery.invalid;transport=ws>`],
      ["Content-Type", "application/sdp"],
    ]);
    const body = await describe(connection, "offer");
    const invite: SipRequest = { method: "INVITE", uri: this.#contact, fields, body };
    this.#legs.set(id, { connection, invite, tag: "", to: fields.get("To"), sequence: 1 });
    for (const socket of this.#sockets) socket.give(serialize(invite));
  }

  /** Everyone who is in a call puts it on hold. */
  async hold(): Promise<void> {
    for (const leg of this.#legs.values()) {
      for (const transceiver of leg.connection.getTransceivers()) transceiver.direction = "sendonly";
      const request = this.#within(leg, "INVITE", await describe(leg.connection, "offer"));
      for (const socket of this.#sockets) socket.give(serialize(request));
    }
  }

  async #request(socket: ScriptedSocket, request: SipRequest): Promise<void> {
    const { method, fields, body } = request;
    const tag = word();
    const answer = (status: number, more: [string, string][] = [], sdp = "") =>
      socket.give(serialize(respond(request, status, tag, more, sdp)));
    if (method === "REGISTER") {
      this.#contact = /<([^>]+)>/.exec(fields.get("Contact"))?.[1] ?? "";
      const status = this.script.registration ?? 200;
      if (status) answer(status, status === 200 ? [["Contact", `${fields.get("Contact")};expires=600`]] : []);
    } else if (method === "INVITE") await this.#invited(request, tag, answer, body);
    else if (method !== "ACK") answer(200);
  }

  async #invited(
    request: SipRequest,
    tag: string,
    answer: (status: number, more?: [string, string][], sdp?: string) => void,
    offer: string,
  ): Promise<void> {
    const id = request.fields.get("Call-ID");
    const number = user(request.fields.get("To"));
    const known = this.#legs.get(id);
    const status = known ? 200 : (this.script.answers?.(number) ?? 200);
    if (!status) return;
    answer(100);
    if (!known) answer(180, contact(number));
    if (status < 200) return;
    if (status >= 300) return void setTimeout(() => answer(status), 50);
    const wantsVideo = /\r\nm=video [^0]/.test(offer);
    const connection = known?.connection ?? (await peer(wantsVideo && this.script.camera !== false, number));
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    if (!known) this.#legs.set(id, { connection, invite: request, tag, to: "", sequence: 1 });
    else if (wantsVideo && !connection.getSenders().some(({ track }) => track?.kind === "video")) {
      connection.addTrack(camera({ name: number, hue: 210 }));
    }
    const sdp = await describe(connection, "answer");
    answer(200, [...contact(number), ["Content-Type", "application/sdp"]], sdp);
  }

  /** A request of the far side within its call. */
  #within(leg: Leg, method: string, body = "", sequence = ++leg.sequence): SipRequest {
    const { fields } = leg.invite;
    // Who made the call is From in its INVITE; in a request of the callee it is To.
    const [from, target] = leg.tag
      ? [`${fields.get("To")};tag=${leg.tag}`, fields.get("From")]
      : [fields.get("From"), leg.to];
    return {
      method,
      uri: this.#contact,
      fields: new HeaderFields([
        ["Via", `SIP/2.0/WSS gallery.invalid;branch=z9hG4bK${word()}`],
        ["Max-Forwards", "70"],
        ["From", from],
        ["To", target],
        ["Call-ID", fields.get("Call-ID")],
        ["CSeq", `${sequence} ${method}`],
        ["Contact", "<sip:far@gallery.invalid;transport=ws>"],
        ...(body ? ([["Content-Type", "application/sdp"]] as const) : []),
      ]),
      body,
    };
  }
}

const contact = (number: string): [string, string][] => [
  ["Contact", `<sip:${number}@gallery.invalid;transport=ws>`],
];

/** The far side's media. */
async function peer(video: boolean, name: string): Promise<RTCPeerConnection> {
  const connection = new RTCPeerConnection();
  const stream = new MediaStream();
  connection.addTrack(await microphone(), stream);
  if (video) connection.addTrack(camera({ name, hue: 210 }), stream);
  return connection;
}

/** A description with all candidates. */
async function describe(connection: RTCPeerConnection, type: "offer" | "answer"): Promise<string> {
  await connection.setLocalDescription(
    await (type === "offer" ? connection.createOffer() : connection.createAnswer()),
  );
  if (connection.iceGatheringState !== "complete") {
    await new Promise<void>((resolve) => {
      connection.addEventListener("icegatheringstatechange", () => {
        if (connection.iceGatheringState === "complete") resolve();
      });
      setTimeout(resolve, 1_000);
    });
  }
  return connection.localDescription!.sdp;
}

/** What the phone takes for a WebSocket. */
class ScriptedSocket {
  binaryType: BinaryType = "blob";
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly url: string;
  readonly #server: ScriptedServer;

  constructor(url: string, server: ScriptedServer) {
    this.url = url;
    this.#server = server;
    server.joined(this);
  }

  send(text: string): void {
    this.#server.took(this, text);
  }

  close(): void {
    this.#server.left(this);
  }

  open(): void {
    this.onopen?.();
  }

  give(data: string): void {
    setTimeout(() => this.onmessage?.({ data }));
  }

  drop(): void {
    this.#server.left(this);
    this.onclose?.();
  }
}
