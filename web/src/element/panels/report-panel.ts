// The panel for trouble: the report to download and the trace in the console.
import { frame } from "../frame.ts";
import type { Kit, Template } from "../kit.ts";
import type { PanelText } from "./texts.ts";

interface ReportUser {
  readonly kit: Kit;
  t(key: PanelText): string;
}

export class ReportPanel {
  readonly #user: ReportUser;
  #tracing = false;

  constructor(user: ReportUser) {
    this.#user = user;
  }

  /** The attribute `debug` turns the trace on and off; so does the panel. */
  changed(): void {
    const { element } = this.#user.kit.host;
    const wanted = element.hasAttribute("debug");
    if (wanted !== this.#tracing) this.#trace(wanted);
  }

  view(): Template {
    const { kit, t } = this.#user;
    return frame(
      kit,
      t("report"),
      kit.html`<div class="scroll form" tabindex="-1">
        <p>${t("reportWhy")}</p>
        <div class="row">
          <button type="button" part="download" class="plain strong" @click=${() => kit.attempt(this.#save())}>
            ${t("reportSave")}
          </button>
        </div>
        <label class="tick"
          ><input
            type="checkbox"
            part="trace"
            .checked=${kit.live(this.#tracing)}
            @change=${(event: Event) =>
              kit.host.element.toggleAttribute("debug", (event.target as HTMLInputElement).checked)}
          /><span>${t("trace")}</span></label
        >
      </div>`,
    );
  }

  #trace(on: boolean): void {
    this.#tracing = on;
    this.#user.kit.host.phone.trace = on
      ? (direction, text) => console.debug(`${direction === "in" ? "<<<" : ">>>"} ${text}`)
      : null;
  }

  async #save(): Promise<void> {
    const report = await this.#user.kit.host.phone.report();
    const url = URL.createObjectURL(
      new Blob([JSON.stringify(report, null, 2)], { type: "application/json" }),
    );
    const day = new Date().toISOString().slice(0, 10);
    Object.assign(document.createElement("a"), {
      href: url,
      download: `web-phone-report-${day}.json`,
    }).click();
    // The download has the data once its task has begun.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
