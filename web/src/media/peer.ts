// The media of one call: an RTCPeerConnection, what goes into it from here and
// what comes out of it. Offers and answers are session descriptions as text
// (RFC 8829); nothing here knows who carries them.

import type { Clock } from "../sip/clock.ts";
import { release } from "./devices.ts";
import { gathered } from "./gathering.ts";
import type { Path } from "./health.ts";
import { holds, section } from "./sdp.ts";

export interface PeerSettings {
  readonly clock: Clock;
  readonly iceServers: RTCIceServer[];
  create(configuration: RTCConfiguration): RTCPeerConnection;
  /** Loads what is rarely needed. */
  extras(): Promise<{ refuse(answer: string, mids: readonly (string | null)[]): string }>;
}

export interface PeerUser {
  /** The remote stream is there, or has one more track. */
  heard(): void;
  /** The path to the other side has come or gone. */
  path(): void;
}

/** Milliseconds that statistics may take when a call ends. */
const STATS_LIMIT = 500;
export class Peer {
  readonly local: MediaStream;
  remote: MediaStream | null = null;
  /** The description that was last sent. */
  sent = "";
  readonly #settings: PeerSettings;
  readonly #user: PeerUser;
  #connection: RTCPeerConnection;
  #held = false;
  #muted = false;
  /** The early answer that was applied in place of the final one. */
  #early = "";

  constructor(settings: PeerSettings, local: MediaStream, user: PeerUser) {
    this.#settings = settings;
    this.local = local;
    this.#user = user;
    this.#connection = this.#open();
  }

  get connection(): RTCPeerConnection {
    return this.#connection;
  }

  get path(): Path {
    const { connectionState, iceConnectionState } = this.#connection;
    const state = connectionState + iceConnectionState;
    return /disc|fai|clo/.test(state) ? "sick" : connectionState === "connected" ? "well" : "between";
  }

  /** True when we take no part in the conversation for now. */
  get held(): boolean {
    return this.#held;
  }

  /** The other side sends nothing: it holds the call. */
  get remoteHeld(): boolean {
    return holds(this.#connection.currentRemoteDescription?.sdp ?? "");
  }

  /** Video goes through the call. */
  get video(): boolean {
    const wanted = this.#connection
      .getTransceivers()
      .some((transceiver) => transceiver.sender.track?.kind === "video" && !stopped(transceiver));
    return wanted && !!section(this.#connection.currentRemoteDescription?.sdp ?? "", "video");
  }

  /** The first offer. */
  offer(held = false): Promise<string> {
    this.#addTracks();
    this.#direct(held);
    return this.#describe("offer");
  }

  /** An offer within the call; `held` says what it proposes. */
  async reoffer(held: boolean): Promise<string> {
    this.#direct(held);
    return this.#describe("offer");
  }

  /** What `reoffer` proposed was agreed on. */
  async agreed(held: boolean, answer: string): Promise<void> {
    await this.accept(answer);
    this.#held = held;
    this.#apply();
  }

  /** What `reoffer` proposed was refused. */
  async rollback(): Promise<void> {
    if (this.#connection.signalingState !== "have-local-offer") return;
    await this.#connection.setLocalDescription({ type: "rollback" });
    this.#direct(this.#held);
  }

  /** Answers an offer; kinds of media that we don't send are refused. */
  async answer(offer: string): Promise<string> {
    const connection = this.#connection;
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    this.#addTracks();
    const unwanted = connection.getTransceivers().filter(({ sender }) => !sender.track);
    for (const transceiver of unwanted) transceiver.stop();
    const answer = await this.#describe("answer");
    if (!unwanted.length) return answer;
    const { refuse } = await this.#settings.extras();
    return refuse(
      answer,
      unwanted.map(({ mid }) => mid),
    );
  }

  /** Begins anew: the other side is another DTLS endpoint now. */
  renew(): void {
    this.#connection.close();
    this.remote = null;
    this.#connection = this.#open();
  }

  /** Applies the answer to our offer; an early one may be followed by another. */
  async accept(answer: string, early = false): Promise<void> {
    const connection = this.#connection;
    if (early && this.#early) return;
    const sdp = answer || this.#early;
    if (early) {
      this.#early = sdp;
      try {
        return await connection.setRemoteDescription({ type: "pranswer", sdp });
      } catch (error) {
        // Firefox knows no provisional answers: it takes the early one for the last.
        if (!(error instanceof DOMException && error.name === "NotSupportedError")) throw error;
      }
    } else if (this.#early && connection.signalingState === "stable") {
      if (sdp === this.#early) return;
      await connection.setLocalDescription(await connection.createOffer());
    }
    await connection.setRemoteDescription({ type: "answer", sdp });
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    this.#apply();
  }

  /** Lets go of microphone and camera at once and of the rest after a last look at the statistics. */
  async close<T>(judge: (report: RTCStatsReport) => Promise<T>): Promise<T | null> {
    release(this.local);
    const connection = this.#connection;
    connection.ontrack = connection.onconnectionstatechange = connection.oniceconnectionstatechange = null;
    const stats = connection
      .getStats()
      .then(judge)
      .catch(() => null);
    const found = await new Promise<T | null>((resolve) => {
      const limit = this.#settings.clock.after(STATS_LIMIT, () => resolve(null));
      void stats.then((found) => {
        limit.stop();
        resolve(found);
      });
    });
    connection.close();
    return found;
  }

  #direct(held: boolean): void {
    for (const transceiver of this.#connection.getTransceivers()) {
      if (!stopped(transceiver)) transceiver.direction = held ? "sendonly" : "sendrecv";
    }
  }

  #addTracks(): void {
    const taken = new Set(this.#connection.getSenders().map(({ track }) => track));
    for (const track of this.local.getTracks()) {
      if (!taken.has(track)) this.#connection.addTrack(track, this.local);
    }
  }

  #open(): RTCPeerConnection {
    const { iceServers, create } = this.#settings;
    const connection = create({ iceServers });
    connection.ontrack = ({ track, streams: [stream] }) => {
      if (!this.remote) this.remote = stream ?? new MediaStream([track]);
      else if (this.remote !== stream) this.remote.addTrack(track);
      this.#apply();
      this.#user.heard();
    };
    connection.onconnectionstatechange = connection.oniceconnectionstatechange = () => {
      if (connection === this.#connection) this.#user.path();
    };
    return connection;
  }

  /** A path that is gone is looked for anew with every offer (RFC 8445 §2.4). */
  async #describe(type: "offer" | "answer"): Promise<string> {
    const connection = this.#connection;
    await connection.setLocalDescription(
      await (type === "offer"
        ? connection.createOffer({ iceRestart: this.path === "sick" })
        : connection.createAnswer()),
    );
    await gathered(connection, this.#settings.clock, this.#settings.iceServers.length > 0);
    return (this.sent = connection.localDescription?.sdp ?? "");
  }

  /** On hold nobody is heard, whatever the other side makes of the directions. */
  #apply(): void {
    for (const track of this.local.getTracks()) {
      track.enabled = !this.#held && !(this.#muted && track.kind === "audio");
    }
    for (const { track } of this.#connection.getReceivers()) track.enabled = !this.#held;
  }
}

const stopped = ({ direction }: RTCRtpTransceiver) => direction === "stopped";
