// What went wrong below, in the words and codes that host pages know.

import { SipFailure } from "../sip/failure.ts";
import type { Fault } from "./fault.ts";
import { PhoneError } from "./types.ts";
import type { PhoneErrorCode } from "./types.ts";

export type Entry = readonly [code: PhoneErrorCode, sentence: string];

const LATE: Entry = ["timeout", "There was no answer. Try again later."];
const CREDENTIALS: Entry = ["authentication", "The user name or password is wrong. Check both."];

/** What SIP statuses mean for people (RFC 3261 §21); a single digit is the rest of its class. */
const STATUSES: readonly (readonly [statuses: readonly number[], ...Entry])[] = [
  [[486, 491, 600], "busy", "The line is busy. Try again later."],
  [[603, 6], "rejected", "The call was declined."],
  [[404, 410, 484, 604], "not-found", "This number does not exist. Check it and dial again."],
  [[401, 407], ...CREDENTIALS],
  [[400, 481, 482, 483], "protocol", "The call broke off on its way. Dial again."],
  [[408, 504], ...LATE],
  [[415, 420, 488, 606], "unsupported", "The other side can't take this kind of call."],
  [[403], "rejected", "This call is not allowed."],
  [[480], "timeout", "Not available right now. Try again later."],
  [[487], "rejected", "The call was cancelled."],
  [[3], "unsupported", "The number has moved elsewhere."],
  [[4], "rejected", "The call was refused."],
  [[5], "transport", "The service is out of order. Try again later."],
];

const LOST: Entry = ["transport", "The server can't be reached. Check the network and the server's address."];

const lost = ({ status, local }: SipFailure) => status === 503 && local;
export const make = ([code, sentence]: Entry, cause?: unknown) => new PhoneError(code, sentence, cause);

/** The error of a call or request that ended with this status. */
export function statusError(status: number, cause?: unknown): PhoneError {
  const find = (wanted: number) => STATUSES.find(([statuses]) => statuses.includes(wanted));
  const [, ...entry] = find(status) ?? find(Math.floor(status / 100)) ?? [0, ...LOST];
  return make(entry, cause);
}

/** The PhoneError behind whatever was thrown. */
export function errorOf(cause: unknown): PhoneError {
  if (cause instanceof PhoneError) return cause;
  const { entry } = Object(cause) as Partial<Fault>;
  if (entry) return make(entry, (cause as Fault).cause);
  if (cause instanceof SipFailure) return lost(cause) ? make(LOST, cause) : statusError(cause.status, cause);
  return new PhoneError("internal", "Something went wrong. Try again.", cause);
}

/** The PhoneError of a REGISTER that failed. */
export function registrationError(cause: unknown): PhoneError {
  if (!(cause instanceof SipFailure) || lost(cause)) return errorOf(cause);
  const { status } = cause;
  if ([401, 403, 407].includes(status)) return make(CREDENTIALS, cause);
  if (status === 408) return make(LATE, cause);
  return new PhoneError(
    "registration",
    `The server refused to register this phone (${status}). Ask its operator.`,
    cause,
  );
}
