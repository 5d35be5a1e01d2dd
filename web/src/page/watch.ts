// Stops actions of a preview that never end: their loops and functions report
// here (builder/guard.ts adds that), and what has kept the page busy for too long
// is stopped with an error at its line.

/** How long an action may keep the page busy without a pause, in milliseconds. */
const busyLimit = 2_000;

/** So many reports pass between two looks at the clock. */
const stride = 512;

interface Watched {
  __guard?: (action: string, line: number) => void;
}

/** Begins to watch, and returns what prepares an action's code for it. */
export async function watch(): Promise<(action: string, code: string) => string> {
  let pause = performance.now();
  let reports = 0;
  setInterval(() => (pause = performance.now()), 50);
  (globalThis as Watched).__guard = (action, line) => {
    if (++reports % stride !== 0 || performance.now() - pause < busyLimit) return;
    throw new Error(
      `Line ${line} of ${action} kept the page busy for ${busyLimit / 1000} seconds and was stopped.`,
    );
  };
  const { guarded } = (await import(guardModule)) as typeof import("../builder/guard.ts");
  return (action, code) => {
    try {
      return guarded(code, action);
    } catch {
      // The browser says what is wrong with it, at its line.
      return code;
    }
  };
}

/** Only previews load it. */
const guardModule = "/builder/guard.js";
