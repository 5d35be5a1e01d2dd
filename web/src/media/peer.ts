// The media of one call: an RTCPeerConnection, what goes into it from here and
// what comes out of it. Offers and answers are session descriptions as text
// (RFC 8829); nothing here knows who carries them. Loaded on demand.

import type { Clock } from "../sip/clock.ts";
import type { Equipment } from "./equipment.ts";
import { gathered } from "./gathering.ts";
import type { Path } from "./health.ts";
import type { Input } from "./input.ts";
import { heardOf } from "./quality.ts";
import type { Heard } from "./quality.ts";
import { holds } from "./sdp.ts";

export interface PeerSettings {
  readonly clock: Clock;
  readonly iceServers: RTCIceServer[];
  readonly equipment: Equipment;
  create(configuration: RTCConfiguration): RTCPeerConnection;
}

export interface PeerUser {
  /** The remote stream is there, or has one more track. */
  heard(): void;
  /** The path to the other side has come or gone. */
  path(): void;
  /** Microphone or camera are gone, and there is no other. */
  lost(kind: "audio" | "video", cause: unknown): void;
}

/** Where the picture that we send comes from. */
export type VideoSource = "camera" | "screen";

/** Milliseconds that statistics may take when a call ends. */
const STATS_LIMIT = 500;
/** Bits per second that our picture may take. */
const PICTURE_RATE = 2_500_000;

export class Peer {
  /** What we send; its tracks change, the stream stays. */
  readonly local: MediaStream;
  remote: MediaStream | null = null;
  /** The description that was last sent. */
  sent = "";
  readonly #settings: PeerSettings;
  readonly #user: PeerUser;
  /** What keeps our tracks right, by track; a screen's has none. */
  readonly #inputs = new Map<MediaStreamTrack, Input | null>();
  #connection: RTCPeerConnection;
  #held = false;
  #muted = false;
  #source: VideoSource | null = null;
  /** The picture that another one is about to take the place of. */
  #leaving: MediaStreamTrack | null = null;
  /** The picture that was put into an offer or answer. */
  #offered: MediaStreamTrack | null = null;
  #video = false;
  /** The early answer that was applied in place of the final one. */
  #early = "";

