import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countingRandom } from "./fake.ts";
import { parseChallenges, strongest } from "./digest.ts";
import { md5, sha512t256 } from "./extras/index.ts";
import { HeaderFields, serialize } from "./message.ts";
import type { SipMessage } from "./message.ts";
import { MAX_BYTES, MAX_FIELDS, parseMessage } from "./parser.ts";
import { SyntaxFault, parseNameAddr, parseParams, parseUri, quote, splitOutside } from "./uri.ts";

const numRuns = Number(process.env["FUZZ_RUNS"] ?? 200);
const check = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>) =>
  fc.assert(property, { numRuns });

const folder = new URL("../../../test/conformance/rfc4475/", import.meta.url);
const torture = readdirSync(folder).map((name) => readFileSync(new URL(name, folder)));

/** The result, or `null` for text that is refused as it has to be; any other error passes through. */
function attempt<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof SyntaxFault) return null;
    throw error;
  }
}

const parts = (message: SipMessage) => ({ ...message, fields: [...message.fields] });

/** What was understood once is understood the same when it is written and read again. */
function stable(data: string | Uint8Array): void {
  const first = attempt(() => parseMessage(data));
  if (!first) return;
  const text = serialize(first);
  const size = new TextEncoder().encode(text).length;
  // Content-Length and replaced bytes may take a message beyond the bounds.
  if (size > MAX_BYTES || [...first.fields].length >= MAX_FIELDS) return;
  const second = parseMessage(text);
  expect(serialize(second)).toBe(text);
  expect(parts(second)).toEqual({
    ...parts(first),
    fields: [...new HeaderFields(first.fields).set("Content-Length", second.fields.get("Content-Length"))],
  });
}

