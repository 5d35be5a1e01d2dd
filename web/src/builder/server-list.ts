// The list of SIP servers: one field each, in order of preference.
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { idOf } from "./controls.ts";
import type { Desk } from "./desk.ts";
import { serverProblem } from "./fields.ts";
import { icon } from "./icons.ts";
import type { IconName } from "./icons.ts";
import { redraw } from "./redraw.ts";

export interface ServerList {
  readonly key: string;
  readonly label: string;
  readonly help: string;
  /** The servers, separated by commas. */
  readonly text: string;
  readonly told: string | undefined;
  readonly beside: unknown;
  readonly commit: (text: string) => void;
}

const ownServer = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/sip`;

const split = (text: string) =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);

export function serverList(desk: Desk, options: ServerList): TemplateResult {
  const { key, label, help, text, told, beside, commit } = options;
  const rows = desk.lists.get(key) ?? (text ? split(text) : [""]);
  const id = idOf(key);

  const take = (next: readonly string[]) => {
    const wrong = next.map((each) => serverProblem(each.trim())).find(Boolean);
    const filled = next.map((each) => each.trim()).filter(Boolean);
    const component = key.split(".")[0] ?? "";
    desk.lists.set(key, next.length ? next : [""]);
    if (wrong) desk.typed.set(key, { text: next.join(","), problem: wrong, label, component });
    else {
      desk.typed.delete(key);
      commit(filled.join(","));
    }
    redraw();
  };
  const move = (from: number, to: number) => {
    const moved = rows.toSpliced(from, 1).toSpliced(to, 0, rows[from] ?? "");
    take(moved);
  };
  const act = (name: IconName, words: string, disabled: boolean, run: () => void) =>
    html`<button
      type="button"
      class="icon-button"
      aria-label=${words}
      title=${words}
      ?disabled=${disabled}
      @click=${run}
    >
      ${icon(name)}
    </button>`;

  return html`<div class="field" data-field="sipServer" role="group" aria-labelledby="${id}-label">
    <div class="field-head"><span class="label" id="${id}-label">${label}</span>${beside}</div>
    <ol class="servers">
      ${rows.map((row, index) => {
        const problem = serverProblem(row.trim());
        const words = index === 0 ? label : `${label}, choice ${index + 1}`;
        return html`<li>
          <input
            type="text"
            inputmode="url"
            spellcheck="false"
            autocomplete="off"
            aria-label=${words}
            aria-describedby="${id}-help ${id}-${index}"
            aria-invalid=${problem ? "true" : "false"}
            placeholder=${ownServer()}
            .value=${live(row)}
            @input=${(event: Event) => take(rows.with(index, (event.target as HTMLInputElement).value))}
          />
          ${
            rows.length > 1
              ? html`${act("up", `Move server ${index + 1} up`, index === 0, () => move(index, index - 1))}
                ${act("down", `Move server ${index + 1} down`, index === rows.length - 1, () => move(index, index + 1))}
                ${act("remove", `Remove server ${index + 1}`, false, () => take(rows.toSpliced(index, 1)))}`
              : nothing
          }
          <p class="problem" id="${id}-${index}" aria-live="polite">${problem}</p>
        </li>`;
      })}
    </ol>
    <div class="row">
      <button
        type="button"
        class="small"
        ?disabled=${rows.some((row) => !row.trim()) || rows.length >= 16}
        @click=${() => take([...rows, ""])}
      >
        ${icon("add")} Add server
      </button>
      <button
        type="button"
        class="small"
        ?disabled=${rows.some((row) => row.trim() === ownServer())}
        @click=${() => take([...rows.filter((row) => row.trim()), ownServer()])}
      >
        This server
      </button>
    </div>
    <p class="help" id="${id}-help">${help}</p>
    <p class="problem" aria-live="polite">${told ?? ""}</p>
  </div>`;
}
