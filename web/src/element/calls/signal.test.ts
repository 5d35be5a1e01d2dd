import { describe, expect, it } from "vitest";
import type { TroubleCause } from "../../phone/types.ts";
import { Signal, levelOf } from "./signal.ts";
import type { Level } from "./signal.ts";

describe("the signal", () => {
  it.each<[number, Level]>([
    [4.4, 4],
    [4, 4],
    [3.9, 3],
    [3.6, 3],
    [3.5, 2],
    [3.1, 2],
    [3, 1],
    [1, 1],
  ])("of a score of %d has %d bars", (mos, level) => expect(levelOf(mos)).toBe(level));

  const follow = (...scores: number[]) => {
    const signal = new Signal();
    return scores.map((mos) => {
      signal.take({ mos, cause: "none" });
      return signal.level;
    });
  };

  it("is there with the first look", () => expect(follow(3.2)).toEqual([2]));

  it("does not flicker for one bad look, or two good ones", () => {
    expect(follow(4.3, 2, 4.3, 2, 4.3)).toEqual([4, 4, 4, 4, 4]);
    expect(follow(2, 4.3, 4.3, 2, 4.3, 4.3)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("falls with the second bad look in a row, and rises with the third good one", () => {
    expect(follow(4.3, 2, 2)).toEqual([4, 4, 1]);
    expect(follow(2, 4.3, 4.3, 4.3)).toEqual([1, 1, 1, 4]);
  });

  it("moves no further than all looks in a row go", () => {
    expect(follow(4.3, 3.7, 2)).toEqual([4, 4, 3]);
    expect(follow(2, 3.2, 4.3, 3.7)).toEqual([1, 1, 1, 2]);
  });

  const tell = (...looks: [number, TroubleCause][]) => {
    const signal = new Signal();
    return looks.map(([mos, cause]) => signal.take({ mos, cause }));
  };

  it("tells once whose side it is on when it can be heard, and once that it is over", () => {
    const bad: [number, TroubleCause] = [2, "own-network"];
    const good: [number, TroubleCause] = [4.3, "none"];
    expect(tell(good, bad, bad, bad, bad)).toEqual([null, null, null, "own-network", null]);
    expect(tell(bad, bad, good, good, good)).toEqual([null, "own-network", null, "none", null]);
  });

  it("keeps quiet about a network that nobody hears", () => {
    const fine: [number, TroubleCause] = [4.2, "own-network"];
    expect(tell(fine, fine, fine)).toEqual([null, null, null]);
  });

  it("tells of a silent microphone whatever the network does", () => {
    const silent: [number, TroubleCause] = [4.4, "microphone"];
    expect(tell(silent, silent, silent)).toEqual([null, "microphone", null]);
  });
});
