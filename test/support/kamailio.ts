// Kamailio with the configuration that administrators copy, at addresses of
// the test's own.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Daemon } from "./daemon.ts";
import { address, ask, freePorts } from "./ports.ts";

const config = resolve(import.meta.dirname, "../interop/kamailio/kamailio.cfg");

export interface Site {
  readonly domain: string;
  /** Passwords by user. */
  readonly accounts: Readonly<Record<string, string>>;
  /** The port of a plain SIP peer by its number. */
  readonly peers: Readonly<Record<string, number>>;
  /** The control address of rtpengine. */
  readonly rtpengine: string;
}

/** The ports of one server. */
interface Ports {
  readonly sip: number;
  readonly ws: number;
  readonly wss: number;
}

export interface Kamailio {
  readonly sip: string;
  readonly ws: string;
  readonly wss: string;
  /** What it logged. */
  readonly log: string;
  signal(signal: NodeJS.Signals): void;
  /** Starts it again after it ended. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts servers of one cluster: each takes over what the others had routed. */
export async function startKamailio(site: Site, count = 1): Promise<Kamailio[]> {
  const free = await freePorts(count * 3);
  const all = Array.from({ length: count }, (_, i): Ports => {
    const [sip, ws, wss] = free.slice(i * 3);
    return { sip: sip!, ws: ws!, wss: wss! };
  });
  const started: Kamailio[] = [];
  try {
    for (const ports of all) started.push(await startServer(site, ports, all));
  } catch (error) {
    for (const server of started) await server.close();
    throw error;
  }
  return started;
}

async function startServer(site: Site, ports: Ports, all: readonly Ports[]): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), "webphone-kamailio-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const host = address();
  const launch = () =>
    Daemon.start("kamailio", ["-DD", "-E", "-f", config, "-Y", folder, "-m", "32", "-M", "4"], {
      cwd: folder,
      ready: async () => /^SIP\/2\.0 200/.test((await ask(host, ports.sip, options(host))) ?? ""),
    });
  let daemon: Daemon;
  try {
    await writeFile(join(folder, "site.cfg"), siteConfig(site, ports, all, folder));
    await writeFile(join(folder, "numbers.cfg"), numbersConfig(site), { mode: 0o600 });
    await makeCertificate(folder, host);
    daemon = await launch();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    sip: `sip:${host}:${ports.sip}`,
    ws: `ws://${host}:${ports.ws}`,
    wss: `wss://${host}:${ports.wss}`,
    get log() {
      return daemon.output;
    },
    signal: (signal) => daemon.signal(signal),
    restart: async () => {
      await daemon.close();
      daemon = await launch();
    },
    close: async () => {
      await daemon.close();
      await remove();
    },
  };
}

function siteConfig(
  { domain, rtpengine }: Site,
  ports: Ports,
  all: readonly Ports[],
  folder: string,
): string {
  const host = address();
  const listen = [`udp:${host}:${ports.sip}`, `tcp:${host}:${ports.ws}`, `tls:${host}:${ports.wss}`];
  const cluster = all.flatMap(({ sip, ws, wss }) => [sip, ws, wss]).map((port) => `${host}:${port}`);
  return [
    "#!define WITH_TLS",
    `#!substdef "!DOMAIN!${domain}!g"`,
    `#!substdef "!RTPENGINE!${rtpengine}!g"`,
    `#!substdef "!ORIGIN!^http://localhost:!g"`,
    `#!substdef "!TLS_KEY!${folder}/tls.key!g"`,
    `#!substdef "!TLS_CERT!${folder}/tls.crt!g"`,
    ...listen.map((one) => `listen=${one}`),
    ...[domain, ...cluster].map((one) => `alias=${one}`),
    "",
  ].join("\n");
}

function numbersConfig({ domain, accounts, peers }: Site): string {
  const host = address();
  const ha1 = (user: string, password: string) =>
    createHash("md5").update(`${user}:${domain}:${password}`).digest("hex");
  const lines = [
    ...Object.entries(accounts).map(([user, password]) => ["accounts", user, ha1(user, password)]),
    ...Object.entries(peers).map(([number, port]) => ["numbers", number, `sip:${host}:${port}`]),
    ...Object.values(peers).map((port) => ["trusted", `${host}:${port}`, "1"]),
  ].map(([table, key, value]) => `\t$sht(${table}=>${key}) = "${value}";`);
  return ["event_route[htable:mod-init] {", ...lines, "}", ""].join("\n");
}

/** A certificate that nobody vouches for. */
async function makeCertificate(folder: string, host: string): Promise<void> {
  const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2
    -subj /CN=${host} -addext subjectAltName=IP:${host} -keyout tls.key -out tls.crt`;
  await promisify(execFile)("openssl", args.split(/\s+/), { cwd: folder });
}

const options = (host: string) =>
  [
    `OPTIONS sip:${host} SIP/2.0`,
    `Via: SIP/2.0/UDP ${host};rport;branch=z9hG4bKready`,
    "Max-Forwards: 1",
    "From: <sip:test@localhost>;tag=1",
    `To: <sip:${host}>`,
    "Call-ID: ready",
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
