// The INVITE of a call that is there already, once more.

import { tagOf } from "../dialog.ts";
import { cseq } from "../message.ts";
import type { Session } from "../session.ts";
import type { ServerTransaction } from "../transactions.ts";

/**
 * A caller whose connection was lost sends its INVITE anew: the same call, by
 * another transaction, which the session goes on with. The same request by
 * another way over the same connection is refused (RFC 3261 §8.2.2.2). False
 * when it is not of this session.
 */
export function invitedAgain(session: Session, invite: ServerTransaction): boolean {
  const { dialog, agent } = session;
  const { fields } = invite.request;
  const same = fields.get("Call-ID") === session.callId && tagOf(fields.get("From")) === dialog?.remoteTag;
  if (!dialog || !same || !session.open) return false;
  const later = cseq(invite.request).number - dialog.state.remoteNumber;
  if (later < 0 || (!later && session.flow === agent.flow)) invite.respond(482);
  else session.take(invite);
  return true;
}