  /** Takes the tracks over: they end with it. */
  constructor(settings: PeerSettings, local: MediaStream, user: PeerUser) {
    this.#settings = settings;
    this.local = local;
    this.#user = user;
    this.#connection = this.#open();
    for (const track of local.getTracks()) this.#keep(track);
    if (this.#picture) this.#source = "camera";
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

  /** A picture goes at least one way, or would if nobody held the call. */
  get video(): boolean {
    return this.#video || this.showing;
  }

  /** What we show, or want to show. */
  get source(): VideoSource | null {
    return this.#source;
  }

  /** The other side takes our picture. */
  get showing(): boolean {
    const { currentDirection = null } = this.#sending ?? {};
    return /send/.test(currentDirection ?? "") || (!!currentDirection && (this.#held || this.remoteHeld));
  }

  /** The first offer; with `video` also where we only look on. */
  async offer(held = false, video = false): Promise<string> {
    await this.#direct(held);
    if (video && !this.#picture)
      this.#connection.addTransceiver("video", { direction: held ? "inactive" : "recvonly" });
    this.#video = video;
    return this.#describe("offer");
  }

  /** An offer within the call; `held` says what it proposes. */
  async reoffer(held: boolean): Promise<string> {
    await this.#direct(held);
    return this.#describe("offer");
  }

  /** What `reoffer` proposed was agreed on. */
  async agreed(held: boolean, answer: string): Promise<void> {
    await this.#take(answer, false);
    this.#held = held;
    this.#settle();
  }

  /** What `reoffer` proposed was refused. */
  async rollback(): Promise<void> {
    if (this.#connection.signalingState !== "have-local-offer") return;
    await this.#connection.setLocalDescription({ type: "rollback" });
    await this.#direct(this.#held);
  }

  /** Answers an offer. A picture that is offered is looked at; ours goes only if it is on. */
  async answer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: "offer", sdp: offer });
    await this.#direct(this.#held, false);
    const answer = await this.#describe("answer");
    this.#settle();
    return answer;
  }

  /** Begins anew: the other side is another DTLS endpoint now. */
  renew(): void {
    this.#connection.close();
    this.remote = null;
    this.#connection = this.#open();
  }

  /** Applies the answer to our offer; an early one may be followed by another. */
  async accept(answer: string, early = false): Promise<void> {
    await this.#take(answer, early);
    if (!early) this.#settle();
  }

  async #take(answer: string, early: boolean): Promise<void> {
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

  /** Our picture is this track from now on; the one before ends. The next offer or answer tells of a first one. */
  show(source: VideoSource, track: MediaStreamTrack): void {
    const before = this.#picture;
    this.#source = source;
    this.local.addTrack(track);
    this.#inputs.set(track, null);
    if (source === "camera") this.#keep(track);
    else track.contentHint = "detail";
    this.#apply();
    if (before) this.#replace(before, track);
  }

  /** Our picture ends at once; the next offer tells of it. */
  hide(): void {
    const picture = this.#picture;
    this.#source = null;
    if (picture) this.#replace(picture, null);
  }

  /** Lets go of microphone and camera at once and of the rest after a last look at the statistics. */
  async close(): Promise<Heard | null> {
    for (const track of [...this.#inputs.keys()]) this.#stop(track);
    const connection = this.#connection;
    connection.ontrack = connection.onconnectionstatechange = connection.oniceconnectionstatechange = null;
    const stats = connection
      .getStats()
      .then((report) => heardOf(connection, report))
      .catch(() => null);
    const found = await new Promise<Heard | null>((resolve) => {
      const limit = this.#settings.clock.after(STATS_LIMIT, () => resolve(null));
      void stats.then((found) => {
        limit.stop();
        resolve(found);
      });
    });
    // Chromium never lets go of a connection that is closed while it has a change
    // of state to tell: that comes first.
    this.#settings.clock.after(0, () => connection.close());
    return found;
  }

  get #picture(): MediaStreamTrack | undefined {
    return this.local.getTracks().find(({ kind }) => kind === "video");
  }

  /** What sends our picture. */
  get #sending(): RTCRtpTransceiver | undefined {
    const picture = this.#picture;
    return this.#transceivers().find(
      ({ sender: { track } }) => picture && track && (track === picture || track === this.#leaving),
    );
  }

  #transceivers(): RTCRtpTransceiver[] {
    return this.#connection.getTransceivers().filter(({ direction }) => direction !== "stopped");
  }

  /**
   * Gives every track of ours a way out, and every way its direction:
   *
   *     we send                  sendrecv, and sendonly while we hold
   *     we have nothing to send  recvonly, and inactive while we hold
   *
   * An answer has no ways but those of the offer.
   */
  async #direct(held: boolean, more = true): Promise<void> {
    const ours = new Set<MediaStreamTrack | null>(this.local.getTracks());
    for (const track of this.local.getTracks()) {
      const ways = this.#transceivers().filter(({ receiver }) => receiver.track.kind === track.kind);
      if (ways.some(({ sender }) => sender.track === track)) continue;
      const free = ways.find(({ sender }) => !ours.has(sender.track));
      if (free) {
        free.sender.setStreams?.(this.local);
        await free.sender.replaceTrack(track);
      } else if (more) this.#connection.addTransceiver(track, { streams: [this.local] });
    }
    if (this.#sending) this.#offered = this.#picture!;
    for (const way of this.#transceivers()) {
      const sends = ours.has(way.sender.track) || way.receiver.track.kind === "audio";
      way.direction = held ? (sends ? "sendonly" : "inactive") : sends ? "sendrecv" : "recvonly";
    }
  }

  /** An offer was answered, by either side. */
  #settle(): void {
    // Whoever takes our picture no longer, or never did: the camera goes off.
    if (this.#offered && this.#offered === this.#picture && !this.#sending) this.hide();
    const pictures = this.#transceivers().filter(({ receiver }) => receiver.track.kind === "video");
    for (const { currentDirection, receiver, sender } of pictures) {
      if (!/recv/.test(currentDirection ?? "")) this.remote?.removeTrack(receiver.track);
      if (sender.track) bound(sender);
    }
    if (!this.#held && !this.remoteHeld)
      this.#video = pictures.some(({ currentDirection }) => /send|recv/.test(currentDirection ?? ""));
    this.#apply();
    this.#user.heard();
  }

  /** Puts a track in the place of another, which ends then. */
  #replace(before: MediaStreamTrack, track: MediaStreamTrack | null): void {
    const way = this.#transceivers().find(({ sender }) => sender.track === before);
    this.local.removeTrack(before);
    if (this.#offered === before) this.#offered = track;
    this.#leaving = track && before;
    const stop = () => this.#stop(before);
    if (!track) stop();
    // What was never agreed on leaves no trace.
    if (!track && way && way.mid === null) way.stop();
    else way?.sender.replaceTrack(track).then(stop, stop);
    if (track && !way) stop();
  }

  #stop(track: MediaStreamTrack): void {
    this.#inputs.get(track)?.close();
    this.#inputs.delete(track);
    track.stop();
  }

  #keep(track: MediaStreamTrack): void {
    const input = this.#settings.equipment.keep(track, {
      taken: (next) => {
        const before = [...this.#inputs].find(([, kept]) => kept === input)![0];
        this.#inputs.delete(before);
        this.#inputs.set(next, input);
        this.local.addTrack(next);
        this.#apply();
        // The one before is stopped by its input.
        this.local.removeTrack(before);
        if (this.#offered === before) this.#offered = next;
        const sender = this.#connection.getSenders().find(({ track }) => track === before);
        void sender?.replaceTrack(next).catch(() => {});
        this.#user.heard();
      },
      lost: (cause) => this.#user.lost(input.kind, cause),
    });
    this.#inputs.set(track, input);
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

  /** On hold nobody is heard or seen, whatever the other side makes of the directions. */
  #apply(): void {
    for (const track of this.local.getTracks()) {
      track.enabled = !this.#held && !(this.#muted && track.kind === "audio");
    }
    for (const { track } of this.#connection.getReceivers()) track.enabled = !this.#held;
  }
}

/** A picture leaves room for the voice. */
function bound(sender: RTCRtpSender): void {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings ?? [];
  if (!encoding || encoding.maxBitrate) return;
  encoding.maxBitrate = PICTURE_RATE;
  sender.setParameters(parameters).catch(() => {});
}
