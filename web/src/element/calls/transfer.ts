// The panel of a transfer: to a number, to one who is asked first, or to the
// other side of another call.
import type { Call } from "../../phone/call.ts";
import type { PhoneError } from "../../phone/types.ts";
import { frame } from "../frame.ts";
import type { Contact, Template } from "../kit.ts";
import { dialable, maximumLength } from "../number.ts";
import { isUp } from "./several.ts";
import type { Several } from "./several.ts";
import type { Lent } from "./texts.ts";

const keys = "123456789*0#";

/** Contacts that are offered at once, and how many are looked through for them. */
const offered = 3;
const looked = 5_000;

export class Transfer {
  readonly #lent: Lent;
  readonly #several: Several;
  #target = "";
  #problem = "";
  #about: Call | null = null;

  constructor(lent: Lent, several: Several) {
    this.#lent = lent;
    this.#several = several;
  }

  /** Empties the field, for the next time. */
  reset(): void {
    this.#target = this.#problem = "";
    this.#about = null;
  }

  /** The call that the panel was opened for. */
  get about(): Call | null {
    return this.#about;
  }

  panel(call: Call): Template {
    const { kit, t, name } = this.#lent;
    const { html, host, live } = kit;
    const { busy, others } = this.#several;
    // Off, and yet with the focus that it had.
    const off = busy || kit.nothing;
    this.#about = call;
    return frame(
      kit,
      t("transferTitle", { name: name(call) }),
      html`<form class="scroll transfer" @submit=${this.#submit}>
        <input
          part="transfer-target"
          dir="ltr"
          type="text"
          inputmode=${host.shows("dialpad") ? "email" : "tel"}
          enterkeyhint="send"
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck="false"
          data-first
          maxlength=${maximumLength}
          aria-label=${t("transferTo")}
          aria-invalid=${!!this.#problem}
          placeholder=${t("transferTo")}
          .value=${live(this.#target)}
          @input=${(event: Event) => this.#enter((event.target as HTMLInputElement).value)}
        />
        <div class="row">
          <button part="transfer-now" class="plain strong" aria-disabled=${off}>${t("transferNow")}</button>
          <button type="button" part="transfer-ask" class="plain" aria-disabled=${off} @click=${this.#ask}>
            ${t("transferAsk")}
          </button>
        </div>
        <p class="bad" role="alert">${this.#problem}</p>
        <p role="status">${busy ? t("transferring") : ""}</p>
        ${others
          .filter(isUp)
          .map(
            (other) =>
              html`<button
                type="button"
                part="transfer-join"
                class="plain whole"
                aria-disabled=${off}
                @click=${() => this.#run(call, () => this.#several.join(other, call))}
              >
                ${t("joinWith", { name: name(other) })}
              </button>`,
          )}
        ${this.#matches().map(
          (contact) =>
            html`<button
              type="button"
              part="transfer-contact"
              class="contact"
              @click=${() => this.#enter(contact.number)}
            >
              <b dir="auto">${contact.name}</b><span dir="ltr">${contact.number}</span>
            </button>`,
        )}
        ${host.shows("dialpad") ? this.#pad() : ""}
      </form>`,
    );
  }

  #pad(): Template {
    const { html } = this.#lent.kit;
    // A click leaves the focus where the keyboard types.
    return html`<div class="pad" @mousedown=${(event: Event) => event.preventDefault()}>
      ${[...keys].map(
        (key) =>
          html`<button type="button" part="key" @click=${() => this.#enter(this.#target + key)}>
            <b>${key}</b>
          </button>`,
      )}
    </div>`;
  }

  #enter(target: string): void {
    this.#target = target.slice(0, maximumLength);
    this.#problem = "";
    this.#lent.kit.update();
  }

  /** The first contacts whose name or number holds what was entered. */
  #matches(): Contact[] {
    const { contacts } = this.#lent.kit.host;
    const wanted = this.#target.trim().toLowerCase();
    if (typeof contacts === "string" || !wanted) return [];
    const found: Contact[] = [];
    for (const contact of contacts.slice(0, looked)) {
      const name = String(contact?.name ?? "").slice(0, maximumLength);
      const number = String(contact?.number ?? "").slice(0, maximumLength);
      if (number === this.#target || !`${name} ${number}`.toLowerCase().includes(wanted)) continue;
      if (found.push({ name, number }) === offered) break;
    }
    return found;
  }

  /** The number to transfer to; says what is missing when there is none. */
  #number(): string {
    const { kit, t } = this.#lent;
    const number = dialable(this.#target);
    if (!number) {
      this.#problem = t("noTarget");
      kit.update();
      kit.root.querySelector<HTMLElement>("[part=transfer-target]")?.focus();
    }
    return number;
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const call = this.#about;
    const number = this.#number();
    if (call && number) this.#run(call, () => this.#several.transfer(call, number));
  };

  readonly #ask = (): void => {
    const call = this.#about;
    const number = this.#number();
    if (!call || !number || this.#several.busy) return;
    this.#lent.kit.open(null);
    this.#several.ask(call, number);
  };

  /** With the call the panel goes; a failure is told in it, or on the status line when it was closed. */
  #run(call: Call, transfer: () => Promise<void>): void {
    const { kit } = this.#lent;
    if (this.#several.busy) return;
    this.#problem = "";
    kit.attempt(
      transfer().catch((error: PhoneError) => {
        if (this.#about !== call) throw error;
        this.#problem = kit.text(error.code) ?? error.message;
        kit.update();
      }),
    );
  }
}
