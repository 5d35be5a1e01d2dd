import { describe, expect, it } from "vitest";
import { english as calls } from "./calls/texts.ts";
import { english as panels } from "./panels/texts.ts";
import { english as screen } from "./texts.ts";
import { find, languages } from "./words.ts";

const english: Readonly<Record<string, string>> = { ...screen, ...calls, ...panels };
const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe("the words of the screen", () => {
  it("have no key twice with two meanings", () => {
    const count = [screen, calls, panels].flatMap((table) => Object.keys(table)).length;
    expect(count).toBe(Object.keys(english).length);
  });

  it("are there in English and twelve other languages", () => {
    expect(Object.keys(languages).sort().join(" ")).toBe("ar de es fr hi it ja nl pl pt tr zh");
  });

  it.each(Object.keys(languages))("are whole in %s, with everything that is put in", async (lang) => {
    const { text, dir, lang: tag } = await find(`${lang}-XX`, null);
    expect([tag, dir]).toEqual([lang, lang === "ar" ? "rtl" : "ltr"]);
    for (const [key, original] of Object.entries(english)) {
      const said = text(key) ?? "";
      expect(said.trim(), key).not.toBe("");
      expect(placeholders(said), key).toEqual(placeholders(original));
    }
    // Nothing was left as it is: names and loan words are few.
    const same = Object.entries(english).filter(([key, original]) => text(key) === original);
    expect(same.length).toBeLessThan(16);
  });

  it("are the host page's own where it has some, whatever the language", async () => {
    const words = await find("de", { dial: "Ruf uns an" });
    expect([words.text("dial"), words.text("answer")]).toEqual(["Ruf uns an", "Annehmen"]);
    expect((await find("", { dial: "Call us" })).text("dial")).toBe("Call us");
  });

  it("are English in a language that is not there, and never a member of an object", async () => {
    const words = await find("constructor", { dial: 7 as unknown as string });
    expect([words.lang, words.text("toString"), words.text("dial")]).toEqual(["en", undefined, undefined]);
  });
});
