// @vitest-environment happy-dom
import { expect, it } from "vitest";
import { numberOf } from "./tel.ts";

const link = (protocol: string, pathname: string) => ({ protocol, pathname }) as HTMLAnchorElement;

it("reads the number of a tel: link, and of no other", () => {
  expect(numberOf(link("tel:", "+49%2030%20123"))).toBe("+49 30 123");
  expect(numberOf(link("mailto:", "1002"))).toBeUndefined();
});

it("leaves a link alone whose escapes are broken", () => {
  expect(numberOf(link("tel:", "100%"))).toBeUndefined();
});
