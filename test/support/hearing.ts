// What a test expects to hear.
import type { Page } from "puppeteer-core";
import { expect } from "vitest";
import { audible, listen, silent } from "./listen.ts";
import type { Heard } from "./listen.ts";

/** Half the width within which a frequency counts as the one sent, in Hz. */
const nearby = 25;

/** A change takes a moment to be heard: the receiver plays what it has buffered. In milliseconds. */
const settling = 5_000;

/** Listens, window after window, until one is as wanted or the time is over; answers the last. */
async function heard(page: Page, wanted: (heard: Heard) => boolean): Promise<Heard> {
  const end = Date.now() + settling;
  for (;;) {
    const last = await listen(page);
    if (wanted(last) || Date.now() > end) return last;
  }
}

export async function expectTone(page: Page, frequency: number): Promise<void> {
  const near = (found: Heard) => Math.abs(found.frequency - frequency) < nearby;
  const found = await heard(page, (found) => found.level > audible && near(found));
  expect(found.level).toBeGreaterThan(audible);
  expect(near(found), `${found.frequency} Hz heard, ${frequency} Hz sent`).toBe(true);
}

export async function expectSilence(page: Page): Promise<void> {
  const found = await heard(page, (found) => found.level < silent);
  expect(found.level).toBeLessThan(silent);
}

/**
 * The levels at frequencies that come and go, while something makes them sound: it is asked for them again
 * until the first is heard or the time is over, since an ear opens late where the machine is busy.
 */
export async function heardWhile(
  page: Page,
  frequencies: readonly number[],
  sound: () => Promise<void>,
): Promise<readonly number[]> {
  const end = Date.now() + settling;
  for (;;) {
    const [{ levels }] = await Promise.all([listen(page, frequencies, 1_500), sound()]);
    if (levels[0]! > audible || Date.now() > end) return levels;
  }
}

/** Every window of listening on these pages hears something, from before the work until two seconds after. */
export async function neverSilent(pages: readonly Page[], work: () => Promise<void>): Promise<void> {
  let over = false;
  const levels: number[] = [];
  const ears = pages.map(async (page) => {
    while (!over) levels.push((await listen(page)).level);
  });
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  } finally {
    over = true;
    await Promise.all(ears);
  }
  expect(levels.length).toBeGreaterThan(pages.length);
  expect(Math.min(...levels)).toBeGreaterThan(audible);
}
