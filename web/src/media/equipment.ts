// The microphones and cameras of a phone: opens the chosen ones and keeps what
// is open right while devices come and go and settings change.

import { SCREEN, constraintsOf, release, treatmentOf } from "./devices.ts";
import type { Devices, InputSettings, Kind } from "./devices.ts";
import { Input } from "./input.ts";
import type { InputUser } from "./input.ts";

export class Equipment {
  readonly #devices: Devices | undefined;
  readonly #settings: () => InputSettings;
  readonly #inputs = new Set<Input>();
  /** The settings that were last looked at. */
  #known = "";
  #checking = false;
  #again = false;

  constructor(devices: Devices | undefined, settings: () => InputSettings) {
    this.#devices = devices;
    this.#settings = settings;
  }

  /** Opens the microphone, and the camera for video. Rejects with the browser's DOMException. */
  capture(video: boolean): Promise<MediaStream> {
    return this.#open("audio", ...(video ? (["video"] as const) : []));
  }

  /** Opens the camera, or lets the reader choose what to share of the screen. */
  async picture(source: "camera" | "screen"): Promise<MediaStreamTrack> {
    if (source === "camera") return this.#one("video");
    if (!this.#devices?.getDisplayMedia) throw new DOMException("", "NotSupportedError");
    const stream = await this.#devices.getDisplayMedia(SCREEN);
    const [track] = stream.getVideoTracks();
    if (track) return track;
    release(stream);
    throw new DOMException("", "NotFoundError");
  }

  /** Keeps an open track right until the input is closed. */
  keep(track: MediaStreamTrack, user: InputUser): Input {
    const input = new Input(
      {
        settings: this.#settings,
        open: (kind) => this.#one(kind),
        changed: this.#check,
        closed: (input) => {
          this.#inputs.delete(input);
          if (!this.#inputs.size) this.#devices?.removeEventListener?.("devicechange", this.#check);
        },
      },
      track,
      user,
    );
    if (!this.#inputs.size) {
      this.#devices?.addEventListener?.("devicechange", this.#check);
      this.#known = JSON.stringify(this.#asked());
    }
    this.#inputs.add(input);
    return input;
  }

  /** The microphone that is open, if one is. */
  get microphone(): MediaStreamTrack | undefined {
    return [...this.#inputs].find(({ kind }) => kind === "audio")?.track;
  }

  /** The settings may have changed. */
  configured(): void {
    if (!this.#inputs.size) return;
    const asked = JSON.stringify(this.#asked());
    if (asked === this.#known) return;
    this.#known = asked;
    this.#check();
  }

  /** Every device that the browser tells of. */
  async list(): Promise<readonly MediaDeviceInfo[]> {
    return (await this.#devices?.enumerateDevices?.()) ?? [];
  }

  #asked() {
    return (["audio", "video"] as const).map((kind) => constraintsOf(kind, this.#settings()));
  }

  async #open(...kinds: Kind[]): Promise<MediaStream> {
    const devices = this.#devices;
    if (!devices) throw new DOMException("", "NotSupportedError");
    const open = (of: typeof constraintsOf) =>
      devices.getUserMedia(Object.fromEntries(kinds.map((kind) => [kind, of(kind, this.#settings())])));
    try {
      return await open(constraintsOf);
    } catch (cause) {
      // The chosen device is not there: another will do.
      if (!(cause instanceof DOMException && cause.name === "OverconstrainedError")) throw cause;
      return open(treatmentOf);
    }
  }

  async #one(kind: Kind): Promise<MediaStreamTrack> {
    return (await this.#open(kind)).getTracks()[0]!;
  }

  /** Looks after every input, one look at a time. */
  #check = async (): Promise<void> => {
    this.#again = true;
    if (this.#checking) return;
    this.#checking = true;
    try {
      while (this.#again) {
        this.#again = false;
        const all = await this.list().catch(() => []);
        await Promise.all([...this.#inputs].map((input) => input.check(all)));
      }
    } finally {
      this.#checking = false;
    }
  };
}
