// The panel of settings: devices, with a meter and test tones, what the
// microphone's sound goes through, and notifications.
import { frame } from "../frame.ts";
import type { Kit, Template } from "../kit.ts";
import { among, choices, choose, deviceKinds, find, forget, processing } from "./choices.ts";
import type { DeviceKind, Devices, Processing } from "./choices.ts";
import type { PanelText } from "./texts.ts";

const names = {
  microphone: "microphone",
  speaker: "speaker",
  ringer: "ringer",
  camera: "cameraChoice",
} as const satisfies Record<DeviceKind, PanelText>;

interface SettingsUser {
  readonly kit: Kit;
  t(key: PanelText, values?: Readonly<Record<string, string | number>>): string;
}

export class SettingsPanel {
  readonly #user: SettingsUser;
  #devices: Devices | null = null;
  /** What can be known without asking is known. */
  #looked = false;
  #open = false;
  #stopMeter: (() => void) | null = null;
  #metering = false;
  #preview: MediaStream | null = null;
  #mayNotify = globalThis.Notification?.permission;

  constructor(user: SettingsUser) {
    this.#user = user;
    globalThis.navigator?.mediaDevices?.addEventListener?.("devicechange", () => {
      if (this.#open) this.#look();
    });
  }

  /** Called before each drawing: what the panel uses is let go of when it is closed. */
  changed(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    if (open) this.#look();
    else this.stop();
  }

  stop(): void {
    this.#open = false;
    this.#stopMeter?.();
    this.#stopMeter = null;
    this.#metering = false;
    this.#showCamera(null);
  }

  view(): Template {
    const { kit, t } = this.#user;
    const { html } = kit;
    const kept = choices();
    const sinks = "setSinkId" in HTMLMediaElement.prototype;
    return frame(
      kit,
      kit.text("settings") ?? "Settings",
      html`<div class="scroll form" tabindex="-1">
        ${this.#looked && !this.#named ? this.#allow() : ""}
        ${deviceKinds.map((kind) =>
          kind === "speaker" || kind === "ringer"
            ? sinks
              ? this.#choice(kind)
              : kind === "speaker"
                ? html`<p>${t("speakerByBrowser")}</p>`
                : ""
            : this.#choice(kind),
        )}
        ${processing.map(
          (name) =>
            html`<label class="tick"
              ><input
                type="checkbox"
                part="processing"
                .checked=${kit.live(kept[name] ?? true)}
                @change=${(event: Event) => this.#process(name, (event.target as HTMLInputElement).checked)}
              /><span>${t(name)}</span></label
            >`,
        )}
        ${this.#notifications()}
        <div class="row links">
          <button type="button" part="check" class="plain" @click=${() => kit.open("check")}>
            ${t("check")}
          </button>
          <button type="button" part="report" class="plain" @click=${() => kit.open("report")}>
            ${t("report")}
          </button>
          <button type="button" part="reset" class="plain" @click=${() => this.#reset()}>
            ${t("reset")}
          </button>
        </div>
      </div>`,
    );
  }

  /** Device names are told once the microphone was allowed. */
  get #named(): boolean {
    return !!this.#devices?.microphones.some(({ label }) => label);
  }

  #allow(): Template {
    const { kit, t } = this.#user;
    return kit.html`<p>${t("allowWhy")}</p>
      <div class="row">
        <button type="button" part="allow" class="plain strong" @click=${() => this.#listen()}>${t("allow")}</button>
      </div>`;
  }

  #choice(kind: DeviceKind): Template {
    const { kit, t } = this.#user;
    const { html, live } = kit;
    const present = this.#devices
      ? among(this.#devices, kind).filter(({ id }) => id && id !== "default")
      : [];
    const kept = choices()[kind];
    const id = kept ? find(kept, present) : "";
    const known = !id || present.some((device) => device.id === id);
    const options = known ? present : [...present, { id, label: kept?.label ?? "" }];
    return html`<div class="field">
      <label for=${kind}>${t(names[kind])}</label>
      <div class="row">
        <select
          id=${kind}
          part="device"
          .value=${live(id)}
          @change=${(event: Event) => this.#chosen(kind, (event.target as HTMLSelectElement).value)}
        >
          <option value="" ?selected=${!id}>${t("standard")}</option>
          ${options.map(
            (device, i) =>
              html`<option
                value=${device.id}
                ?selected=${device.id === id}
                ?disabled=${!known && device.id === id}
              >
                ${device.label || t("device", { number: i + 1 })}
              </option>`,
          )}
        </select>
        ${
          kind === "speaker" || kind === "ringer"
            ? html`<button
                type="button"
                part="test"
                class="test plain"
                aria-label=${t("testOf", { name: t(names[kind]) })}
                @click=${() => kit.attempt(kit.host.phone.playTone(kind === "ringer" ? "ringing" : "test"))}
              >
                ${t("test")}
              </button>`
            : ""
        }
      </div>
      ${kind === "microphone" && this.#named ? this.#meter() : ""} ${kind === "camera" ? this.#camera() : ""}
    </div>`;
  }

