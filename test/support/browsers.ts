// Real browsers for tests: Debian's Chromium by CDP and Firefox by WebDriver
// BiDi, without a window, each with a profile of its own that goes at close,
// and neither of them contacting anything but the pages under test.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import type { Browser, Page } from "puppeteer-core";
import { writeSineWav } from "./wav.ts";

export type BrowserKind = "chromium" | "firefox";

export const browserKinds: readonly BrowserKind[] = ["chromium", "firefox"];

export interface LaunchOptions {
  /**
   * A microphone (and a camera) that needs no permission and plays a sine of
   * this many Hz. Without it there is no device: getUserMedia() fails with
   * NotFoundError in Chromium.
   */
  tone?: number;
  /** Media may play before the user has touched the page. Default: as the browser ships. */
  autoplay?: boolean;
  /** Self-signed certificates are taken. Default: false. */
  insecureTls?: boolean;
  /** More command-line switches for Chromium. */
  args?: readonly string[];
  /** More preferences for Firefox. */
  prefs?: Readonly<Record<string, string | number | boolean>>;
}

/** A browser under test. `close()` ends its processes and removes its profile. */
export interface TestBrowser {
  readonly kind: BrowserKind;
  readonly browser: Browser;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const executables: Record<BrowserKind, string> = {
  chromium: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  firefox: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr",
};

const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-default-apps",
  // Host candidates by address: there is no mDNS responder in a test's network.
  "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints",
  // A page in a background tab keeps its timers, so that two pages can call each other.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** Nothing outside is contacted: updates, telemetry, portals and lists are off. */
const firefoxPrefs: Record<string, string | number | boolean> = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.contentblocking.report.lockwise.enabled": false,
  "browser.newtabpage.activity-stream.feeds.system.topsites": false,
  "browser.newtabpage.activity-stream.feeds.topsites": false,
  "browser.newtabpage.enabled": false,
  "browser.region.network.url": "",
  "browser.safebrowsing.blockedURIs.enabled": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.search.update": false,
  "browser.startup.page": 0,
  "datareporting.healthreport.uploadEnabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.systemAddon.update.enabled": false,
  "extensions.update.enabled": false,
  "geo.provider.network.url": "",
  "messaging-system.rsexperimentloader.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.prefetch-next": false,
  "network.trr.mode": 5,
  "security.OCSP.enabled": 0,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.server": "",
  "toolkit.telemetry.unified": false,
  // Host candidates by address: there is no mDNS responder in a test's network.
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // Without a sound card an AudioContext never starts to run; a mocked card has a clock.
  "media.cubeb.force_mock_context": true,
  // At the end the process just goes: its profile is removed.
  "toolkit.shutdown.fastShutdownStage": 3,
};

/** Starts a browser with a fresh profile. The caller closes it, also when the test fails. */
export async function launch(kind: BrowserKind, options: LaunchOptions = {}): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), `webphone-${kind}-`));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  try {
    const browser = await (kind === "chromium" ? launchChromium : launchFirefox)(folder, options);
    return {
      kind,
      browser,
      newPage: () => browser.newPage(),
      close: async () => {
        try {
          await browser.close();
        } finally {
          await remove();
        }
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launchChromium(folder: string, options: LaunchOptions): Promise<Browser> {
  const args = [...chromiumArgs, ...(options.args ?? [])];
  if (options.tone !== undefined) {
    const sound = join(folder, "microphone.wav");
    await writeSineWav(sound, options.tone, 10);
    args.push(
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      `--use-file-for-fake-audio-capture=${sound}`,
    );
  }
  if (options.autoplay) args.push("--autoplay-policy=no-user-gesture-required");
  return puppeteer.launch({
    browser: "chrome",
    executablePath: executables.chromium,
    userDataDir: join(folder, "profile"),
    headless: true,
    acceptInsecureCerts: options.insecureTls ?? false,
    args,
  });
}

async function launchFirefox(folder: string, options: LaunchOptions): Promise<Browser> {
  const prefs = { ...firefoxPrefs };
  if (options.tone !== undefined) {
    prefs["media.navigator.streams.fake"] = true;
    prefs["media.navigator.permission.disabled"] = true;
    prefs["media.navigator.audio.fake_frequency"] = options.tone;
  }
  if (options.autoplay) {
    prefs["media.autoplay.default"] = 0;
    prefs["media.autoplay.blocking_policy"] = 0;
  }
  return puppeteer.launch({
    browser: "firefox",
    executablePath: executables.firefox,
    userDataDir: join(folder, "profile"),
    headless: true,
    acceptInsecureCerts: options.insecureTls ?? false,
    extraPrefsFirefox: { ...prefs, ...options.prefs },
  });
}
