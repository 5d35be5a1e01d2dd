// One way out for tones: an AudioContext that plays through a device of choice
// (Web Audio API §1.2, Audio Output Devices API).

import { waveOf } from "./tones.ts";

/** What browsers have and TypeScript's library does not know yet. */
type Sinkable = { setSinkId?(id: string): Promise<void> };

/** The device if there is one of this ID, else an empty string: the default. */
export async function present(id: string): Promise<string> {
  if (!id) return "";
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const outputs = devices.filter(({ kind }) => kind === "audiooutput");
  // Where none is listed the browser may still know it.
  return !outputs.length || outputs.some(({ deviceId }) => deviceId === id) ? id : "";
}

/** Plays through a device; where that can't be, through the default one. */
export function routeTo(sink: object, id: string): Promise<void> {
  const { setSinkId } = sink as Sinkable;
  const set = async (to: string) => setSinkId?.call(sink, to);
  return set(id).catch(() => set("").catch(() => {}));
}

export class Output {
  readonly #changed: () => void;
  #context: AudioContext | undefined;
  /** What all tones go through. */
  #bus: GainNode | undefined;
  /** Where a context has no choice of its own, its sound goes through an element that has. */
  #element: HTMLAudioElement | undefined;
  #device = "";
  readonly #sounding = new Set<AudioNode>();

  /** `changed` is called when the sound has begun or was held back. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** There is something to be heard, and the page may not play. */
  get blocked(): boolean {
    return this.#sounding.size > 0 && this.#context?.state !== "running";
  }

  /** Refused until the reader has touched the page: to be called again when they do. */
  resume(): void {
    if (!this.#sounding.size) return;
    this.#context?.resume().catch(() => {});
    this.#element?.play().catch(() => {});
  }

  /**
   * Starts a tone, or one period of it; what is returned ends it. `over` is
   * called when it has ended by itself.
   */
  start(name: string, over: () => void, once = false): () => void {
    const context = (this.#context ??= this.#open());
    const wave = waveOf(name, context.sampleRate);
    if (!wave) {
      over();
      return over;
    }
    const { samples, limit } = wave;
    const buffer = context.createBuffer(1, samples.length, context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    source.connect(this.#bus!);
    this.#sounding.add(source);
    const end = () => {
      if (!this.#sounding.delete(source)) return;
      source.onended = null;
      source.stop();
      source.disconnect();
      if (!this.#sounding.size) context.suspend().catch(() => {});
    };
    source.onended = () => {
      end();
      over();
    };
    this.resume();
    source.start();
    const seconds = limit || (once && buffer.duration);
    if (seconds) source.stop(context.currentTime + seconds);
    return end;
  }

  /** Goes to a device, an empty ID being the default one. */
  async route(device: string): Promise<void> {
    const id = await present(device);
    if (!this.#context || id === this.#device) return;
    this.#device = id;
    if ("setSinkId" in this.#context) return routeTo(this.#context, id);
    this.#bus!.disconnect();
    if (id) {
      this.#element ??= new Audio();
      const through = this.#context.createMediaStreamDestination();
      this.#bus!.connect(through);
      this.#element.srcObject = through.stream;
      await routeTo(this.#element, id);
      this.#element.play().catch(() => {});
    } else {
      this.#element?.pause();
      this.#bus!.connect(this.#context.destination);
    }
  }

  #open(): AudioContext {
    const context = new AudioContext();
    this.#bus = context.createGain();
    this.#bus.connect(context.destination);
    context.onstatechange = () => this.#changed();
    return context;
  }
}
