// baresip as a plain SIP phone: it answers by itself, plays a tone, and writes
// down what it hears. Driven over its TCP control port by JSON in netstrings.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Daemon } from "./daemon.ts";
import { address, freePorts } from "./ports.ts";
import { readWav, share } from "./tone.ts";

/** A bound for everything that is waited for, in milliseconds. */
const patience = 15_000;

export interface BaresipOptions {
  readonly number: string;
  readonly domain: string;
  /** The UDP port of its SIP. */
  readonly port: number;
  /** Where its requests go, as a SIP URI. */
  readonly proxy: string;
  /** The tone that it plays, in Hz. */
  readonly tone: number;
}

/** Such as `{type: "CALL_DTMF_START", param: "5"}`. */
export interface BaresipEvent {
  readonly type: string;
  readonly param: string;
}

export class Baresip {
  readonly #daemon: Daemon;
  readonly #control: Socket;
  readonly #folder: string;
  #events: BaresipEvent[] = [];
  #input = "";

  private constructor(daemon: Daemon, control: Socket, folder: string) {
    this.#daemon = daemon;
    this.#control = control;
    this.#folder = folder;
    control.setEncoding("latin1");
    control.on("data", (chunk: string) => this.#received(chunk));
    control.on("error", () => {});
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = await mkdtemp(join(tmpdir(), "webphone-baresip-"));
    const [control] = await freePorts(1);
    let socket: Socket | null = null;
    let daemon: Daemon | null = null;
    try {
      await mkdir(join(folder, "heard"));
      await writeFile(join(folder, "config"), config(options, folder, control!));
      await writeFile(
        join(folder, "accounts"),
        `<sip:${options.number}@${options.domain}>;outbound="${options.proxy}";regint=0;answermode=auto;audio_codecs=PCMU/8000/1\n`,
      );
      await writeFile(join(folder, "contacts"), "");
      daemon = await Daemon.start("baresip", ["-f", folder], {
        ready: async () => !!(socket = await dial(control!)),
      });
      return new Baresip(daemon, socket!, folder);
    } catch (error) {
      await daemon?.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** What has happened since the last `clear()`. */
  get events(): readonly BaresipEvent[] {
    return this.#events;
  }

  /** The digits that were heard (RFC 4733). */
  get digits(): string {
    return this.#events
      .filter(({ type }) => type === "CALL_DTMF_START")
      .map(({ param }) => param)
      .join("");
  }

  command(command: string, params = ""): void {
    const text = JSON.stringify({ command, params, token: "1" });
    this.#control.write(`${text.length}:${text},`);
  }

  async happens(type: string): Promise<BaresipEvent> {
    return until(
      () => this.#events.find((event) => event.type === type),
      () => `baresip: no ${type} in ${JSON.stringify(this.#events)}\n${this.#daemon.output}`,
    );
  }

  /** Waits until a tone is most of what was heard last. */
  hears(frequency: number): Promise<void> {
    return this.#until(frequency, (found) => found > 0.5);
  }

  /** Waits until a tone is not in what was heard last, or nothing was. */
  hearsNot(frequency: number): Promise<void> {
    return this.#until(frequency, (found) => found < 0.05);
  }

  /** Waits for these digits, and no others. */
  async hearsDigits(digits: string): Promise<void> {
    await until(
      () => this.digits.length >= digits.length,
      () => `baresip heard the digits ${this.digits}\n${this.#daemon.output}`,
    );
    if (this.digits !== digits) throw new Error(`baresip heard the digits ${this.digits}`);
  }

  async #until(frequency: number, wanted: (share: number) => boolean): Promise<void> {
    let before = 0;
    let last = 0;
    const listen = async () => {
      const { rate, samples } = await this.#heard();
      // Only what came since the last look counts; when nothing came, it was silent.
      const fresh = samples.subarray(before || -rate / 2);
      before = samples.length;
      last = share(fresh, rate, frequency);
      return wanted(last);
    };
    await until(
      listen,
      () => `baresip heard ${last.toFixed(2)} of ${frequency} Hz\n${this.#daemon.output}`,
      500,
    );
  }

  /** Ends the calls and forgets what was heard. */
  async clear(): Promise<void> {
    this.command("hangup");
    await later(200);
    this.#events = [];
    for (const name of await readdir(join(this.#folder, "heard")))
      await rm(join(this.#folder, "heard", name));
  }

  async close(): Promise<void> {
    this.#control.destroy();
    await this.#daemon.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The file of the latest call. */
  async #heard() {
    const names = (await readdir(join(this.#folder, "heard"))).filter((name) => name.includes("dec"));
    const last = names.toSorted().at(-1);
    return readWav(last ? await readFile(join(this.#folder, "heard", last)) : Buffer.alloc(0));
  }

  #received(chunk: string): void {
    this.#input += chunk;
    for (;;) {
      const [head, length] = /^(\d+):/.exec(this.#input) ?? [];
      if (!head) return;
      const end = head.length + Number(length);
      if (this.#input.length <= end) return;
      const message = JSON.parse(this.#input.slice(head.length, end)) as Partial<BaresipEvent>;
      this.#input = this.#input.slice(end + 1);
      if (message.type) this.#events.push({ type: message.type, param: message.param ?? "" });
    }
  }
}

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until<T>(
  test: () => T | Promise<T>,
  problem: () => string,
  pause = 50,
): Promise<NonNullable<T>> {
  for (const end = Date.now() + patience; ;) {
    const found = await test();
    if (found) return found;
    if (Date.now() > end) throw new Error(problem());
    await later(pause);
  }
}

function dial(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(null));
  });
}

function config({ port, tone }: BaresipOptions, folder: string, control: number): string {
  const modules = ["g711", "ausine", "aubridge", "sndfile"].map((name) => `module ${name}.so`);
  const apps = ["account", "contact", "menu", "ctrl_tcp"].map((name) => `module_app ${name}.so`);
  return [
    "module_path /usr/lib/baresip/modules",
    ...modules,
    ...apps,
    `sip_listen ${address()}:${port}`,
    `net_interface ${address()}`,
    "call_max_calls 4",
    "statmode_default off",
    `audio_source ausine,${tone}`,
    // Nobody listens: what arrives is written down by sndfile.
    "audio_player aubridge,none",
    // The one format that ausine makes.
    "ausrc_srate 48000",
    "ausrc_channels 2",
    `snd_path ${join(folder, "heard")}`,
    `ctrl_tcp_listen 127.0.0.1:${control}`,
    "",
  ].join("\n");
}
