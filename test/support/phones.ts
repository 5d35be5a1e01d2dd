// Phones in real browsers, driven as a person drives them: by what is on the
// screen of the page `/`.
import type { Page } from "puppeteer-core";
import type { CallRecord, PhoneEventName } from "../../web/src/phone/types.ts";
import type { WebPhone } from "../../web/src/webphone.ts";
import type { TestBrowser } from "./browsers.ts";

declare global {
  interface Window {
    heardEvents: { type: string; detail: Record<string, unknown> }[];
  }
}

/** A bound for everything that a person waits for. */
const patience = 20_000;

const events: readonly PhoneEventName[] = [
  "answer",
  "ringingout",
  "ringingin",
  "end",
  "registered",
  "unregistered",
  "error",
];

export interface SeenEvent {
  readonly type: string;
  readonly detail: Record<string, unknown>;
}

/** The phone of one page. */
export class TestPhone {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens a sign-in link and waits until the phone is registered. */
  static async open(browser: TestBrowser, link: string): Promise<TestPhone> {
    const phone = await TestPhone.load(browser, link);
    await phone.registration("registered");
    return phone;
  }

  /** Opens a page with a phone and starts to note its events. */
  static async load(browser: TestBrowser, link: string): Promise<TestPhone> {
    const page = await browser.newPage();
    page.on("dialog", (dialog) => void dialog.accept().catch(() => {}));
    await page.goto(link);
    const phone = new TestPhone(page);
    await phone.#watch();
    return phone;
  }

  /** Loads the page anew. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#watch();
  }

  async #watch(): Promise<void> {
    const { page } = this;
    await page.waitForFunction(() => customElements.get("web-phone") !== undefined, { timeout: patience });
    await page.evaluate((types) => {
      window.heardEvents = [];
      const phone = document.querySelector("web-phone")!;
      for (const type of types)
        phone.addEventListener(type, (event) => {
          const { detail } = event as unknown as { detail: unknown };
          const plain =
            detail instanceof Error
              ? { message: detail.message, code: (detail as unknown as { code: string }).code }
              : JSON.parse(JSON.stringify(detail));
          window.heardEvents.push({ type, detail: plain });
        });
    }, events);
  }

  registration(want: string): Promise<void> {
    return this.#attribute("registration", want);
  }

  /** The server is gone; whether an attempt is under way changes quickly. */
  async unregistered(): Promise<void> {
    await this.page.waitForFunction(() => !document.querySelector("web-phone")!.registered, {
      timeout: patience,
      polling: 20,
    });
  }

  state(want: string): Promise<void> {
    return this.#attribute("state", want);
  }

  /** Whether the current call is up without a server or a path. */
  reconnecting(want: boolean): Promise<void> {
    return this.#attribute("reconnecting", want ? "" : null);
  }

  async #attribute(name: string, want: string | null): Promise<void> {
    try {
      await this.page.waitForFunction(
        (name, want) => document.querySelector("web-phone")?.getAttribute(name) === want,
        { timeout: patience, polling: 50 },
        name,
        want,
      );
    } catch (cause) {
      const seen = await this.page.evaluate(
        () => `${document.querySelector("web-phone")?.outerHTML}\n${JSON.stringify(window.heardEvents)}`,
      );
      throw new Error(`${name} did not become ${want}: ${seen}`, { cause });
    }
  }

  /** Presses a button by its part. */
  async press(part: string): Promise<void> {
    const selector = `web-phone >>> button[part~="${part}"]:not([disabled])`;
    await (await this.page.waitForSelector(selector, { visible: true, timeout: patience }))!.click();
  }

  /** Puts a number into the box and presses Dial. */
  async dial(number: string): Promise<void> {
    await this.page.evaluate((number) => {
      document.querySelector("web-phone")!.value = number;
    }, number);
    await this.press("dial");
  }

  /** Calls a method of the element. */
  call(method: keyof WebPhone, ...args: unknown[]): Promise<void> {
    return this.page.evaluate(
      async (method, args) => {
        const phone = document.querySelector("web-phone") as unknown as Record<
          string,
          (...args: unknown[]) => unknown
        >;
        await phone[method]!(...(args as unknown[]));
      },
      method as string,
      args,
    );
  }

  /** The events so far. */
  seen(): Promise<SeenEvent[]> {
    return this.page.evaluate(() => window.heardEvents);
  }

  /** Waits for an event of this type. */
  async told(type: PhoneEventName): Promise<void> {
    await this.page.waitForFunction(
      (type) => window.heardEvents.some((event) => event.type === type),
      { timeout: patience },
      type,
    );
  }

  /** The record of the one call that has ended. */
  async record(): Promise<CallRecord> {
    await this.page.waitForFunction(() => window.heardEvents.some(({ type }) => type === "end"), {
      timeout: patience,
    });
    const ends = (await this.seen()).filter(({ type }) => type === "end");
    if (ends.length !== 1) throw new Error(`${ends.length} end events`);
    return ends[0]!.detail as unknown as CallRecord;
  }

  /** What the status line says. */
  text(part: string): Promise<string> {
    return this.page.evaluate((part) => {
      const found = document.querySelector("web-phone")!.shadowRoot!.querySelector(`[part~="${part}"]`);
      return found?.textContent?.replace(/\s+/g, " ").trim() ?? "";
    }, part);
  }

  close(): Promise<void> {
    return this.page.close({ runBeforeUnload: false });
  }
}
