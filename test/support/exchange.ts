// A telephone exchange as it is found outside: Kamailio and rtpengine, plain
// SIP peers, and pages with <web-phone> in two browsers.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { Baresip } from "./baresip.ts";
import { browserKinds, launch } from "./browsers.ts";
import type { BrowserKind, TestBrowser } from "./browsers.ts";
import { startKamailio } from "./kamailio.ts";
import type { Kamailio } from "./kamailio.ts";
import { TestPhone } from "./phones.ts";
import { freePorts } from "./ports.ts";
import { startRtpengine } from "./rtpengine.ts";
import type { Rtpengine } from "./rtpengine.ts";
import { startSipp } from "./sipp.ts";
import type { Sipp, SippOptions } from "./sipp.ts";
import { serveStatic } from "./static.ts";
import type { StaticServer } from "./static.ts";

const domain = "phone.test";

/** What the microphones and the peers play, in Hz. */
export const tones = { chromium: 500, firefox: 800, baresip: 1_200, sipp: 1_000 } as const;

/** The numbers of the plain peers. */
export const peers = { baresip: "2001", sipp: "3001" } as const;

export type User = "1001" | "1002" | "1003";

export interface PageOptions {
  /** The URLs, as in `sip-server`. Default: every server, over WS. */
  servers?: string;
  /** Default: the user's own. */
  password?: string;
  /** Default: true. */
  autoRegister?: boolean;
}

/** What is ended after the tests, the last first. */
type Closable = { close(): Promise<void> };

export class Exchange {
  readonly servers: readonly Kamailio[];
  readonly #site: StaticServer;
  readonly #passwords: Readonly<Record<string, string>>;
  readonly #ports: Readonly<Record<string, number>>;
  readonly #browsers = new Map<BrowserKind, TestBrowser>();
  readonly #parts: Closable[];
  #guests: Closable[] = [];
  #pages = 0;

  private constructor(
    servers: readonly Kamailio[],
    site: StaticServer,
    passwords: Record<string, string>,
    ports: Record<string, number>,
    parts: Closable[],
  ) {
    this.servers = servers;
    this.#site = site;
    this.#passwords = passwords;
    this.#ports = ports;
    this.#parts = parts;
  }

  /** Starts it all, with this many servers. */
  static async start(servers = 1): Promise<Exchange> {
    const parts: Closable[] = [];
    const keep = <T extends Closable>(part: T): T => {
      parts.push(part);
      return part;
    };
    try {
      const names: User[] = ["1001", "1002", "1003"];
      const passwords = Object.fromEntries(
        names.map((name) => [name, randomBytes(12).toString("base64url")]),
      );
      const numbers = Object.values(peers);
      const free = await freePorts(numbers.length);
      const ports = Object.fromEntries(numbers.map((number, i) => [number, free[i]!]));
      const media: Rtpengine = keep(await startRtpengine());
      const site = { domain, accounts: passwords, peers: ports, rtpengine: media.control };
      const cluster = await startKamailio(site, servers);
      cluster.forEach(keep);
      const pages = keep(
        await serveStatic({
          root: resolve(import.meta.dirname, "../../web/dist"),
          csp: "default-src 'self'; connect-src 'self' ws: wss:; media-src blob: mediastream:",
        }),
      );
      const exchange = new Exchange(cluster, pages, passwords, ports, parts);
      for (const kind of browserKinds) {
        const browser = await launch(kind, { tone: tones[kind], autoplay: true, insecureTls: true });
        exchange.#browsers.set(kind, keep(browser));
      }
      return exchange;
    } catch (error) {
      await closeAll(parts);
      throw error;
    }
  }

  /** A page with a phone that signs in by itself. */
  async load(kind: BrowserKind, user: User, options: PageOptions = {}): Promise<TestPhone> {
    const servers = options.servers ?? this.servers.map(({ ws }) => ws).join();
    const password = options.password ?? this.#passwords[user];
    const auto = (options.autoRegister ?? true) ? "auto-register" : "";
    const path = `/phone-${++this.#pages}`;
    this.#site.route(
      path,
      `<!doctype html><html lang="en"><title>${user}</title><script type="module" src="/webphone.js"></script>
       <web-phone sip-server="${servers}" realm="${domain}" username="${user}" password="${password}" ${auto}></web-phone>`,
    );
    const phone = await TestPhone.load(this.#browsers.get(kind)!, this.#site.origin + path);
    this.#guests.push(phone);
    return phone;
  }

  /** The same, registered. */
  async phone(kind: BrowserKind, user: User, servers?: string): Promise<TestPhone> {
    const phone = await this.load(kind, user, servers === undefined ? {} : { servers });
    await phone.registration("registered");
    return phone;
  }

  async baresip(): Promise<Baresip> {
    const number = peers.baresip;
    const proxy = this.servers[0]!.sip;
    const port = this.#ports[number]!;
    const baresip = await Baresip.start({ number, domain, port, proxy, tone: tones.baresip });
    this.#guests.push(baresip);
    return baresip;
  }

  async sipp(scenario: string, options: Partial<SippOptions> = {}): Promise<Sipp> {
    const proxy = this.servers[0]!.sip.replace("sip:", "");
    const sipp = await startSipp({ scenario, proxy, port: this.#ports[peers.sipp]!, ...options });
    this.#guests.push(sipp);
    return sipp;
  }

  /** Ends what a test has started. */
  async clear(): Promise<void> {
    await closeAll(this.#guests.splice(0));
  }

  async close(): Promise<void> {
    await this.clear();
    await closeAll(this.#parts);
  }
}

/** Closes all, also when one fails, and tells of the first failure. */
async function closeAll(parts: readonly Closable[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts.toReversed()) await part.close().catch((error: unknown) => failures.push(error));
  if (failures.length) throw failures[0];
}
