// What went wrong with a request.

/** A request that was refused, or not answered (408), or not sent for want of a server (503). */
export class SipFailure extends Error {
  readonly status: number;
  /** Nobody said so: no answer came. */
  readonly local: boolean;

  constructor(status: number, reason?: string) {
    super(`${status} ${reason ?? ""}`.trim());
    this.status = status;
    this.local = reason === undefined;
  }
}
