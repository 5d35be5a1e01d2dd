// A microphone or camera that stays open: when its device goes, when a better
// one comes and when other settings are made, another track takes the place of
// the one before, which ends only then.

import { chosen, treatmentOf } from "./devices.ts";
import type { InputSettings, Kind } from "./devices.ts";

export interface InputUser {
  /** Another track takes the place of the one before. */
  taken(track: MediaStreamTrack): void;
  /** The device is gone and there is no other for now; told once until there is. */
  lost(cause: unknown): void;
}

/** What an input asks of the equipment that it belongs to. */
export interface InputSource {
  settings(): InputSettings;
  open(kind: Kind): Promise<MediaStreamTrack>;
  /** Something about the track has changed. */
  changed(): void;
  closed(input: Input): void;
}

export class Input {
  readonly kind: Kind;
  readonly #source: InputSource;
  readonly #user: InputUser;
  #track: MediaStreamTrack;
  /** The chosen device that the track was captured for, or empty. */
  #target = "";
  /** What the track was asked for besides. */
  #asked: string;
  #closed = false;
  /** It was told that the device is gone. */
  #lost = false;

  constructor(source: InputSource, track: MediaStreamTrack, user: InputUser) {
    this.kind = track.kind as Kind;
    this.#source = source;
    this.#user = user;
    this.#track = track;
    const id = chosen(this.kind, source.settings());
    if (track.getSettings().deviceId === id) this.#target = id;
    else if (id) source.changed();
    this.#asked = this.#wanted();
    this.#watch(track);
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }

  /** Stops the track, whichever it is by now. */
  close(): void {
    this.#closed = true;
    this.#track.onended = null;
    this.#track.stop();
    this.#source.closed(this);
  }

  /**
   * Looks whether the track is still the right one, among all devices there are:
   *
   *     it has ended, or its device is gone           another is captured
   *     the chosen device is there and not captured   that one is
   *     the choice was taken back                     the default one is
   *     the default device is another now             that one is
   *     the sound is to be treated otherwise          it is, by the same track if it can
   */
  async check(all: readonly MediaDeviceInfo[]): Promise<void> {
    const track = this.#track;
    const devices = all.filter(({ kind, deviceId }) => deviceId && kind === `${this.kind}input`);
    const has = (id: string) => devices.some(({ deviceId }) => deviceId === id);
    const { deviceId = "", groupId = "" } = track.getSettings();
    const id = chosen(this.kind, this.#source.settings());
    const target = has(id) ? id : "";
    const gone = track.readyState === "ended" || (deviceId !== "" && devices.length > 0 && !has(deviceId));
    // Chromium keeps to the device that was the default one at first.
    const usual = devices.find(({ deviceId }) => deviceId === "default");
    const moved =
      target !== this.#target ||
      (deviceId === "default" && groupId !== "" && usual !== undefined && usual.groupId !== groupId);
    if (!gone && !moved && (await this.#treat(track))) return;
    try {
      const next = await this.#source.open(this.kind);
      if (this.#closed) return next.stop();
      this.#target = target;
      this.#asked = this.#wanted();
      this.#lost = false;
      this.#track = next;
      this.#watch(next);
      this.#user.taken(next);
      track.onended = null;
      track.stop();
    } catch (cause) {
      if (!gone || this.#lost || this.#closed) return;
      this.#lost = true;
      this.#user.lost(cause);
    }
  }

  #watch(track: MediaStreamTrack): void {
    track.onended = () => this.#source.changed();
  }

  #wanted(): string {
    return JSON.stringify(treatmentOf(this.kind, this.#source.settings()));
  }

  /** True when the track is treated as it is wanted. */
  async #treat(track: MediaStreamTrack): Promise<boolean> {
    const wanted = this.#wanted();
    if (wanted === this.#asked) return true;
    this.#asked = wanted;
    await track.applyConstraints(treatmentOf(this.kind, this.#source.settings())).catch(() => {});
    const settings: Record<string, unknown> = { ...track.getSettings() };
    return Object.entries(JSON.parse(wanted) as object).every(([name, value]) => settings[name] === value);
  }
}
