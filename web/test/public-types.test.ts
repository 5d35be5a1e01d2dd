// webphone.d.ts and custom-elements.json tell host pages what there is: they
// must say what the code says. The first half of this is checked by tsc.
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, expectTypeOf, it } from "vitest";
import type * as Declared from "../src/app/static/webphone.d.ts";
import type { Call } from "../src/phone/call.ts";
import type { Phone } from "../src/phone/phone.ts";
import type * as Types from "../src/phone/types.ts";
import type { WebPhone } from "../src/element/web-phone.ts";
import type * as Module from "../src/webphone.ts";

/** The members that a class adds to its platform's base. */
type Own<T, Base> = { [K in Exclude<keyof T, keyof Base>]: T[K] };

type Element = Own<WebPhone, HTMLElement>;
type DeclaredElement = Own<Declared.WebPhone, HTMLElement>;
type Engine = Own<Phone, EventTarget>;
type DeclaredEngine = Own<Declared.Phone, EventTarget>;

/** Members whose types name Call, a class with private members: they agree in one direction only. */
type OfCalls = "call" | "calls" | "makeCall" | "transfer";
/** What the browser calls in a custom element. */
type Reactions = `${string}Callback`;

describe("webphone.d.ts", () => {
  it("names every member of the element and no other", () => {
    expectTypeOf<Exclude<keyof Element, Reactions>>().toEqualTypeOf<keyof DeclaredElement>();
    expectTypeOf<Omit<Element, OfCalls | Reactions>>().toEqualTypeOf<Omit<DeclaredElement, OfCalls>>();
    expectTypeOf<Pick<Element, OfCalls>>().toExtend<Pick<DeclaredElement, OfCalls>>();
  });

  it("names every member of the engine and no other", () => {
    expectTypeOf<keyof Engine>().toEqualTypeOf<keyof DeclaredEngine>();
    expectTypeOf<Omit<Engine, OfCalls>>().toEqualTypeOf<Omit<DeclaredEngine, OfCalls>>();
    expectTypeOf<Pick<Engine, OfCalls>>().toExtend<Pick<DeclaredEngine, OfCalls>>();
  });

  it("declares nothing of a call that a call does not have", () => {
    expectTypeOf<Call>().toExtend<Declared.Call>();
  });

  it("declares settings, details, records and errors as they are", () => {
    expectTypeOf<Types.PhoneConfig>().toEqualTypeOf<Declared.PhoneConfig>();
    expectTypeOf<Types.MakeCallOptions>().toEqualTypeOf<Declared.MakeCallOptions>();
    expectTypeOf<Types.CallRecord>().toEqualTypeOf<Declared.CallRecord>();
    expectTypeOf<Types.PhoneErrorCode>().toEqualTypeOf<Declared.PhoneErrorCode>();
    expectTypeOf<Omit<Types.PhoneEventDetails, "error">>().toEqualTypeOf<
      Omit<Declared.PhoneEventDetails, "error">
    >();
    expectTypeOf<Types.PhoneError>().toExtend<Declared.PhoneError>();
    expectTypeOf<keyof typeof Module>().toEqualTypeOf<"Phone" | "WebPhone" | "PhoneError" | "PhoneEvent">();
  });
});

interface Named {
  name: string;
  description?: string;
}
interface Manifest {
  modules: {
    declarations: Record<
      "members" | "attributes" | "events" | "cssParts" | "cssProperties" | "slots",
      Named[]
    >[];
  }[];
}

const read = (path: string) => readFileSync(new URL(`../src/${path}`, import.meta.url), "utf8");
const matches = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map((m) => m[1]!))].sort();

describe("custom-elements.json", () => {
  const element = (JSON.parse(read("app/static/custom-elements.json")) as Manifest).modules[0]!
    .declarations[0]!;
  const names = (kind: keyof typeof element) => element[kind].map(({ name }) => name).sort();
  const screen = (readdirSync(new URL("../src/element/", import.meta.url), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => read(`element/${name}`))
    .join("\n");

  it("describes every public member", () => {
    const declared = read("app/static/webphone.d.ts");
    const body = declared.slice(declared.indexOf("class WebPhone"), declared.indexOf("declare global"));
    const members = matches(body, /^ {2}(?:readonly |override )?(\w+)(?::|\()/gm).filter(
      (name) => !name.endsWith("EventListener"),
    );
    expect(names("members")).toEqual(expect.arrayContaining(members));
    const silent = element.members.filter(({ name, description }) => members.includes(name) && !description);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it("describes every attribute", () => {
    const source = read("element/web-phone.ts");
    expect(names("attributes")).toEqual(matches(source, /@attr \{\w+\} ([\w-]+)/g));
    const contract =
      "id width no-dialpad no-dialled-number no-answer no-hang-up no-hold no-mute no-dial no-status " +
      "auto-register sip-server realm display-name cli username password ice-servers video config-src " +
      "theme name state registration muted";
    expect(names("attributes")).toEqual(expect.arrayContaining(contract.split(" ")));
  });

  it("describes every event", () => {
    const contract = [
      "answer",
      "ringingout",
      "ringingin",
      "end",
      "registered",
      "unregistered",
      "error",
      "change",
    ];
    expect(names("events")).toEqual([...contract, "input"].sort());
  });

  it("describes every part and slot of the screen", () => {
    const fixed = matches(screen, /part="([\w -]+)"/g).flatMap((parts) => parts.split(" "));
    const buttons = matches(screen, /#(?:main|round|quiet|button)\(\s*"([\w-]+)"/g);
    expect(names("cssParts")).toEqual([...new Set([...fixed, ...buttons])].sort());
    expect(names("slots")).toEqual(matches(screen, /<slot name="([\w-]+)"/g));
  });

  it("describes every custom property of the style sheet", () => {
    expect(names("cssProperties")).toEqual(matches(screen, /var\((--web-phone-[\w-]+)/g));
  });

  it("has nothing that the reference does not explain", () => {
    const reference = readFileSync(new URL("../../docs/reference.md", import.meta.url), "utf8");
    const kinds = ["members", "attributes", "events", "cssParts", "cssProperties", "slots"] as const;
    const missing = kinds.flatMap(names).filter((name) => !new RegExp(`\`${name}[\`(=]`).test(reference));
    expect(missing).toEqual(["formAssociated"]);
  });
});
