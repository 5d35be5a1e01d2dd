// The pictures of a call: the other side's, one's own in a corner of it, and
// what can be done with them.
import type { Call } from "../../phone/call.ts";
import type { PhoneError } from "../../phone/types.ts";
import type { Template } from "../kit.ts";
import { initials } from "../number.ts";
import type { VideoSource } from "../../media/peer.ts";
import { icons } from "./icons.ts";
import type { Lent } from "./texts.ts";

/** The corners that one's own picture may have, clockwise from the one above, at the start of the line. */
const corners = 4;

/** Where an arrow key moves it: to the row or the column. */
const moves: Readonly<Record<string, (corner: number) => number>> = {
  ArrowUp: (corner) => (corner === 3 ? 0 : corner === 2 ? 1 : corner),
  ArrowDown: (corner) => (corner === 0 ? 3 : corner === 1 ? 2 : corner),
  ArrowLeft: (corner) => (corner === 1 ? 0 : corner === 2 ? 3 : corner),
  ArrowRight: (corner) => (corner === 0 ? 1 : corner === 3 ? 2 : corner),
};

const hasPicture = (stream: MediaStream | null): boolean =>
  !!stream
    ?.getVideoTracks()
    .some(({ readyState, muted, enabled }) => readyState === "live" && !muted && enabled);

export class Stage {
  readonly #lent: Lent;
  readonly #banner: () => Template | null;
  #corner = 1;
  /** The camera was on before the screen was shared. */
  #back = false;
  /** The cameras there are, once they are known. */
  #cameras: readonly { readonly id: string }[] = [];
  #asked = false;
  readonly #watched = new WeakSet<MediaStreamTrack>();

  constructor(lent: Lent, banner: () => Template | null) {
    this.#lent = lent;
    this.#banner = banner;
  }

  draw(call: Call): Template | null {
    if (!call.video) return null;
    const { kit, t } = this.#lent;
    const { html } = kit;
    const source = call.videoSource;
    const theirs = hasPicture(call.remoteStream);
    this.#watch(call.remoteStream);
    const full = !!kit.root.fullscreenElement;
    if (source === "camera") this.#findCameras();
    return html`<div
      part="video"
      class=${full ? "video full" : "video"}
      @fullscreenchange=${() => kit.update()}
    >
      <video
        part="remote-video"
        autoplay
        playsinline
        class=${theirs ? "" : "off"}
        .muted=${true}
        .srcObject=${call.remoteStream}
      ></video>
      ${
        theirs
          ? ""
          : html`<div part="no-picture" class="dark">
              <span class="face-of" aria-hidden="true">${initials(kit.nameOf(call)) || "…"}</span>
              ${
                call.held || call.remoteHeld || beginning(call)
                  ? ""
                  : html`<span>${t("theirCameraOff")}</span>`
              }
            </div>`
      }
      ${source ? this.#own(call, source) : ""} ${full ? (this.#banner() ?? "") : ""}
      <div part="video-buttons" class="over">${this.#buttons(call, source, theirs, full)}</div>
    </div>`;
  }

  /** Their picture comes and goes without a word of SIP. */
  #watch(stream: MediaStream | null): void {
    const { update } = this.#lent.kit;
    for (const track of stream?.getVideoTracks() ?? []) {
      if (this.#watched.has(track)) continue;
      this.#watched.add(track);
      for (const type of ["mute", "unmute", "ended"]) track.addEventListener(type, update);
    }
  }

