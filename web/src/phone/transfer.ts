// Call transfer by REFER (RFC 3515, RFC 5589), with Replaces for an attended
// one (RFC 3891), and the messages that report on it: both roles.

import type { Clock } from "../sip/clock.ts";
import { tagOf } from "../sip/dialog.ts";
import type { DialogState, FieldList } from "../sip/dialog.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Session } from "../sip/session.ts";
import type { ServerTransaction } from "../sip/transactions.ts";
import { parseNameAddr } from "../sip/uri.ts";
import type { Call } from "./call.ts";

/** How long the other side may take to reach the target, in milliseconds. */
const TRANSFER_LIMIT = 180_000;

/** A REFER of ours until its outcome is known. */
export class Referring {
  readonly outcome: Promise<number>;
  /** Takes the final status; the first one counts. */
  readonly settle: (status: number) => void;

  constructor() {
    let settle = (_: number) => {};
    this.outcome = new Promise((resolve) => (settle = resolve));
    this.settle = settle;
  }

  /** Sends the REFER and resolves to the status at its target; rejects with SipFailure when it is refused. */
  async run(session: Session, clock: Clock, fields: FieldList): Promise<number> {
    const limit = clock.after(TRANSFER_LIMIT, () => this.settle(408));
    try {
      await session.send("REFER", fields);
      return await this.outcome;
    } finally {
      limit.stop();
    }
  }

  /** A NOTIFY within the call. */
  notified(request: SipRequest): void {
    const status = outcomeOf(request);
    if (status) this.settle(status);
  }
}

/**
 * Takes a REFER: `dial` calls the target and resolves to the final status of
 * that call. `null` in its place refuses.
 */
export function takeRefer(
  session: Session,
  request: SipRequest,
  transaction: ServerTransaction,
  dial: ((referral: Referral) => Promise<number>) | null,
): void {
  const referral = dial && readRefer(request);
  if (!referral) return void transaction.respond(603);
  transaction.respond(202);
  notify(session, 100, "Trying");
  dial(referral).then(
    (status) => notify(session, status, status === 200 ? "OK" : "Failed"),
    () => notify(session, 603, "Declined"),
  );
}

/** The final status that a NOTIFY of the refer event tells of, or 0 (RFC 3515 §2.4.4). */
function outcomeOf({ body, fields }: SipRequest): number {
  const [, status] = /^SIP\/2\.0 ([2-6]\d\d)/.exec(body) ?? [];
  return Number(status ?? (/^terminated/i.test(fields.get("Subscription-State")) && 487));
}

/** The Replaces value by which a third party takes a dialog over (RFC 3891 §3). */
const replacesOf = ({ callId, remote, local }: DialogState) =>
  `${callId};to-tag=${tagOf(remote)};from-tag=${tagOf(local)}`;

/** The fields of a REFER. `other` is the dialog that the target shall give up. */
export function referFields(uri: string, from: string, other?: DialogState): FieldList {
  const query = other ? `?Replaces=${encodeURIComponent(replacesOf(other))}` : "";
  return [
    ["Refer-To", `<${uri}${query}>`],
    ["Referred-By", from],
  ];
}

/** The call that is up and that an INVITE takes over (RFC 3891 §3). */
export function replaced({ fields }: SipRequest, calls: readonly Call[]): Call | undefined {
  const [id = "", ...params] = fields
    .get("Replaces")
    .split(";")
    .map((part) => part.trim());
  const tag = (name: string) =>
    params.find((param) => param.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
  return calls.find(({ up, dialog }) => {
    const { callId, local, remote } = dialog ?? {};
    return up && callId === id && tagOf(local!) === tag("to-tag") && tagOf(remote!) === tag("from-tag");
  });
}

export interface Referral {
  readonly uri: string;
  /** Fields for the INVITE to the target. */
  readonly fields: [string, string][];
}

/** What a REFER asks for, or `null` when it is nothing a phone can dial. */
function readRefer({ fields }: SipRequest): Referral | null {
  const [target, ...more] = fields.list("Refer-To");
  if (!target || more.length) return null;
  const { uri } = parseNameAddr(target);
  const [address = "", query = ""] = uri.split("?");
  if (!/^(sips?|tel):/i.test(address)) return null;
  const taken: [string, string][] = [];
  const replaces = new URLSearchParams(query.replace(/\+/g, "%2B")).get("Replaces");
  if (replaces && /^[^\0-\x1f\x7f]{1,512}$/.test(replaces)) taken.push(["Replaces", replaces]);
  const by = fields.get("Referred-By");
  if (by) taken.push(["Referred-By", by]);
  return { uri: address, fields: taken };
}

/** Tells the referrer how it went (RFC 3515 §2.4.5). */
function notify(session: Session, status: number, reason: string): void {
  const state = status < 200 ? "active;expires=180" : "terminated;reason=noresource";
  const fields: FieldList = [
    ["Event", "refer"],
    ["Subscription-State", state],
    ["Content-Type", "message/sipfrag"],
  ];
  session.send("NOTIFY", fields, `SIP/2.0 ${status} ${reason}\r\n`).catch(() => {});
}
