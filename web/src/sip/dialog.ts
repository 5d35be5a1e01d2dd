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

/** All of a dialog but the number of our own last request, as plain data. */
export interface DialogState {
  readonly callId: string;
  /** The values of From in requests we send, and of To. */
  readonly local: string;
  readonly remote: string;
  readonly routeSet: readonly string[];
  /** We sent the INVITE. */
  readonly caller: boolean;
  /** The URI of the other side. */
  target: string;
  /** The CSeq number of its last request, or -1. */
  remoteNumber: number;
  /** The methods, and the options and Info packages, that it understands, in lower case. */
  allow: readonly string[];
  options: readonly string[];
}

export const tagOf = (value: string): string => parseNameAddr(value).params.get("tag") ?? "";

export class Dialog {
  readonly state: DialogState;
  readonly sequence: Sequence;

  constructor(state: DialogState, sequence: Sequence) {
    this.state = state;
    this.sequence = sequence;
  }

  /** The caller's dialog, from the response to its INVITE (RFC 3261 §12.1.2). */
  static ofCaller(response: SipResponse, sequence: Sequence): Dialog {
    const { fields } = response;
    const routes = fields.list("Record-Route").reverse();
    return Dialog.#of(response, fields.get("From"), fields.get("To"), routes, -1, sequence);
  }

  /** The callee's dialog, from the INVITE and the tag put on its responses (RFC 3261 §12.1.1). */
  static ofCallee(invite: SipRequest, tag: string): Dialog {
    const { fields } = invite;
    const local = `${fields.get("To")};tag=${tag}`;
    const routes = fields.list("Record-Route");
    return Dialog.#of(invite, local, fields.get("From"), routes, cseq(invite).number, { value: 0 });
  }

  static #of(
    message: SipMessage,
    local: string,
    remote: string,
    routeSet: readonly string[],
    remoteNumber: number,
    sequence: Sequence,
  ): Dialog {
    const dialog = new Dialog(
      {
        callId: message.fields.get("Call-ID"),
        local,
        remote,
        routeSet,
        caller: remoteNumber < 0,
        target: parseNameAddr(remote).uri,
        remoteNumber,
        allow: [],
        options: [],
      },
      sequence,
    );
    dialog.refresh(message);
    return dialog;
  }

  get remoteTag(): string {
    return tagOf(this.state.remote);
  }

  /** Takes over the Contact of a target refresh (RFC 3261 §12.2.1.2, §12.2.2), and what the other side understands. */
  refresh({ fields }: SipMessage): void {
    const { state } = this;
    const [contact] = fields.list("Contact");
    if (contact && contact !== "*") state.target = parseNameAddr(contact).uri;
    const allow = fields.tokens("Allow");
    if (allow.length) state.allow = allow;
    const options = [...fields.tokens("Supported"), ...fields.tokens("Recv-Info")];
    if (options.length) state.options = options;
  }

  /** False for a request that came out of order (RFC 3261 §12.2.2). */
  admits(request: SipRequest): boolean {
    const { number } = cseq(request);
    if (number < this.state.remoteNumber) return false;
    this.state.remoteNumber = number;
    return true;
  }

  /** A request within the dialog (RFC 3261 §12.2.1.1); every proxy is taken for a loose router. */
  draft(method: string, more: FieldList = [], body = ""): Draft {
    const { routeSet, local, remote, callId, target } = this.state;
    const fields: FieldList = [
      ...routeSet.map((route) => ["Route", route] as const),
      ["From", local],
      ["To", remote],
      ["Call-ID", callId],
      ...more,
    ];
    return { method, uri: target, fields, body, sequence: this.sequence };
  }
}
