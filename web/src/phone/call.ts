// One call: its SIP session and its media, joined, as a host page sees it.

import type { Peer, VideoSource } from "../media/peer.ts";
import type { Heard } from "../media/quality.ts";
import type { Tone } from "../media/tones.ts";
import type { DialogState } from "../sip/dialog.ts";
import { Session } from "../sip/session.ts";
import type { SessionEnd, SessionUser } from "../sip/session.ts";
import type { ServerTransaction } from "../sip/transactions.ts";
import { parseNameAddr, quote } from "../sip/uri.ts";
import { shown, toUri } from "./address.ts";
import { errorOf, statusError } from "./errors.ts";
import type { CallHost } from "./host.ts";
import type { Line } from "./line.ts";
import type { SavedCall } from "./resume.ts";
import type { Referral } from "./transfer.ts";
import type { Upkeep } from "./upkeep.ts";
import { PhoneError } from "./types.ts";
import type { CallDetail, CallRecord, CallStatistics, Direction } from "./types.ts";

export type CallPhase = "connecting" | "ringing-out" | "ringing-in" | "active" | "held" | "ended";

/** Who and where, for either direction. */
interface Parties {
  direction: Direction;
  line: Line;
  uri: string;
  from: string;
  to: string;
  displayName: string;
  video: boolean;
}

const unsupported = (sentence: string) => new PhoneError("unsupported", sentence);
export const notUp = () => unsupported("This works only while a call is up.");
export const notRinging = () => unsupported("No call is ringing.");

