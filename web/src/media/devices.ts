// Microphone and camera.

export type Devices = Pick<MediaDevices, "getUserMedia">;

/** Opens the microphone, and the camera for video. Rejects with the browser's DOMException. */
export async function capture(devices: Devices | undefined, video: boolean): Promise<MediaStream> {
  if (!devices) throw new DOMException("", "NotSupportedError");
  return devices.getUserMedia({ audio: true, video });
}

/** Lets go of microphone and camera. */
export function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
