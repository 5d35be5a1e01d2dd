// The pages of docs/frameworks.md, taken from it, built with the frameworks'
// own packages and called.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { compileScript, parse } from "@vue/compiler-sfc";
import { compile } from "svelte/compiler";
import type { Page } from "puppeteer-core";
import type { Plugin } from "rolldown";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch } from "../support/browsers.ts";
import type { TestBrowser } from "../support/browsers.ts";
import { bundle, gatherPackage, makeProject } from "../support/bundling.ts";
import type { BundleOptions } from "../support/bundling.ts";
import { registrationIs, stateIs, until } from "../support/hosts.ts";
import { TestPhone } from "../support/phones.ts";
import { startServer } from "../support/server.ts";
import type { TestServer } from "../support/server.ts";
import { serveStatic } from "../support/static.ts";
import type { StaticServer } from "../support/static.ts";

const guide = readFileSync(resolve(import.meta.dirname, "../../docs/frameworks.md"), "utf8");

/** The code block of a language below a heading of the guide. */
function snippet(heading: string, language: string): string {
  const chapter = guide.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const code = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "m").exec(chapter)?.[1];
  if (!code) throw new Error(`docs/frameworks.md has no ${language} below ${heading}`);
  return code;
}

const vue: Plugin = {
  name: "vue",
  transform(source, id) {
    if (!id.endsWith(".vue")) return null;
    const isCustomElement = (tag: string) => tag.includes("-");
    const { content } = compileScript(parse(source).descriptor, {
      id: "app",
      inlineTemplate: true,
      templateOptions: { compilerOptions: { isCustomElement } },
    });
    return { code: content, moduleType: "js" };
  },
};

const svelte: Plugin = {
  name: "svelte",
  transform(source, id) {
    if (!id.endsWith(".svelte")) return null;
    const { js, warnings } = compile(source, { filename: id, generate: "client" });
    if (warnings.length) throw new Error(warnings.map(({ message }) => message).join("\n"));
    return { code: js.code, moduleType: "js" };
  },
};

const beside = (name: string) =>
  resolve(dirname(createRequire(import.meta.url).resolve("react-18/package.json")), "node_modules", name);
const reacts = [
  ["19", {}],
  ["18", { react: beside("react"), "react-dom": beside("react-dom") }],
] as const;

let server: TestServer;
let site: StaticServer;
let browser: TestBrowser;
let other: TestPhone;
let page: Page | undefined;

beforeAll(async () => {
  await gatherPackage();
  server = await startServer();
  site = await serveStatic({
    csp: "default-src 'self' 'unsafe-inline' 'unsafe-eval' http: ws: blob:",
    routes: {
      "/phone-credentials": {
        type: "application/json",
        body: JSON.stringify({ password: server.accounts[0]!.password }),
      },
    },
  });
  browser = await launch("chromium", { tone: 440, autoplay: true });
  other = await TestPhone.open(browser, server.accounts[1]!.link);
});

afterEach(async () => {
  await page?.close();
  page = undefined;
  await other?.state("idle");
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  await server?.close();
});

/** With the test's server in place of the example's. */
const local = (code: string) =>
  code
    .replaceAll("wss://phone.example.com/sip", server.sip)
    .replaceAll("https://phone.example.com/", server.url);

