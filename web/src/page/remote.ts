// Functions elsewhere: what the server runs for the page, and URLs that the page
// itself asks.
import type { ShownFunction } from "./document.ts";
import { fillRequest, jsonOf } from "./fill.ts";

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
    body: `{"data":${jsonOf(data)}}`,
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
  const { url, method, headers, body } = fillRequest(what, { env, data });
  return new Request(url, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, asBytes(value)]),
    credentials: "omit",
    ...(body !== undefined && { body }),
  });
}

/** In a header a character stands for a byte: UTF-8, as the server sends it. */
const asBytes = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

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
