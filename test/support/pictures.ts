// What a page sees of its call, and what its camera does.
import type { Page } from "puppeteer-core";
import { expect } from "vitest";

/** A change takes a moment to be seen. In milliseconds. */
const patience = 10_000;
/** No picture for so long is none. In milliseconds. */
const still = 1_200;

/** New pictures of the other side arrive. */
export async function expectPicture(page: Page): Promise<void> {
  expect(await pictures(page, patience, 5), "pictures seen").toBeGreaterThanOrEqual(5);
}

/** No new picture of the other side arrives any more. */
export async function expectNoPicture(page: Page): Promise<void> {
  const end = Date.now() + patience;
  let seen: number;
  do seen = await pictures(page, still, 99);
  while (seen && Date.now() < end);
  expect(seen, "pictures seen").toBe(0);
}

/** Counts what is decoded of the other side's picture, until there is enough or the time is over. */
function pictures(page: Page, milliseconds: number, enough: number): Promise<number> {
  return page.evaluate(
    async (milliseconds, enough) => {
      const stream = document.querySelector("web-phone")!.call!.remoteStream;
      const end = performance.now() + milliseconds;
      const picture = document.createElement("video");
      picture.muted = true;
      let seen = 0;
      // The last picture stays, and is shown once more to whoever looks anew.
      const count = () => {
        seen++;
        picture.requestVideoFrameCallback(count);
      };
      picture.requestVideoFrameCallback(count);
      picture.srcObject = stream;
      picture.play().catch(() => {});
      while (performance.now() < end && seen <= enough) await new Promise((go) => setTimeout(go, 50));
      picture.srcObject = null;
      return Math.max(0, seen - 1);
    },
    milliseconds,
    enough,
  );
}

/** What the page has captured and not let go of; to be asked for before the page is loaded. */
export async function watchCaptures(page: Page): Promise<void> {
  await page.evaluateOnNewDocument(() => {
    const tracks: MediaStreamTrack[] = [];
    Object.assign(window, { captures: tracks });
    for (const name of ["getUserMedia", "getDisplayMedia"] as const) {
      const open = navigator.mediaDevices?.[name]?.bind(navigator.mediaDevices);
      if (!open) continue;
      navigator.mediaDevices[name] = async (options?: MediaStreamConstraints) => {
        const stream = await open(options);
        tracks.push(...stream.getTracks());
        return stream;
      };
    }
  });
}

/** The kinds of tracks that are open, in order. */
export function openTracks(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    (window as unknown as { captures: MediaStreamTrack[] }).captures
      .filter(({ readyState }) => readyState === "live")
      .map(({ kind }) => kind)
      .sort(),
  );
}
