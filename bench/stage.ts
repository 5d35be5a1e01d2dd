// The stage of one run: two servers of one data folder, two browsers, and for
// each library two phones in a call and one that is idle, all at the first server.
import { cp, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "puppeteer-core";
import { launch } from "../test/support/browsers.ts";
import type { TestBrowser } from "../test/support/browsers.ts";
import { startServer } from "../test/support/server.ts";
import type { TestServer } from "../test/support/server.ts";
import { serveStatic } from "../test/support/static.ts";
import type { StaticServer } from "../test/support/static.ts";
import { Probe } from "./probe.ts";

/** In the order of the table. */
export const libraries = ["web-phone", "jssip", "sipjs"] as const;
export type Library = (typeof libraries)[number];

const seats = ["caller", "callee", "idle"] as const;
export type Seat = (typeof seats)[number];

/** The microphones' tones, in Hz: the callers' and the callees'. */
const tones = [500, 800] as const;

/** A bound for each step before the fault, in milliseconds. */
const patience = 30_000;

const password = "not-secret-in-a-measurement";
const prober = { username: "9000", password };
const number = (library: Library, seat: Seat) => `${libraries.indexOf(library) + 2}${seats.indexOf(seat)}00`;

/** What page/*.js offers. */
interface Bench {
  readonly registered: boolean;
  readonly state: "idle" | "ringing" | "up";
  call(number: string): unknown;
  answer(): unknown;
  hold(): Promise<void>;
  unhold(): Promise<void>;
  stream(): MediaStream | undefined;
}

/** What page/ear.js has noted; times in milliseconds of the epoch. */
export interface Ear {
  readonly heard: readonly (readonly [first: number, last: number])[];
  readonly endedAt: number | null;
  readonly texts: readonly string[];
}

declare global {
  interface Window {
    bench?: Bench;
    ear?: Ear;
  }
}

/** One phone: a page and its account. */
export class Phone {
  readonly page: Page;
  readonly number: string;

  constructor(page: Page, number: string) {
    this.page = page;
    this.number = number;
  }

  /** Waits until the page says so. */
  async is(state: "registered" | "idle" | "ringing" | "up"): Promise<void> {
    const found = (state: string) =>
      state === "registered" ? window.bench?.registered : window.bench?.state === state;
    await this.page.waitForFunction(found, { timeout: patience, polling: 50 }, state);
  }

  /** What the page knows now; `undefined` while it is loading. */
  async seen(): Promise<{ up: boolean; ear: Ear } | undefined> {
    return this.page
      .evaluate(() => window.ear && { up: window.bench!.state === "up", ear: window.ear })
      .catch(() => undefined);
  }

  /** `hold` and `unhold` are done when the other side has agreed. */
  async asks(method: "call" | "answer" | "hold" | "unhold", argument = ""): Promise<void> {
    await this.page.evaluate(
      async (method, argument) => void (await window.bench![method](argument)),
      method,
      argument,
    );
  }
}

export type Phones = Readonly<Record<Seat, Phone>>;

/** What outlives the runs: the pages' site, and data with the accounts in it. */
export class House {
  readonly site: StaticServer;
  readonly #data: TestServer;

  private constructor(site: StaticServer, data: TestServer) {
    this.site = site;
    this.#data = data;
  }

  static async open(): Promise<House> {
    const root = resolve(import.meta.dirname, "..");
    const site = await serveStatic({
      root: join(root, "web/dist"),
      csp: "default-src 'self'; connect-src ws:; media-src blob: mediastream:; style-src 'self' 'unsafe-inline'",
    });
    const script = async (name: string, file: string) =>
      site.route(`/bench/${name}`, { type: "text/javascript", body: await readFile(join(root, file)) });
    for (const name of ["jssip", "sipjs"]) await script(name, `test/out/${name}.js`);
    for (const name of ["ear", ...libraries]) await script(`${name}.js`, `bench/page/${name}.js`);
    const data = await startServer();
    const all = libraries.flatMap((library) => seats.map((seat) => number(library, seat)));
    for (const username of [prober.username, ...all])
      await data.command(["user", "add", username, "--password-stdin"], password);
    await data.stop();
    return new House(site, data);
  }

  /** A data folder of its own for each run: no binding of an earlier one is left. */
  async data(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "webphone-bench-"));
    await cp(this.#data.data, folder, { recursive: true });
    return folder;
  }

  async close(): Promise<void> {
    await this.site.close();
    await this.#data.close();
  }
}

