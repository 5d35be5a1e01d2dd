// Microphones, cameras and screens, as browsers name them.

export type Kind = "audio" | "video";

/** What is used of `navigator.mediaDevices`. */
export type Devices = Pick<MediaDevices, "getUserMedia"> &
  Partial<
    Pick<MediaDevices, "enumerateDevices" | "getDisplayMedia" | "addEventListener" | "removeEventListener">
  >;

/** The settings that say what is opened, and how. */
export interface InputSettings {
  readonly microphone: string;
  readonly camera: string;
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGainControl: boolean;
}

/** A picture of a call: enough for a face, and no more than a narrow uplink and a small computer bear. */
const PICTURE: MediaTrackConstraints = {
  width: { ideal: 1280, max: 1920 },
  height: { ideal: 720, max: 1080 },
  frameRate: { ideal: 30, max: 30 },
};
/** Of a screen few pictures a second are enough, and each has to be sharp. */
export const SCREEN: DisplayMediaStreamOptions = { video: { frameRate: { max: 15 } }, audio: false };

/** The ID of the device that was chosen, or an empty string. */
export const chosen = (kind: Kind, { microphone, camera }: InputSettings) =>
  kind === "audio" ? microphone : camera;

/**
 * What to ask for. Chromium gives no weight to an ideal device ID, so that
 * whoever asks has to do without when there is none of that ID.
 */
export function constraintsOf(kind: Kind, settings: InputSettings): MediaTrackConstraints {
  const id = chosen(kind, settings);
  return { ...(id && { deviceId: { exact: id } }), ...treatmentOf(kind, settings) };
}

/** What to ask for, whichever the device. */
export function treatmentOf(kind: Kind, settings: InputSettings): MediaTrackConstraints {
  const { echoCancellation, noiseSuppression, autoGainControl } = settings;
  return kind === "video" ? PICTURE : { echoCancellation, noiseSuppression, autoGainControl };
}

/** Lets go of what was captured. */
export function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