const word = fc.stringMatching(/^[a-zA-Z\d][a-zA-Z\d.-]{0,11}[a-zA-Z\d]$/);
const token = fc.stringMatching(/^[\w.!%*+`'~-]{1,16}$/);
const address = fc.tuple(word, word).map(([user, host]) => `sip:${user}@${host}`);
const nameAddr = fc.oneof(
  address,
  address.map((uri) => `<${uri};transport=ws>;tag=x`),
  fc.tuple(fc.string({ unit: "grapheme" }), address).map(([name, uri]) => `${quote(name)} <${uri}>`),
);
/** Text that has what the grammar is made of more often than chance would. */
const sipish = fc
  .array(fc.oneof(fc.constantFrom(...'"<>;,:=@?\\%[]() \t\r\n'), token, address, fc.string()), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(""));

const message = fc
  .record({
    start: fc.oneof(
      fc.tuple(token, address).map(([method, uri]) => ({ method, line: `${method} ${uri} SIP/2.0` })),
      fc
        .tuple(token, fc.integer({ min: 100, max: 699 }), fc.stringMatching(/^[\w ]*$/))
        .map(([method, status, reason]) => ({ method, line: `SIP/2.0 ${status} ${reason}` })),
    ),
    from: nameAddr,
    to: nameAddr,
    host: word,
    branch: token,
    number: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    contacts: fc.array(
      nameAddr.filter((text) => text.includes("<")),
      { minLength: 1, maxLength: 4 },
    ),
    more: fc.array(fc.tuple(token, fc.stringMatching(/^[ -~]*$/)), { maxLength: 8 }),
    body: fc.string({ unit: "grapheme" }),
  })
  .map(({ start, from, to, host, branch, number, contacts, more, body }) =>
    [
      start.line,
      `v: SIP/2.0/WSS ${host};branch=z9hG4bK${branch}`,
      `From: ${from}`,
      `t:\t${to}`,
      "Call-ID: call",
      `CSeq: ${number} ${start.method}`,
      `Contact: ${contacts.join(",\r\n ")}`,
      ...more.map(([name, value]) => `X-${name}: ${value}`),
      "",
      body,
    ].join("\r\n"),
  );

/** Bytes of a message with some cut out, put in or replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...torture),
    fc.array(fc.tuple(fc.nat(), fc.nat(4), fc.oneof(fc.uint8Array({ maxLength: 6 }), sipish)), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([bytes, changes]) =>
    changes.reduce((data, [place, cut, put]) => {
      const at = place % (data.length + 1);
      return Buffer.concat([data.subarray(0, at), Buffer.from(put as string), data.subarray(at + cut)]);
    }, bytes),
  );

describe("the parser of messages (property)", () => {
  it("property: random bytes give a message or SyntaxFault", () =>
    check(fc.property(fc.uint8Array({ maxLength: 2_000 }), stable)));

  it("property: random text gives a message or SyntaxFault", () =>
    check(fc.property(fc.oneof(sipish, fc.string({ unit: "binary" })), stable)));

  it("property: a torture message of RFC 4475, changed, gives a stable message or SyntaxFault", () =>
    check(fc.property(mutated, stable)));

  it("property: a valid message is understood, and the same after it was written again", () =>
    check(
      fc.property(message, (text) => {
        parseMessage(text);
        stable(text);
      }),
    ));

  it("property: a body is kept as it is, byte order marks too", () =>
    check(
      fc.property(message, fc.integer({ min: 0, max: 3 }), (text, marks) => {
        const [head = ""] = text.split("\r\n\r\n");
        const body = `${"\ufeff".repeat(marks)}v=0`;
        expect(parseMessage(`${head}\r\n\r\n${body}`).body).toBe(body);
      }),
    ));

  it("property: nothing above 65,536 bytes is taken, as text or as bytes", () =>
    check(
      fc.property(message, fc.integer({ min: -2, max: 2 }), (text, more) => {
        const missing = MAX_BYTES + more - new TextEncoder().encode(text).length;
        const long = text + "x".repeat(missing);
        for (const data of [long, new TextEncoder().encode(long)]) {
          expect(attempt(() => parseMessage(data)) !== null).toBe(more <= 0);
        }
      }),
    ));

  it("property: nothing with more than 128 header fields is taken", () =>
    check(
      fc.property(message, fc.integer({ min: -2, max: 2 }), (text, more) => {
        const have = [...parseMessage(text).fields].length;
        const many = text.replace("\r\n\r\n", `${"\r\nX: y".repeat(MAX_FIELDS + more - have)}\r\n\r\n`);
        expect(attempt(() => parseMessage(many)) !== null).toBe(more <= 0);
      }),
    ));
});

describe("the parsers of fields (property)", () => {
  it.each([
    ["URI", parseUri],
    ["name-addr", parseNameAddr],
    ["parameters", parseParams],
    ["list", (text: string) => splitOutside(text, ",")],
  ])("property: any text gives a %s or SyntaxFault", (_what, parse) =>
    check(
      fc.property(fc.oneof(sipish, fc.string({ unit: "binary" })), (text) => void attempt(() => parse(text))),
    ),
  );

  it("property: a display name comes back from its quotes as it was", () =>
    check(
      fc.property(fc.stringMatching(/^[ -~]*$/), address, (name, uri) => {
        expect(parseNameAddr(`${quote(name)} <${uri}>`)).toMatchObject({ name, uri });
      }),
    ));

  it("property: any text is read as challenges, and none breaks the answer to them", () =>
    check(
      fc.property(sipish, fc.string(), (text, nonce) => {
        for (const value of [text, `Digest ${text}`, `Digest nonce=${quote(nonce)}, realm="r", ${text}`]) {
          expect(Array.isArray(parseChallenges(value))).toBe(true);
          const fields = new HeaderFields([["WWW-Authenticate", value]]);
          for (const challenge of strongest({ status: 401, reason: "", fields, body: "" }, countingRandom(), {
            md5,
            sha512t256,
          })) {
            const answer = challenge.answer({ username: "1001", password: "secret" }, "REGISTER", "sip:a");
            expect(answer).toMatch(/^Digest /);
            expect(answer).not.toMatch(/[\r\n]/);
          }
        }
      }),
    ));
});

describe("time that grows with the length alone (property)", () => {
  const units = [" ", "\t", "a", "a ", ";", ",", "<", '"', "\\", "a=", "=", ":", "%41", "sip:a@b,", "\u2028"];
  // A parser that tries every pair of places takes over a minute for all of
  // these, and is stopped by the time limit of the test.
  it.each([["a"], ["sip:"], ['"'], ["<sip:a@b>"], ["Digest a="]])(
    "property: 40,000 characters of anything after %s never hang a parser",
    (start) => {
      for (const unit of units) {
        for (const end of ["", "b", '"', "<"]) {
          const text = start + unit.repeat(40_000 / unit.length) + end;
          attempt(() => parseNameAddr(text));
          attempt(() => parseUri(text));
          attempt(() => parseParams(`;${text}`));
          parseChallenges(text);
        }
      }
    },
  );
});
