// The statistics of a call, as its screen and a report ask for them.

import { Ear } from "../media/ear.ts";
import { Statistics } from "../media/statistics.ts";
import type { Call } from "./call.ts";
import type { CallStatistics } from "./types.ts";

const known = new WeakMap<Call, Statistics>();
const ears = new WeakMap<Call, Ear>();

/** How the call is since this was last asked; `null` without media. */
export async function statisticsOf(call: Call): Promise<CallStatistics | null> {
  const { peer, line, stale, muted, held, remoteHeld, answerTime, host } = call;
  if (!peer) return null;
  const { clock } = host.environment;
  const statistics = known.get(call) ?? new Statistics(Number(answerTime) || clock.now());
  known.set(call, statistics);
  const report = await peer.connection.getStats();
  const microphone = peer.local.getTracks().find(({ kind }) => kind === "audio");
  return statistics.look(report, clock.now(), {
    served: !stale && !line.broken,
    path: peer.path,
    muted,
    held: held || remoteHeld,
    ownLevel: () => {
      const ear = ears.get(call) ?? new Ear(clock);
      ears.set(call, ear);
      return microphone && globalThis.AudioContext ? ear.hear(microphone) : null;
    },
    dead: !microphone || microphone.muted || microphone.readyState === "ended",
  });
}

/** What was told of the call last. */
export const lastOf = (call: Call): CallStatistics | null => known.get(call)?.last ?? null;
