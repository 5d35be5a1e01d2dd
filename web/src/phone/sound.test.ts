import { describe, expect, it } from "vitest";
import { AUDIO } from "../media/fake.ts";
import { FAR, request } from "../sip/fake.ts";
import { ACCOUNT, bench, settle } from "./fake.ts";

/** A call of ours that is refused with a status. */
async function refused(status: number) {
  const b = bench();
  await b.phone.makeCall("1002");
  b.server.respond(b.server.last("INVITE"), status, [FAR]);
  await settle();
  expect(b.phone.state).toBe("idle");
  return b;
}

describe("the busy tone", () => {
  it.each([486, 600, 603])(
    "is heard when our call ends with %s, until there is another call",
    async (status) => {
      const b = await refused(status);
      expect(b.tone()).toBe("busy");
      await b.phone.makeCall("1003");
      expect(b.tone()).toBeNull();
    },
  );

  it.each([404, 480, 487])("is not heard after %s", async (status) => {
    expect((await refused(status)).tone()).toBeNull();
  });

  it("is not heard by who declines", async () => {
    const b = bench();
    await b.phone.register();
    b.server.give(request("INVITE", [], AUDIO));
    await settle();
    expect(b.tone()).toBe("ringing");
    await b.phone.hangup();
    expect(b.tone()).toBeNull();
  });
});

describe("keys", () => {
  it("are heard as they are dialled and as they are sent, through the speaker", async () => {
    const b = bench({ ...ACCOUNT, speaker: "headset", ringer: "desk" });
    b.phone.dialpadPress("5");
    await b.phone.makeCall("1002");
    b.server.respond(b.server.last("INVITE"), 200, [FAR], AUDIO);
    await settle();
    b.phone.dialpadPress("#");
    expect(b.played).toEqual(["5 headset", "# headset"]);
  });
});

it("a tone is tried on the device that it is meant for", async () => {
  const b = bench({ ...ACCOUNT, speaker: "headset", ringer: "desk" });
  await b.phone.playTone("test");
  await b.phone.playTone("ringing");
  await b.phone.playTone("test", "ringer");
  expect(b.played).toEqual(["test headset", "ringing desk", "test desk"]);
});

it("soundBlocked tells that the page may not play yet, with a change event", async () => {
  const b = bench();
  let changes = 0;
  b.phone.addEventListener("change", () => changes++);
  b.phone.dialledNumber = "1";
  expect(b.phone.soundBlocked).toBe(false);
  await settle();
  b.block(true);
  await settle();
  expect(b.phone.soundBlocked).toBe(true);
  expect(changes).toBe(2);
  b.block(false);
  expect(b.phone.soundBlocked).toBe(false);
});
