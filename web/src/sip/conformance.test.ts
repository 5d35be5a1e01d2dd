import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMessage } from "./parser.ts";
import { SyntaxFault } from "./uri.ts";

const folder = new URL("../../../test/conformance/", import.meta.url);

interface Row {
  file: string;
  section: string;
  parse: "ok" | "reject";
}

const { messages: table } = JSON.parse(readFileSync(new URL("rfc4475.json", folder), "utf8")) as {
  messages: Row[];
};

describe("the torture messages of RFC 4475", () => {
  it("has all 49 of them", () => expect(table).toHaveLength(49));

  it.each(table)("$file (§$section): $parse", ({ file, parse }) => {
    const bytes = readFileSync(new URL(`rfc4475/${file}.dat`, folder));
    if (parse === "ok") parseMessage(bytes);
    else expect(() => parseMessage(bytes)).toThrow(SyntaxFault);
  });
});