  // The bar is moved without drawing the screen twenty times a second.
  #meter(): Template {
    const { kit, t } = this.#user;
    return kit.html`<div
        part="meter"
        class="meter"
        role="meter"
        aria-label=${t("level")}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow="0"
      ><i></i></div>
      <p class="small">${t("speak")}</p>`;
  }

  #camera(): Template {
    const { kit, t } = this.#user;
    if (!this.#devices?.cameras.length) return "";
    const preview = this.#preview;
    return kit.html`${
      preview
        ? kit.html`<video part="preview" class="preview" autoplay playsinline .muted=${true} .srcObject=${preview}></video>`
        : ""
    }
      <div class="row">
        <button type="button" class="plain" aria-pressed=${!!preview} @click=${() => this.#togglePreview()}>
          ${t(preview ? "previewOff" : "preview")}
        </button>
      </div>`;
  }

  #notifications(): Template {
    const { kit, t } = this.#user;
    const may = this.#mayNotify;
    if (!may) return "";
    if (may !== "default")
      return kit.html`<p part="notifications">${t(may === "granted" ? "notifyOn" : "notifyBlocked")}</p>`;
    return kit.html`<div class="row">
      <button
        type="button"
        part="notifications"
        class="plain"
        @click=${() =>
          kit.attempt(
            Notification.requestPermission().then((answer) => {
              this.#mayNotify = answer;
              kit.update();
            }),
          )}
      >
        ${t("notify")}
      </button>
    </div>`;
  }

  #chosen(kind: DeviceKind, id: string): void {
    const { kit } = this.#user;
    const device = this.#devices && among(this.#devices, kind).find((one) => one.id === id);
    choose(kind, device ?? undefined);
    kit.attempt(
      (async () => {
        kit.host.phone.setConfig({ [kind]: id });
        if (kind === "microphone") await this.#restart();
        if (kind === "camera" && this.#preview) await this.#startCamera();
        kit.update();
      })(),
    );
  }

  #process(name: Processing, on: boolean): void {
    const { kit } = this.#user;
    choose(name, on ? undefined : false);
    kit.host.phone.setConfig({ [name]: on });
    kit.update();
  }

  #reset(): void {
    const { kit } = this.#user;
    forget();
    kit.host.phone.setConfig({
      ...Object.fromEntries(deviceKinds.map((kind) => [kind, ""])),
      ...Object.fromEntries(processing.map((name) => [name, true])),
    });
    kit.attempt(this.#restart());
    kit.update();
  }

  /** Looks at the devices that there are, and listens where that is allowed already. */
  #look(): void {
    const { kit } = this.#user;
    kit.attempt(
      kit.host.phone
        .devices()
        .then((devices) => {
          this.#devices = devices;
          if (this.#named) this.#listen();
        })
        .finally(() => {
          this.#looked = true;
          kit.update();
        }),
    );
  }

  /** Opens the microphone for the meter: the browser asks where it has to. */
  #listen(): void {
    const { kit } = this.#user;
    if (this.#metering) return;
    this.#metering = true;
    kit.attempt(
      kit.host.phone
        .meter((level) => this.#show(level))
        .then(
          async (stop) => {
            if (!this.#open) return stop();
            this.#stopMeter = stop;
            if (this.#named) return;
            this.#devices = await kit.host.phone.devices();
            kit.update();
          },
          (cause: unknown) => {
            this.#metering = false;
            throw cause;
          },
        ),
    );
  }

  async #restart(): Promise<void> {
    if (!this.#metering) return;
    this.#stopMeter?.();
    this.#stopMeter = null;
    this.#metering = false;
    this.#listen();
  }

  #show(level: number): void {
    const meter = this.#user.kit.root.querySelector<HTMLElement>(".meter");
    meter?.style.setProperty("--level", String(level));
    meter?.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  }

  #togglePreview(): void {
    const { kit } = this.#user;
    if (this.#preview) this.#showCamera(null);
    else kit.attempt(this.#startCamera());
    kit.update();
  }

  async #startCamera(): Promise<void> {
    const id = this.#user.kit.host.phone.config.camera;
    const stream = await navigator.mediaDevices.getUserMedia({
      video: id ? { deviceId: { ideal: id } } : true,
    });
    if (!this.#open) return stream.getTracks().forEach((track) => track.stop());
    this.#showCamera(stream);
    this.#user.kit.update();
  }

  #showCamera(stream: MediaStream | null): void {
    this.#preview?.getTracks().forEach((track) => track.stop());
    this.#preview = stream;
  }
}
