// All that a phone makes heard: tones, through the speaker or the ringing
// device, and the far end. Loaded on demand.

import type { Clock, Timer } from "../sip/clock.ts";
import { Output, present, routeTo } from "./output.ts";
import type { Tone } from "./tones.ts";

/** What is to be heard from now on. */
export interface Wish {
  readonly tone: Tone | null;
  /** The far end. */
  readonly stream: MediaStream | null;
  /** Output devices by ID; empty is the default one. */
  readonly speaker: string;
  readonly ringer: string;
  /** Told when the browser keeps the page from playing, and when it no longer does. */
  blocked(is: boolean): void;
}

export interface Sound {
  /** In place of what was wished before. */
  play(wish: Wish): void;
  /** One tone, by its name or key, beside what else is heard; resolves when it is over. */
  once(tone: string, device: string): Promise<void>;
}

/** What starts sound that was held back. */
const GESTURES = ["pointerdown", "pointerup", "keydown"];
/** Milliseconds that a sound may take to begin before it counts as held back. */
const PATIENCE = 300;
/** Milliseconds that a single tone may take. */
const LONGEST = 6_000;

/** Sound by Web Audio and one audio element outside the document. Where there is none, it stays silent. */
export class BrowserSound implements Sound {
  readonly #clock: Clock;
  readonly #speaker = new Output(() => this.#judge());
  readonly #ringer = new Output(() => this.#judge());
  /** Plays single tones, so that each has a device of its own. */
  readonly #other = new Output(() => {});
  #audio: HTMLAudioElement | undefined;
  #wish: Wish | null = null;
  #tone: Tone | null = null;
  #silence: () => void = () => {};
  /** The far end may not be played yet. */
  #refused = false;
  #blocked = false;
  #waiting: Timer | undefined;
  /** Whether it listens for gestures, and for devices that come and go. */
  #listening = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  play(wish: Wish): void {
    this.#wish = wish;
    const { tone, stream } = wish;
    try {
      if (tone !== this.#tone) {
        this.#silence();
        this.#silence = tone ? this.#outputOf(tone).start(tone, () => this.#judge()) : () => {};
        this.#tone = tone;
      }
      if (stream || this.#audio) {
        this.#audio ??= Object.assign(new Audio(), { autoplay: true });
        if (this.#audio.srcObject !== stream) {
          this.#audio.srcObject = stream;
          this.#refused = false;
          this.#start();
        }
      }
    } catch {
      // A page without sound is a silent phone.
    }
    this.#listen(!!(tone || stream));
    this.#route();
    this.#waiting ??= this.#clock.after(PATIENCE, () => {
      this.#waiting = undefined;
      this.#judge();
    });
  }

  once(tone: string, device: string): Promise<void> {
    return new Promise((resolve) => {
      // Where the page may not play, nothing ends.
      const limit = this.#clock.after(LONGEST, () => over());
      const over = () => {
        limit.stop();
        end();
        resolve();
      };
      let end = () => {};
      try {
        end = this.#other.start(tone, () => over(), true);
      } catch {
        return over();
      }
      void this.#other.route(device);
    });
  }

  #outputOf(tone: Tone): Output {
    return tone === "ringing" ? this.#ringer : this.#speaker;
  }

  /** The devices may have changed, or their choice. */
  #route = (): void => {
    const { speaker, ringer } = this.#wish!;
    void this.#speaker.route(speaker);
    void this.#ringer.route(ringer);
    const audio = this.#audio;
    if (!audio) return;
    void present(speaker).then((id) => {
      if (audio.sinkId !== id) void routeTo(audio, id);
    });
  };

  #start(): void {
    const audio = this.#audio!;
    if (!audio.srcObject) return;
    const done = (refused: boolean) => {
      this.#refused = refused;
      this.#judge();
    };
    audio.play().then(
      () => done(false),
      ({ name }: DOMException) => done(name === "NotAllowedError"),
    );
  }

  #resume = (): void => {
    this.#speaker.resume();
    this.#ringer.resume();
    if (this.#refused) this.#start();
  };

  #judge(): void {
    const blocked = this.#refused || this.#speaker.blocked || this.#ringer.blocked;
    // A context takes a moment to run.
    if (blocked === this.#blocked || (blocked && this.#waiting)) return;
    this.#blocked = blocked;
    this.#wish?.blocked(blocked);
  }

  #listen(on: boolean): void {
    if (on === this.#listening) return;
    this.#listening = on;
    const change = on ? "addEventListener" : "removeEventListener";
    for (const gesture of GESTURES) document[change](gesture, this.#resume, true);
    navigator.mediaDevices?.[change]("devicechange", this.#route);
  }
}
