// Calls of a page that was reloaded, as the page before left them. They come
// from storage that other scripts of the site can write to, so that nothing is
// taken on trust.

import { readSnapshot } from "../sip/extras/index.ts";
import type { SessionSnapshot } from "../sip/session.ts";
import type { Call } from "./call.ts";
import type { CallHost } from "./host.ts";
import type { Direction } from "./types.ts";

/** How long a page may take to come back, in milliseconds. */
export const RELOAD_LIMIT = 30_000;
const MAX_TEXT = 65_536;
const MAX_CALLS = 8;

/** What a later page needs to take a call up again. Times are milliseconds since 1970. */
export interface SavedCall {
  readonly id: string;
  readonly direction: Direction;
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly displayName: string;
  readonly video: boolean;
  /** Ours was on. */
  readonly camera: boolean;
  readonly held: boolean;
  readonly muted: boolean;
  readonly startTime: number;
  /** 0 when it never rang. */
  readonly ringTime: number;
  readonly answerTime: number;
  readonly session: SessionSnapshot;
}

export interface Recalled {
  /** The UUID by which servers know the phone. */
  readonly instance: string;
  readonly calls: readonly SavedCall[];
}

function snapshotOf(call: Call): SavedCall | null {
  const session = call.up && call.session?.snapshot();
  if (!session) return null;
  const { id, direction, uri, from, to, displayName, video, held, muted } = call;
  const camera = call.videoSource === "camera";
  const [startTime = 0, ringTime = 0, answerTime = 0] = [call.startTime, call.ringTime, call.answerTime].map(
    Number,
  );
  return {
    ...{ id, direction, uri, from, to, displayName, video, camera, held, muted },
    ...{ startTime, ringTime, answerTime, session },
  };
}

/** The page goes: keeps its calls for the next one. */
export function save(host: CallHost): void {
  const shelf = host.shelf();
  const line = shelf?.calls.at(-1)?.line;
  if (!shelf || !line) return;
  const calls = shelf.calls.filter((call) => call.line === line).flatMap((call) => snapshotOf(call) ?? []);
  const time = host.environment.clock.now();
  try {
    shelf.storage.setItem(shelf.key, JSON.stringify({ time, instance: line.instance, calls }));
  } catch {
    // The storage is full: the calls can't be taken up again.
  }
}

/** What was saved under the key, once: it is gone afterwards. `null` when it is too old or makes no sense. */
export function recall(storage: Storage, key: string, now: number): Recalled | null {
  const text = storage.getItem(key) ?? "";
  storage.removeItem(key);
  if (text.length > MAX_TEXT) return null;
  try {
    const saved: unknown = JSON.parse(text);
    if (!isRecord(saved) || !isTime(saved["time"], now) || now - saved["time"] > RELOAD_LIMIT) return null;
    const { instance, calls } = saved;
    if (!isText(instance) || !/^[\da-f-]{36}$/.test(instance) || !Array.isArray(calls)) return null;
    return { instance, calls: calls.slice(0, MAX_CALLS).filter((call) => isCall(call, now)) };
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= 2_048 && !/[\0-\x1f\x7f]/.test(value);
const isFlag = (value: unknown) => typeof value === "boolean";
const isTime = (value: unknown, now: number): value is number =>
  typeof value === "number" && value >= 0 && value <= now;

function isCall(value: unknown, now: number): value is SavedCall {
  if (!isRecord(value) || !readSnapshot(value["session"])) return false;
  const { direction } = value;
  return (
    (direction === "inbound" || direction === "outbound") &&
    ["id", "uri", "from", "to", "displayName"].every((name) => isText(value[name])) &&
    ["video", "camera", "held", "muted"].every((name) => isFlag(value[name])) &&
    ["startTime", "ringTime", "answerTime"].every((name) => isTime(value[name], now))
  );
}
