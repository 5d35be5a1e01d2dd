// Dialogs (RFC 3261 §12): the peer relation that an INVITE sets up.

import { cseq } from "./message.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { parseNameAddr } from "./uri.ts";

/** The CSeq number last used, counted up by each request that is sent. */
export interface Sequence {
  value: number;
}

/** A request without what each sending of it makes anew: Via, CSeq, credentials. */
export interface Draft {
  readonly method: string;
  readonly uri: string;
  readonly fields: Iterable<FieldList[number]>;
  readonly body: string;
  readonly sequence: Sequence;
}

export type FieldList = readonly (readonly [name: string, value: string])[];

export const tagOf = (value: string): string => parseNameAddr(value).params.get("tag") ?? "";

export class Dialog {
  readonly callId: string;
  /** The values of From in requests we send, and of To. */
  readonly local: string;
  readonly remote: string;
  readonly routes: readonly string[];
  readonly sequence: Sequence;
  #target: string;
  #remoteNumber: number;

  private constructor(
    message: SipMessage,
    local: string,
    remote: string,
    routes: readonly string[],
    sequence: Sequence,
    remoteNumber: number,
  ) {
    this.callId = message.fields.get("Call-ID");
    this.local = local;
    this.remote = remote;
    this.routes = routes;
    this.sequence = sequence;
    this.#remoteNumber = remoteNumber;
    this.#target = parseNameAddr(remote).uri;
    this.refresh(message);
  }

  /** The caller's dialog, from the response to its INVITE (RFC 3261 §12.1.2). */
  static ofCaller(response: SipResponse, sequence: Sequence): Dialog {
    const { fields } = response;
    const routes = fields.list("Record-Route").reverse();
    return new Dialog(response, fields.get("From"), fields.get("To"), routes, sequence, -1);
  }

  /** The callee's dialog, from the INVITE and the tag put on its responses (RFC 3261 §12.1.1). */
  static ofCallee(invite: SipRequest, tag: string): Dialog {
    const { fields } = invite;
    const local = `${fields.get("To")};tag=${tag}`;
    const routes = fields.list("Record-Route");
    return new Dialog(invite, local, fields.get("From"), routes, { value: 0 }, cseq(invite).number);
  }

  get remoteTag(): string {
    return tagOf(this.remote);
  }

  /** Takes over the Contact of a target refresh (RFC 3261 §12.2.1.2, §12.2.2). */
  refresh(message: SipMessage): void {
    const [contact] = message.fields.list("Contact");
    if (contact && contact !== "*") this.#target = parseNameAddr(contact).uri;
  }

  /** False for a request that came out of order (RFC 3261 §12.2.2). */
  admits(request: SipRequest): boolean {
    const { number } = cseq(request);
    if (number < this.#remoteNumber) return false;
    this.#remoteNumber = number;
    return true;
  }

  /** A request within the dialog (RFC 3261 §12.2.1.1); every proxy is taken for a loose router. */
  draft(method: string, more: FieldList = [], body = ""): Draft {
    const fields: FieldList = [
      ...this.routes.map((route) => ["Route", route] as const),
      ["From", this.local],
      ["To", this.remote],
      ["Call-ID", this.callId],
      ...more,
    ];
    return { method, uri: this.#target, fields, body, sequence: this.sequence };
  }
}
