// The panel of recent calls and contacts.
import { clock } from "../number.ts";
import { frame } from "../frame.ts";
import type { Kit, Template } from "../kit.ts";
import type { Contacts } from "./contacts.ts";
import { clear, list, remove } from "./history.ts";
import type { PastCall } from "./history.ts";
import type { PanelText } from "./texts.ts";

/** Rows that are drawn of a long list, and from how many calls on there is a search. */
const maximumRows = 100;
const searchable = 8;

const icons = {
  in: "M17.5 6.5l-10 10M7.5 8.5v8h8",
  out: "M6.5 17.5l10-10M8.5 7.5h8v8",
  missed: "M4 7.5l7 7 8.5-8.5M4.5 13V7.5H10",
  remove: "M5 7h14M9.5 7V5h5v2M7 7l.8 12h8.4L17 7",
} as const;

interface HistoryUser {
  readonly kit: Kit;
  t(key: PanelText, values?: Readonly<Record<string, string | number>>): string;
  account(): string;
  contacts(): Contacts | null;
  /** The list behind the contacts' URL could not be had. */
  broken(): boolean;
  retry(): void;
}

export class HistoryPanel {
  readonly #user: HistoryUser;
  #tab: "recent" | "contacts" = "recent";
  #typed = "";
  #sure = false;

  constructor(user: HistoryUser) {
    this.#user = user;
  }

  /** The panel is closed: it opens as new. */
  reset(): void {
    this.#typed = "";
    this.#sure = false;
    this.#tab = "recent";
  }

  view(): Template {
    const { kit, t } = this.#user;
    const { html } = kit;
    const contacts = this.#user.contacts();
    const both = !!contacts || this.#user.broken();
    const tab = both ? this.#tab : "recent";
    const calls = list(this.#user.account());
    const search = tab === "contacts" || calls.length > searchable;
    return frame(
      kit,
      tab === "contacts" ? t("contacts") : (kit.text("history") ?? "Recent calls"),
      html`${
          both
            ? html`<div class="row tabs" role="group">
                ${(["recent", "contacts"] as const).map(
                  (name) =>
                    html`<button
                      type="button"
                      part="tab"
                      class="plain"
                      aria-pressed=${name === tab}
                      @click=${() => {
                        this.reset();
                        this.#tab = name;
                        kit.update();
                      }}
                    >
                      ${t(name)}
                    </button>`,
                )}
              </div>`
            : ""
        }
        ${
          search
            ? html`<input
                part="search"
                type="search"
                maxlength="256"
                placeholder=${t("search")}
                aria-label=${t("search")}
                .value=${kit.live(this.#typed)}
                @input=${(event: Event) => {
                  this.#typed = (event.target as HTMLInputElement).value;
                  kit.update();
                }}
              />`
            : ""
        }
        <div class="scroll" tabindex="-1">
          ${tab === "recent" ? this.#recent(calls) : this.#contacts(contacts)}
        </div>
        ${tab === "recent" && calls.length ? this.#erase() : ""}`,
    );
  }

  #recent(calls: readonly PastCall[]): Template {
    const { kit, t } = this.#user;
    if (!calls.length) return kit.html`<p class="empty">${t("noCalls")}</p>`;
    const wanted = this.#typed.trim().toLowerCase();
    const found = calls.filter((call) => `${this.#name(call)} ${call.number}`.toLowerCase().includes(wanted));
    return kit.html`<ul part="calls">${found.map((call) => this.#call(call))}</ul>`;
  }

  #call(call: PastCall): Template {
    const { kit, t } = this.#user;
    const kind = call.missed ? "missed" : call.direction === "inbound" ? "in" : "out";
    const word = t(kind === "missed" ? "wasMissed" : kind === "in" ? "wasIn" : "wasOut");
    const name = this.#name(call);
    const reachable = !!call.number && call.number !== "anonymous";
    return kit.html`<li part="past-call">
      <button
        type="button"
        part="call-back"
        class=${kind}
        ?disabled=${!reachable || kit.host.disabled || !!kit.host.phone.call}
        @click=${() => kit.dial(call.number, call.video)}
      >
        ${kit.draw(icons[kind])}
        <span><b dir="auto">${name}</b><span>${word} · ${when(call.time, kit.lang)}${
          call.duration ? ` · ${clock(call.duration)}` : ""
        }</span></span>
      </button>
      <button
        type="button"
        part="remove"
        aria-label="${t("remove")}: ${name}"
        @click=${() => {
          remove(this.#user.account(), call);
          kit.update();
          kit.root.querySelector<HTMLElement>(".panel .scroll")?.focus();
        }}
      >
        ${kit.draw(icons.remove)}
      </button>
    </li>`;
  }

  #contacts(contacts: Contacts | null): Template {
    const { kit, t } = this.#user;
    if (!contacts)
      return kit.html`<p class="empty bad">${t("contactsFailed")}</p>
        <button type="button" class="plain" @click=${() => this.#user.retry()}>${t("tryAgain")}</button>`;
    const found = contacts.search(this.#typed);
    if (!found.length) return kit.html`<p class="empty" role="status">${t("noContacts")}</p>`;
    const beyond = found.length - maximumRows;
    return kit.html`<ul part="contacts">
        ${found.slice(0, maximumRows).map(
          ({ name, number }) => kit.html`<li part="contact">
            <button
              type="button"
              part="call-back"
              ?disabled=${kit.host.disabled || !!kit.host.phone.call}
              @click=${() => kit.dial(number)}
            >
              <span><b dir="auto">${name}</b><span dir="ltr">${number}</span></span>
            </button>
          </li>`,
        )}
      </ul>
      ${beyond > 0 ? kit.html`<p class="empty">${t("more", { count: beyond })}</p>` : ""}`;
  }

  #erase(): Template {
    const { kit, t } = this.#user;
    const sure = (is: boolean) => () => {
      this.#sure = is;
      kit.update();
      kit.root.querySelector<HTMLElement>(is ? ".panel .last" : ".panel .erase-all")?.focus();
    };
    if (!this.#sure)
      return kit.html`<div class="row"><button type="button" part="remove-all" class="plain erase-all" @click=${sure(true)}>${t("removeAll")}</button></div>`;
    return kit.html`<p role="alert">${t("removeSure")}</p>
      <div class="row">
        <button type="button" class="plain last" @click=${sure(false)}>${t("keep")}</button>
        <button
          type="button"
          part="remove-all"
          class="plain danger"
          @click=${() => {
            clear(this.#user.account());
            this.#sure = false;
            kit.update();
            kit.root.querySelector<HTMLElement>(".panel .scroll")?.focus();
          }}
        >
          ${t("removeAll")}
        </button>
      </div>`;
  }

  #name({ number, name }: PastCall): string {
    const { kit } = this.#user;
    return (
      this.#user.contacts()?.nameOf(number) ||
      name ||
      (number === "anonymous" ? "" : number) ||
      (kit.text("unknown") ?? "Unknown caller")
    );
  }
}

const day = 86_400_000;

/** A time as it is said in a language: today by the clock, then by the day. */
function when(time: number, lang: string): string {
  const date = new Date(time);
  const midnight = new Date().setHours(0, 0, 0, 0);
  const at = new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit" }).format(date);
  if (time >= midnight) return at;
  if (time >= midnight - day)
    return `${new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(-1, "day")} ${at}`;
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year }).format(date);
}
