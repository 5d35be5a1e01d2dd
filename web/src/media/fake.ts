// For tests: a peer connection that negotiates by the book (RFC 8829) and
// carries nothing, and devices that open at once.

export const AUDIO = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 101",
  "c=IN IP4 0.0.0.0",
  "a=rtpmap:111 opus/48000/2",
  "a=rtpmap:101 telephone-event/8000",
  "a=sendrecv",
  "",
].join("\r\n");

export const direct = (sdp: string, direction: string) => sdp.replace(/a=sendrecv/g, `a=${direction}`);
export const withoutDigits = (sdp: string) => sdp.replace(/a=rtpmap:101.*\r\n/, "");

class FakeTrack {
  readonly kind: string;
  enabled = true;
  stopped = false;
  constructor(kind: string) {
    this.kind = kind;
  }
  stop(): void {
    this.stopped = true;
  }
}

export class FakeStream {
  readonly tracks: FakeTrack[];
  constructor(...kinds: string[]) {
    this.tracks = kinds.map((kind) => new FakeTrack(kind));
  }
  getTracks(): FakeTrack[] {
    return this.tracks;
  }
}

interface FakeTransceiver {
  direction: string;
  mid: string;
  sender: { track: FakeTrack | null; dtmf: { toneBuffer: string; insertDTMF(tones: string): void } };
  receiver: { track: FakeTrack };
  stop(): void;
}

type Description = { type: string; sdp?: string };

