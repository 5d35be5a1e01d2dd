// What happens on a page, with times: when the other side is heard, when the
// call ends, and what the status line says. `window.ear` is read from outside.
// A page's own clock keeps the times, so that asking late changes nothing.

/** How often the page listens, in milliseconds: the resolution of all figures about sound. */
const period = 40;

/** Above this (RMS, full scale is 1; about -50 dB) the other side's tone is heard. */
const audible = 0.003;

const context = new AudioContext();
const analyser = new AnalyserNode(context, { fftSize: 2048 });
const samples = new Float32Array(analyser.fftSize);

const ear = {
  /** [first, last] moment of each stretch without a silent sample, in milliseconds of the epoch. */
  heard: [],
  /** When a call that was up was there no more. */
  endedAt: null,
  /** The status line's texts in their order, digits left out. */
  texts: [],
};
window.ear = ear;

let track;
let source;
let silent = true;
let up = false;

function listen() {
  const next = window.bench.stream()?.getAudioTracks()[0];
  if (next !== track) {
    source?.disconnect();
    track = next;
    source = next && context.createMediaStreamSource(new MediaStream([next]));
    source?.connect(analyser);
  }
  if (!track) return 0;
  analyser.getFloatTimeDomainData(samples);
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

setInterval(() => {
  const now = Date.now();
  if (listen() < audible) silent = true;
  else if (silent) {
    silent = false;
    ear.heard.push([now, now]);
  } else ear.heard.at(-1)[1] = now;

  const isUp = window.bench.state === "up";
  if (up && !isUp) ear.endedAt = now;
  up = isUp;

  const text = window.bench.text?.().replace(/\d+/g, "").replace(/\s+/g, " ").trim();
  if (text && text !== ear.texts.at(-1)) ear.texts.push(text);
}, period);
