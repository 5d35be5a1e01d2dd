// Microphones, cameras and screens that are drawn and sounded in the page: the
// gallery asks for no permission and shows the same pictures everywhere.

const picture = { width: 640, height: 480, rate: 10 } as const;

/** What a camera of the gallery sees. */
export interface Scenery {
  readonly name: string;
  readonly hue: number;
}

/** A microphone that hears a soft hum, so that there is something to measure. */
export function microphone(): MediaStreamTrack {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const hum = new OscillatorNode(context, { frequency: 180 });
  hum.connect(new GainNode(context, { gain: 0.2 })).connect(destination);
  hum.start();
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
        ...(audio ? [microphone()] : []),
        ...(video ? [camera({ name: "You", hue: 150 })] : []),
      ]);
    },
    getDisplayMedia: async () => new MediaStream([camera({ name: "Your screen", hue: 20 })]),
  });
}
