// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { render } from "lit/html.js";
import type { CallStatistics } from "../../phone/types.ts";
import { desk } from "./fake.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const flow = { kbps: 30, lossPercent: 0, jitter: 2 };
const fine = {
  mos: 4.3,
  cause: "none",
  codec: "opus",
  videoCodec: "",
  roundTripTime: 40,
  frameWidth: 0,
  sent: flow,
  received: flow,
} as CallStatistics;
const bad = { ...fine, mos: 2, cause: "own-network" } as CallStatistics;

/** A call whose figures are as they are set; `look()` lets the time of one look pass. */
async function measured(first: CallStatistics | null = fine) {
  const d = desk();
  let figures = first;
  let looks = 0;
  const statistics = async () => (looks++, figures);
  d.bench.phone.addEventListener("change", () => Object.assign(d.bench.phone.call ?? {}, { statistics }));
  const made = await d.call("1002");
  await d.draw();
  const badge = () => {
    const place = document.createElement("div");
    render(d.view.badge!(made), place);
    return place.querySelector("[part=quality]")!;
  };
  return {
    d,
    call: made,
    badge,
    looks: () => looks,
    set: (next: CallStatistics | null) => (figures = next),
    async look() {
      vi.advanceTimersByTime(2_000);
      await d.draw();
    },
  };
}

describe("the badge of a call", () => {
  it("says how good the connection is, and that it is not known yet", async () => {
    const { badge, look, set } = await measured(null);
    expect(badge().getAttribute("aria-label")).toBe("Measuring the connection");
    set(fine);
    await look();
    expect(badge().getAttribute("aria-label")).toBe("Good connection");
  });

  it("says once what is wrong and whose side it is on, and once that it is over", async () => {
    const { d, badge, look, set } = await measured();
    await look();
    set(bad);
    for (let i = 0; i < 4; i++) await look();
    expect(badge().getAttribute("aria-label")).toBe("Bad connection");
    expect(d.said).toEqual(["Your network loses what you say. Move closer to the router."]);
    set(fine);
    for (let i = 0; i < 5; i++) await look();
    expect(d.said.slice(1)).toEqual(["The connection is good again."]);
  });

  it("does not judge a call that is on hold", async () => {
    const { call, looks, look } = await measured();
    await call.hold();
    const before = looks();
    await look();
    expect(looks()).toBe(before);
  });

  it("looks no more once the call is over or the element has gone", async () => {
    const { d, call, looks, look } = await measured();
    d.view.pause!();
    const before = looks();
    vi.advanceTimersByTime(10_000);
    expect(looks()).toBe(before);
    await d.draw();
    await call.hangup();
    await d.draw();
    const last = looks();
    await look();
    expect(looks()).toBe(last);
  });
});

describe("the figures of a call", () => {
  it("are there for both directions, with a chart that can be read out", async () => {
    const { d, look, set } = await measured();
    await look();
    set({ ...fine, mos: 3.2, sent: { kbps: 12, lossPercent: 12.34, jitter: 31 } });
    await look();
    d.panel = "quality";
    await d.draw();
    const cells = [...d.root.querySelectorAll("tr")].map((row) =>
      [...row.querySelectorAll("th,td")].map((cell) => cell.textContent!.trim()).join(" | "),
    );
    expect(cells.slice(1)).toEqual([
      "Loss | 12.3 % | 0 %",
      "Jitter | 31 ms | 2 ms",
      "Bit rate | 12 kbit/s | 30 kbit/s",
    ]);
    expect(d.part("chart")!.getAttribute("aria-label")).toBe(
      "Sound in the last minute: 3.2 now, 3.2 at worst",
    );
    expect(d.root.querySelector("polyline")!.getAttribute("points")!.split(" ").length).toBeGreaterThan(1);
  });

  it("says that there is nothing to measure yet", async () => {
    const { d } = await measured(null);
    d.panel = "quality";
    await d.draw();
    expect(d.root.textContent).toContain("There is nothing to measure yet");
  });
});
