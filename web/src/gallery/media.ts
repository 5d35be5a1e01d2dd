// Microphones, cameras and screens that are drawn and sounded in the page: the
// gallery asks for no permission and shows the same pictures everywhere.

const picture = { width: 640, height: 480, rate: 10 } as const;

/** What a camera of the gallery sees. */
export interface Scenery {
  readonly name: string;
  readonly hue: number;
}

/** The browser's own, in whose place the phone finds another. */
const Context = globalThis.AudioContext;

/** Plays without being heard, and so also on a page that nobody has touched: browsers allow that to `video` alone. */
const silentPlayer = () => Object.assign(document.createElement("video"), { muted: true });

/** A soft hum of some seconds, as a WAV file (RFC 2361) of 8 bits a sample. */
function hum(): Blob {
  const rate = 8_000;
  const samples = Uint8Array.from(
    { length: rate * 10 },
    (_, at) => 128 + 24 * Math.sin((at / rate) * 360 * Math.PI),
  );
  const header = new DataView(new ArrayBuffer(44));
  const put = (at: number, text: string) =>
    [...text].forEach((char, i) => header.setUint8(at + i, char.charCodeAt(0)));
  put(0, "RIFF");
  header.setUint32(4, 36 + samples.length, true);
  put(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint32(20, 0x10001, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate, true);
  header.setUint32(32, 0x80001, true);
  put(36, "data");
  header.setUint32(40, samples.length, true);
  return new Blob([header, samples], { type: "audio/wav" });
}

/** A microphone that hears a soft hum, so that there is something to measure. */
export async function microphone(): Promise<MediaStreamTrack> {
  const player = Object.assign(silentPlayer(), { loop: true, src: URL.createObjectURL(hum()) });
  const { captureStream } = player as { captureStream?(): MediaStream };
  // A context waits for the page to be touched.
  if (captureStream) {
    await player.play();
    const [track] = captureStream.call(player).getAudioTracks();
    if (track) return track;
  }
  const context = new Context();
  const destination = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context, { frequency: 180 });
  tone.connect(new GainNode(context, { gain: 0.2 })).connect(destination);
  tone.start();
  return destination.stream.getAudioTracks()[0]!;
}

/** A picture of a person, in outline, that breathes. */
export function camera({ name, hue }: Scenery): MediaStreamTrack {
  const canvas = Object.assign(document.createElement("canvas"), picture);
  const context = canvas.getContext("2d")!;
  const { width, height } = picture;
  let frame = 0;
  const draw = () => {
    const breath = Math.sin(frame++ / 8) * 4;
    const sky = context.createLinearGradient(0, 0, width, height);
    sky.addColorStop(0, `hsl(${hue} 45% 70%)`);
    sky.addColorStop(1, `hsl(${hue + 40} 45% 38%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue + 20} 30% 22%)`;
    context.beginPath();
    context.ellipse(width / 2, height + 60 - breath, 190, 210, 0, 0, 7);
    context.fill();
    context.fillStyle = `hsl(${hue + 10} 35% 82%)`;
    context.beginPath();
    context.ellipse(width / 2, 210 - breath, 82, 104, 0, 0, 7);
    context.fill();
    context.fillStyle = "#fff";
    context.font = "600 22px system-ui";
    context.fillText(name, 20, 36);
  };
  draw();
  const track = canvas.captureStream(picture.rate).getVideoTracks()[0]!;
  const timer = setInterval(
    () => (track.readyState === "ended" ? clearInterval(timer) : draw()),
    1_000 / picture.rate,
  );
  return track;
}

/**
 * Takes the phone's voice: forty frames would be heard at once, and a page that
 * nobody has touched would say so in each. `refused`: it is told that it has none.
 */
export function silence(refused: boolean): void {
  Object.assign(globalThis, {
    Audio: function () {
      return silentPlayer();
    },
  });
  globalThis.AudioContext = class extends Context {
    override get state(): AudioContextState {
      return refused ? "suspended" : "running";
    }
    override get destination(): AudioDestinationNode {
      return new GainNode(this, { gain: 0 }) as AudioNode as AudioDestinationNode;
    }
  };
}

/**
 * Puts a storage of the scene's own in the place of the browser's: scenes don't
 * see each other's, and leave alone what the reader's own phone here has kept.
 */
export function installStorage(kept: Readonly<Record<string, unknown>>): void {
  const entries = new Map(Object.entries(kept).map(([key, value]) => [key, JSON.stringify(value)]));
  Object.defineProperty(globalThis, "localStorage", {
    value: {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    },
  });
}

/** Puts the gallery's devices in the place of the browser's. */
export function installDevices(refuse: () => DOMException | null): void {
  const device = (kind: MediaDeviceKind, deviceId: string, label: string): MediaDeviceInfo => ({
    kind,
    deviceId,
    label,
    groupId: "gallery",
    toJSON: () => ({}),
  });
  const list = [
    device("audioinput", "headset", "Jabra Evolve2 65 (headset)"),
    device("audioinput", "internal", "Built-in microphone"),
    device("audiooutput", "headset-out", "Jabra Evolve2 65 (headset)"),
    device("audiooutput", "speakers", "Built-in speakers"),
    device("videoinput", "webcam", "HD webcam"),
  ];
  Object.assign(navigator.mediaDevices, {
    enumerateDevices: async () => (refuse() ? [] : list),
    getUserMedia: async ({ audio, video }: MediaStreamConstraints) => {
      const refusal = refuse();
      if (refusal) throw refusal;
      return new MediaStream([
        ...(audio ? [await microphone()] : []),
        ...(video ? [camera({ name: "You", hue: 150 })] : []),
      ]);
    },
    getDisplayMedia: async () => new MediaStream([camera({ name: "Your screen", hue: 20 })]),
  });
}
