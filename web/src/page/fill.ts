// The request of a function that the page itself sends to a URL: `{{env.NAME}}` and
// `{{data.member}}` filled in. The server does so for the functions that it calls
// (internal/functions), and test/conformance/placeholders.json holds both to the
// same: what a visitor brings becomes one part of what its author wrote.
import type { UrlFunction } from "./document.ts";

/** Bounds of a filled request, in bytes. */
const bounds = { url: 8192, header: 8192, body: 262_144 };

/** What placeholders stand for. */
export interface Given {
  readonly env: (name: string) => string | undefined;
  readonly data: unknown;
}

export interface FilledRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

/** Fills a request. Throws a sentence. */
export function fillRequest(
  { url, method, headers = [], body = "" }: Pick<UrlFunction, "url" | "method" | "headers" | "body">,
  given: Given,
): FilledRequest {
  const fill = fillerOf(given);
  const target = fillURL(url, fill);
  const sent = headers.map(({ name, value }) => [name, fillHeader(name, value, fill)] as const);
  const asked = method ?? (body ? "POST" : "GET");
  if (!body || asked === "GET") return { url: target, method: asked, headers: sent, body: undefined };
  const typed = sent.find(([name, value]) => /^content-type$/i.test(name) && value)?.[1];
  return {
    url: target,
    method: asked,
    headers: typed ? sent : [...sent, ["Content-Type", "application/json"]],
    body: fillBody(typed ?? "application/json", body, fill),
  };
}

/** What a function was given, as the server gets it. */
export function jsonOf(data: unknown): string {
  try {
    return JSON.stringify(data ?? null) ?? "null";
  } catch (error) {
    throw new Error("What the function was given has no form in JSON.", { cause: error });
  }
}

/** What one placeholder stands for. */
interface Found {
  /** Where only text can stand: a string as it is, anything else as JSON. */
  readonly text: string;
  /** Outside of quotes in JSON. */
  readonly json: string;
}

/** Replaces the placeholders of a template by what `write` makes of them; `before` is the template up to there. */
type Fill = (template: string, most: number, write: (found: Found, before: string) => string) => string;

function fillerOf({ env, data }: Given): Fill {
  const sent: unknown = JSON.parse(jsonOf(data));
  const find = (source: string, path: string): Found | undefined => {
    const value = source === "env" ? env(path.slice(1)) : member(sent, path.split(".").slice(1));
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") return { text: JSON.stringify(value), json: JSON.stringify(value) };
    const text = wellFormed(value);
    // Unlike a visitor's, a variable that is JSON itself stays it.
    return { text, json: source === "env" && isJSON(text) ? text : JSON.stringify(text) };
  };
  return (template, most, write) => {
    const filled = template.replace(
      /\{\{[\t\n\f\r ]*((env|data)((?:\.[\w$-]+)*))[\t\n\f\r ]*\}\}/g,
      (_, name: string, source: string, path: string, at: number) => {
        const found = find(source, path);
        if (!found) throw new Error(`{{${name}}} is missing: it has no value.`);
        return write(found, template.slice(0, at));
      },
    );
    if (new TextEncoder().encode(filled).length > most)
      throw new Error(`A filled part of the request has more than ${most} bytes.`);
    return filled;
  };
}

const asText = ({ text }: Found): string => text;

/** As one part of a URL or a form: all but the unreserved characters of RFC 3986 §2.3 is percent-encoded. */
const asPart = ({ text }: Found): string => percent(text, /[^\w.~-]+/g);

function fillURL(template: string, fill: Fill): string {
  const [, origin = "", rest = ""] = /^(https?:\/\/[^/?#]*)([^#]*)/.exec(template) ?? [];
  if (origin.includes("{{")) throw new Error("Placeholders of a URL stand behind its host.");
  if (origin.includes("@"))
    throw new Error("A password stands in its URL; put it into the header Authorization.");
  const filled = fill(rest.startsWith("/") ? rest : `/${rest}`, bounds.url, asPart);
  // What a path and a query do not take (RFC 3986 §3.3, §3.4), and ', which browsers encode in a query.
  const target = percent(filled, /[^!$&()*+,\-./0-9:;=?@A-Z_a-z~%]+/g);
  if (/^[^?]*\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(target))
    throw new Error("A segment of the URL's path is . or ...");
  if (
    !/^.+\/\/[^\s"%<>\\^`{|}]+$/.test(origin) ||
    /%(?![\da-f]{2})/i.test(rest) ||
    !works(() => new URL(origin + target))
  )
    throw new Error("Its URL cannot be read.");
  return origin + target;
}

function fillHeader(name: string, template: string, fill: Fill): string {
  if (
    /^(?:accept-encoding|connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i.test(
      name,
    )
  )
    throw new Error(`The header ${name} cannot be set.`);
  const filled = fill(template, bounds.header, asText);
  if (/[\0-\x08\n-\x1f\x7f]/.test(filled))
    throw new Error(`The header ${name} would have a line end or a control character.`);
  return filled;
}

function fillBody(contentType: string, template: string, fill: Fill): string {
  const kind = contentType.split(";")[0]!.trim().toLowerCase();
  if (kind === "application/x-www-form-urlencoded") return fill(template, bounds.body, asPart);
  if (kind !== "application/json" && !kind.endsWith("+json")) return fill(template, bounds.body, asText);
  const filled = fill(template, bounds.body, ({ text, json }, before) =>
    isQuoted(before) ? JSON.stringify(text).slice(1, -1) : json,
  );
  if (!isJSON(filled)) throw new Error("Its body is not JSON, as its content type says.");
  return filled;
}

/** Whether a JSON string is open at the end of a text. */
const isQuoted = (text: string): boolean => text.replace(/\\./gs, "").split('"').length % 2 === 0;

const isJSON = (text: string): boolean => works(() => JSON.parse(text));

function works(what: () => unknown): boolean {
  try {
    what();
    return true;
  } catch {
    return false;
  }
}

/** Half a surrogate pair has no form in UTF-8, and becomes U+FFFD. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");

const percent = (text: string, what: RegExp): string => text.replace(what, (found) => encoded(found));

const encoded = (text: string): string =>
  Array.from(
    new TextEncoder().encode(text),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");

/** The member of a value behind keys, or `undefined`. Only what the value itself holds is looked at. */
export function member(value: unknown, keys: readonly string[]): unknown {
  let inner = value;
  for (const key of keys) {
    // A list's length is its own, and no part of what it holds.
    if (typeof inner !== "object" || inner === null || !Object.keys(inner).includes(key)) return undefined;
    inner = (inner as Record<string, unknown>)[key];
  }
  return inner;
}