  /** The engine plays the sound; the pictures are silent. One's own is seen as in a mirror. */
  #own(call: Call, source: VideoSource): Template {
    const { kit, t } = this.#lent;
    return kit.html`<button
      type="button"
      part="own-picture"
      class="own c${this.#corner} ${source}"
      aria-label=${t("ownPicture")}
      @click=${() => this.#move((this.#corner + 1) % corners)}
      @keydown=${this.#keydown}
    >
      <video
        part="local-video"
        autoplay
        playsinline
        .muted=${true}
        .srcObject=${call.localStream}
      ></video>
    </button>`;
  }

  #buttons(call: Call, source: VideoSource | null, theirs: boolean, full: boolean): Template[] {
    const { kit, t } = this.#lent;
    const { shows, phone } = kit.host;
    const video = () => kit.root.querySelector<HTMLVideoElement>("[part=remote-video]");
    const camera = shows("camera");
    const floating = kit.root.pictureInPictureElement;
    return [
      full && shows("mute")
        ? this.#button("stage-mute", "mute", t("stageMute"), call.muted, () =>
            call.muted ? phone.unmute() : phone.mute(),
          )
        : "",
      camera && sharable() ? this.share(call) : "",
      camera && source === "camera" && this.#cameras.length > 1
        ? this.#button("flip-camera", "flip", t("flipCamera"), null, () => this.#flip())
        : "",
      theirs && document.pictureInPictureEnabled && "requestPictureInPicture" in HTMLVideoElement.prototype
        ? this.#button("picture-in-picture", "float", t("floatPicture"), !!floating, () =>
            this.#tried(floating ? document.exitPictureInPicture() : video()!.requestPictureInPicture()),
          )
        : "",
      document.fullscreenEnabled
        ? this.#button(
            "full-screen",
            full ? "window" : "full",
            t(full ? "leaveFullScreen" : "fullScreen"),
            null,
            () => this.#tried(full ? document.exitFullscreen() : video()!.parentElement!.requestFullscreen()),
          )
        : "",
      full && shows("hang-up")
        ? this.#button("stage-hang-up", "handset", t("stageHangUp"), null, () => kit.attempt(call.hangup()))
        : "",
    ];
  }

  /** The button that shares the screen; pressed, it ends that. */
  share(call: Call): Template {
    const { t } = this.#lent;
    const sharing = call.videoSource === "screen";
    return this.#button("share-screen", "share", t(sharing ? "stopSharing" : "shareScreen"), sharing, () =>
      this.#share(call),
    );
  }

  /** The end of sharing is the camera again, where it was on. */
  #share(call: Call): void {
    const sharing = call.videoSource === "screen";
    if (!sharing) this.#back = call.videoSource === "camera";
    const next = !sharing ? "screen" : this.#back ? "camera" : null;
    this.#lent.kit.attempt(
      call.setVideo(next).catch((error: PhoneError) => {
        if (!(next === "screen" && cancelled(error))) throw error;
      }),
    );
  }

  #button(
    part: string,
    icon: keyof typeof icons,
    label: string,
    pressed: boolean | null,
    act: () => void,
  ): Template {
    const { kit } = this.#lent;
    return kit.html`<button
      type="button"
      part=${part}
      class="glass"
      aria-label=${label}
      title=${label}
      aria-pressed=${pressed ?? kit.nothing}
      @click=${act}
    >
      ${kit.draw(icons[icon])}
    </button>`;
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    const turned = (event.currentTarget as Element).matches(":dir(rtl)");
    const key = turned
      ? event.key.replace(/Left|Right/, (side) => (side === "Left" ? "Right" : "Left"))
      : event.key;
    const move = moves[key];
    if (!move) return;
    event.preventDefault();
    this.#move(move(this.#corner));
  };

  #move(corner: number): void {
    this.#corner = corner;
    this.#lent.kit.update();
  }

  /** Takes the next camera, such as the one on the back of a phone. */
  #flip(): void {
    const phone = this.#lent.kit.host.phone;
    const at = this.#cameras.findIndex(({ id }) => id === phone.config.camera);
    const next = this.#cameras[(Math.max(at, 0) + 1) % this.#cameras.length];
    if (next) phone.setConfig({ camera: next.id });
  }

  /** Their number is known once the camera may be used. */
  #findCameras(): void {
    if (this.#asked) return;
    this.#asked = true;
    const { kit } = this.#lent;
    kit.host.phone.devices().then(
      ({ cameras }) => {
        this.#cameras = cameras;
        kit.update();
      },
      () => {},
    );
  }

  #tried(work: Promise<unknown>): void {
    const { kit, t } = this.#lent;
    work.then(
      () => kit.update(),
      () => {
        kit.say(t("stageFailed"), true);
        kit.update();
      },
    );
  }
}

/** The reader chose no screen, which is no error; that the system forbids it (so Chromium says) is one. */
const cancelled = ({ code, cause }: PhoneError): boolean =>
  code === "permission" && !/system/i.test(String(cause));

/** The browser can share a screen: those of phones can't. */
export const sharable = (): boolean =>
  !!navigator.mediaDevices && "getDisplayMedia" in navigator.mediaDevices;

/** Milliseconds that the first picture may take before it counts as missing. */
const patience = 3_000;

/** The call has only just come up: a picture may be on its way. */
const beginning = ({ answerTime }: Call) => Date.now() - (answerTime?.getTime() ?? 0) < patience;
