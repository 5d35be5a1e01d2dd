// Another call, in place of the status row; and the list of all calls.
import type { Call } from "../../phone/call.ts";
import { frame } from "../frame.ts";
import type { Template } from "../kit.ts";
import { icons } from "./icons.ts";
import { isUp, waits } from "./several.ts";
import type { Several } from "./several.ts";
import type { Lent } from "./texts.ts";

export class Banner {
  readonly #lent: Lent;
  readonly #several: Several;

  constructor(lent: Lent, several: Several) {
    this.#lent = lent;
    this.#several = several;
  }

  /** The other call that matters most, or that sound is blocked. */
  draw(): Template | null {
    const { kit } = this.#lent;
    const { others, asking } = this.#several;
    const other = others.find(waits) ?? others.find((call) => call === asking?.about) ?? others.at(-1);
    if (!other) return this.#soundBlocked();
    const buttons = waits(other) ? this.#waiting(other) : this.#beside(other);
    if (!kit.host.shows("status") && !buttons.some(Boolean)) return null;
    return this.#row(other, others.length, buttons);
  }

  #row(other: Call, count: number, buttons: Template[]): Template {
    const { kit, t, name } = this.#lent;
    const { html, open, shown } = kit;
    const caller = name(other);
    const state = this.#state(other);
    const line = count > 1 ? t("andMore", { state, count: count - 1 }) : state;
    return html`<div part="banner" class=${waits(other) ? "banner rings" : "banner"}>
      <button
        type="button"
        part="banner-call"
        class="other"
        title=${t("showCalls")}
        aria-expanded=${shown === "calls"}
        @click=${() => open("calls")}
      >
        <b dir="auto">${caller}</b><span>${line}</span>
      </button>
      <span role="alert" class="hidden"> ${waits(other) ? t("waitingAlert", { name: caller }) : ""} </span>
      ${buttons}
    </div>`;
  }

  #waiting(call: Call): Template[] {
    const { kit, t, name } = this.#lent;
    const { shows } = kit.host;
    const named = { name: name(call) };
    return [
      shows("hang-up")
        ? this.#round("waiting-decline", "stop", "handset", t("waitingDecline", named), () => call.hangup())
        : "",
      shows("answer")
        ? this.#round("waiting-answer", "go", "handset", t("waitingAnswer", named), () => call.answer())
        : "",
    ];
  }

  #beside(call: Call): Template[] {
    const { kit, t, name } = this.#lent;
    const several = this.#several;
    const named = { name: name(call) };
    if (!isUp(call)) {
      return [this.#round("end-call", "stop", "handset", t("endOne", named), () => call.hangup())];
    }
    const asking = several.asking;
    const asked = asking?.about === call ? asking.asked : undefined;
    const swap = this.#round("swap", asked ? "more" : "", "swap", t("swapTo", named), () => call.unhold());
    if (!asked) {
      return [
        several.mergeable
          ? this.#round("merge", "more", "merge", t("mergeCalls"), async () => several.merge())
          : "",
        swap,
      ];
    }
    return [
      isUp(asked) ? swap : "",
      this.#round("back", "", "back", t("backTo", named), async () => several.back(call, asked)),
      isUp(asked)
        ? this.#round(
            "complete-transfer",
            "done",
            "transfer",
            t("completeTransfer"),
            () => several.join(call, asked),
            kit.text("transfer") ?? "Transfer",
          )
        : "",
    ];
  }

  #round(
    part: string,
    kind: string,
    icon: keyof typeof icons,
    label: string,
    act: () => Promise<void>,
    word = "",
  ): Template {
    const { kit } = this.#lent;
    return kit.html`<button
      type="button"
      part=${part}
      class="disc ${kind}"
      aria-label=${label}
      title=${label}
      aria-disabled=${this.#several.busy || kit.nothing}
      @click=${() => this.#several.busy || kit.attempt(act())}
    >
      ${kit.draw(icons[icon])} ${word && kit.html`<span>${word}</span>`}
    </button>`;
  }

  #state(call: Call): string {
    const { t } = this.#lent;
    if (waits(call)) return t("waiting");
    if (call.state === "held") return t("onHold");
    return call.state === "active" ? t("inCall") : t("beingCalled");
  }

  /** Autoplay is blocked (the HTML standard's sticky activation): the first click ends that. */
  #soundBlocked(): Template | null {
    const { kit, t } = this.#lent;
    const call = kit.call();
    if (!call || !kit.host.phone.soundBlocked || !kit.host.shows("status")) return null;
    const ringing = waits(call);
    if (!ringing && !call.answerTime) return null;
    return kit.html`<div part="banner" class="banner rings">
      <span part="sound-blocked" class="blocked" role="alert">
        ${t(ringing ? "soundBlockedRinging" : "soundBlockedTalking")}
      </span>
    </div>`;
  }

  /** The panel of all calls. */
  panel(): Template {
    const { kit, t } = this.#lent;
    const { html, host } = kit;
    const several = this.#several;
    return frame(
      kit,
      t("callsTitle"),
      html`<div class="scroll">
        <div role="list">${host.phone.calls.map((call) => this.#entry(call))}</div>
        ${
          several.mergeable
            ? html`<button
                type="button"
                part="merge-all"
                class="plain whole"
                aria-disabled=${several.busy || kit.nothing}
                @click=${() => several.busy || several.merge()}
              >
                ${t("mergeCalls")}
              </button>`
            : ""
        }
      </div>`,
    );
  }

  #entry(call: Call): Template {
    const { kit, t, name } = this.#lent;
    const named = { name: name(call) };
    const { shows } = kit.host;
    const hangUp = shows("hang-up")
      ? this.#round("end-call", "stop", "handset", t("endOne", named), () => call.hangup())
      : "";
    const buttons = waits(call)
      ? this.#waiting(call)
      : call === kit.call() || !isUp(call)
        ? [hangUp]
        : [this.#round("swap", "", "swap", t("swapTo", named), () => call.unhold()), hangUp];
    return kit.html`<div role="listitem" part="call" class="entry">
      <div class="other"><b dir="auto">${named.name}</b><span>${this.#state(call)}</span></div>
      ${buttons}
    </div>`;
  }
}
