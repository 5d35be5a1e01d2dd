// Bundles what a developer writes for a host page: with Rolldown, which is the
// bundler of Vite, and with the compilers of the frameworks.
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import type { Plugin, RolldownOptions } from "rolldown";

const repository = resolve(import.meta.dirname, "../..");

/** Where the npm package is gathered. */
export const packageFolder = join(repository, "test/out/package");

let gathered: Promise<unknown> | undefined;

/** Gathers the npm package, once. */
export const gatherPackage = () =>
  (gathered ??= promisify(execFile)("go", ["run", "./web/npm"], { cwd: repository }));

/** Makes a folder with these files in which the package is installed; resolves to its path. */
export async function makeProject(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(repository, "test/out", name);
  const modules = join(folder, "node_modules");
  await mkdir(modules, { recursive: true });
  await symlink(packageFolder, join(modules, "web-phone")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await writeFile(join(folder, "package.json"), `{"type": "module"}`);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

export interface BundleOptions {
  /** The values of `process.env.NODE_ENV`. Default: production. */
  mode?: "production" | "development";
  platform?: "browser" | "node";
  /** Packages to take in place of others. */
  alias?: Readonly<Record<string, string>>;
  plugins?: Plugin[];
  /** Decorators as TypeScript knew them before the standard, which Angular uses. */
  legacyDecorators?: boolean;
}

/** The JavaScript files that come of a module of a project, by name; the first is the entry's, `main.js`. */
export async function bundle(
  folder: string,
  entry: string,
  options: BundleOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const input: RolldownOptions = {
    cwd: folder,
    input: { main: resolve(folder, entry) },
    platform: options.platform ?? "browser",
    plugins: options.plugins ?? [],
    resolve: { alias: { ...options.alias } },
    transform: {
      target: "es2022",
      define: { "process.env.NODE_ENV": JSON.stringify(options.mode ?? "production") },
      decorator: { legacy: options.legacyDecorators ?? false },
    },
    onLog(level, log) {
      if (level === "warn") throw new Error(log.message);
    },
  };
  const bundled = await rolldown(input);
  try {
    const { output } = await bundled.generate({ format: "es", chunkFileNames: "[name].js" });
    return new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
  } finally {
    await bundled.close();
  }
}
