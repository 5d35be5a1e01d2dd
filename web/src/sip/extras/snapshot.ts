// The snapshot of a session, read back from storage that other scripts of the
// site can write to: every field has a type and a bound.

import { MAX_FIELDS } from "../parser.ts";
import type { SessionSnapshot } from "../session.ts";
import { parseNameAddr } from "../uri.ts";

const MAX_TEXT = 2_048;
const MAX_TOKENS = 128;

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_TEXT && !/[\0-\x1f\x7f]/.test(value);
const isList = (value: unknown, most: number): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every(isText);
const isNumber = (value: unknown, least: number): value is number =>
  Number.isInteger(value) && Number(value) >= least && Number(value) < 2 ** 31;

/** An address with a tag, as it stands in From and To. */
function isParty(value: unknown): boolean {
  return isText(value) && !!parseNameAddr(value).params.get("tag");
}

/** Just the fields of a snapshot, or `null` when one of them is not what it should be. */
export function readSnapshot(value: unknown): SessionSnapshot | null {
  if (typeof value !== "object" || value === null) return null;
  const { callId, local, remote, routeSet, caller, target, remoteNumber, allow, options, localNumber } =
    value as Partial<Record<keyof SessionSnapshot, unknown>>;
  try {
    if (
      !(isText(callId) && /^[^\s,;]+$/.test(callId)) ||
      !(isText(local) && isParty(local)) ||
      !(isText(remote) && isParty(remote)) ||
      !(isText(target) && parseNameAddr(`<${target}>`)) ||
      !(isList(routeSet, MAX_FIELDS) && routeSet.every((route) => parseNameAddr(route))) ||
      typeof caller !== "boolean" ||
      !isNumber(remoteNumber, -1) ||
      !isNumber(localNumber, 0) ||
      !isList(allow, MAX_TOKENS) ||
      !isList(options, MAX_TOKENS)
    )
      return null;
  } catch {
    // Not an address.
    return null;
  }
  return { callId, local, remote, routeSet, caller, target, remoteNumber, allow, options, localNumber };
}
