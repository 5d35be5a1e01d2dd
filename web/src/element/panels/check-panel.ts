// The panel of the check before a call: what is looked at, how it is, and what
// to do about it.
import type { CheckResult, CheckStep } from "../../phone/types.ts";
import { frame } from "../frame.ts";
import type { Kit, Template } from "../kit.ts";
import type { PanelText } from "./texts.ts";

const steps = [
  ["microphone", "checkMicrophone"],
  ["server", "checkServer"],
  ["path", "checkMedia"],
] as const satisfies readonly (readonly [keyof CheckResult, PanelText])[];

const verdicts = { good: "verdictGood", fair: "verdictFair", bad: "verdictBad" } as const;

/** What is said of a code; the error codes have texts of their own. */
const codes: Readonly<Record<string, PanelText>> = {
  silent: "checkSilent",
  unregistered: "checkUnregistered",
  slow: "checkSlow",
  "no-candidates": "checkNoWay",
  "no-ice-server": "checkNoIce",
  "no-echo": "checkNoEcho",
  poor: "checkPoor",
  bad: "checkBad",
};

const icons = {
  ok: "M5 12.5l4.5 4.5L19 7.5",
  no: "M12 7v6M12 16.5h.01M12 3.5a8.5 8.5 0 1 1-.01 0z",
} as const;

interface CheckUser {
  readonly kit: Kit;
  t(key: PanelText): string;
}

export class CheckPanel {
  readonly #user: CheckUser;
  #busy = false;
  #result: CheckResult | null = null;

  constructor(user: CheckUser) {
    this.#user = user;
  }

  /** Called before each drawing: it opens as new. */
  changed(open: boolean): void {
    if (!open && !this.#busy) this.#result = null;
  }

  view(): Template {
    const { kit, t } = this.#user;
    const { html } = kit;
    const result = this.#result;
    return frame(
      kit,
      t("check"),
      html`<div class="scroll form" tabindex="-1">
          ${
            result
              ? html`<ul class="steps">
                  ${steps.map(([name, title]) => this.#step(t(title), result[name]))}
                </ul>`
              : html`<p>${t("checkWhy")}</p>`
          }
          <p role="status" part="verdict" class=${result && result.verdict !== "good" ? "bad" : ""}>
            ${this.#busy ? t("checking") : result ? t(verdicts[result.verdict]) : ""}
          </p>
        </div>
        <div class="row">
          <button type="button" class="plain" @click=${() => kit.open("settings")}>${t("back")}</button>
          <button
            type="button"
            part="run-check"
            class="plain strong"
            aria-disabled=${this.#busy}
            @click=${() => this.#run()}
          >
            ${t(result ? "checkAgain" : "checkStart")}
          </button>
        </div>`,
    );
  }

  #step(title: string, { ok, code, text }: CheckStep): Template {
    const { kit, t } = this.#user;
    const known = codes[code];
    const sentence = ok ? t("passed") : known ? t(known) : (kit.text(code) ?? text);
    return kit.html`<li part="check-step" class=${ok ? "ok" : "no"}>
      ${kit.draw(icons[ok ? "ok" : "no"])}<span><b>${title}</b><span>${sentence}</span></span>
    </li>`;
  }

  #run(): void {
    const { kit } = this.#user;
    if (this.#busy) return;
    this.#busy = true;
    this.#result = null;
    kit.update();
    kit.attempt(
      kit.host.phone
        .check()
        .then((result) => {
          this.#result = result;
        })
        .catch((cause: unknown) => {
          // What is said on the status line lies behind the panel.
          kit.open(null);
          throw cause;
        })
        .finally(() => {
          this.#busy = false;
          kit.update();
        }),
    );
  }
}
