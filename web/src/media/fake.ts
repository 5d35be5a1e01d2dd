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

/** A device that can be plugged in. */
export interface FakeDevice {
  readonly kind: "audioinput" | "videoinput" | "audiooutput";
  readonly deviceId: string;
  readonly groupId: string;
  readonly label: string;
}

let tracks = 0;

export class FakeTrack {
  readonly id = `track ${++tracks}`;
  readonly kind: string;
  enabled = true;
  stopped = false;
  contentHint = "";
  /** The system gives nothing of it. */
  muted = false;
  label = "";
  onended: (() => void) | null = null;
  settings: MediaTrackSettings;
  /** Sound can be treated otherwise without another capture. */
  adapts = true;

  constructor(kind: string, settings: MediaTrackSettings = {}) {
    this.kind = kind;
    this.settings = settings;
  }

  get readyState(): string {
    return this.stopped ? "ended" : "live";
  }

  getSettings(): MediaTrackSettings {
    return this.settings;
  }

  async applyConstraints({ deviceId: _, ...constraints }: MediaTrackConstraints): Promise<void> {
    if (this.adapts) Object.assign(this.settings, constraints);
  }

  stop(): void {
    this.stopped = true;
  }

  clone(): FakeTrack {
    return new FakeTrack(this.kind, this.settings);
  }

  /** Its device is unplugged, or the reader ends the sharing. */
  end(): void {
    this.stopped = true;
    this.onended?.();
  }
}

export class FakeStream {
  readonly tracks: FakeTrack[];
  /** Those that it had at first. */
  readonly captured: readonly FakeTrack[];

  constructor(...kinds: (string | FakeTrack)[]) {
    this.tracks = kinds.map((kind) => (typeof kind === "string" ? new FakeTrack(kind) : kind));
    this.captured = [...this.tracks];
  }

  getTracks(): FakeTrack[] {
    return [...this.tracks];
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "video");
  }

  addTrack(track: FakeTrack): void {
    if (!this.tracks.includes(track)) this.tracks.push(track);
  }

  removeTrack(track: FakeTrack): void {
    const at = this.tracks.indexOf(track);
    if (at >= 0) this.tracks.splice(at, 1);
  }
}

/** Devices that open at once, come and go. */
export class FakeDevices extends EventTarget {
  plugged: FakeDevice[] = [
    { kind: "audioinput", deviceId: "mic", groupId: "desk", label: "Microphone" },
    { kind: "videoinput", deviceId: "cam", groupId: "lid", label: "Camera" },
    { kind: "audiooutput", deviceId: "out", groupId: "desk", label: "Speaker" },
  ];
  /** Every capture, in order. */
  readonly streams: FakeStream[] = [];
  readonly screens: FakeStream[] = [];
  /** The next ones fail with this name. */
  denied: string | null = null;
  deniedCamera: string | null = null;
  deniedScreen: string | null = null;
  /** Captures take until then. */
  opening: Promise<void> | null = null;
  listeners = 0;

