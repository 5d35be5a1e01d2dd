// How a call sounded, from WebRTC statistics.

import { codecOf } from "./details.ts";

export interface Quality {
  readonly mos: number;
  /** Milliseconds. */
  readonly jitter: number;
  readonly packetsLost: number;
  /** Milliseconds. */
  readonly roundTripTime: number;
}

/**
 * The mean opinion score by the E-model (ITU-T G.107), reduced to what a
 * receiver knows:
 *
 *     d   = roundTripTime / 2 + 2 · jitter + 20     one-way delay in ms: network, jitter buffer, codec
 *     Id  = 0.024 d + 0.11 max(0, d - 177.3)        impairment by delay
 *     Ie  = 95 · p / (p + 10)                       impairment by p percent of packets lost at random
 *     R   = 93.2 - Id - Ie
 *     MOS = 1 + 0.035 R + 7·10⁻⁶ R (R - 60)(100 - R), between 1 and 4.5
 */
export function meanOpinion(roundTripTime: number, jitter: number, percentLost: number): number {
  const delay = roundTripTime / 2 + 2 * jitter + 20;
  const byDelay = 0.024 * delay + 0.11 * Math.max(0, delay - 177.3);
  const rating = 93.2 - byDelay - (95 * percentLost) / (percentLost + 10);
  const score = rating < 0 ? 1 : 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating);
  return Math.round(Math.min(4.5, Math.max(1, score)) * 100) / 100;
}

/** What a call's record tells of its sound. */
export interface Heard {
  codec: string;
  quality: Quality | null;
}

/** The codec that was agreed on, and how it sounded. */
export function heardOf(connection: RTCPeerConnection, report: RTCStatsReport): Heard {
  const { currentRemoteDescription: remote, currentLocalDescription: local } = connection;
  const codec = codecOf((local?.type === "answer" ? local : remote)?.sdp ?? "");
  return { codec, quality: qualityOf(report) };
}

/** The figures of statistics that are of interest here. */
interface Figures {
  type: string;
  kind?: string;
  jitter?: number;
  packetsLost?: number;
  packetsReceived?: number;
  roundTripTime?: number;
}

/** The quality of the audio received, or `null` when none was. */
export function qualityOf(report: RTCStatsReport | Iterable<[string, Figures]>): Quality | null {
  let heard: Figures | undefined;
  let trip = 0;
  for (const [, figures] of report as Iterable<[string, Figures]>) {
    if (figures.kind === "video") continue;
    if (figures.type === "inbound-rtp") heard = figures;
    else if (figures.type === "remote-inbound-rtp") trip = figures.roundTripTime ?? 0;
  }
  if (!heard?.packetsReceived) return null;
  // A count of packets that came twice may make the loss negative (RFC 3550 §6.4.1).
  const packetsLost = Math.max(0, heard.packetsLost ?? 0);
  const jitter = Math.round((heard.jitter ?? 0) * 1000);
  const roundTripTime = Math.round(trip * 1000);
  const percent = (100 * packetsLost) / (packetsLost + heard.packetsReceived);
  return { mos: meanOpinion(roundTripTime, jitter, percent), jitter, packetsLost, roundTripTime };
}
