// The npm package: what a developer who installs it gets.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { beforeAll, describe, expect, it } from "vitest";
import { bundle, gatherPackage, makeProject, packageFolder } from "../../test/support/bundling.ts";

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(packageFolder, path), "utf8");
const json = <T>(path: string) => JSON.parse(read(path)) as T;

interface Named {
  name: string;
  description?: string;
  kind?: string;
  static?: boolean;
  readonly?: boolean;
}
interface CustomElements {
  modules: { path: string; declarations: { attributes: Named[]; members: Named[]; tagName?: string }[] }[];
}

beforeAll(() => gatherPackage(), 60_000);

const described = () => json<CustomElements>("custom-elements.json").modules[0]!.declarations[0]!;
const settable = () =>
  described().members.filter((member) => member.kind === "field" && !member.static && !member.readonly);
const themes = () => readdirSync(join(repository, "web/dist/themes")).map((name) => `themes/${name}`);
const modules = () => readdirSync(packageFolder).filter((name) => name.endsWith(".js"));

describe("the package", () => {
  it("has nothing that publint would remark on", async () => {
    const { messages } = await publint({ pkgDir: packageFolder, strict: true, level: "suggestion" });
    expect(messages).toEqual([]);
  });

  it("packs every file that its manifest names, and no page of the server", async () => {
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json"], { cwd: packageFolder });
    const files = (JSON.parse(stdout) as { files: { path: string }[] }[])[0]!.files.map(({ path }) => path);
    const manifest = json<{ exports: Record<string, string | Record<string, string>> }>("package.json");
    const named = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const path of named.filter((path) => !path.includes("*"))) expect(files).toContain(path.slice(2));
    expect(files).toEqual(expect.arrayContaining(["README.md", ...modules()]));
    expect(files).toEqual(expect.arrayContaining(themes()));
    expect(files.filter((path) => /^(app|sw)\.|\.html$|^[\w-]+\.css$|^icons/.test(path))).toEqual([]);
  });

  it("has the version of the project and no licence that nobody has decided on", () => {
    const root = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };
    const licensed = readdirSync(repository).some((name) => /^licen[cs]e/i.test(name));
    expect(json<object>("package.json")).toMatchObject({
      version: root.version,
      ...(licensed ? {} : { license: "UNLICENSED" }),
    });
  });

  it("has every module that its modules load, at once or on demand", () => {
    const missing = modules().flatMap((name) =>
      [...read(name).matchAll(/["'`]\.\/([\w./-]+\.js)["'`]/g)]
        .map(([, path]) => path!)
        .filter((path) => !existsSync(join(packageFolder, path))),
    );
    expect(missing).toEqual([]);
    // A name that is put together when it runs is found by no bundler.
    for (const name of modules()) expect(read(name)).not.toMatch(/\bimport\((?!["'`])|\bimport\([^)]*\$\{/);
    const onDemand = readdirSync(join(repository, "web/dist")).filter((name) => /^phone-.*\.js$/.test(name));
    expect(modules()).toEqual(expect.arrayContaining(onDemand));
  });

  it("describes to VS Code every attribute that can be set", () => {
    interface Editor {
      version: number;
      tags: { name: string; attributes: { name: string; description: string; valueSet?: string }[] }[];
    }
    const { version, tags } = json<Editor>("vscode.html-custom-data.json");
    expect(version).toBe(1.1);
    expect(tags.map(({ name }) => name)).toEqual(["web-phone"]);
    const state = ["state", "registration", "muted", "reconnecting"];
    const known = described().attributes.map(({ name }) => name);
    expect(tags[0]!.attributes.map(({ name }) => name)).toEqual(
      known.filter((name) => !state.includes(name)),
    );
    expect(tags[0]!.attributes.filter(({ description }) => !description)).toEqual([]);
    expect(tags[0]!.attributes.find(({ name }) => name === "auto-register")).toMatchObject({ valueSet: "v" });
  });
});

describe("the types", () => {
  const consumers = join(repository, "web/npm/consumers");
  let folder: string;
  const files = readdirSync(consumers);

  beforeAll(async () => {
    const sources = await Promise.all(
      files.map(async (name) => [name, await readFile(join(consumers, name), "utf8")]),
    );
    folder = await makeProject("consumer", Object.fromEntries(sources));
  });

  it.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])(
    "are right for React, Preact, Solid, Vue, Svelte and none with module %s",
    async (module, resolution) => {
      const compilerOptions = {
        target: "es2022",
        module,
        moduleResolution: resolution,
        lib: ["es2023", "dom", "dom.iterable"],
        types: ["react"],
        jsx: "react-jsx",
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      const compiler = join(repository, "node_modules/typescript/bin/tsc");
      const { stdout } = await run("node", [compiler, "-p", folder]).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe("");
    },
    60_000,
  );
});

describe("bundling", () => {
  it("keeps what is loaded on demand in chunks of their own", async () => {
    const folder = await makeProject("bundled", { "main.ts": `import "web-phone";` });
    const chunks = await bundle(folder, "main.ts");
    const onDemand = modules().filter((name) => name.startsWith("phone-"));
    expect([...chunks.keys()].sort()).toEqual([...onDemand, "main.js"].sort());
    expect(chunks.get("main.js")).toMatch(/import\("\.\/phone-extras\.js"\)/);
  });

  it("takes the engine alone without a screen", async () => {
    const folder = await makeProject("bundled", {
      "engine.ts": `import { Phone } from "web-phone/phone"; new Phone().register();`,
    });
    const chunks = await bundle(folder, "engine.ts");
    expect(chunks.get("main.js")).not.toMatch(/customElements|attachShadow/);
  });

  it("drops React's component when nobody uses it, and never the element", async () => {
    const folder = await makeProject("bundled", {
      "unused.js": `import { WebPhone } from "web-phone/react"; import { PhoneError } from "web-phone"; export {};`,
    });
    const code = (await bundle(folder, "unused.js")).get("main.js")!;
    expect(code).not.toMatch(/forwardRef/);
    expect(code).toMatch(/customElements\.define/);
  });
});

describe("the React component", () => {
  it("is told every property that can be set, by an attribute or on the element", async () => {
    const { attributes, properties } = (await import(join(packageFolder, "members.js"))) as {
      attributes: Record<string, string>;
      properties: string[];
    };
    const names = settable().map(({ name }) => name);
    expect([...Object.keys(attributes), ...properties].sort()).toEqual(names.sort());
    const known = described().attributes.map(({ name }) => name);
    expect(Object.values(attributes).filter((name) => !known.includes(name))).toEqual([]);
    expect(attributes).toMatchObject({ sipServer: "sip-server", showDial: "no-dial", resume: "no-resume" });
    // Secrets are in no markup.
    expect(properties).toEqual(expect.arrayContaining(["password", "iceServers", "onRingingIn"]));
  });

  it.each([
    ["19", {}],
    ["18", { react: "react-18/node_modules/react", "react-dom": "react-18/node_modules/react-dom" }],
  ])("renders the tag on a server without a document (React %s)", async (version, alias) => {
    const folder = await makeProject("bundled", {
      "server.tsx": `
        import { createElement, version } from "react";
        import { renderToString } from "react-dom/server";
        import { WebPhone } from "web-phone/react";
        const shown = renderToString(createElement(WebPhone, {
          id: "desk", className: "wide", hidden: false, sipServer: "wss://phone.example.com/sip", username: "1001",
          password: "secret", autoRegister: true, video: false, showDialpad: false, showDial: true,
          iceServers: [{ urls: "turn:turn.example.com", username: "u", credential: "hidden" }],
          onRingingIn: () => {}, configProvider: () => ({}),
        }, createElement("p", { slot: "footer" }, "Hello")));
        export { shown, version };`,
    });
    const chunks = await bundle(folder, "server.tsx", {
      platform: "node",
      mode: "development",
      alias: alias as Record<string, string>,
    });
    const path = join(folder, `server-${version}.mjs`);
    await writeFile(path, chunks.get("main.js")!);
    const { stdout, stderr } = await run("node", [
      "--input-type=module",
      "--eval",
      `const { shown, version } = await import(${JSON.stringify(path)}); console.log(JSON.stringify({ shown, version }))`,
    ]);
    const rendered = JSON.parse(stdout) as { shown: string; version: string };
    expect(rendered.version.split(".")[0]).toBe(version);
    expect(rendered.shown.replaceAll('="true"', '=""')).toBe(
      `<web-phone id="desk" class="wide" sip-server="wss://phone.example.com/sip" username="1001" ` +
        `auto-register="" no-dialpad=""><p slot="footer">Hello</p></web-phone>`,
    );
    expect(stderr).toBe("");
  });
});
