// What only unusual peers and rare cases need is loaded on demand. It has its
// own copies of what it imports, so that no class and no state is shared with
// the rest: what passes to and fro is described here.
//
// Without it, since it can't be loaded for now:
//
//     an offer within a call, UPDATE, PRACK   theirs: 500 with Retry-After; ours: a 503 of our own
//     an INVITE that comes again              is another call
//     an INVITE that requires 100rel          420
//     a reliable response to our INVITE       no PRACK: its sender gives up after 32 seconds
//     Session-Expires                         no timer
//     3xx, 422                                the call ends with it
//     a challenge with SHA-512-256 alone      the request ends with it

import type { Dialog, FieldList, Sequence } from "./dialog.ts";
import type { Hash } from "./hash.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { Session } from "./session.ts";
import type { ServerTransaction } from "./transactions.ts";

export interface SipExtras {
  /** What extensions do for one session. */
  depth(session: Session): Depth;
  /**
   * Refuses a request that wants an extension nobody knows (RFC 3261 §8.2.2.3),
   * or a session that expires too soon (RFC 4028 §9); says whether it did.
   */
  refused(transaction: ServerTransaction): boolean;
  readonly md5: Hash;
  readonly sha512t256: Hash;
}

/** The extensions of one session: reliable provisional responses, session timers, redirects. */
export interface Depth {
  /** A provisional response to our INVITE; false when it is a copy or comes out of order (RFC 3262 §4). */
  provisional(response: SipResponse, sequence: Sequence): boolean;
  /** Our INVITE to `uri` was refused: the URI for another attempt, or an empty string (RFC 3261 §8.1.3.4, RFC 4028 §7.3). */
  again(refusal: SipResponse, uri: string): string;
  /** The early dialog of an UPDATE that we may take (RFC 3311 §5.2). */
  early(request: SipRequest): Dialog | undefined;
  /** Rings reliably where the INVITE requires it; says whether it did (RFC 3262 §3). */
  ring(invite: ServerTransaction): boolean;
  /** True when the 2xx has to wait for PRACK; `run` is called then. */
  waits(run: () => void): boolean;
  /** An INVITE, UPDATE or PRACK within a dialog: an early one, or the session's. */
  request(request: SipRequest, transaction: ServerTransaction, dialog: Dialog): void;
  /** An INVITE outside a dialog: true when it is the one of this session again, which goes on with it. */
  invited(invite: ServerTransaction): boolean;
  /** Sends an offer that `describe` makes and resolves to the answer; rejects with SipFailure. */
  offer(describe: () => Promise<string>): Promise<string>;
  /** The fields of an INVITE or UPDATE of ours, or of our 2xx to `request` (RFC 4028 §7, §9). */
  fields(request?: SipRequest): FieldList;
  /** A 2xx to an INVITE or UPDATE of ours. */
  agreed(response: SipResponse): void;
  /** The session is over. */
  stop(): void;
}
