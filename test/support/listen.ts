// Listening to what a page plays: energy by frequency, measured in the page.
import type { Page } from "puppeteer-core";

declare global {
  interface Window {
    /** The phone of a page that is not ours. */
    peer?: Peer;
  }
}

/** What a test asks of another library's phone. */
export interface Peer {
  readonly registered: boolean;
  readonly state: "idle" | "ringing" | "up";
  /** Calls a number of the server's domain. */
  call(number: string): void;
  answer(): void;
  hangup(): void;
  remote(): MediaStream | undefined;
}

/** What was heard. Levels are in dB of full scale; silence is about -100 or less. */
export interface Heard {
  /** The loudest frequency, in Hz. */
  readonly frequency: number;
  /** Its level. */
  readonly level: number;
  /** The levels at the frequencies asked for, in their order. */
  readonly levels: readonly number[];
}

/** Above this a tone is there, below the other it is not. */
export const audible = -50;
export const silent = -70;

/**
 * Listens for `milliseconds` to the remote audio of the page's current call
 * and returns the loudest moment for each frequency.
 */
export function listen(page: Page, frequencies: readonly number[] = [], milliseconds = 600): Promise<Heard> {
  return page.evaluate(
    async (frequencies, milliseconds) => {
      const phone = document.querySelector("web-phone");
      const stream = phone ? phone.call?.remoteStream : window.peer?.remote();
      if (!stream) throw new Error("there is no call with remote media");
      // A side that is told to send nothing takes its track out of the stream.
      if (!stream.getAudioTracks().length)
        return { frequency: 0, level: -200, levels: frequencies.map(() => -200) };
      const context = new AudioContext();
      try {
        await context.resume();
        const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
        context.createMediaStreamSource(stream).connect(analyser);
        const bins = new Float32Array(analyser.frequencyBinCount);
        const width = context.sampleRate / analyser.fftSize;
        let frequency = 0;
        let level = -200;
        const levels = frequencies.map(() => -200);
        // The first frames hold the time before the source was connected.
        await new Promise((resolve) => setTimeout(resolve, 150));
        const end = performance.now() + milliseconds;
        while (performance.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          analyser.getFloatFrequencyData(bins);
          bins.forEach((value, bin) => {
            if (value > level) [level, frequency] = [value, bin * width];
          });
          frequencies.forEach((wanted, i) => {
            const bin = Math.round(wanted / width);
            levels[i] = Math.max(levels[i]!, bins[bin - 1]!, bins[bin]!, bins[bin + 1]!);
          });
        }
        return { frequency, level, levels };
      } finally {
        await context.close();
      }
    },
    frequencies as number[],
    milliseconds,
  );
}
