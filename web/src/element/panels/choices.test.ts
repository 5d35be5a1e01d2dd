import { beforeEach, describe, expect, it } from "vitest";
import type { Phone } from "../../phone/phone.ts";
import { apply, choices, choose, find, forget } from "./choices.ts";
import { fakeStorage, refusedStorage } from "./fake-storage.ts";

const headset = { id: "h1", label: "Headset" };

describe("the user's choices", () => {
  beforeEach(() => void fakeStorage());

  it("are kept, one beside the other, until they are taken back", () => {
    choose("microphone", headset);
    choose("noiseSuppression", false);
    choose("speaker", { id: "s1", label: "Desk" });
    choose("speaker", undefined);
    expect(choices()).toEqual({ microphone: headset, noiseSuppression: false });
    forget();
    expect(choices()).toEqual({});
  });

  it("find a device by its ID, or by its name when browsers have given new IDs", () => {
    expect(find(headset, [headset])).toBe("h1");
    expect(find(headset, [{ id: "h2", label: "Headset" }])).toBe("h2");
  });

  it("stand for a device that is not there now", () => {
    expect(find(headset, [{ id: "m", label: "Built in" }])).toBe("h1");
    expect(find({ id: "h1", label: "" }, [{ id: "m", label: "" }])).toBe("h1");
  });

  it("go to the phone with the devices as they are now", async () => {
    choose("microphone", headset);
    choose("echoCancellation", false);
    const taken: unknown[] = [];
    const phone = {
      devices: async () => ({ microphones: [{ id: "h2", label: "Headset" }], speakers: [], cameras: [] }),
      setConfig: (config: unknown) => taken.push(config),
    };
    await apply(phone as unknown as Phone);
    expect(taken).toEqual([{ microphone: "h2", echoCancellation: false }]);
  });

  it("are none where storage is refused or holds something else", () => {
    fakeStorage({ "web-phone": '{"microphone":7,"camera":{"id":["x"]},"echoCancellation":"no"}' });
    expect(choices()).toEqual({});
    refusedStorage();
    choose("microphone", headset);
    expect(choices()).toEqual({});
  });
});
