// Looks at the quality of the call that is shown, says it, and shows it in
// figures.
import type { Call } from "../../phone/call.ts";
import type { CallStatistics, TroubleCause } from "../../phone/types.ts";
import { frame } from "../frame.ts";
import type { Template } from "../kit.ts";
import { Signal } from "./signal.ts";
import type { Level } from "./signal.ts";
import type { Lent, english } from "./texts.ts";

/** Between two looks, in milliseconds. */
const interval = 2_000;

/** A minute of looks. */
const kept = 30;

/** How long "Copied" stands, in milliseconds. */
const copiedTime = 3_000;

const words = ["measuring", "connectionBad", "connectionPoor", "connectionFair", "connectionGood"] as const;

const causes: Readonly<Record<TroubleCause, keyof typeof english>> = {
  none: "connectionBack",
  microphone: "causeMicrophone",
  "own-network": "causeOwnNetwork",
  "their-network": "causeTheirNetwork",
  path: "causePath",
  server: "causeServer",
};

export class Quality {
  readonly #lent: Lent;
  #call: Call | null = null;
  #signal = new Signal();
  #last: CallStatistics | null = null;
  #scores: number[] = [];
  #problem: TroubleCause = "none";
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking = false;
  #copied = false;

  constructor(lent: Lent) {
    this.#lent = lent;
  }

