// The view of calls: the picture of a video call.
import type { Kit, View } from "../kit.ts";

export function open({ html }: Kit): View {
  return {
    styles: `
.video{position:relative;border-radius:12px;overflow:hidden;background:#000;min-block-size:180px}
video{position:absolute;inset:0;inline-size:100%;block-size:100%;object-fit:contain}
video+video{inset:auto 8px 8px auto;inline-size:28%;block-size:auto;border-radius:8px;object-fit:cover}
`,
    // The engine plays the sound; the pictures are silent.
    stage: (call) =>
      call.video
        ? html`<div class="video" part="video">
            <video
              part="remote-video"
              autoplay
              playsinline
              .muted=${true}
              .srcObject=${call.remoteStream}
            ></video>
            <video
              part="local-video"
              autoplay
              playsinline
              .muted=${true}
              .srcObject=${call.localStream}
            ></video>
          </div>`
        : null,
  };
}
