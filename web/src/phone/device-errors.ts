// What went wrong with microphone and camera, in the words and codes that host
// pages know.

import type { Entry } from "./errors.ts";

const ABSENT: Entry = ["no-device", "No microphone was found. Connect one and try again."];

/** Failures of devices by the name of the DOMException (Media Capture and Streams §10.2). */
const DEVICES: Readonly<Record<string, Entry>> = {
  NotAllowedError: ["permission", "The microphone is blocked. Allow it in the browser and try again."],
  NotFoundError: ABSENT,
  NotReadableError: [
    "no-device",
    "The microphone is in use elsewhere. Close the other program and try again.",
  ],
  OverconstrainedError: ABSENT,
  NotSupportedError: ["unsupported", "Calls need a secure page: open it with https."],
};

/** What to say of an exception of `getUserMedia()`, if it is one. */
export function deviceError(cause: unknown): Entry | undefined {
  if (!(cause instanceof DOMException)) return undefined;
  return DEVICES[cause.name === "SecurityError" ? "NotAllowedError" : cause.name];
}
