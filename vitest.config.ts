import { defineConfig } from "vitest/config";

/** Tests in browsers for which another lane has the time, so that all take about as long. */
const beside = {
  interop: ["test/browser/recovery.test.ts"],
  builder: ["heap", "devices", "video", "trickle"].map((name) => `test/browser/${name}.test.ts`),
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["web/src/**/*.test.ts", "web/test/**/*.test.ts", "bench/**/*.test.ts"],
          environment: "node",
        },
      },
      // Lanes that run side by side, each in a network of its own: they wait more
      // than they work.
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          exclude: [...beside.interop, ...beside.builder],
          environment: "node",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "interop",
          include: ["test/interop/**/*.test.ts", ...beside.interop],
          environment: "node",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "builder",
          include: ["test/builder/**/*.test.ts", ...beside.builder],
          environment: "node",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "screenshots",
          include: ["test/screenshots/**/*.run.ts"],
          environment: "node",
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: "bench",
          include: ["bench/**/*.run.ts"],
          environment: "node",
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
