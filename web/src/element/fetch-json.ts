// JSON over HTTP, with a bound for its size and for the time it takes.

/** How long an answer may take, in milliseconds. */
const maximumTime = 10_000;

/** Fetches what `url` answers with, at most `size` bytes of JSON. Rejects when it is none, too large or too late. */
export async function fetchJson(url: string, size: number, cache: RequestCache): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    cache,
    signal: AbortSignal.timeout(maximumTime),
  });
  if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
  const decoder = new TextDecoder();
  let text = "";
  let taken = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    taken += part.value.length;
    if (taken > size) {
      void reader.cancel();
      throw new Error(`over ${size} bytes`);
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return JSON.parse(text);
}
