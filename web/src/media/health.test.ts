import { describe, expect, it } from "vitest";
import { FakeClock } from "../sip/fake.ts";
import { BETWEEN, GRACE, HOPELESS, Health } from "./health.ts";
import type { Path } from "./health.ts";

function patient(restart: () => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  const state = { path: "well" as Path, reachable: true, restarts: 0, lost: 0 };
  const health = new Health(clock, GRACE.outbound, {
    path: () => state.path,
    reachable: () => state.reachable,
    restart: () => {
      state.restarts++;
      return restart();
    },
    giveUp: () => state.lost++,
  });
  const becomes = (change: Partial<typeof state>) => {
    Object.assign(state, change);
    health.check();
  };
  return { clock, state, health, becomes };
}

describe("a media path that is lost", () => {
  it("is given a moment to come back by itself", async () => {
    const { clock, state, becomes } = patient();
    becomes({ path: "sick" });
    await clock.advance(GRACE.outbound - 1);
    becomes({ path: "well" });
    await clock.advance(HOPELESS);
    expect(state).toMatchObject({ restarts: 0, lost: 0 });
    expect(clock.pending).toBe(0);
  });

  it("is looked for anew, with growing waits, and the call is over when nothing helps", async () => {
    const { clock, state, becomes } = patient();
    becomes({ path: "sick" });
    await clock.advance(GRACE.outbound);
    expect(state.restarts).toBe(1);
    await clock.advance(BETWEEN);
    expect(state.restarts).toBe(2);
    await clock.advance(BETWEEN);
    expect(state.restarts).toBe(2);
    await clock.advance(HOPELESS);
    expect(state.lost).toBe(1);
    expect(state.restarts).toBeLessThan(8);
  });

  it("is over for good also when it flickers between search and failure", async () => {
    const { clock, state, becomes } = patient();
    becomes({ path: "sick" });
    for (let seconds = 0; seconds < 60 && !state.lost; seconds += 5) {
      becomes({ path: "between" });
      await clock.advance(4_000);
      becomes({ path: "sick" });
      await clock.advance(1_000);
    }
    expect(state.lost).toBe(1);
  });

  it("is over when it never comes about", async () => {
    const { clock, state, becomes } = patient();
    becomes({ path: "between" });
    await clock.advance(HOPELESS - 1);
    expect(state).toMatchObject({ restarts: 0, lost: 0 });
    await clock.advance(1);
    expect(state).toMatchObject({ restarts: 0, lost: 1 });
  });

  it("is not looked for twice at once", async () => {
    const { clock, state, becomes } = patient(() => new Promise(() => {}));
    becomes({ path: "sick" });
    await clock.advance(HOPELESS - 1);
    expect(state.restarts).toBe(1);
  });
});

describe("signalling that is lost", () => {
  it("never restarts media, sick or well", async () => {
    const { clock, state, becomes } = patient();
    becomes({ reachable: false });
    await clock.advance(HOPELESS);
    becomes({ path: "sick" });
    await clock.advance(2 * HOPELESS);
    expect(state).toMatchObject({ restarts: 0, lost: 0 });
    expect(clock.pending).toBe(0);
  });

  it("gives sick media its time anew when it is back", async () => {
    const { clock, state, becomes } = patient();
    becomes({ path: "sick" });
    await clock.advance(1_000);
    becomes({ reachable: false });
    await clock.advance(HOPELESS);
    becomes({ reachable: true });
    await clock.advance(GRACE.outbound);
    expect(state).toMatchObject({ restarts: 1, lost: 0 });
  });
});

it("leaves no timer when the call ends", async () => {
  const { clock, state, health, becomes } = patient();
  becomes({ path: "sick" });
  health.stop();
  await clock.advance(HOPELESS);
  expect(state).toMatchObject({ restarts: 0, lost: 0 });
});
