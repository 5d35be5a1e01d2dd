// How a call ended, as a key of the text table.
import type { CallRecord } from "../phone/types.ts";
import type { TextKey } from "./texts.ts";

/** By final SIP status (RFC 3261 §21.4 to §21.6). */
const byStatus: Readonly<Record<number, TextKey>> = {
  403: "rejected",
  404: "not-found",
  408: "timeout",
  410: "not-found",
  415: "unsupported",
  480: "timeout",
  484: "not-found",
  486: "busy",
  488: "unsupported",
  600: "busy",
  603: "rejected",
  604: "not-found",
  606: "unsupported",
};

/** What the status line says after the call, and whether it went wrong. */
export function outcome(record: CallRecord): { text: TextKey; bad: boolean } {
  const { direction, answerTime, endedBy, sipCode } = record;
  const lost = endedBy === "network";
  if (answerTime ? !lost : endedBy === "local") return { text: "ended", bad: false };
  if (direction === "inbound" && !lost) return { text: "missed", bad: true };
  return { text: (!answerTime && byStatus[sipCode]) || (lost ? "lost" : "internal"), bad: true };
}
