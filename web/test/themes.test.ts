// The ready themes, which any rule of a host page for its phone has to win over.
import { readFileSync, readdirSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../src/app/static/themes/", import.meta.url);

it.each(readdirSync(folder))("gives way to the page's own `web-phone { … }`: %s", (name) => {
  const rules = readFileSync(new URL(name, folder), "utf8").replace(/\/\*[^]*?\*\//g, "");
  expect(rules.match(/[^{}]+(?=\{)/g)!.map((selector) => selector.trim())).toEqual([":where(web-phone)"]);
  expect(rules).not.toContain("!important");
});
