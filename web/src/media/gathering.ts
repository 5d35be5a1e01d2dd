// When a session description is worth sending: before its candidates are all
// there (an INVITE that waits for gathering to complete is late by seconds
// where one of many interfaces does not answer).

import type { Clock, Timer } from "../sip/clock.ts";

/**
 * Milliseconds without another candidate after which there are enough where no
 * ICE server is asked: interfaces are looked at all at once. Chromium spends
 * another 115 ms on TCP candidates, which few can use and which can follow.
 */
export const QUIET = 10;
/** Milliseconds to wait for what ICE servers say after the first candidate. */
export const AFTER_FIRST = 150;
/** Milliseconds to wait in all. */
export const AT_MOST = 500;

/**
 * Resolves when the local description is useful: gathering is complete, or 500
 * ms have passed, or
 *
 *     without ICE servers   10 ms have passed since the last candidate
 *     with ICE servers      a server-reflexive or relayed candidate is there, or
 *                           150 ms have passed since the first candidate
 */
export function gathered(peer: RTCPeerConnection, clock: Clock, servers: boolean): Promise<void> {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      limit.stop();
      more?.stop();
      peer.onicecandidate = null;
      resolve();
    };
    const limit = clock.after(AT_MOST, done);
    let more: Timer | undefined;
    peer.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate || (servers && / typ (srflx|relay)/.test(candidate.candidate))) done();
      else if (!servers || !more) {
        more?.stop();
        more = clock.after(servers ? AFTER_FIRST : QUIET, done);
      }
    };
  });
}
