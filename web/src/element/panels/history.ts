// The recent calls: kept in this browser, for each account apart.
import type { CallRecord } from "../../phone/types.ts";
import { historyKey as key } from "../kit.ts";
import { read, record as object, text, write } from "./storage.ts";

/** Calls kept for an account, and accounts. */
const maximumCalls = 100;
const maximumAccounts = 8;

export interface PastCall {
  readonly number: string;
  readonly name: string;
  readonly direction: "inbound" | "outbound";
  /** It rang here and nobody answered or declined it. */
  readonly missed: boolean;
  /** It was missed, and the list has not been looked at since. */
  readonly fresh: boolean;
  readonly video: boolean;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Answered seconds. */
  readonly duration: number;
}

/** The calls of an account, the newest first. */
export function list(account: string): readonly PastCall[] {
  const kept = object(read(key))[account];
  return Array.isArray(kept) ? kept.slice(0, maximumCalls).flatMap((one) => checked(one) ?? []) : [];
}

/** Adds a call that is over. Read anew each time, since other tabs write too. */
export function add(account: string, call: CallRecord): void {
  const { direction, from, to, displayName, answerTime, startTime, duration, video, endedBy } = call;
  const missed = direction === "inbound" && !answerTime && endedBy !== "local";
  const entry: PastCall = {
    number: text(direction === "inbound" ? from : to),
    name: text(displayName),
    direction,
    missed,
    fresh: missed,
    video,
    time: Date.parse(startTime),
    duration,
  };
  save(account, [entry, ...list(account)]);
}

/** The list is looked at: no missed call is news any more. */
export function look(account: string): void {
  const calls = list(account);
  if (calls.some(({ fresh }) => fresh))
    save(
      account,
      calls.map((call) => ({ ...call, fresh: false })),
    );
}

/** Takes one call out. */
export function remove(account: string, { time, number }: PastCall): void {
  save(
    account,
    list(account).filter((other) => other.time !== time || other.number !== number),
  );
}

/** Takes all calls of an account out. */
export function clear(account: string): void {
  save(account, []);
}

/** True for a key of `storage` events that tells of another tab's change. */
export const concerns = (changed: string | null): boolean => changed === null || changed === key;

function save(account: string, calls: readonly PastCall[]): void {
  const { [account]: _, ...others } = object(read(key));
  const kept = Object.entries(others).slice(0, maximumAccounts - 1);
  const all = calls.length ? [[account, calls.slice(0, maximumCalls)] as const, ...kept] : kept;
  write(key, all.length ? Object.fromEntries(all) : null);
}

function checked(value: unknown): PastCall | null {
  const { number, name, direction, missed, fresh, video, time, duration } = object(value);
  if ((direction !== "inbound" && direction !== "outbound") || !Number.isFinite(time)) return null;
  return {
    number: text(number),
    name: text(name),
    direction,
    missed: missed === true,
    fresh: fresh === true,
    video: video === true,
    time: Number(time),
    duration: Number.isFinite(duration) ? Math.max(0, Number(duration)) : 0,
  };
}
