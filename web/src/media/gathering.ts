// When a session description is worth sending: before its candidates are all
// there (an INVITE that waits for gathering to complete is late by seconds
// where one of many interfaces does not answer).

import type { Clock } from "../sip/clock.ts";

/** Milliseconds to wait for more after the first candidate. */
export const AFTER_FIRST = 150;
/** Milliseconds to wait in all. */
export const AT_MOST = 500;

/**
 * Resolves when the local description is useful: gathering is complete, or
 * with ICE servers a server-reflexive or relayed candidate is there, or 150 ms
 * have passed since the first candidate, or 500 ms in all.
 */
export function gathered(peer: RTCPeerConnection, clock: Clock, servers: boolean): Promise<void> {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      limits.forEach((timer) => timer.stop());
      peer.onicecandidate = null;
      resolve();
    };
    const limits = [clock.after(AT_MOST, done)];
    peer.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate || (servers && / typ (srflx|relay)/.test(candidate.candidate))) done();
      else if (limits.length < 2) limits.push(clock.after(AFTER_FIRST, done));
    };
  });
}
