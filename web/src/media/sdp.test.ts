import { describe, expect, it } from "vitest";
import { AUDIO, direct } from "./fake.ts";
import { codecOf, hearsDigits } from "./details.ts";
import { holds, section } from "./sdp.ts";

const VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendrecv\r\n";

describe("section", () => {
  it("is the part of its kind", () => {
    expect(section(AUDIO + VIDEO, "video")).toBe(VIDEO);
    expect(section(AUDIO + VIDEO, "audio")).toMatch(/^m=audio/);
  });

  it("is empty where the kind is absent or refused", () => {
    expect(section(AUDIO, "video")).toBe("");
    expect(section(AUDIO + VIDEO.replace(" 9 ", " 0 "), "video")).toBe("");
  });
});

describe("the other side holds", () => {
  it.each([
    ["sendonly", true],
    ["inactive", true],
    ["recvonly", false],
    ["sendrecv", false],
  ])("with %s: %s", (direction, held) => {
    expect(holds(direct(AUDIO, direction))).toBe(held);
  });

  it("by a direction of the session, unless the audio has one of its own (RFC 8866 §6.7)", () => {
    const session = AUDIO.replace("t=0 0", "t=0 0\r\na=inactive");
    expect(holds(session.replace("a=sendrecv\r\n", ""))).toBe(true);
    expect(holds(session)).toBe(false);
  });

  it("not by the direction of its video", () => {
    expect(holds(AUDIO + direct(VIDEO, "inactive"))).toBe(false);
  });
});

describe("codecOf", () => {
  it.each([
    ["111 0", "opus"],
    ["0 8", "PCMU"],
    ["8 0", "PCMA"],
    ["9", "G722"],
    ["77", ""],
  ])("of an answer with %s is %o", (types, codec) => {
    expect(codecOf(AUDIO.replace("111 0 101", types))).toBe(codec);
  });

  it("is empty without audio", () => {
    expect(codecOf("")).toBe("");
    expect(codecOf(VIDEO)).toBe("");
  });
});

it("hears digits only where the audio has telephone events", () => {
  expect(hearsDigits(AUDIO)).toBe(true);
  expect(hearsDigits(AUDIO.replace("telephone-event", "CN"))).toBe(false);
  expect(hearsDigits(`${VIDEO}a=rtpmap:101 telephone-event/8000\r\n`)).toBe(false);
});
