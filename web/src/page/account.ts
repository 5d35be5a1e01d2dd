// The account of a phone on a page. What a function brings is asked for when the
// phone needs it, and again when the server refuses it, so that short-lived
// credentials renew themselves; the rest is set at once.
import type { PhoneConfig, WebPhone } from "../webphone.ts";
import { toText } from "./components.ts";
import { accountFields, isDynamic } from "./document.ts";
import type { PhoneComponent, Value } from "./document.ts";
import type { Lookup } from "./values.ts";

/** The engine's setting behind a field of the Config table. */
const settings = {
  sipServer: "wsServers",
  realm: "realm",
  displayName: "displayName",
  cli: "cli",
  username: "username",
  password: "password",
} as const satisfies Record<(typeof accountFields)[number], keyof PhoneConfig>;

export const isAccountField = (key: string): key is (typeof accountFields)[number] => key in settings;

/** Whether a value comes from a function. */
export const fromFunction = (value: Value<string | boolean> | undefined): boolean =>
  isDynamic(value) && "function" in value;

/** Servers may come as a list. */
const asSetting = (value: unknown): string =>
  Array.isArray(value) ? value.map(toText).join(",") : toText(value);

/** Gives the phone a provider when functions bring a part of its account. */
export function provideAccount(component: PhoneComponent, phone: WebPhone, lookup: () => Lookup): void {
  const fields = accountFields.filter((field) => fromFunction(component[field]));
  if (fields.length === 0) return;
  phone.configProvider = async () => {
    const pass = lookup();
    const pairs = fields.map(
      async (field) => [settings[field], asSetting(await pass.resolve(component[field]!))] as const,
    );
    return Object.fromEntries(await Promise.all(pairs)) as PhoneConfig;
  };
}