const hosting = (module: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Host</title><div id="root"></div><app-root></app-root><script type="module" src="${module}"></script>`;

async function open(name: string, html: string): Promise<Page> {
  site.route(`/${name}/`, local(html));
  const opened = await browser.newPage();
  page = opened;
  opened.on("pageerror", (error) => faults.push(String(error)));
  await opened.goto(`${site.origin}/${name}/`);
  return opened;
}
const faults: string[] = [];

/** Builds a project and opens it as a page. */
async function host(
  name: string,
  files: Readonly<Record<string, string>>,
  options: BundleOptions & { html?: string } = {},
): Promise<Page> {
  const sources = Object.fromEntries(Object.entries(files).map(([path, code]) => [path, local(code)]));
  const folder = await makeProject(`frameworks/${name}`, sources);
  const chunks = await bundle(folder, Object.keys(files)[0]!, options);
  for (const [path, body] of chunks) site.route(`/${name}/${path}`, { type: "text/javascript", body });
  return open(name, options.html ?? hosting("main.js"));
}

/** Signed in, the page tells of a call, and makes one by its button. */
async function works(opened: Page): Promise<void> {
  await until(opened, () => customElements.get("web-phone") !== undefined);
  await registrationIs(opened, "registered");
  // Its tab is in the background, where a browser draws nothing to be pressed.
  await other.call("makeCall", "1001");
  await until(
    opened,
    () => !!document.querySelector("[role=status]")?.textContent?.includes("1002 is calling"),
  );
  await other.call("hangup");
  await until(opened, () => !document.querySelector("[role=status]")?.textContent);
  await stateIs(opened, "idle");
  await opened.locator("button").click();
  await other.state("ringing-in");
  await other.call("hangup");
  await stateIs(opened, "idle");
  expect(faults.splice(0)).toEqual([]);
}

describe("the guide's page", () => {
  it("works in HTML, by URL", async () => {
    await works(await open("url", snippet("HTML, by URL", "html")));
  });

  it("works in HTML, by npm", async () => {
    const html = snippet("HTML, by URL", "html").replace(/ *<script[^]*?<\/script>\n/g, "");
    const module = `<script type="module" src="main.js"></script></body>`;
    await works(
      await host(
        "npm",
        { "main.js": snippet("HTML, by npm", "js") },
        { html: html.replace("</body>", module) },
      ),
    );
  });

  it.each(reacts)("works in React %s", async (version, alias) => {
    const opened = await host(
      `react-${version}`,
      { "main.jsx": snippet("React", "jsx") },
      { alias, mode: "development" },
    );
    await works(opened);
  });

  it("works in Vue", async () => {
    await works(
      await host(
        "vue",
        {
          "main.js": `import { createApp } from "vue"; import App from "./App.vue"; createApp(App).mount("#root");`,
          "App.vue": snippet("Vue", "vue"),
        },
        { plugins: [vue] },
      ),
    );
  });

  it("works in Svelte", async () => {
    await works(
      await host(
        "svelte",
        {
          "main.js": `import { mount } from "svelte"; import App from "./App.svelte"; mount(App, { target: document.body });`,
          "App.svelte": snippet("Svelte", "svelte"),
        },
        { plugins: [svelte] },
      ),
    );
  });

  it("works in Angular", async () => {
    // Angular's own build compiles ahead of time; here its compiler is in the page.
    await works(
      await host(
        "angular",
        { "main.ts": `import "@angular/compiler"; import "./app.ts";`, "app.ts": snippet("Angular", "ts") },
        { legacyDecorators: true },
      ),
    );
  });
});

// A page whose test says what is rendered, under StrictMode.
const driven = `
import { StrictMode, useEffect, version } from "react";
import { createRoot } from "react-dom/client";
import { WebPhone } from "web-phone/react";

const root = createRoot(document.getElementById("root"));
function App(props) {
  useEffect(() => void window.react.mounts++, []);
  return <WebPhone {...props} />;
}
window.react = {
  version,
  mounts: 0,
  heard: [],
  render: (props) => root.render(<StrictMode>{props && <App {...props} />}</StrictMode>),
};
`;

declare global {
  interface Window {
    react: { version: string; mounts: number; heard: string[]; render(props: object | null): void };
  }
}

describe.each(reacts)("the component in React %s", (version, alias) => {
  let opened: Page;
  const phone = () =>
    opened.evaluate(() => {
      const { showDialpad, username, displayName, video, registered, state, calls } =
        document.querySelector("web-phone")!;
      return { showDialpad, username, displayName, video, registered, state, calls: calls.length };
    });

  const start = async () => {
    opened = await host(`driven-${version}`, { "main.jsx": driven }, { alias, mode: "development" });
    await opened.evaluate(
      (sipServer, password) => {
        const { react } = window;
        const account = { sipServer, username: "1001", password, autoRegister: true };
        Object.assign(react, { account });
        react.render({ ...account, onRegistered: () => react.heard.push("registered") });
      },
      server.sip,
      server.accounts[0]!.password,
    );
    await until(opened, () => !!document.querySelector("web-phone")?.registered);
  };

  it("registers once and keeps its calls while StrictMode and new props mount and render it anew", async () => {
    await start();
    expect(await opened.evaluate(() => [window.react.version.split(".")[0], window.react.mounts])).toEqual([
      version,
      2,
    ]);
    await opened.evaluate(() => document.querySelector("web-phone")!.makeCall("*43"));
    await stateIs(opened, "active");
    await opened.evaluate(() => {
      const { react } = window;
      const { account } = react as unknown as { account: object };
      const phone = document.querySelector("web-phone")!;
      for (const event of ["registered", "unregistered", "end"] as const)
        phone.addEventListener(event, () => react.heard.push(`again: ${event}`));
      for (let i = 0; i < 3; i++)
        react.render({ ...account, displayName: `Ada ${i}`, iceServers: [], configProvider: () => ({}) });
    });
    await until(opened, () => document.querySelector("web-phone")!.displayName === "Ada 2");
    expect(await phone()).toMatchObject({ registered: true, state: "active", calls: 1 });
    expect(await opened.evaluate(() => window.react.heard)).toEqual(["registered"]);
    // Taken off the page, it hangs up.
    await opened.evaluate(() => window.react.render(null));
    await until(opened, () => window.react.heard.includes("again: end"));
    expect(faults.splice(0)).toEqual([]);
  });

  it("takes props that change, and what was there before when they go away", async () => {
    await start();
    const render = (props: object) =>
      opened.evaluate((props) => {
        const { react } = window;
        const { account } = react as unknown as { account: object };
        react.render({ ...account, ...props });
      }, props);
    await render({ showDialpad: false, displayName: "Ada", video: true, hidden: true, className: "wide" });
    await until(opened, () => document.querySelector("web-phone")!.displayName === "Ada");
    expect(await phone()).toMatchObject({
      showDialpad: false,
      video: true,
      username: "1001",
      registered: true,
    });
    expect(await opened.evaluate(() => document.querySelector("web-phone")!.className)).toBe("wide");
    await render({ video: false, hidden: false });
    await until(opened, () => document.querySelector("web-phone")!.displayName === "");
    expect(await phone()).toMatchObject({ showDialpad: true, video: false, registered: true });
    expect(await opened.evaluate(() => document.querySelector("web-phone")!.hidden)).toBe(false);
  });

  it("calls the callback of the latest render, and none when there is none", async () => {
    await start();
    const ring = async (name: string | null) => {
      await opened.evaluate((name) => {
        const { react } = window;
        const { account } = react as unknown as { account: object };
        const onRingingIn = name
          ? ({ from }: { from: string }) => react.heard.push(`${name} ${from}`)
          : undefined;
        react.render({ ...account, onRingingIn, displayName: name ?? "none" });
      }, name);
      await until(
        opened,
        (name) => document.querySelector("web-phone")!.displayName === name,
        name ?? "none",
      );
      await other.call("makeCall", "1001");
      await stateIs(opened, "ringing-in");
      await other.call("hangup");
      await stateIs(opened, "idle");
      return opened.evaluate(() => window.react.heard.splice(0).filter((text) => text !== "registered"));
    };
    expect(await ring("first")).toEqual(["first 1002"]);
    expect(await ring("second")).toEqual(["second 1002"]);
    expect(await ring(null)).toEqual([]);
    expect(faults.splice(0)).toEqual([]);
  });
});
