// How a call is at the moment, from WebRTC statistics: the difference between
// two looks, and what is wrong by whose side it is on.

import type { Path } from "./health.ts";
import { meanOpinion } from "./quality.ts";
import type { Quality } from "./quality.ts";

/** Audio and video that goes one way, since the last look. */
export interface MediaFlow {
  /** Kilobits per second of all media. */
  readonly kbps: number;
  /** Of the audio: percent of its packets that were lost on the way. */
  readonly lossPercent: number;
  /** Of the audio: interarrival jitter in milliseconds (RFC 3550 §6.4.1). */
  readonly jitter: number;
}

/** What is wrong with a call, by whose side it is on. */
export type TroubleCause = "none" | "microphone" | "own-network" | "their-network" | "path" | "server";

/** How a call is now: between two looks, or since it began at the first (W3C WebRTC Statistics). */
export interface CallStatistics extends Quality {
  /** The audio codec, such as `opus`; empty while there is no audio. */
  readonly codec: string;
  /** The codec of the picture we see, or else of ours; empty without one. */
  readonly videoCodec: string;
  /** What we send, as the other side reports of it (RTCP). */
  readonly sent: MediaFlow;
  readonly received: MediaFlow;
  /** Of the picture we see, in pixels; 0 without one. */
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly framesPerSecond: number;
  /** The media goes through a TURN server (RFC 8656). */
  readonly relayed: boolean;
  /** How loud the other side is, 0 to 1. */
  readonly level: number;
  /** How loud we are, 0 to 1; 0 while muted. */
  readonly ownLevel: number;
  readonly cause: TroubleCause;
}

/** What is read of the entries of a report. */
interface Entry {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly [figure: string]: unknown;
}

export type Report = RTCStatsReport | Iterable<readonly [string, Entry]>;

/** Sums that only grow, and the state of the moment. */
export interface Figures {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Of the audio, as are all below but those of frames. */
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly sentLost: number;
  readonly receivedLost: number;
  /** Milliseconds. */
  readonly sentJitter: number;
  readonly receivedJitter: number;
  readonly roundTripTime: number;
  readonly level: number;
  readonly ownLevel: number;
  /** Grows with every sound of the microphone; `null` where the browser does not tell. */
  readonly ownEnergy: number | null;
  readonly codec: string;
  readonly videoCodec: string;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly framesPerSecond: number;
  readonly relayed: boolean;
}

const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const milliseconds = (seconds: unknown) => Math.round(number(seconds) * 1000);