export class Stage {
  readonly servers: TestServer[] = [];
  readonly phones = new Map<Library, Phones>();
  readonly #house: House;
  readonly #browsers: TestBrowser[] = [];
  readonly #probes: Probe[] = [];

  private constructor(house: House) {
    this.#house = house;
  }

  /** Starts `count` servers, registers all phones, and puts two of each library into a call. */
  static async set(house: House, count: 1 | 2): Promise<Stage> {
    const stage = new Stage(house);
    try {
      const data = await house.data();
      for (let i = 0; i < count; i++) stage.servers.push(await startServer({ data }));
      for (const tone of tones)
        stage.#browsers.push(
          await launch("chromium", { tone, autoplay: true, args: ["--window-size=480,640"] }),
        );
      for (const { sip } of stage.servers) stage.#probes.push(new Probe(sip, prober));
      for (const library of libraries) await stage.#populate(library);
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  async #populate(library: Library): Promise<void> {
    const [caller, callee, idle] = await Promise.all(seats.map((seat) => this.#open(library, seat)));
    await caller!.asks("call", callee!.number);
    await callee!.is("ringing");
    await callee!.asks("answer");
    await Promise.all([caller!.is("up"), callee!.is("up")]);
    this.phones.set(library, { caller: caller!, callee: callee!, idle: idle! });
    const deadline = Date.now() + patience;
    for (const phone of [caller!, callee!, idle!])
      if (!(await this.reached(phone, deadline)))
        throw new Error(`${library}: ${phone.number} can't be reached`);
    for (const phone of [caller!, callee!])
      await phone.page.waitForFunction(
        () => {
          const last = window.ear!.heard.at(-1);
          return last && Date.now() - last[1] < 200 && last[1] - last[0] > 1_000;
        },
        { timeout: patience, polling: 100 },
      );
  }

  async #open(library: Library, seat: Seat): Promise<Phone> {
    const username = number(library, seat);
    const servers = this.servers.map(({ sip }) => sip).join();
    const ours = library === "web-phone";
    const path = `/${library}-${seat}`;
    this.#house.site.route(
      path,
      ours
        ? `<!doctype html><html lang="en"><title>${path}</title><script type="module" src="/webphone.js"></script>
           <web-phone sip-server="${servers}" username="${username}" password="${password}" auto-register></web-phone>
           <script type="module" src="/bench/web-phone.js"></script><script type="module" src="/bench/ear.js"></script>`
        : `<!doctype html><html lang="en"><title>${path}</title><body><script src="/bench/${library}"></script>
           <script type="module" src="/bench/${library}.js"></script><script type="module" src="/bench/ear.js"></script>`,
    );
    // Each in a window of its own: a page in a tab behind another is hidden.
    const page = await this.#browsers[seat === "callee" ? 1 : 0]!.browser.newPage({ type: "window" });
    page.on("dialog", (dialog) => void dialog.accept().catch(() => {}));
    const account = ours ? "" : `#${new URLSearchParams({ servers, username, password })}`;
    await page.goto(this.#house.site.origin + path + account);
    const phone = new Phone(page, username);
    await phone.is("registered");
    return phone;
  }

  /** When an OPTIONS request by way of one of these servers (default: all) has come back from the phone. */
  reached(phone: Phone, deadline: number, by: readonly number[] = [0, 1]): Promise<number | undefined> {
    const asked = by
      .flatMap((i) => this.#probes[i] ?? [])
      .map((probe) => probe.reached(phone.number, deadline));
    return Promise.any(
      asked.map(async (time) => (await time) ?? Promise.reject(new Error("not reached"))),
    ).catch(() => undefined);
  }

  /** Takes everything down. */
  async close(): Promise<void> {
    for (const probe of this.#probes) probe.close();
    for (const browser of this.#browsers) await browser.close();
    for (const server of this.servers) server.thaw();
    for (const server of this.servers) await server.close();
  }
}
