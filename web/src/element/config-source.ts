// Settings that come over HTTP: the attribute `config-src`.
import { PhoneError } from "../phone/types.ts";
import type { PhoneConfig } from "../phone/types.ts";
import { fetchJson } from "./fetch-json.ts";

/** The largest answer that is read, in bytes. */
const maximumSize = 65_536;

/** Fetches the settings that `url` answers with: one JSON object, as `setConfig()` takes it. */
export async function fetchConfig(url: string): Promise<PhoneConfig> {
  try {
    const config = await fetchJson(url, maximumSize, "no-store");
    if (typeof config !== "object" || !config || Array.isArray(config)) throw new Error("not an object");
    return config;
  } catch (cause) {
    throw new PhoneError("not-configured", "The settings of config-src can't be read. Check the URL.", cause);
  }
}
