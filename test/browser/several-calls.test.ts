// More than one call on the screen of <web-phone>, with three real phones upon
// the real server: a call that waits, swap, transfer and merge.
import axe from "axe-core";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Hosts, lineSays, press, registrationIs, stateIs, until } from "../support/hosts.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import type { CallRecord } from "../../web/src/phone/types.ts";

/** For axe, which is no host page. */
const lax = "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'";

type Phone = HTMLElementTagNameMap["web-phone"];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.command(["user", "add", "1003", "--password-stdin"], "secret-of-1003");
});
afterAll(() => server?.close());

describe.each(browserKinds)("several calls in %s", (kind) => {
  let hosts: Hosts;
  let page: Page;

  beforeAll(async () => {
    hosts = await Hosts.start(kind, { tone: 600, autoplay: true });
  });
  afterAll(() => hosts?.close());
  afterEach(async () => {
    expect(await page.evaluate(() => window.faults)).toEqual([]);
    await page.close();
  });

  /** A desk, and two others that take every call: Ada (1002) and Ben (1003). */
  const open = async (csp?: string) => {
    const [desk, ada] = server.accounts;
    const phone = (id: string, name: string, username: string, password: string) =>
      `<web-phone id="${id}" sip-server="${server.sip}" username="${username}" password="${password}"
         display-name="${name}" auto-register></web-phone>`;
    page = await hosts.open(
      phone("desk", "Desk", desk!.username, desk!.password) +
        phone("ada", "Ada", ada!.username, ada!.password) +
        phone("ben", "Ben", "1003", "secret-of-1003"),
      csp ? { csp } : {},
    );
    await page.evaluate(() => {
      const records: Record<string, CallRecord[]> = {};
      Object.assign(window, { records });
      for (const phone of document.querySelectorAll<Phone>("web-phone")) {
        records[phone.id] = [];
        phone.addEventListener("end", ({ detail }) => records[phone.id]!.push(detail));
        if (phone.id === "desk") continue;
        phone.hidden = true;
        phone.addEventListener("ringingin", () => void phone.answer().catch(() => {}));
      }
    });
    for (const id of ["desk", "ada", "ben"]) await registrationIs(page, "registered", `#${id}`);
  };
  const call = async (from: string, number: string) =>
    page.evaluate(
      async (from, number) => void (await document.querySelector<Phone>(`#${from}`)!.makeCall(number)),
      from,
      number,
    );
  /** The desk talks to Ada. */
  const talk = async () => {
    await open();
    await call("desk", "1002");
    await stateIs(page, "active");
  };
  /** The desk talks to Ada, and Ben waits. */
  const wait = async () => {
    await talk();
    await call("ben", "1001");
    await waits();
  };
  const waits = () =>
    until(
      page,
      () => !!document.querySelector("web-phone")!.shadowRoot!.querySelector("[part=waiting-answer]"),
    );
  /** The numbers and states of the desk's calls. */
  const calls = (want: string) =>
    until(
      page,
      (want) =>
        document
          .querySelector<Phone>("#desk")!
          .calls.map(({ remote, state }) => `${remote} ${state}`)
          .join() === want,
      want,
    );
  const banner = (words: string) =>
    until(
      page,
      (words) =>
        !!document
          .querySelector("web-phone")!
          .shadowRoot!.querySelector("[part=banner]")
          ?.textContent?.replace(/\s+/g, "")
          .includes(words),
      words.replace(/ /g, ""),
    );
  const caller = () =>
    page.evaluate(
      () => document.querySelector("web-phone")!.shadowRoot!.querySelector("[part=caller-name]")!.textContent,
    );
  const records = (id: string, count: number) =>
    until(
      page,
      (id, count) => (window as unknown as { records: Record<string, []> }).records[id]!.length === count,
      id,
      count,
    ).then(() =>
      page.evaluate(
        (id) => (window as unknown as { records: Record<string, CallRecord[]> }).records[id]!,
        id,
      ),
    );
  /** What has the focus, by its part. */
  const focused = () =>
    page.evaluate(() => document.querySelector("web-phone")!.shadowRoot!.activeElement?.getAttribute("part"));
  const tabTo = async (part: string) => {
    for (let i = 0; i < 40 && (await focused()) !== part; i++) await page.keyboard.press("Tab");
    expect(await focused()).toBe(part);
  };

  it("takes a call that waits from the banner, swaps, and hangs up one by one", async () => {
    await wait();
    await banner("Ben is calling");
    expect(await caller()).toBe("1002");
    const place = () =>
      page.evaluate(() =>
        [".main", "[part=mute]", "[data-key='5']"].map((selector) => {
          const { x, y } = document
            .querySelector("web-phone")!
            .shadowRoot!.querySelector(selector)!
            .getBoundingClientRect();
          return [Math.round(x), Math.round(y)];
        }),
      );
    const before = await place();
    await press(page, "waiting-answer");
    await calls("1002 held,1003 active");
    await banner("1002 on hold");
    expect(await caller()).toBe("Ben");
    expect(await place()).toEqual(before);
    await press(page, "swap");
    await calls("1002 active,1003 held");
    await banner("Ben on hold");
    await press(page, "banner-call");
    await press(page, "end-call");
    await calls("1003 held");
    expect((await records("desk", 1))[0]).toMatchObject({ to: "1002", endedBy: "local" });
  });

  it("declines a call that waits with Escape, answers it with Enter, and never ends the one that is up", async () => {
    await wait();
    await page.evaluate(() =>
      document.querySelector("web-phone")!.shadowRoot!.querySelector<HTMLElement>(".card")!.focus(),
    );
    await page.keyboard.press("Escape");
    await calls("1002 active");
    expect((await records("ben", 1))[0]).toMatchObject({ sipCode: 603 });
    await page.keyboard.press("Escape");
    await call("ben", "1001");
    await waits();
    await page.evaluate(() => document.querySelector<Phone>("#ben")!.hangup());
    await lineSays(page, "Missed call");
    await calls("1002 active");
    await call("ben", "1001");
    await waits();
    await page.keyboard.press("Enter");
    await calls("1002 held,1003 active");
  });

  it("asks first and completes the transfer: both records are right, and the two others talk on", async () => {
    await talk();
    await press(page, "transfer");
    await page.keyboard.type("1003");
    await press(page, "transfer-ask");
    await calls("1002 held,1003 active");
    await banner("1002 on hold");
    await press(page, "complete-transfer");
    await calls("");
    const [one, two] = (await records("desk", 2)).sort((a, b) => a.to.localeCompare(b.to));
    expect(one).toMatchObject({ to: "1002", sipCode: 200, direction: "outbound" });
    expect(two).toMatchObject({ to: "1003", sipCode: 200, direction: "outbound" });
    expect([one!.answerTime, two!.answerTime]).not.toContain(null);
    await stateIs(page, "active", "#ada");
    await stateIs(page, "active", "#ben");
    const others = await page.evaluate(() =>
      ["#ada", "#ben"].map((id) => document.querySelector<Phone>(id)!.calls.map(({ remote }) => remote)),
    );
    expect(others).toEqual([["1003"], ["1002"]]);
  });

  it("transfers by keyboard alone; a transfer that fails says why and the call goes on", async () => {
    await talk();
    await page.evaluate(() =>
      document.querySelector("web-phone")!.shadowRoot!.querySelector<HTMLElement>(".card")!.focus(),
    );
    await tabTo("transfer");
    await page.keyboard.press("Enter");
    await until(
      page,
      () =>
        document.querySelector("web-phone")!.shadowRoot!.activeElement?.getAttribute("part") ===
        "transfer-target",
    );
    await page.keyboard.type("999999");
    await page.keyboard.press("Enter");
    await until(
      page,
      () =>
        !!document
          .querySelector("web-phone")!
          .shadowRoot!.querySelector(".panel [role=alert]")
          ?.textContent?.includes("does not exist"),
    );
    await calls("1002 active");
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("transfer");
    await page.keyboard.press("Enter");
    await until(
      page,
      () =>
        document.querySelector("web-phone")!.shadowRoot!.activeElement?.getAttribute("part") ===
        "transfer-target",
    );
    await page.keyboard.type("1003");
    await tabTo("transfer-now");
    await page.keyboard.press(" ");
    await calls("");
    await stateIs(page, "active", "#ben");
    expect((await records("desk", 1))[0]).toMatchObject({ to: "1002", sipCode: 200 });
    // The panel is gone, and the keyboard is still within the phone.
    await until(page, () => !document.querySelector("web-phone")!.shadowRoot!.querySelector(".panel"));
    await page.keyboard.type("12");
    expect(await page.evaluate(() => document.querySelector("web-phone")!.value)).toBe("12");
  });

  it("merges its calls at the address of a conference", async () => {
    await wait();
    await page.evaluate(() => document.querySelector("web-phone")!.setConfig({ conference: "*43" }));
    await press(page, "waiting-answer");
    await calls("1002 held,1003 active");
    await press(page, "merge");
    await calls("*43 active");
    const others = () =>
      until(page, () =>
        ["#ada", "#ben"].every((id) => {
          const { calls } = document.querySelector<Phone>(id)!;
          return calls.length === 1 && calls[0]!.remote === "*43" && calls[0]!.state === "active";
        }),
      );
    await others();
  });

  it("gives axe nothing to complain about", async () => {
    await open(lax);
    await page.evaluate(axe.source);
    const check = async (state: string) => {
      for (const scheme of ["light", "dark"]) {
        await page.evaluate(
          (scheme) => document.querySelector("web-phone")!.setAttribute("theme", scheme),
          scheme,
        );
        const found = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof import("axe-core") };
          const only = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await axe.run("#desk", { runOnly: only });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`);
        });
        expect(found, `${state}, ${scheme}`).toEqual([]);
      }
    };
    await call("desk", "1002");
    await stateIs(page, "active");
    await call("ben", "1001");
    await waits();
    await press(page, "banner-call");
    await banner("is calling");
    await check("the list of calls");
    await press(page, "waiting-decline");
    await calls("1002 active");
    await press(page, "transfer");
    await page.keyboard.type("1003");
    await check("transfer");
    await press(page, "transfer-ask");
    await calls("1002 held,1003 active");
    await banner("on hold");
    await check("asking first");
  });
});