  plug(...devices: FakeDevice[]): void {
    this.plugged = devices;
    this.dispatchEvent(new Event("devicechange"));
  }

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }

  enumerateDevices = async (): Promise<MediaDeviceInfo[]> => this.plugged as unknown as MediaDeviceInfo[];

  getUserMedia = async (constraints: MediaStreamConstraints = {}): Promise<MediaStream> => {
    const denied = this.denied ?? (constraints.video ? this.deniedCamera : null);
    if (denied) throw new DOMException("", denied);
    if (this.opening) await this.opening;
    const captured = (["audio", "video"] as const)
      .filter((kind) => constraints[kind])
      .map((kind) => {
        const { deviceId, ...rest } = Object(constraints[kind]) as MediaTrackConstraints;
        const { exact } = Object(deviceId) as { exact?: string };
        const found = this.plugged.filter((device) => device.kind === `${kind}input`);
        if (!found.length) throw new DOMException("", "NotFoundError");
        const device = exact ? found.find(({ deviceId }) => deviceId === exact) : found[0];
        if (!device) throw new DOMException("", "OverconstrainedError");
        const { deviceId: id, groupId, label } = device;
        const settings = { ...(rest as MediaTrackSettings), deviceId: id, groupId };
        return Object.assign(new FakeTrack(kind, settings), { label });
      });
    const stream = new FakeStream(...captured);
    this.streams.push(stream);
    return stream as unknown as MediaStream;
  };

  getDisplayMedia = async (): Promise<MediaStream> => {
    if (this.deniedScreen) throw new DOMException("", this.deniedScreen);
    const stream = new FakeStream("video");
    this.screens.push(stream);
    return stream as unknown as MediaStream;
  };

  /** What was captured and has not ended. */
  get open(): FakeTrack[] {
    const all = [...this.streams, ...this.screens].flatMap(({ captured }) => captured);
    return all.filter(({ stopped }) => !stopped);
  }
}

type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive" | "stopped";

const direction = (sends: boolean, receives: boolean): Direction =>
  sends ? (receives ? "sendrecv" : "sendonly") : receives ? "recvonly" : "inactive";

/** What both want (RFC 3264 §6.1), as the first has it. */
const both = (ours: string, theirs: string) =>
  direction(/^send/.test(ours) && /recv/.test(theirs), /recv/.test(ours) && /^send/.test(theirs));

interface FakeTransceiver {
  direction: Direction;
  currentDirection: Direction | null;
  mid: string | null;
  sender: {
    track: FakeTrack | null;
    dtmf: { toneBuffer: string; insertDTMF(tones: string): void };
    replaceTrack(track: FakeTrack | null): Promise<void>;
    getParameters(): { encodings: { maxBitrate?: number }[] };
    setParameters(parameters: unknown): Promise<void>;
  };
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
  /** The candidates that are found at once, as lines of a description. */
  found = "";
  onicegatheringstatechange: (() => void) | null = null;
  /** Gathering completes by itself unless a test wants to do it. */
  gathers = true;

  constructor(configuration: RTCConfiguration) {
    super();
    this.configuration = configuration;
  }

  addTransceiver(
    what: FakeTrack | string,
    { direction = "sendrecv" }: { direction?: Direction } = {},
  ): FakeTransceiver {
    return this.#transceiver(
      typeof what === "string" ? what : what.kind,
      Object(what) === what ? (what as FakeTrack) : null,
      direction,
    );
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
    return { type: "offer", sdp: this.#sections(({ direction }) => direction) };
  }

