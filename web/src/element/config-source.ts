// Settings that come over HTTP: the attribute `config-src`.
import { PhoneError } from "../phone/types.ts";
import type { PhoneConfig } from "../phone/types.ts";

/** The largest answer that is read, in bytes. */
const maximumSize = 65_536;

/** How long an answer may take, in milliseconds. */
const maximumTime = 10_000;

/** Fetches the settings that `url` answers with: one JSON object, as `setConfig()` takes it. */
export async function fetchConfig(url: string): Promise<PhoneConfig> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(maximumTime),
    });
    if (!response.ok || !response.body) throw new Error(`HTTP status ${response.status}`);
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > maximumSize) {
        void reader.cancel();
        throw new Error(`over ${maximumSize} bytes`);
      }
      text += decoder.decode(part.value, { stream: true });
    }
    const config: unknown = JSON.parse(text);
    if (typeof config !== "object" || !config || Array.isArray(config)) throw new Error("not an object");
    return config;
  } catch (cause) {
    throw new PhoneError("not-configured", "The settings of config-src can't be read. Check the URL.", cause);
  }
}
