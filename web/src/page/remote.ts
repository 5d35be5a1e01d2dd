// Functions elsewhere: what the server runs for the page, and URLs that the page
// itself asks.
import type { ShownFunction } from "./document.ts";

/** How long a function elsewhere may take, in milliseconds. */
export const patience = 12_000;

/** The longest answer that is read, in bytes. */
const maximumAnswer = 262_144;

type Elsewhere = Exclude<ShownFunction, { readonly kind: "action" }>;

export interface RemoteOptions {
  readonly functionsURL: string;
  readonly draftToken?: string | undefined;
  readonly env: (name: string) => string | undefined;
}

/** Calls a function elsewhere. Rejects with a sentence. */
export async function callElsewhere(
  what: Elsewhere,
  data: unknown,
  options: RemoteOptions,
): Promise<unknown> {
  const request =
    what.kind === "remote" ? ofServer(what.name, data, options) : ofBrowser(what, data, options);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(patience) });
    const answer = await bounded(response);
    if (what.kind === "remote") return ofAnswer(response, answer);
    if (!response.ok) throw new Error(`${hostOf(request.url)} answered ${response.status}.`);
    const isJSON = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
    return isJSON ? JSON.parse(answer) : answer;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Error(`${hostOf(request.url)} sent no JSON.`, { cause: error });
    if (error instanceof DOMException && error.name === "TimeoutError")
      throw new Error(`${hostOf(request.url)} did not answer within ${patience / 1000} seconds.`, {
        cause: error,
      });
    // fetch() rejects with a TypeError for whatever kept the request from being answered.
    if (error instanceof TypeError)
      throw new Error(
        `${hostOf(request.url)} could not be reached, or it does not allow this page to read its answer (CORS).`,
        { cause: error },
      );
    throw error;
  }
}

const hostOf = (url: string): string => new URL(url).host;

function ofServer(name: string, data: unknown, { functionsURL, draftToken }: RemoteOptions): Request {
  return new Request(new URL(functionsURL + encodeURIComponent(name), location.href), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(draftToken && { "X-Draft-Token": draftToken }) },
    body: JSON.stringify({ data }),
    credentials: "omit",
  });
}

function ofAnswer(response: Response, text: string): unknown {
  const answer = JSON.parse(text) as { value?: unknown; detail?: string };
  if (response.ok) return answer.value;
  throw new Error(answer.detail ?? `The server answered ${response.status}.`);
}

function ofBrowser(
  what: Exclude<Elsewhere, { readonly kind: "remote" }>,
  data: unknown,
  { env }: RemoteOptions,
): Request {
  const { url, body, headers = [], method = body === undefined ? "GET" : "POST" } = what;
  const start = /^https?:\/\/[^/?#]*/i.exec(url)?.[0] ?? "";
  const isJSON = !headers.some(({ name, value }) => /^content-type$/i.test(name) && !/json/i.test(value));
  const asText = (value: string) => value;
  const sent = new Headers(headers.map(({ name, value }) => [name, filled(value, data, env, asText)]));
  if (body !== undefined && !sent.has("Content-Type")) sent.set("Content-Type", "application/json");
  const asJSON = (value: string) => JSON.stringify(value).slice(1, -1);
  return new Request(start + filled(url.slice(start.length), data, env, encoded), {
    method,
    headers: sent,
    credentials: "omit",
    ...(body !== undefined &&
      method !== "GET" && { body: filled(body, data, env, isJSON ? asJSON : asText) }),
  });
}

/** As a part of a URL; half a surrogate pair has no form there, and becomes U+FFFD. */
export const encoded = (value: string): string =>
  encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd"));

/** Fills `{{env.NAME}}` and `{{data.member}}`; a placeholder without a value is told. */
export function filled(
  text: string,
  data: unknown,
  env: (name: string) => string | undefined,
  encode: (value: string) => string,
): string {
  return text.replace(/\{\{\s*(env|data)((?:\.[\w$-]+)*)\s*\}\}/g, (whole, source: string, path: string) => {
    const keys = path.split(".").slice(1);
    const value = source === "env" ? env(keys[0] ?? "") : member(data, keys);
    if (value === undefined || value === null) throw new Error(`There is no value for ${whole}.`);
    return encode(typeof value === "object" ? JSON.stringify(value) : String(value));
  });
}

/** The member of a value behind keys, or `undefined`. Only what the value itself has is looked at. */
export function member(value: unknown, keys: readonly string[]): unknown {
  let inner = value;
  for (const key of keys) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, key)) return undefined;
    inner = (inner as Record<string, unknown>)[key];
  }
  return inner;
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || !value) break;
    length += value.length;
    if (length > maximumAnswer) {
      await reader!.cancel();
      throw new Error(`${hostOf(response.url)} sent more than ${maximumAnswer / 1024} KiB.`);
    }
    chunks.push(value);
  }
  return new Blob(chunks as BlobPart[]).text();
}
