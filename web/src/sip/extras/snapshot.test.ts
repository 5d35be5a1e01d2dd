import { expect, it } from "vitest";
import { readSnapshot } from "./snapshot.ts";

const GOOD = {
  callId: "abc@x",
  local: '"A" <sip:1001@example.com>;tag=1',
  remote: "<sip:1002@example.com>;tag=2",
  routeSet: ["<sip:p.example.com;lr>"],
  caller: true,
  target: "sip:1002@far.example.com;transport=ws",
  remoteNumber: -1,
  allow: ["invite"],
  options: ["timer"],
  localNumber: 7,
};

it("takes a snapshot as it was made, and no field besides", () => {
  expect(readSnapshot(JSON.parse(JSON.stringify({ ...GOOD, evil: 1 })))).toEqual(GOOD);
});

it.each([
  null,
  1,
  "text",
  [],
  {},
  ...Object.keys(GOOD).flatMap((name) =>
    [undefined, null, {}, [1], ["a\r\nb"], "a\r\nVia: b", "x".repeat(2_049), -2, 1.5, 2 ** 31].map(
      (value) => ({
        ...GOOD,
        [name]: value,
      }),
    ),
  ),
  { ...GOOD, local: "<sip:1001@example.com>" },
  { ...GOOD, remote: "nonsense;tag=1" },
  { ...GOOD, target: "sip:a@b> <sip:c@d" },
  { ...GOOD, target: "" },
  { ...GOOD, routeSet: ["nonsense"] },
  { ...GOOD, routeSet: Array(129).fill(GOOD.routeSet[0]) },
  { ...GOOD, callId: "a b" },
  { ...GOOD, allow: Array(129).fill("x") },
])("takes nothing else: %#", (value) => {
  expect(readSnapshot(value)).toBeNull();
});
