// How loud the microphone is, for a screen that shows it.

import type { Clock, Timer } from "../sip/clock.ts";
import type { Equipment } from "./equipment.ts";
import type { Input } from "./input.ts";

/** Milliseconds between two looks. */
const PACE = 50;
/** A voice has some tenth of full scale: what is shown is its square root, so that it fills half the scale and more. */
const shownOf = (samples: Float32Array) =>
  Math.min(1, Math.sqrt((1.5 * Math.hypot(...samples)) / Math.sqrt(samples.length)));

/**
 * Tells of the level of the microphone that is open, or opens one, until what
 * is returned is called. Rejects with the browser's DOMException.
 */
export async function meter(
  equipment: Equipment,
  clock: Clock,
  listener: (level: number) => void,
): Promise<() => void> {
  let own: Input | null = null;
  const open = async () => {
    const [track] = (await equipment.capture(false)).getTracks();
    if (over) track!.stop();
    else own = equipment.keep(track!, { taken() {}, lost() {} });
  };
  let over = false;
  let opening = false;
  if (!equipment.microphone) await open();
  const context = new AudioContext();
  context.resume().catch(() => {});
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  const samples = new Float32Array(analyser.fftSize);
  let heard: MediaStreamTrack | undefined;
  let copy: MediaStreamTrack | undefined;
  let source: MediaStreamAudioSourceNode | undefined;
  const drop = () => {
    source?.disconnect();
    copy?.stop();
    source = copy = undefined;
  };
  const follow = () => {
    const { microphone } = equipment;
    // The call whose microphone it was is over.
    if (!microphone && !opening) {
      opening = true;
      open().then(
        () => (opening = false),
        () => {},
      );
    }
    if (microphone === heard) return;
    heard = microphone;
    drop();
    if (!microphone) return;
    // A copy is heard while the call's own track is muted.
    copy = microphone.clone();
    copy.enabled = true;
    source = context.createMediaStreamSource(new MediaStream([copy]));
    source.connect(analyser);
  };
  let timer: Timer;
  const look = () => {
    timer = clock.after(PACE, look);
    follow();
    analyser.getFloatTimeDomainData(samples);
    listener(shownOf(samples));
  };
  look();
  return () => {
    over = true;
    timer.stop();
    drop();
    own?.close();
    void context.close();
  };
}