export function figuresOf(report: Report): Figures {
  const entries = [...(report as Iterable<readonly [string, Entry]>)].map(([, entry]) => entry);
  const all = (type: string, kind?: string) =>
    entries.filter((entry) => entry.type === type && (!kind || entry.kind === kind));
  const one = (type: string, kind?: string): Entry => all(type, kind)[0] ?? { id: "", type };
  const byId = (id: unknown) => entries.find((entry) => entry.id === id);
  const sum = (type: string, figure: string) =>
    all(type).reduce((total, entry) => total + number(entry[figure]), 0);
  const received = one("inbound-rtp", "audio");
  const sent = one("outbound-rtp", "audio");
  const told = one("remote-inbound-rtp", "audio");
  const source = one("media-source", "audio");
  const picture = one("inbound-rtp", "video");
  const codecOf = (...ids: unknown[]) =>
    String(ids.map(byId).find(Boolean)?.["mimeType"] ?? "").replace(/^\w+\//, "");
  const pair =
    byId(one("transport")["selectedCandidatePairId"]) ??
    all("candidate-pair").find(({ selected }) => selected);
  const ends = [pair?.["localCandidateId"], pair?.["remoteCandidateId"]];
  return {
    bytesSent: sum("outbound-rtp", "bytesSent"),
    bytesReceived: sum("inbound-rtp", "bytesReceived"),
    packetsSent: number(sent["packetsSent"]),
    packetsReceived: number(received["packetsReceived"]),
    sentLost: number(told["packetsLost"]),
    receivedLost: number(received["packetsLost"]),
    sentJitter: milliseconds(told["jitter"]),
    receivedJitter: milliseconds(received["jitter"]),
    roundTripTime: milliseconds(told["roundTripTime"] ?? pair?.["currentRoundTripTime"]),
    level: number(received["audioLevel"]),
    ownLevel: number(source["audioLevel"]),
    ownEnergy: typeof source["totalAudioEnergy"] === "number" ? source["totalAudioEnergy"] : null,
    codec: codecOf(received["codecId"], sent["codecId"]),
    videoCodec: codecOf(picture["codecId"], one("outbound-rtp", "video")["codecId"]),
    frameWidth: number(picture["frameWidth"]),
    frameHeight: number(picture["frameHeight"]),
    framesPerSecond: Math.round(number(picture["framesPerSecond"])),
    relayed: ends.some((id) => byId(id)?.["candidateType"] === "relay"),
  };
}

/** What a judgement goes by. */
export interface Facts {
  /** The server can be reached, and knows where we are. */
  readonly served: boolean;
  readonly path: Path;
  /** The microphone has given nothing for a while, though it should. */
  readonly silent: boolean;
  readonly sent: Pick<MediaFlow, "lossPercent" | "jitter">;
  readonly received: Pick<MediaFlow, "lossPercent" | "jitter">;
  /** Nothing was received, though nobody holds the call. */
  readonly nothing: boolean;
  readonly roundTripTime: number;
}

/** From here on people notice: percent, and milliseconds. */
const LOSS = 3;
const JITTER = 40;
const TRIP = 400;

const poor = ({ lossPercent, jitter }: Facts["sent"]) => lossPercent >= LOSS || jitter >= JITTER;

/**
 * Whose side what is wrong is on. The first that holds:
 *
 *     server          there is no connection to it, or it has not heard of ours since
 *     path            no way for media is there, or it is being looked for
 *     microphone      our side gives nothing, though neither muted nor on hold
 *     path            what we send and what we get are both poor
 *     own-network     what we send arrives poorly: uplinks are narrower than downlinks, so ours is likelier
 *     their-network   what we get is poor, or nothing comes: their uplink, for the same reason
 *     path            all arrives, but a round trip takes 400 ms or more
 *     none
 *
 * Poor is 3 percent lost or more, or a jitter of 40 ms or more, which jitter
 * buffers hide with delay. How what we send arrives is what the other side
 * reports (RTCP receiver reports, RFC 3550 §6.4.2).
 */
export function causeOf({
  served,
  path,
  silent,
  sent,
  received,
  nothing,
  roundTripTime,
}: Facts): TroubleCause {
  if (!served) return "server";
  if (path !== "well") return "path";
  if (silent) return "microphone";
  if (poor(sent)) return poor(received) ? "path" : "own-network";
  if (nothing || poor(received)) return "their-network";
  return roundTripTime >= TRIP ? "path" : "none";
}

/** What a call tells beside its report. */
export interface Situation {
  readonly served: boolean;
  readonly path: Path;
  readonly muted: boolean;
  /** Either side holds the call. */
  readonly held: boolean;
  /** The browser says that the microphone gives nothing. */
  readonly dead: boolean;
  /** How loud we are, where the report has no word of it. */
  ownLevel?(): number | null;
}

/** Milliseconds of complete silence after which a microphone counts as dead: a living one always hums. */
const HUSH = 5_000;

export class Statistics {
  #before: Figures | null = null;
  #time: number;
  /** Since when the microphone gave nothing. */
  #quiet: number | null = null;
  /** What was told last. */
  last: CallStatistics | null = null;

  constructor(start: number) {
    this.#time = start;
  }

  look(report: Report, now: number, situation: Situation): CallStatistics {
    const { served, path, muted, held, dead } = situation;
    const told = figuresOf(report);
    const heard = told.ownEnergy === null ? situation.ownLevel?.() : null;
    // What was heard counts as energy that grows.
    const ownEnergy = typeof heard === "number" ? Number(this.#before?.ownEnergy) + heard : told.ownEnergy;
    const figures = { ...told, ownLevel: heard ?? told.ownLevel, ownEnergy };
    const before = this.#before;
    const since = (name: keyof Figures) => Math.max(0, Number(figures[name]) - Number(before?.[name] ?? 0));
    const seconds = Math.max(0.1, (now - this.#time) / 1000);
    const kbps = (name: keyof Figures) => Math.round((since(name) * 8) / 1000 / seconds);
    const percent = (lost: number, all: number) =>
      lost ? Math.round((1000 * lost) / Math.max(all, lost)) / 10 : 0;
    const [sentLost, packetsLost, packets] = [
      since("sentLost"),
      since("receivedLost"),
      since("packetsReceived"),
    ];
    const sent = {
      kbps: kbps("bytesSent"),
      lossPercent: percent(sentLost, since("packetsSent")),
      jitter: figures.sentJitter,
    };
    const received = {
      kbps: kbps("bytesReceived"),
      lossPercent: percent(packetsLost, packets + packetsLost),
      jitter: figures.receivedJitter,
    };
    const idle = muted || held || !before;
    if (idle || since("ownEnergy") || figures.ownEnergy === null) this.#quiet = null;
    else this.#quiet ??= this.#time;
    const hushed = this.#quiet !== null && now - this.#quiet >= HUSH;
    const nothing = !held && !!before && !packets;
    const { roundTripTime } = figures;
    this.#before = figures;
    this.#time = now;
    return (this.last = {
      mos: nothing ? 1 : meanOpinion(roundTripTime, received.jitter, received.lossPercent),
      jitter: received.jitter,
      packetsLost,
      roundTripTime,
      codec: figures.codec,
      videoCodec: figures.videoCodec,
      sent,
      received,
      frameWidth: figures.frameWidth,
      frameHeight: figures.frameHeight,
      framesPerSecond: figures.framesPerSecond,
      relayed: figures.relayed,
      level: held ? 0 : figures.level,
      ownLevel: muted || held ? 0 : figures.ownLevel,
      cause: causeOf({
        served,
        path,
        silent: !idle && (dead || hushed),
        sent,
        received,
        nothing,
        roundTripTime,
      }),
    });
  }
}
