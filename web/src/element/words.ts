// Finds the words of the screen: the reader's language, and over it what the
// host page says otherwise.
import type { CallRecord } from "../phone/types.ts";
import type { Words } from "./kit.ts";

type Table = Readonly<Record<string, string>>;

/** The languages beside English, each a module of its own. */
export const languages: Readonly<Record<string, () => Promise<{ texts: Table }>>> = {
  ar: () => import("./languages/ar.ts"),
  de: () => import("./languages/de.ts"),
  es: () => import("./languages/es.ts"),
  fr: () => import("./languages/fr.ts"),
  hi: () => import("./languages/hi.ts"),
  it: () => import("./languages/it.ts"),
  ja: () => import("./languages/ja.ts"),
  nl: () => import("./languages/nl.ts"),
  pl: () => import("./languages/pl.ts"),
  pt: () => import("./languages/pt.ts"),
  tr: () => import("./languages/tr.ts"),
  zh: () => import("./languages/zh.ts"),
};

/** By final SIP status (RFC 3261 §21.4 to §21.6): the key of a failure. */
const failures: Readonly<Record<number, string>> = {
  403: "rejected",
  404: "not-found",
  408: "timeout",
  410: "not-found",
  415: "unsupported",
  480: "timeout",
  484: "not-found",
  486: "busy",
  488: "unsupported",
  600: "busy",
  603: "rejected",
  604: "not-found",
  606: "unsupported",
};

/** Words for a language tag (BCP 47), with a host page's own over them. A language that is not there is English. */
export async function find(tag: string, own: Table | null): Promise<Words> {
  const [lang = ""] = tag.toLowerCase().split("-");
  const load = Object.hasOwn(languages, lang) ? languages[lang] : undefined;
  const table: Table = load ? (await load()).texts : {};
  const text = (key: string): string | undefined => {
    const word = own && Object.hasOwn(own, key) ? own[key] : table[key];
    return typeof word === "string" ? word : undefined;
  };
  return {
    lang: load ? lang : "en",
    dir: load && lang === "ar" ? "rtl" : "ltr",
    text,
    reason: ({ sipCode }: CallRecord) => text(failures[sipCode] ?? "internal"),
  };
}