  async createAnswer(): Promise<Description> {
    const theirs = sections(this.pending?.sdp ?? "");
    const answer = this.#sections(
      (transceiver, i) => both(transceiver.direction, theirs[i] ?? "inactive"),
      theirs.length,
    );
    return { type: "answer", sdp: answer.replace("s=-", "s=-\r\na=group:BUNDLE 0 1") };
  }

  /** A section for each transceiver, audio first. */
  #sections(of: (transceiver: FakeTransceiver, i: number) => Direction, most = 9): string {
    return this.transceivers
      .slice(0, most)
      .map((transceiver, i) => {
        if (!i) return direct(AUDIO, of(transceiver, i));
        const port = transceiver.direction === "stopped" ? 0 : 9;
        const way = port ? of(transceiver, i) : "inactive";
        return `m=video ${port} UDP/TLS/RTP/SAVPF 96\r\na=mid:${i}\r\na=${way}\r\n`;
      })
      .join("");
  }

  pending: Description | null = null;

  async setLocalDescription(description: Description): Promise<void> {
    this.descriptions.push(`local ${description.type}`);
    if (description.type === "rollback") {
      if (this.signalingState !== "have-local-offer") throw new DOMException("", "InvalidStateError");
      this.signalingState = "stable";
      for (const transceiver of this.#named.splice(0)) transceiver.mid = null;
      return;
    }
    this.localDescription = { ...description, sdp: (description.sdp ?? "") + this.found };
    if (description.type === "offer") {
      this.signalingState = "have-local-offer";
      this.#named = this.transceivers.filter(({ mid }) => mid === null);
      for (const transceiver of this.#named) transceiver.mid = String(this.transceivers.indexOf(transceiver));
    } else {
      this.signalingState = "stable";
      this.#negotiated(description.sdp ?? "", this.pending?.sdp ?? "");
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
      sections(description.sdp).forEach((way, i) => {
        const transceiver =
          this.transceivers[i] ?? this.#transceiver(i ? "video" : "audio", null, "recvonly");
        transceiver.mid = String(i);
        if (way === "stopped") transceiver.direction = transceiver.currentDirection = "stopped";
      });
    } else if (!/offer|pranswer/.test(this.signalingState)) throw new DOMException("", "InvalidStateError");
    else if (description.type === "answer") {
      this.signalingState = "stable";
      this.#named = [];
      this.#negotiated(this.localDescription?.sdp ?? "", description.sdp);
      this.currentRemoteDescription = description;
      this.currentLocalDescription = this.localDescription;
      this.#connect();
    } else {
      this.signalingState = "have-remote-pranswer";
      await this.early;
    }
    sections(description.sdp).forEach((way, i) => {
      const track = i ? this.transceivers[i]?.receiver.track : this.remote.captured[0];
      if (!track || (i && !way.startsWith("send"))) return;
      this.remote.addTrack(track);
      this.ontrack?.({ track, streams: [this.remote] });
    });
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

  /** The transceivers that our offer under way gave a place to. */
  #named: FakeTransceiver[] = [];

  #negotiated(local: string, remote: string): void {
    const [ours, theirs] = [sections(local), sections(remote)];
    this.transceivers.forEach((transceiver, i) => {
      if (transceiver.mid === null) return;
      const refused = [ours[i], theirs[i]].some((way) => way === undefined || way === "stopped");
      transceiver.currentDirection = refused ? "stopped" : both(ours[i]!, theirs[i]!);
      if (refused) transceiver.direction = "stopped";
    });
  }

  #transceiver(kind: string, track: FakeTrack | null, direction: Direction = "sendrecv"): FakeTransceiver {
    const dtmf = {
      toneBuffer: "",
      insertDTMF: (tones: string) => {
        if (!this.takesDigits) throw new DOMException("", "InvalidStateError");
        this.digits += tones;
      },
    };
    const sender: FakeTransceiver["sender"] = {
      track,
      dtmf,
      replaceTrack: async (next) => {
        // As in browsers, it takes a moment.
        for (let i = 0; i < 5; i++) await null;
        sender.track = next;
      },
      getParameters: () => ({ encodings: [{}] }),
      setParameters: async () => {},
    };
    const transceiver: FakeTransceiver = {
      direction,
      currentDirection: null,
      sender,
      receiver: { track: kind === "audio" ? this.remote.captured[0]! : new FakeTrack(kind) },
      stop: () => {
        transceiver.direction = transceiver.currentDirection = "stopped";
        // One that was never in a description is gone (RFC 8829 §4.2.1).
        if (transceiver.mid === null) this.transceivers.splice(this.transceivers.indexOf(transceiver), 1);
      },
      mid: null,
    };
    this.transceivers.push(transceiver);
    return transceiver;
  }
}

/** The direction of each media section, `stopped` when it is refused. */
function sections(sdp: string): Direction[] {
  const way = /^a=(sendrecv|sendonly|recvonly|inactive)/m;
  const [session = "", ...media] = sdp.split(/^(?=m=)/m);
  return media.map((part) =>
    /^m=\w+ 0 /.test(part)
      ? "stopped"
      : ((way.exec(part)?.[1] ?? way.exec(session)?.[1] ?? "sendrecv") as Direction),
  );
}
