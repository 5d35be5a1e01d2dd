// Call transfer by REFER (RFC 3515, RFC 5589), with Replaces for an attended
// one (RFC 3891), and the messages that report on it.

import type { FieldList } from "../sip/dialog.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Session } from "../sip/session.ts";
import { parseNameAddr } from "../sip/uri.ts";

/** How long the other side may take to reach the target, in milliseconds. */
export const TRANSFER_LIMIT = 180_000;

/** The final status that a NOTIFY of the refer event tells of, or 0 (RFC 3515 §2.4.4). */
export function outcomeOf({ body, fields }: SipRequest): number {
  const [, status] = /^SIP\/2\.0 ([2-6]\d\d)/.exec(body) ?? [];
  return Number(status ?? (/^terminated/i.test(fields.get("Subscription-State")) && 487));
}

/** The fields of a REFER. `replaces` names the dialog that the target shall give up. */
export function referFields(uri: string, from: string, replaces = ""): FieldList {
  const query = replaces && `?Replaces=${encodeURIComponent(replaces)}`;
  return [
    ["Refer-To", `<${uri}${query}>`],
    ["Referred-By", from],
  ];
}

export interface Referral {
  readonly uri: string;
  /** Fields for the INVITE to the target. */
  readonly fields: [string, string][];
}

/** What a REFER asks for, or `null` when it is nothing a phone can dial. */
export function readRefer({ fields }: SipRequest): Referral | null {
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
export function notify(session: Session, status: number, reason: string): void {
  const state = status < 200 ? "active;expires=180" : "terminated;reason=noresource";
  const fields: FieldList = [
    ["Event", "refer"],
    ["Subscription-State", state],
    ["Content-Type", "message/sipfrag"],
  ];
  session.send("NOTIFY", fields, `SIP/2.0 ${status} ${reason}\r\n`).catch(() => {});
}
