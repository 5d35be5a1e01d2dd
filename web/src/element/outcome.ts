// How a call ended, as a key of the text table.
import type { CallRecord } from "../phone/types.ts";
import type { TextKey } from "./texts.ts";

/** What the status line says after the call, and whether it went wrong. Without a text the reason tells. */
export function outcome(record: CallRecord): { text: TextKey | ""; bad: boolean } {
  const { direction, answerTime, endedBy, sipCode } = record;
  const lost = endedBy === "network";
  if (answerTime ? !lost : endedBy === "local") return { text: "ended", bad: false };
  if (direction === "inbound" && !lost) return { text: "missed", bad: true };
  return { text: answerTime || !sipCode ? "lost" : "", bad: true };
}
