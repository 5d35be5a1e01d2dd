// Where phones are measured: one server with accounts, and a site that serves
// each library's page as its documentation sets it up, everything as Brotli 11.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { Page } from "puppeteer-core";
import { startServer } from "../../test/support/server.ts";
import type { TestServer } from "../../test/support/server.ts";
import { serveStatic } from "../../test/support/static.ts";
import type { StaticServer } from "../../test/support/static.ts";
import type { Peer } from "./results.ts";

export const root = resolve(import.meta.dirname, "../..");

/** Bytes with Brotli 11. */
export const packed = (content: Buffer | string) =>
  brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

/** What each page loads, below the repository's root. */
export const scripts: Readonly<Record<Peer, string>> = {
  phone: "web/dist/phone.js",
  "web-phone": "web/dist/webphone.js",
  jssip: "test/out/bench/jssip.js",
  sipjs: "test/out/bench/sipjs.js",
};

/** The second one of each is called. */
const numbers: Readonly<Record<Peer, readonly [string, string]>> = {
  phone: ["2000", "2001"],
  "web-phone": ["3000", "3001"],
  jssip: ["4000", "4001"],
  sipjs: ["5000", "5001"],
};

const password = "not-secret-in-a-measurement";

/** What page/*.js offers. */
export interface Handset {
  readonly registered: boolean;
  readonly state: "idle" | "ringing" | "up";
  call(number: string): unknown;
  hangUp(): unknown;
  stream(): MediaStream | null | undefined;
}

export interface Spy {
  /** Begins anew; times are milliseconds of the epoch. */
  reset(): number;
  /** When the first INVITE since then was given to a WebSocket. */
  invite: number;
  /** When the other side was first heard since then. */
  heard: number;
}

declare global {
  interface Window {
    handset?: Handset;
    spy?: Spy;
    /** Milliseconds from the start of the navigation to the registration. */
    registeredAt?: number;
    /** See page/import.js. */
    importTime?(path: string): Promise<number>;
  }
}

/** What a page is opened with. */
export interface PageOptions {
  /** The account that calls or the one that answers. */
  seat?: 0 | 1;
  /** A STUN server's URL. */
  stun?: string;
}

export class Booth {
  readonly site: StaticServer;
  readonly server: TestServer;

  private constructor(site: StaticServer, server: TestServer) {
    this.site = site;
    this.server = server;
  }

  static async open(): Promise<Booth> {
    const site = await serveStatic({
      csp: "default-src 'self' blob:; script-src 'self' blob: 'unsafe-inline'; connect-src 'self' ws: blob:; style-src 'unsafe-inline'",
    });
    const serve = (path: string, content: Buffer) =>
      site.route(path, {
        type: "text/javascript",
        body: packed(content),
        headers: { "content-encoding": "br" },
      });
    const peers = Object.keys(scripts) as Peer[];
    for (const name of ["phone", "webphone", "phone-extras", "phone-calls", "phone-media"])
      serve(`/${name}.js`, await readFile(join(root, `web/dist/${name}.js`)));
    for (const peer of ["jssip", "sipjs"] as const)
      serve(`/${peer}.js`, await readFile(join(root, scripts[peer])));
    // No phone, and just enough to be looked at as one.
    const none = `<script>window.handset = { registered: true, state: "idle" };</script>`;
    site.route("/empty", `<!doctype html><title>empty</title>${none}`);
    serve("/import.js", await readFile(join(import.meta.dirname, "page/import.js")));
    site.route("/import", `<!doctype html><title>import</title><script src="/import.js"></script>`);
    const server = await startServer();
    for (const peer of peers) {
      const page = await readFile(join(import.meta.dirname, `page/${peer}.html`), "utf8");
      const filled = page.replaceAll("%server%", server.sip).replaceAll("%password%", password);
      numbers[peer].forEach((number, seat) =>
        site.route(`/${peer}/${seat}`, ({ url = "" }) => {
          const stun = new URL(url, site.origin).searchParams.get("stun");
          const servers = JSON.stringify(stun ? [{ urls: stun }] : []);
          return {
            body: filled
              .replaceAll("%number%", number)
              .replaceAll("%iceServers%", servers.replaceAll('"', "&quot;"))
              .replaceAll("[/*ice*/]", servers),
          };
        }),
      );
      for (const number of numbers[peer])
        await server.command(["user", "add", number, "--password-stdin"], password);
    }
    return new Booth(site, server);
  }

  url(peer: Peer, { seat = 0, stun }: PageOptions = {}): string {
    const query = stun ? `?${new URLSearchParams({ stun })}` : "";
    return `${this.site.origin}/${peer}/${seat}${query}`;
  }

  callee(peer: Peer): string {
    return numbers[peer][1];
  }

  async close(): Promise<void> {
    await this.site.close();
    await this.server.close();
  }
}

/** A bound for each step, in milliseconds. */
const patience = 100_000;

/** Waits until the page's phone is registered, or in this state. */
export async function until(page: Page, wanted: "registered" | Handset["state"]): Promise<void> {
  await page.waitForFunction(
    (wanted) => (wanted === "registered" ? window.handset?.registered : window.handset?.state === wanted),
    { timeout: patience, polling: 20 },
    wanted,
  );
}