  /** Follows the call that is shown. */
  follow(call: Call | null): void {
    if (call !== this.#call) {
      this.pause();
      this.#call = call;
      this.#signal = new Signal();
      this.#scores = [];
      this.#last = null;
      this.#problem = "none";
    }
    if (call && this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#look(), interval);
      void this.#look();
    }
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const call = this.#call;
    // What is on hold or looks for its way has nothing to be judged by.
    if (!call || this.#looking || call.held || call.remoteHeld || call.reconnecting) return;
    this.#looking = true;
    const found = await call.statistics().catch(() => null);
    this.#looking = false;
    if (!found || call !== this.#call || this.#timer === undefined) return;
    const { kit, t } = this.#lent;
    this.#last = found;
    this.#scores = [...this.#scores, found.mos].slice(-kept);
    const { level } = this.#signal;
    const cause = this.#signal.take(found);
    if (cause) {
      this.#problem = cause;
      kit.say(t(causes[cause]), cause !== "none");
    }
    if (cause || level !== this.#signal.level || kit.shown === "quality") kit.update();
  }

  /** Bars and a word; opens the figures. */
  badge(): Template {
    const { kit, t } = this.#lent;
    const { level } = this.#signal;
    const word = t(words[level]);
    return kit.html`<button
      type="button"
      part="quality"
      class="signal l${level}"
      aria-label=${word}
      title=${word}
      aria-expanded=${kit.shown === "quality"}
      @click=${() => kit.open("quality")}
    >
      ${this.#bars(level)}
    </button>`;
  }

  #bars(level: Level): Template {
    const on = (bar: number) => (bar > level ? "dim" : "");
    return this.#lent.kit.html`<svg viewBox="0 0 24 24" aria-hidden="true">
      <path class=${on(1)} d="M5 15.5V19" />
      <path class=${on(2)} d="M9.7 12.5V19" />
      <path class=${on(3)} d="M14.4 9V19" />
      <path class=${on(4)} d="M19 5V19" />
    </svg>`;
  }

  panel(): Template {
    const { kit, t } = this.#lent;
    const { html } = kit;
    const figures = this.#last;
    if (!figures) return frame(kit, t("qualityTitle"), html`<p>${t("qualityNone")}</p>`);
    const both = this.#both(figures);
    return frame(
      kit,
      t("qualityTitle"),
      html`<div class="scroll figures">
        <p class=${this.#signal.level < 3 ? "bad" : ""}>
          ${t(this.#problem === "none" ? words[this.#signal.level] : causes[this.#problem])}
        </p>
        ${this.#chart()}
        <table part="figures">
          <tr>
            <td><span class="hidden">${t("direction")}</span></td>
            <th scope="col">${t("youSend")}</th>
            <th scope="col">${t("youReceive")}</th>
          </tr>
          ${both.map(
            ([label, sent, received]) =>
              html`<tr>
                <th scope="row">${label}</th>
                <td><span dir="ltr">${sent}</span></td>
                <td><span dir="ltr">${received}</span></td>
              </tr>`,
          )}
        </table>
        <dl>
          ${this.#single(figures).map(
            ([label, value]) =>
              html`<div>
                <dt>${label}</dt>
                <dd><span dir="auto">${value}</span></dd>
              </div>`,
          )}
        </dl>
        <button type="button" part="copy" class="plain whole" @click=${() => this.#copy(figures)}>
          ${t(this.#copied ? "figuresCopied" : "copyFigures")}
        </button>
        <p class="hidden" role="status">${this.#copied ? t("figuresCopied") : ""}</p>
      </div>`,
    );
  }

  /** What there is for either direction. */
  #both({ sent, received }: CallStatistics): [string, string, string][] {
    const { t } = this.#lent;
    const percent = (value: number) => `${this.#number(value, 1)} %`;
    return [
      [t("loss"), percent(sent.lossPercent), percent(received.lossPercent)],
      [t("jitter"), `${this.#number(sent.jitter)} ms`, `${this.#number(received.jitter)} ms`],
      [t("bitRate"), `${this.#number(sent.kbps)} kbit/s`, `${this.#number(received.kbps)} kbit/s`],
    ];
  }

  #single(figures: CallStatistics): [string, string][] {
    const { t } = this.#lent;
    const { videoCodec, frameWidth, frameHeight, framesPerSecond } = figures;
    const picture = frameWidth
      ? `${videoCodec} ${frameWidth}×${frameHeight}, ${this.#number(framesPerSecond)}/s`
      : videoCodec;
    return [
      [t("qualityScore"), this.#number(figures.mos, 1)],
      [t("roundTrip"), `${this.#number(figures.roundTripTime)} ms`],
      [t("soundCodec"), figures.codec],
      ...(picture ? [[t("pictureCodec"), picture] as [string, string]] : []),
      [t("relayed"), t(figures.relayed ? "yes" : "no")],
    ];
  }

  #number(value: number, digits = 0): string {
    const { lang } = this.#lent.kit;
    return new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
  }

  /** The scores of the last minute, oldest first: 1 at the bottom, 4.5 at the top. */
  #chart(): Template {
    const { kit, t } = this.#lent;
    const scores = this.#scores;
    const x = (i: number) => ((kept - scores.length + i) * 240) / (kept - 1);
    const y = (mos: number) => 58 - ((mos - 1) * 56) / 3.5;
    const points = scores.map((mos, i) => `${x(i).toFixed(1)},${y(mos).toFixed(1)}`).join(" ");
    const label = t("qualityChart", {
      now: this.#number(scores.at(-1) ?? 0, 1),
      low: this.#number(Math.min(...scores), 1),
    });
    return kit.html`<svg
      part="chart"
      class="chart"
      viewBox="0 0 240 60"
      preserveAspectRatio="none"
      role="img"
      aria-label=${label}
    >
      <path class="dim" d="M0 10H240M0 24.4H240" />
      <polyline points=${points} />
    </svg>`;
  }

  #copy(figures: CallStatistics): void {
    const { kit, t } = this.#lent;
    const lines = [
      ...this.#single(figures).map((pair) => pair.join(": ")),
      ...this.#both(figures).map(
        ([label, sent, received]) => `${label}: ${t("youSend")} ${sent}, ${t("youReceive")} ${received}`,
      ),
    ];
    const done = (copied: boolean) => {
      this.#copied = copied;
      kit.update();
    };
    navigator.clipboard?.writeText(lines.join("\n")).then(
      () => {
        done(true);
        setTimeout(() => done(false), copiedTime);
      },
      () => done(false),
    );
  }
}
