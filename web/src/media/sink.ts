// The loudspeaker: the only element that the engine creates.

/** Where the far end is heard. */
export interface AudioSink {
  /** Plays the stream, or falls silent on `null`. */
  play(stream: MediaStream | null): void;
}

/** An audio element outside the document, made when it is first needed. */
export function audioSink(): AudioSink {
  let audio: HTMLAudioElement | undefined;
  const start = () => {
    // Refused until the reader has touched the page: try again when they do.
    if (audio?.srcObject) audio.play().catch(waitForGesture);
  };
  const waitForGesture = () => {
    for (const gesture of ["pointerdown", "keydown"]) {
      document.addEventListener(gesture, start, { once: true, capture: true });
    }
  };
  return {
    play(stream) {
      if (!audio && !stream) return;
      audio ??= Object.assign(new Audio(), { autoplay: true });
      if (audio.srcObject === stream) return;
      audio.srcObject = stream;
      start();
    },
  };
}
