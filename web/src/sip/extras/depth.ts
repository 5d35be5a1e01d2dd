// The extensions of one session, joined.

import type { Timer } from "../clock.ts";
import type { Depth } from "../on-demand.ts";
import type { Session } from "../session.ts";
import { invitedAgain } from "./invited.ts";
import { Offers } from "./offers.ts";
import { Redirects } from "./redirects.ts";
import { Acknowledger, Ringer } from "./reliable.ts";
import { SessionTimer } from "./timers.ts";

/** How long a call may ring at the far end, in milliseconds: longer than a phone rings, and proxies let it. */
export const RINGS_OUT = 240_000;

export function depth(session: Session): Depth {
  const forks = new Acknowledger(session.agent);
  const ringer = new Ringer(session);
  const timer = new SessionTimer(session);
  const redirects = new Redirects();
  const offers = new Offers(session);
  const { clock } = session.agent;
  let limit: Timer | undefined;
  return {
    provisional(response, sequence) {
      limit ??= clock.after(RINGS_OUT, () => session.hangup("network"));
      return forks.take(response, sequence);
    },
    again: (refusal, uri) =>
      refusal.status === 422 && timer.longer(refusal) ? uri : redirects.next(refusal, uri),
    early: (request) => forks.early(request),
    ring: (invite) => ringer.ring(invite),
    waits: (run) => ringer.waits(run),
    request(request, transaction, dialog) {
      if (request.method === "PRACK") ringer.acknowledged(transaction);
      else void offers.take(request, transaction, dialog);
    },
    invited: (invite) => invitedAgain(session, invite),
    offer: (describe) => offers.send(describe),
    fields: (request) => timer.fields(request),
    agreed(response) {
      limit?.stop();
      timer.agreed(response);
    },
    stop() {
      limit?.stop();
      ringer.stop();
      timer.end();
    },
  };
}
