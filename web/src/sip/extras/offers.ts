// Offers within a session (RFC 3261 §14, RFC 3311): one at a time, ours or theirs.

import type { Dialog } from "../dialog.ts";
import type { SipRequest } from "../message.ts";
import type { Session } from "../session.ts";
import type { ServerTransaction } from "../transactions.ts";

export class Offers {
  readonly #session: Session;
  /** An offer of ours, or of theirs, has no answer yet. */
  #open: "us" | "them" | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Sends the offer that `describe` makes by re-INVITE and resolves to the
   * answer; rejects with SipFailure. Until then offers of the other side meet 491.
   */
  async send(describe: () => Promise<string>): Promise<string> {
    const session = this.#session;
    const { agent, dialog } = session;
    if (!dialog || !session.steady || this.#open) throw session.refused(491, null);
    this.#open = "us";
    try {
      const sdp = await describe();
      return await new Promise((resolve, reject) => {
        let again: (() => void) | null = null;
        const sent = agent.send(dialog.draft("INVITE", session.fields(sdp), sdp), {
          final: (status, response) => {
            if (again) return again();
            if (!response || status >= 300) return reject(session.refused(status, response));
            again = agent.acknowledge(dialog.draft("ACK"), sent.request!);
            session.agreed(response);
            resolve(response.body);
          },
        });
      });
    } finally {
      this.#open = null;
    }
  }

  /** Takes an INVITE (RFC 3261 §14.2) or UPDATE (RFC 3311 §5.2) within a dialog: an early one, or the session's. */
  async take(request: SipRequest, transaction: ServerTransaction, dialog: Dialog): Promise<void> {
    const session = this.#session;
    const { method, body } = request;
    const update = method === "UPDATE";
    if (update && !body) {
      dialog.refresh(request);
      return void transaction.respond(200, session.fields("", request));
    }
    if (this.#open === "us") return void transaction.respond(491);
    // Before the session is confirmed, our offer was answered only in an early dialog.
    const early = dialog !== session.dialog;
    if (this.#open || !(session.steady || early)) {
      return void transaction.respond(500, [["Retry-After", "1"]]);
    }
    this.#open = "them";
    try {
      const sdp = await session.user.offered(body);
      dialog.refresh(request);
      if (update) transaction.respond(200, session.fields(sdp, request), sdp);
      else if (session.steady) session.answer(transaction, sdp);
      else transaction.respond(487);
    } catch {
      transaction.respond(488);
    } finally {
      this.#open = null;
    }
  }
}
