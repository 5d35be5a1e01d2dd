// The proof that a phone can be reached: an OPTIONS request from an account of
// its own, over a WebSocket of its own, that comes back with the phone's 200.
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import type { Socket } from "node:net";

/** The prober's own address: a fault that cuts the phones off leaves it alone. */
export const probeAddress = "127.0.0.9";

/** How often a phone that has not answered is asked anew, in milliseconds. */
const pace = 250;

/** The longest SIP message and HTTP answer that is taken, in bytes. */
const longest = 65_535;

const hex = () => randomBytes(8).toString("hex");
const md5 = (...parts: string[]) => createHash("md5").update(parts.join(":")).digest("hex");

/** Asks by way of one server; connects anew for as long as it is open. */
export class Probe {
  readonly #url: URL;
  readonly #account: { readonly username: string; readonly password: string };
  readonly #waiting = new Map<string, (message: string) => void>();
  #socket: Socket | undefined;
  #open = true;

  constructor(sip: string, account: { readonly username: string; readonly password: string }) {
    this.#url = new URL(sip.replace(/^ws/, "http"));
    this.#account = account;
    this.#connect();
  }

  close(): void {
    this.#open = false;
    this.#socket?.destroy();
  }

  /** The time, in milliseconds of the epoch, at which the phone has answered; `undefined` at the deadline. */
  async reached(user: string, deadline: number): Promise<number | undefined> {
    let found: number | undefined;
    while (found === undefined && this.#open && Date.now() < deadline) {
      void this.#ask(user, () => (found ??= Date.now()));
      await new Promise((resolve) => setTimeout(resolve, pace));
    }
    return found;
  }

  async #ask(user: string, answered: () => void): Promise<void> {
    const uri = `sip:${user}@${this.#url.hostname}`;
    const call = hex();
    const challenge = await this.#send(uri, call, 1);
    if (/^SIP\/2.0 200 /.test(challenge)) answered();
    // The last challenge is the one for MD5.
    const digest = challenge.match(/^Proxy-Authenticate: *Digest .*$/gim)?.at(-1);
    if (!digest) return;
    const part = (name: string) => new RegExp(`\\b${name}="?([^",]*)`, "i").exec(digest)?.[1] ?? "";
    const { username, password } = this.#account;
    const [realm, nonce, cnonce] = [part("realm"), part("nonce"), hex()];
    const keys = [md5(username, realm, password), nonce, "00000001", cnonce, "auth", md5("OPTIONS", uri)];
    const opaque = part("opaque") && `, opaque="${part("opaque")}"`;
    const answer = await this.#send(
      uri,
      call,
      2,
      `Proxy-Authorization: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
        `response="${md5(...keys)}", algorithm=MD5, qop=auth, nc=00000001, cnonce="${cnonce}"${opaque}\r\n`,
    );
    if (/^SIP\/2.0 200 /.test(answer)) answered();
  }

  #send(uri: string, call: string, number: number, header = ""): Promise<string> {
    const branch = `z9hG4bK${hex()}`;
    const from = `<sip:${this.#account.username}@${this.#url.hostname}>;tag=${call}`;
    this.#write(
      `OPTIONS ${uri} SIP/2.0\r\nVia: SIP/2.0/WS probe.invalid;branch=${branch}\r\nMax-Forwards: 70\r\n` +
        `From: ${from}\r\nTo: <${uri}>\r\nCall-ID: ${call}\r\nCSeq: ${number} OPTIONS\r\n${header}Content-Length: 0\r\n\r\n`,
    );
    return new Promise((answer) => this.#waiting.set(branch, answer));
  }

  #connect(): void {
    const again = () => {
      this.#socket = undefined;
      if (this.#open) setTimeout(() => this.#connect(), pace);
    };
    const { hostname, port, pathname } = this.#url;
    const attempt = request({
      host: hostname === "localhost" ? "127.0.0.1" : hostname,
      port,
      path: pathname,
      localAddress: probeAddress,
      headers: {
        host: this.#url.host,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
        "sec-websocket-protocol": "sip",
      },
    });
    attempt.once("error", again);
    attempt.once("response", (response) => {
      response.destroy();
      again();
    });
    attempt.once("upgrade", (_, socket: Socket) => {
      this.#socket = socket;
      this.#read(socket);
      socket.on("error", () => {});
      socket.once("close", again);
    });
    attempt.end();
  }

  /** One masked text frame (RFC 6455 §5.2). */
  #write(text: string): void {
    const body = Buffer.from(text);
    const mask = randomBytes(4);
    const head = Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255, ...mask]);
    this.#socket?.write(Buffer.concat([head, body.map((byte, i) => byte ^ mask[i & 3]!)]));
  }

  #read(socket: Socket): void {
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4) {
        const long = (rest[1]! & 127) === 126;
        const start = long ? 4 : 2;
        const end = start + (long ? rest.readUInt16BE(2) : rest[1]! & 127);
        if ((rest[1]! & 127) === 127 || end > longest) return void socket.destroy();
        if (rest.length < end) return;
        this.#take(rest.toString("utf8", start, end));
        rest = rest.subarray(end);
      }
    });
  }

  #take(message: string): void {
    const branch = /branch=(z9hG4bK[0-9a-f]{16})\b/.exec(message)?.[1] ?? "";
    if (/^SIP\/2.0 1/.test(message)) return;
    this.#waiting.get(branch)?.(message);
    this.#waiting.delete(branch);
  }
}
