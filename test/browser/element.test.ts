// What a host page may rely on of <web-phone>: its attributes, properties,
// parts and life in a document. No server is needed for these.
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { browserKinds } from "../support/browsers.ts";
import { Hosts, press, screen, until } from "../support/hosts.ts";
import { strictCsp } from "../support/static.ts";

const parts = ["dialpad", "dialled-number", "answer", "hang-up", "hold", "mute", "dial", "status"] as const;

describe.each(browserKinds)("<web-phone> in %s", (kind) => {
  let hosts: Hosts;
  let page: Page;

  beforeAll(async () => {
    hosts = await Hosts.start(kind, { tone: 600, autoplay: true });
  });
  afterAll(() => hosts?.close());
  afterEach(() => page?.close());

  it("mirrors each text attribute in its property, both ways", async () => {
    page = await hosts.open("<web-phone></web-phone>");
    const wrong = await page.evaluate(() => {
      const values: Record<string, [string, string]> = {
        "sip-server": ["sipServer", "wss://a.example/sip,wss://b.example/sip"],
        realm: ["realm", "example.com"],
        "display-name": ["displayName", "Ada"],
        cli: ["cli", "5550100"],
        username: ["username", "1001"],
        width: ["width", "20em"],
        theme: ["theme", "dark"],
        name: ["name", "number"],
        "config-src": ["configSrc", "/config.json"],
        id: ["id", "desk"],
        lang: ["lang", "de"],
      };
      const wrong: string[] = [];
      for (const [attribute, [property, value]] of Object.entries(values)) {
        const phone = document.createElement("web-phone") as unknown as Record<string, unknown> & HTMLElement;
        if (phone[property] !== "") wrong.push(`${property} is not empty at first`);
        phone.setAttribute(attribute, value);
        if (phone[property] !== value) wrong.push(`${attribute} does not reach ${property}`);
        phone.removeAttribute(attribute);
        if (phone[property] !== "") wrong.push(`${property} stays without ${attribute}`);
        phone[property] = value;
        if (phone.getAttribute(attribute) !== value) wrong.push(`${property} does not reach ${attribute}`);
      }
      return wrong;
    });
    expect(wrong).toEqual([]);
  });

  it("mirrors each boolean attribute in its property, both ways", async () => {
    page = await hosts.open("<web-phone></web-phone>");
    const wrong = await page.evaluate(() => {
      const pairs: Record<string, [string, boolean]> = {
        "no-dialpad": ["showDialpad", false],
        "no-dialled-number": ["showDialledNumber", false],
        "no-answer": ["showAnswer", false],
        "no-hang-up": ["showHangUp", false],
        "no-hold": ["showHold", false],
        "no-mute": ["showMute", false],
        "no-dial": ["showDial", false],
        "no-status": ["showStatus", false],
        "auto-register": ["autoRegister", true],
        video: ["video", true],
        disabled: ["disabled", true],
        hidden: ["hidden", true],
      };
      const wrong: string[] = [];
      for (const [attribute, [property, present]] of Object.entries(pairs)) {
        const phone = document.createElement("web-phone") as unknown as Record<string, unknown> & HTMLElement;
        if (phone[property] !== !present) wrong.push(`${property} at first`);
        phone.setAttribute(attribute, "");
        if (phone[property] !== present) wrong.push(`${attribute} does not reach ${property}`);
        phone[property] = !present;
        if (phone.hasAttribute(attribute)) wrong.push(`${property} does not take ${attribute} away`);
        phone[property] = present;
        if (!phone.hasAttribute(attribute)) wrong.push(`${property} does not set ${attribute}`);
      }
      return wrong;
    });
    expect(wrong).toEqual([]);
  });

  it("shows every part of a phone that has no call", async () => {
    page = await hosts.open("<web-phone></web-phone>");
    const { parts } = await screen(page);
    expect(parts).toEqual(
      expect.arrayContaining(["dialpad", "dialled-number", "hold", "mute", "dial", "status", "status-line"]),
    );
    expect(parts).not.toContain("hang-up");
    const keys = await page.evaluate(() =>
      [...document.querySelector("web-phone")!.shadowRoot!.querySelectorAll("[part=key]")].map(
        (key) => key.querySelector("b")!.textContent,
      ),
    );
    expect(keys.join("")).toBe("123456789*0#");
  });

  it("hides the part that a no-… attribute names, and no other", async () => {
    page = await hosts.open("<web-phone></web-phone>");
    const all = (await screen(page)).parts;
    for (const part of ["dialpad", "dialled-number", "hold", "mute", "dial", "status"] as const) {
      await page.evaluate(
        (part) => document.querySelector("web-phone")!.setAttribute(`no-${part}`, ""),
        part,
      );
      const { parts: left } = await screen(page);
      expect(left).not.toContain(part);
      const gone = all.filter((name) => !left.includes(name) && parts.some((known) => known === name));
      expect(gone).toEqual([part]);
      await page.evaluate((part) => document.querySelector("web-phone")!.removeAttribute(`no-${part}`), part);
    }
  });

  it("is its API alone with every part hidden", async () => {
    page = await hosts.open(`<web-phone ${parts.map((part) => `no-${part}`).join(" ")}></web-phone>`);
    expect(await screen(page)).toMatchObject({ height: 0, parts: [] });
    const value = await page.evaluate(() => {
      const phone = document.querySelector("web-phone")!;
      for (const digit of "1*2#") phone.dialpadPress(digit);
      return phone.value;
    });
    expect(value).toBe("1*2#");
  });

  it("is hidden and shown as a whole", async () => {
    page = await hosts.open("<web-phone hidden></web-phone>");
    expect((await screen(page)).height).toBe(0);
    await page.evaluate(() => document.querySelector("web-phone")!.show());
    expect((await screen(page)).height).toBeGreaterThan(300);
    await page.evaluate(() => document.querySelector("web-phone")!.hide());
    expect(await page.evaluate(() => document.querySelector("web-phone")!.hidden)).toBe(true);
  });

  it("fills its container up to 320 px, or is as wide as its width says", async () => {
    page = await hosts.open("<web-phone></web-phone>");
    const width = (value: string | null) =>
      page.evaluate((value) => {
        const phone = document.querySelector("web-phone")!;
        if (value !== null) phone.setAttribute("width", value);
        return phone.getBoundingClientRect().width;
      }, value);
    expect(await width(null)).toBe(320);
    expect(await width("240")).toBe(240);
    expect(await width("25rem")).toBe(400);
    expect(await width("50%")).toBeLessThan(400);
    expect(await width("red;color:blue")).toBe(320);
    expect(await page.evaluate(() => window.told)).toEqual(["error:not-configured"]);
    await page.setViewport({ width: 250, height: 600 });
    expect(await width("")).toBeLessThan(250);
  });

  it("never throws for what markup says: it tells, and keeps its defaults", async () => {
    page = await hosts.open(
      `<web-phone ice-servers="{" sip-server="http://a.example" username="1001" width="-1px" theme="pink"
         config-src="http://[" realm="a b" cli="${"9".repeat(1000)}" no-dial="false"></web-phone>`,
    );
    await until(page, () => window.told.length >= 5);
    expect(await page.evaluate(() => window.faults)).toEqual([]);
    expect(await page.evaluate(() => [...new Set(window.told)])).toEqual(["error:not-configured"]);
    const kept = await page.evaluate(() => {
      const { username, sipServer, realm, cli, iceServers } = document.querySelector("web-phone")!;
      return { username, sipServer, realm, cli, iceServers };
    });
    expect(kept).toEqual({ username: "1001", sipServer: "", realm: "", cli: "", iceServers: [] });
  });

  it("takes the password out of the markup and gives it to nobody", async () => {
    page = await hosts.open(`<web-phone username="1001" password="correct horse"></web-phone>`);
    const seen = await page.evaluate(() => {
      const phone = document.querySelector("web-phone")!;
      const copy = phone.cloneNode(true) as HTMLElement;
      phone.setAttribute("password", "battery staple");
      return [
        phone.outerHTML,
        phone.password,
        copy.outerHTML,
        JSON.stringify(phone),
        phone.shadowRoot!.innerHTML,
      ];
    });
    expect(seen.join()).not.toMatch(/password|horse|battery/);
  });

  it("takes ICE servers as JSON, bounded", async () => {
    const ice = `[{"urls":"turn:turn.example.com","username":"u","credential":"c"}]`;
    page = await hosts.open(`<web-phone ice-servers='${ice}'></web-phone>`);
    const read = () => page.evaluate(() => document.querySelector("web-phone")!.iceServers);
    expect(await read()).toEqual(JSON.parse(ice));
    await page.evaluate(() => {
      document.querySelector("web-phone")!.setAttribute("ice-servers", JSON.stringify(["x".repeat(20_000)]));
    });
    expect(await page.evaluate(() => window.told)).toEqual(["error:not-configured"]);
    expect(await read()).toEqual(JSON.parse(ice));
  });

  it("takes properties that were set before it was defined", async () => {
    hosts.site.route("/early.js", {
      type: "text/javascript",
      body: `const phone = document.querySelector("web-phone");
        phone.username = "1001"; phone.showDialpad = false; phone.value = "123";
        phone.password = "secret"; phone.onError = (error) => (window.early = error.code);
        await import("/webphone.js");`,
    });
    page = await hosts.open("<web-phone></web-phone>", {
      head: `<script type="module" src="/early.js"></script>`,
    });
    const seen = await page.evaluate(() => {
      const phone = document.querySelector("web-phone")!;
      phone.width = "nonsense";
      return [phone.username, phone.showDialpad, phone.value, phone.getAttribute("username"), phone.password];
    });
    expect(seen).toEqual(["1001", false, "123", "1001", ""]);
    expect(await page.evaluate(() => (window as unknown as { early: string }).early)).toBe("not-configured");
    expect((await screen(page)).parts).not.toContain("dialpad");
  });

  it("is defined once when its module is loaded twice", async () => {
    page = await hosts.open("<web-phone></web-phone>", {
      head: `<script type="module" src="/webphone.js"></script><script type="module" src="/webphone.js?again"></script>`,
      csp: strictCsp.replace("lit-html", "lit-html 'allow-duplicates'"),
    });
    expect((await screen(page)).parts).toContain("dial");
    expect(await page.evaluate(() => window.faults)).toEqual([]);
  });

  it("works under a policy without inline styles, inline scripts, eval or markup from strings", async () => {
    page = await hosts.open(`<web-phone width="300"></web-phone>`);
    const colour = await page.evaluate(
      () =>
        getComputedStyle(document.querySelector("web-phone")!.shadowRoot!.querySelector("[part=dial]")!)
          .backgroundColor,
    );
    expect(["rgb(21, 127, 61)", "rgb(47, 168, 92)"]).toContain(colour);
    await press(page, "key");
    expect(await page.evaluate(() => window.faults)).toEqual([]);
  });

  it("works without a document around it", async () => {
    page = await hosts.open("");
    const seen = await page.evaluate(async () => {
      const phone = document.createElement("web-phone");
      const attributes = phone.attributes.length;
      phone.setConfig({ username: "1002" });
      phone.dialpadPress("5");
      await Promise.resolve();
      phone.hide();
      return [attributes, phone.username, phone.value, phone.status, phone.call, phone.calls.length];
    });
    expect(seen).toEqual([0, "1002", "5", "unregistered", null, 0]);
  });

  it("keeps several phones on a page apart", async () => {
    page = await hosts.open(`<web-phone id="a"></web-phone><web-phone id="b"></web-phone>`);
    await press(page, "key", "#b");
    const values = await page.evaluate(() =>
      [...document.querySelectorAll("web-phone")].map(({ value }) => value),
    );
    expect(values).toEqual(["", "1"]);
  });

  it("takes part in a form under its name, or its ID, and in reset and fieldset", async () => {
    page = await hosts.open(
      `<form><fieldset><web-phone id="desk" value="100"></web-phone></fieldset><web-phone name="other"></web-phone><web-phone></web-phone></form>`,
    );
    const seen = await page.evaluate(async () => {
      const form = document.querySelector("form")!;
      const [desk, other] = document.querySelectorAll("web-phone");
      const data = () => Object.fromEntries(new FormData(form)) as Record<string, string>;
      const settle = () => new Promise((resolve) => setTimeout(resolve));
      const seen: unknown[] = [data()];
      desk!.value = "1002";
      other!.value = "1003";
      await settle();
      seen.push(data(), desk!.form === form);
      form.reset();
      await settle();
      seen.push(data());
      form.querySelector("fieldset")!.disabled = true;
      await settle();
      const usable = desk!.shadowRoot!.querySelectorAll(":is(button, input):enabled");
      seen.push(data(), [...usable].map(({ part }) => part.value).join(" "));
      return seen;
    });
    expect(seen).toEqual([
      { desk: "100", other: "" },
      { desk: "1002", other: "1003" },
      true,
      { desk: "100", other: "" },
      { other: "" },
      // What was and what is set can be looked at.
      "history settings",
    ]);
  });

  describe("the number", () => {
    const value = () => page.evaluate(() => document.querySelector("web-phone")!.value);
    const chord = async (key: "c" | "v") => {
      await page.keyboard.down("Control");
      await page.keyboard.press(key);
      await page.keyboard.up("Control");
    };
    const inner = (selector: string) => page.$(`web-phone >>> ${selector}`);

    it("is typed by the keys on the screen and by those of a keyboard, wherever the focus is", async () => {
      page = await hosts.open("<web-phone></web-phone>");
      for (const key of "1*0#") await (await inner(`[data-key="${key}"]`))!.click();
      await (await inner("[part=history]"))!.focus();
      await page.keyboard.type("23+");
      expect(await value()).toBe("1*0#23+");
      // What was typed leads to the box: Enter dials now, and opens nothing.
      expect(
        await page.evaluate(() => document.querySelector("web-phone")!.shadowRoot!.activeElement?.localName),
      ).toBe("input");
      await page.keyboard.press("Backspace");
      await (await inner("[part=mute]"))!.focus();
      await (await inner("[part=dial]"))!.focus();
      await page.keyboard.type("9");
      expect(await value()).toBe("1*0#239");
      await press(page, "backspace");
      expect((await screen(page)).number).toBe("1*0#23");
    });

    it("takes letters in its box, for addresses and service names", async () => {
      page = await hosts.open("<web-phone></web-phone>");
      await page.evaluate(() => document.querySelector("web-phone")!.focus());
      await page.keyboard.type("echo@example.com");
      expect(await value()).toBe("echo@example.com");
    });

    it("gets a + by a long press on 0, and is cleared by one on backspace", async () => {
      page = await hosts.open("<web-phone></web-phone>");
      const zero = (await inner('[data-key="0"]'))!;
      await zero.click({ delay: 700 });
      await zero.click();
      expect(await value()).toBe("+0");
      await (await inner("[part=backspace]"))!.click({ delay: 700 });
      expect(await value()).toBe("");
    });

    it.each([
      ["+44 (20) 7946-0018", "+442079460018"],
      ["sip:bob@example.com", "sip:bob@example.com"],
    ])("is pasted as %j anywhere within the phone", async (text, number) => {
      page = await hosts.open("<web-phone></web-phone><textarea></textarea>");
      await page.evaluate((text) => {
        const source = document.querySelector("textarea")!;
        source.value = text;
        source.focus();
        source.select();
      }, text);
      await chord("c");
      for (const target of ["input", "[part=dial]"]) {
        await page.evaluate(() => (document.querySelector("web-phone")!.value = ""));
        await (await inner(target))!.focus();
        await chord("v");
        await until(page, (number) => document.querySelector("web-phone")!.value === number, number);
      }
    });

    it("tells the host page of every change by the user as an input event", async () => {
      page = await hosts.open("<web-phone></web-phone>");
      await page.evaluate(() => {
        const phone = document.querySelector("web-phone")!;
        document.addEventListener("input", () => window.told.push(`input:${phone.value}`));
      });
      await press(page, "key");
      await page.evaluate(() => document.querySelector("web-phone")!.focus());
      await page.keyboard.type("2");
      expect(await page.evaluate(() => window.told)).toEqual(["input:1", "input:12"]);
    });

    it("shrinks when it is long, and never grows the phone", async () => {
      page = await hosts.open("<web-phone></web-phone>");
      const look = (value: string) =>
        page.evaluate((value) => {
          const phone = document.querySelector("web-phone")!;
          phone.value = value;
          return new Promise<[number, number]>((resolve) =>
            requestAnimationFrame(() => {
              const input = phone.shadowRoot!.querySelector("input")!;
              resolve([parseFloat(getComputedStyle(input).fontSize), phone.getBoundingClientRect().height]);
            }),
          );
        }, value);
      const [large, height] = await look("1001");
      const [small, heightOfLong] = await look("sip:a.very.long.address@of.a.long.host.example.com");
      expect(small).toBeLessThan(large);
      expect(heightOfLong).toBe(height);
    });
  });
});