export class FakePeer extends EventTarget {
  signalingState = "stable";
  iceGatheringState = "new";
  connectionState = "new";
  iceConnectionState = "new";
  localDescription: Description | null = null;
  currentLocalDescription: Description | null = null;
  currentRemoteDescription: Description | null = null;
  onicecandidate: ((event: { candidate: { candidate: string } | null }) => void) | null = null;
  ontrack: ((event: { track: FakeTrack; streams: FakeStream[] }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  /** How many offers asked for an ICE restart. */
  restarts = 0;
  readonly candidates: RTCIceCandidateInit[] = [];
  readonly configuration: RTCConfiguration;
  readonly transceivers: FakeTransceiver[] = [];
  readonly remote = new FakeStream("audio");
  readonly descriptions: string[] = [];
  digits = "";
  closed = false;
  stats: unknown[] = [];
  /** An early answer takes until then. */
  early: Promise<void> | null = null;
  /** As Firefox: provisional answers are not known. */
  provisional = true;
  /** False as Chromium while the transport is not up: no digits can be inserted. */
  takesDigits = true;
  /** A path is found as soon as there is an answer. */
  connects = true;
  /** Gathering completes by itself unless a test wants to do it. */
  gathers = true;

  constructor(configuration: RTCConfiguration) {
    super();
    this.configuration = configuration;
  }

  addTrack(track: FakeTrack): void {
    const free = this.transceivers.find(
      ({ sender, receiver }) => !sender.track && receiver.track.kind === track.kind,
    );
    if (free) free.sender.track = track;
    else this.#transceiver(track.kind, track);
  }

  getSenders() {
    return this.transceivers.map(({ sender }) => sender);
  }

  getReceivers() {
    return this.transceivers.map(({ receiver }) => receiver);
  }

  getTransceivers() {
    return this.transceivers;
  }

  async createOffer({ iceRestart = false } = {}): Promise<Description> {
    if (iceRestart) this.restarts++;
    const [audio, video] = this.transceivers;
    const part = direct(AUDIO, audio?.direction ?? "sendrecv");
    return { type: "offer", sdp: video ? `${part}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n` : part };
  }

  async createAnswer(): Promise<Description> {
    const offer = this.pending;
    const theirs = /a=(sendrecv|sendonly|recvonly|inactive)/.exec(offer?.sdp ?? "")?.[1] ?? "sendrecv";
    const ours = this.transceivers[0]?.direction ?? "sendrecv";
    // What both want (RFC 3264 §6.1).
    const send = /sendrecv|recvonly/.test(theirs) && ours.startsWith("send");
    const receive = theirs.startsWith("send") && /sendrecv|recvonly/.test(ours);
    const mirrored = send ? (receive ? "sendrecv" : "sendonly") : receive ? "recvonly" : "inactive";
    const video = this.transceivers[1];
    const answer = direct(AUDIO, mirrored) + (video ? `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n` : "");
    return { type: "answer", sdp: answer.replace("s=-", "s=-\r\na=group:BUNDLE 0 1") };
  }

  pending: Description | null = null;

  async setLocalDescription(description: Description): Promise<void> {
    this.descriptions.push(`local ${description.type}`);
    if (description.type === "rollback") {
      if (this.signalingState !== "have-local-offer") throw new DOMException("", "InvalidStateError");
      this.signalingState = "stable";
      return;
    }
    this.localDescription = description;
    if (description.type === "offer") this.signalingState = "have-local-offer";
    else {
      this.signalingState = "stable";
      this.currentLocalDescription = description;
      this.currentRemoteDescription = this.pending;
      this.#connect();
    }
    if (this.gathers) this.iceGatheringState = "complete";
  }

  async setRemoteDescription(description: Description): Promise<void> {
    this.descriptions.push(`remote ${description.type}`);
    if (description.type === "pranswer" && !this.provisional) throw new DOMException("", "NotSupportedError");
    if (!description.sdp?.startsWith("v=0")) throw new DOMException("", "OperationError");
    this.pending = description;
    if (description.type === "offer") {
      if (this.signalingState !== "stable") throw new DOMException("", "InvalidStateError");
      this.signalingState = "have-remote-offer";
      if (!this.transceivers.length) this.#transceiver("audio", null);
      if (/m=video [1-9]/.test(description.sdp) && this.transceivers.length < 2)
        this.#transceiver("video", null);
    } else if (!/offer|pranswer/.test(this.signalingState)) throw new DOMException("", "InvalidStateError");
    else if (description.type === "answer") {
      this.signalingState = "stable";
      this.currentRemoteDescription = description;
      this.currentLocalDescription = this.localDescription;
      this.#connect();
    } else {
      this.signalingState = "have-remote-pranswer";
      await this.early;
    }
    this.ontrack?.({ track: this.remote.tracks[0]!, streams: [this.remote] });
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map(this.stats.map((value, i) => [String(i), value]));
  }

  close(): void {
    this.closed = true;
  }

  /** The path comes or goes. */
  path(state: "connected" | "disconnected" | "failed"): void {
    this.connectionState = this.iceConnectionState = state;
    this.onconnectionstatechange?.();
  }

  get remoteDescription(): Description | null {
    return this.pending ?? this.currentRemoteDescription;
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!candidate.candidate?.startsWith("candidate:")) throw new DOMException("", "OperationError");
    this.candidates.push(candidate);
  }

  /** One more local candidate is found. */
  gather(candidate: string): void {
    this.localDescription = {
      ...this.localDescription!,
      sdp: `${this.localDescription!.sdp}a=${candidate}\r\n`,
    };
    this.dispatchEvent(new Event("icecandidate"));
  }

  #connect(): void {
    queueMicrotask(() => {
      if (this.connectionState === "new" && this.connects && !this.closed) this.path("connected");
    });
  }

  #transceiver(kind: string, track: FakeTrack | null): void {
    const dtmf = {
      toneBuffer: "",
      insertDTMF: (tones: string) => {
        if (!this.takesDigits) throw new DOMException("", "InvalidStateError");
        this.digits += tones;
      },
    };
    const transceiver: FakeTransceiver = {
      direction: "sendrecv",
      sender: { track, dtmf },
      receiver: { track: kind === "audio" ? this.remote.tracks[0]! : new FakeTrack(kind) },
      stop: () => void (transceiver.direction = "stopped"),
      mid: String(this.transceivers.length),
    };
    this.transceivers.push(transceiver);
  }
}
