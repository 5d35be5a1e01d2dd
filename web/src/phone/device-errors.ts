// What went wrong with microphone, camera and screen, in the words and codes
// that host pages know.

import { Fault } from "./fault.ts";

/** Failures of devices by the name of the DOMException (Media Capture and Streams §10.2). */
const DEVICES: Readonly<Record<string, (what: string) => Fault["entry"]>> = {
  NotAllowedError: (what) => [
    "permission",
    `Your browser blocks the ${what}. Allow it in the address bar, then try again.`,
  ],
  NotFoundError: (what) => ["no-device", `No ${what} was found. Connect one and try again.`],
  NotReadableError: (what) => [
    "no-device",
    `The ${what} is in use elsewhere. Close the other program and try again.`,
  ],
  NotSupportedError: () => ["unsupported", "This needs a secure page and a browser that can do it."],
};

const SAME: Readonly<Record<string, string>> = {
  SecurityError: "NotAllowedError",
  OverconstrainedError: "NotFoundError",
  AbortError: "NotReadableError",
};

/** What to say of an exception of a device; another cause is handed back as it is. */
export function deviceFault(cause: unknown, what: string): unknown {
  const { name = "" } = cause instanceof DOMException ? cause : {};
  const entry = DEVICES[SAME[name] ?? name];
  return entry ? new Fault(entry(what), cause) : cause;
}