/** The digit of a key of the dial pad. */
export function digitOf(key: string): string {
  const digit = String(key).toUpperCase();
  if (!/^[\d*#A-D]$/.test(digit)) throw unsupported("The keys are 0 to 9, *, # and A to D.");
  return digit;
}

/**
 * The phases; `held` is an active call that we hold.
 *
 *     connecting --INVITE sent, 180--> ringing-out --2xx--> active <--> held
 *          |                                |                 |           |
 *     ringing-in --answer()--> connecting --200 sent--------->+           |
 *          |                     |                            v           v
 *          +---------------------+--------------------------> ended <-----+
 */
type Phase = Exclude<CallPhase, "held">;

const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  connecting: ["ringing-out", "ringing-in", "active", "ended"],
  "ringing-out": ["active", "ended"],
  "ringing-in": ["connecting", "ended"],
  active: ["ended"],
  ended: [],
};

export class Call {
  readonly id: string;
  readonly direction: Direction;
  readonly from: string;
  readonly to: string;
  readonly displayName: string;
  /** Why it did not come about, or `null`. */
  error: PhoneError | null = null;
  /** @internal */
  readonly line: Line;
  /** @internal */
  readonly host: CallHost;
  /** @internal Of the other side. */
  readonly uri: string;
  readonly #created: Date;
  readonly #over: Promise<void>;
  #finished: () => void = () => {};
  /** The final status, as who referred us here wants to know it. */
  readonly #outcome: Promise<number>;
  #settled: (status: number) => void = () => {};
  #phase: Phase;
  #video: boolean;
  #startTime: Date | null = null;
  #ringTime: Date | null = null;
  #answerTime: Date | null = null;
  #muted = false;
  #early = false;
  #silenced = false;
  /** The other side refused our call. */
  #busy = false;
  #codes = new Set<number>();
  /** @internal */
  session: Session | null = null;
  /** @internal */
  peer: Peer | null = null;
  /** @internal The connection was lost, and the other side has not been told of the new one. */
  stale = false;
  #invite: ServerTransaction | null = null;
  /** Ours was the offer in the 200; the ACK brings the answer. */
  #offered = false;
  #acknowledged: () => void = () => {};
  #answering: Promise<void> | null = null;
  /** What keeps it up, once it is loaded. */
  #upkeep: Upkeep | null = null;
  #keeping: Promise<Upkeep> | null = null;
  #record: CallRecord | null = null;

  private constructor(
    host: CallHost,
    { direction, line, uri, from, to, displayName, video }: Parties,
    id = line.agent.word(),
  ) {
    this.host = host;
    this.line = line;
    this.direction = direction;
    this.uri = uri;
    this.from = from;
    this.to = to;
    this.displayName = displayName;
    this.#video = video;
    this.id = id;
    this.#created = this.#now();
    this.#over = new Promise((resolve) => (this.#finished = resolve));
    this.#outcome = new Promise((resolve) => (this.#settled = resolve));
    this.#phase = direction === "inbound" ? "ringing-in" : "connecting";
  }

  /** @internal A call to a URI; `start()` sets it going. */
  static outgoing(host: CallHost, line: Line, uri: string, video: boolean): Call {
    const from = host.settings().cli || line.username;
    const to = shown(uri, line.realm);
    return new Call(host, { direction: "outbound", line, uri, from, to, displayName: "", video });
  }

  /** @internal A call for us, which lets the caller hear that it rings. */
  static incoming(host: CallHost, line: Line, invite: ServerTransaction): Call {
    const { fields, body } = invite.request;
    const { name, uri } = parseNameAddr(fields.get("From"));
    const call = new Call(host, {
      direction: "inbound",
      line,
      uri,
      from: shown(uri, line.realm),
      to: shown(parseNameAddr(fields.get("To")).uri, line.realm),
      displayName: name.slice(0, 256),
      video: /^m=video [1-9]/m.test(body),
    });
    call.#invite = invite;
    call.#startTime = call.#ringTime = call.#created;
    call.session = Session.incoming(line.agent, call.#user(), invite);
    return call;
  }

  /** @internal A call of an earlier page; `resume()` gives it media. */
  static saved(host: CallHost, line: Line, saved: SavedCall): Call {
    const call = new Call(host, { ...saved, line }, saved.id);
    call.#startTime = new Date(saved.startTime);
    call.#ringTime = saved.ringTime ? new Date(saved.ringTime) : null;
    call.#answerTime = new Date(saved.answerTime);
    call.#muted = saved.muted;
    call.session = Session.resume(line.agent, call.#user(), saved.session);
    call.#phase = "active";
    call.stale = true;
    return call;
  }

  /** The other party's number. */
  get remote(): string {
    return this.direction === "inbound" ? this.from : this.to;
  }

  /** A picture goes at least one way, or is about to while the call is not up. */
  get video(): boolean {
    return this.#phase === "active" ? !!this.peer?.video : this.#video;
  }

  /** The picture that the other side gets from us, or `null`. */
  get videoSource(): VideoSource | null {
    return this.peer?.showing ? this.peer.source : null;
  }

  get state(): CallPhase {
    return this.held ? "held" : this.#phase;
  }

  /** @internal */
  get ringTime(): Date | null {
    return this.#ringTime;
  }

  /** When the INVITE was sent or received. */
  get startTime(): Date | null {
    return this.#startTime;
  }

  get answerTime(): Date | null {
    return this.#answerTime;
  }

  get held(): boolean {
    return this.#phase === "active" && !!this.peer?.held;
  }

  /** The other side holds the call. */
  get remoteHeld(): boolean {
    return this.#phase === "active" && !!this.peer?.remoteHeld;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** The call is up, but the server or the other side can't be reached for now. */
  get reconnecting(): boolean {
    return this.up && (this.stale || this.line.broken || !!this.#upkeep?.silent);
  }

  get detail(): CallDetail {
    const { id: callId, direction, from, to, displayName, video } = this;
    return { callId, direction, from, to, displayName, video };
  }

  /** The call detail record, once the call is over. */
  get record(): CallRecord | null {
    return this.#record;
  }

  get localStream(): MediaStream | null {
    return this.peer?.local ?? null;
  }

  get remoteStream(): MediaStream | null {
    return this.peer?.remote ?? null;
  }

  /** @internal Answered and not over. */
  get up(): boolean {
    return this.#phase === "active";
  }

  /** @internal The tone to hear when this is the current call. */
  get tone(): Tone | null {
    if (this.#phase === "ringing-in") return this.#silenced ? null : "ringing";
    if (this.#busy) return "busy";
    return this.#phase === "ringing-out" && !this.#early ? "ringback" : null;
  }

  /** @internal What is to be heard of the other side. */
  get sound(): MediaStream | null {
    return this.#early || (this.up && !this.held) ? this.remoteStream : null;
  }

  /** @internal Connection, microphone and offer, as much at once as can be; resolves when the INVITE is on its way. */
  async start(headers: [string, string][]): Promise<void> {
    const { line } = this;
    try {
      await Promise.all([this.#open(this.#video, true), line.connect()]);
      const sdp = await this.peer!.offer();
      this.#stillOn();
      const { cli, displayName } = this.host.settings();
      const uri = toUri(cli || line.username, line.realm);
      const from = `${displayName && `${quote(displayName)} `}<${uri}>`;
      this.#startTime = this.#now();
      this.session = Session.call(line.agent, this.#user(), this.uri, from, headers, sdp);
    } catch (cause) {
      const error = errorOf(cause);
      // A microphone that is missing or refused is no fault of the network.
      const ours = this.#phase === "ended" || /^(permission|no-device|unsup)/.test(error.code);
      this.#finish({ by: ours ? "local" : "network", status: 0, cause: 0 }, error);
      throw error;
    }
  }

  /** @internal Rings, unless a listener wants it silent. */
  ring(): void {
    this.#silenced = !this.host.emit("ringingin", this.detail);
    this.host.changed();
  }

  /** @internal What is known of its dialog. */
  get dialog(): DialogState | undefined {
    return this.session?.dialog?.state;
  }

  /** @internal The connection is gone: a call that is up goes on without it. */
  lost(): void {
    this.stale = this.up;
    this.session?.lost();
    this.#upkeep?.check();
    this.host.changed();
  }

  /** @internal There is a connection again. */
  restored(): void {
    this.session?.restored();
    if (this.up)
      this.#keep().then(
        (upkeep) => upkeep.restored(),
        () => {},
      );
    this.host.changed();
  }

  /** @internal Takes the call of an earlier page up. */
  resume(saved: SavedCall): void {
    this.#keep()
      .then((upkeep) => upkeep.resume(saved))
      .catch((cause: unknown) => {
        this.error = errorOf(cause);
        this.session?.hangup("network");
      });
  }

  /** @internal Media, and the first offer, for the call of an earlier page. */
  async begin({ held, camera, video }: SavedCall): Promise<string> {
    await this.#open(camera);
    return this.peer!.offer(held, video);
  }

  /** @internal Calls where the other side sends it; resolves to how that went. */
  async dial(referral: Referral): Promise<number> {
    return (await this.host.referred(this, referral)).#outcome;
  }

  /** Answers an incoming call; resolves when it is up. */
  answer(options: { video?: boolean } = {}): Promise<void> {
    this.#answering ??= this.#answer(options).finally(() => (this.#answering = null));
    return this.#answering;
  }

  /** Ends, cancels or declines the call, whatever fits; resolves when its record is there. */
  async hangup(): Promise<void> {
    if (this.session) this.session.hangup();
    else this.#finish({ by: "local", status: 0, cause: 0 });
    await this.#over;
  }

  /** Puts the call on hold; resolves when the other side agreed (RFC 3264 §8.4). */
  hold(): Promise<void> {
    return this.#ask((upkeep) => upkeep.setHeld(true));
  }

  unhold(): Promise<void> {
    const others = this.up ? this.host.holdOthers(this) : undefined;
    return this.#ask((upkeep) => upkeep.setHeld(false, others));
  }

  /**
   * Shows the other side the camera or the screen, or with `null` nothing more: then the device is
   * let go of at once. Resolves when the other side agreed; a change between camera and screen needs
   * no agreement. Rejects with PhoneError: `permission`, `no-device`, `unsupported` when the other
   * side or the browser takes no video; then the call goes on as it was.
   */
  setVideo(source: VideoSource | null): Promise<void> {
    return this.#ask((upkeep) => upkeep.picture.set(source));
  }

  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  /** How the call is now, since this was last asked; `null` while it is not up. */
  async statistics(): Promise<CallStatistics | null> {
    return this.up ? this.#ask((upkeep) => upkeep.statistics()) : null;
  }

  /** Sends a digit: as a telephone event (RFC 4733), or by INFO where the peer knows none. */
  dialpadPress(digit: string): void {
    const tone = digitOf(digit);
    if (!this.up) throw notUp();
    this.#keep().then(
      (upkeep) => upkeep.press(tone),
      (cause: unknown) => this.host.emit("error", errorOf(cause)),
    );
  }

  /** Sends the other side to an address, or joins it with the other side of another call. */
  async transfer(target: string | Call): Promise<void> {
    const other = target instanceof Call ? target : null;
    await this.#ask((upkeep) => {
      if (!this.up || other === this || (other && !other.up)) throw notUp();
      const uri = other ? other.uri : toUri(String(target), this.line.realm);
      const from = `<${toUri(this.line.username, this.line.realm)}>`;
      return upkeep.refer(uri, from, other?.dialog).then((status) => {
        if (status >= 300) throw statusError(status);
      });
    });
    await this.hangup();
  }

  async #answer({ video = this.host.settings().video }: { video?: boolean }): Promise<void> {
    const session = this.session;
    if (this.#phase !== "ringing-in" || !session) throw notRinging();
    this.#to("connecting");
    try {
      await this.host.holdOthers(this);
      await this.#open(video && this.#video);
      const offer = this.#invite!.request.body;
      this.#offered = !offer;
      const sdp = await (offer ? this.peer!.answer(offer) : this.peer!.offer());
      this.#stillOn();
      const acknowledged = new Promise<void>((resolve) => (this.#acknowledged = resolve));
      session.accept(sdp);
      this.#answered();
      await Promise.race([acknowledged, this.#over]);
    } catch (cause) {
      const error = errorOf(cause);
      void this.peer?.close();
      this.peer = null;
      // It goes on ringing, so that it can be answered once the cause is gone.
      if (this.#to("ringing-in")) this.#silenced = true;
      throw error;
    }
  }

  /** Microphone, camera for video (if there is one, unless it is `needed`), and what they go through. */
  async #open(video: boolean, needed = false): Promise<void> {
    const { host } = this;
    const { deskOf } = await host.environment.extras();
    const peer = await deskOf(host).open(video, needed, {
      heard: host.changed,
      path: () => {
        this.#upkeep?.check();
        host.changed();
      },
      lost: (kind, cause) => this.#upkeep?.lost(kind, cause),
    });
    peer.mute(this.#muted);
    this.peer = peer;
    if (this.#phase === "ended") {
      void peer.close();
      this.#stillOn();
    }
  }

  /** Stops what goes on for a call that was ended meanwhile. */
  #stillOn(): void {
    if (this.#phase === "ended") throw statusError(487);
  }

  #user(): SessionUser {
    return {
      provisional: (status, sdp) => void this.#provisional(status, sdp),
      answered: (sdp) => void this.#applied(sdp),
      confirmed: (sdp) => {
        this.#acknowledged();
        // Without a body the ACK was lost: their next offer takes the place of ours.
        if (this.#offered) void (sdp ? this.#applied(sdp) : this.peer?.rollback());
        this.#offered = false;
      },
      offered: async (sdp) => {
        const upkeep = await this.#keep();
        this.#offered = !sdp;
        return upkeep.offered(sdp);
      },
      request: (request, transaction) =>
        this.#keep().then(
          (upkeep) => upkeep.request(request, transaction),
          () => transaction.respond(500),
        ),
      refresh: () => {
        this.stale = true;
        this.restored();
      },
      ended: (end) => this.#finish(end),
    };
  }

  async #provisional(status: number, sdp: string): Promise<void> {
    if (status !== 180 && status !== 183) return;
    this.#to("ringing-out");
    this.#ringTime ??= this.#now();
    if (!this.#codes.has(status)) {
      this.#codes.add(status);
      this.host.emit("ringingout", { ...this.detail, code: status });
    }
    if (!sdp) return this.host.changed();
    try {
      await this.peer?.accept(sdp, true);
      // The answer may have come meanwhile.
      this.#early = this.#phase === "ringing-out";
      this.host.changed();
    } catch {
      // Early media that can't be heard is no reason to give the call up.
    }
  }

  /** The answer to our first offer. */
  async #applied(sdp: string): Promise<void> {
    if (this.#phase === "ended") return;
    try {
      await this.peer?.accept(sdp);
      if (this.#phase !== "active") this.#answered();
      this.host.changed();
    } catch (cause) {
      this.error = new PhoneError("protocol", "The other side's answer makes no sense. Try again.", cause);
      this.session?.hangup("network");
    }
  }

  #answered(): void {
    if (!this.#to("active")) return;
    this.#answerTime = this.#now();
    this.#early = false;
    this.#keep().then(
      (upkeep) => upkeep.check(),
      () => {},
    );
    this.host.emit("answer", this.detail);
    this.host.changed();
  }

  async #ask<T>(run: (upkeep: Upkeep) => Promise<T>): Promise<T> {
    const upkeep = await this.#keep();
    try {
      return await run(upkeep);
    } catch (cause) {
      throw this.#error(cause);
    }
  }

  /** Whatever can't be told from the end of the call is its end. */
  #error(cause: unknown): PhoneError {
    const error = errorOf(cause);
    return this.up || error.code !== "internal" ? error : notUp();
  }

  /** Loads what keeps the call up. */
  #keep(): Promise<Upkeep> {
    return (this.#keeping ??= this.host.environment.extras().then(
      ({ Upkeep }) => {
        const upkeep = new Upkeep(this);
        if (this.#phase === "ended") upkeep.stop(487);
        return (this.#upkeep = upkeep);
      },
      (cause: unknown) => {
        this.#keeping = null;
        throw cause;
      },
    ));
  }

  #setMuted(muted: boolean): void {
    if (this.#phase === "ended" || this.#muted === muted) return;
    this.#muted = muted;
    this.peer?.mute(muted);
    this.host.changed();
  }

  #to(next: Phase): boolean {
    if (!NEXT[this.#phase].includes(next)) return false;
    this.#phase = next;
    if (next === "active") this.#settled(200);
    this.host.changed();
    return true;
  }

  /** Ends the call once, whatever ended it. */
  #finish({ by, status, cause }: SessionEnd, error: PhoneError | null = null): void {
    const { detail } = this;
    if (!this.#to("ended")) return;
    if (by !== "local" || error)
      this.error ??= error ?? (status >= 300 || !status ? statusError(status) : null);
    const endTime = this.#now();
    const peer = this.peer;
    // The other side often hangs up when it has reached the target of a transfer.
    this.#upkeep?.stop(by === "remote" ? 200 : 487);
    this.#settled(status || 503);
    this.#busy = this.direction === "outbound" && by === "remote" && [486, 600, 603].includes(status);
    const finished = (heard: Heard | null) => {
      this.#record = {
        ...detail,
        startTime: (this.#startTime ?? this.#created).toISOString(),
        ringTime: iso(this.#ringTime),
        answerTime: iso(this.#answerTime),
        endTime: endTime.toISOString(),
        duration: this.#answerTime ? Math.round((endTime.getTime() - this.#answerTime.getTime()) / 1000) : 0,
        sipCode: this.#answerTime ? 200 : status,
        reason: this.#reason(by, status, cause),
        endedBy: by,
        codec: heard?.codec ?? "",
        quality: heard?.quality ?? null,
      };
      this.host.emit("end", this.#record);
      this.#finished();
    };
    this.host.ended(this);
    if (peer) void peer.close().then(finished);
    else finished(null);
  }

  #reason(by: SessionEnd["by"], status: number, cause: number): string {
    if (cause === 200 && !this.#answerTime) return "Answered elsewhere";
    if (this.error) return this.error.message;
    if (this.#answerTime)
      return by === "local"
        ? "Hung up"
        : by === "remote"
          ? "The other side hung up"
          : "The connection was lost";
    return status === 603 ? "Declined" : "Cancelled";
  }

  #now(): Date {
    return new Date(this.host.environment.clock.now());
  }
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
