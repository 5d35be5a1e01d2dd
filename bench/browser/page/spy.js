// What a call does on a page, with times in milliseconds of the epoch: when the
// INVITE is given to a WebSocket and when the other side is heard. Runs before
// the page's own scripts.
(() => {
  /** How often the page listens, in milliseconds. */
  const period = 5;
  /** Above this (RMS, full scale is 1; about -50 dB) the other side's tone is heard. */
  const audible = 0.003;

  const now = () => performance.timeOrigin + performance.now();
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (!spy.invite && typeof data === "string" && data.startsWith("INVITE ")) spy.invite = now();
    return send.call(this, data);
  };

  let context;
  let analyser;
  let samples;
  let source;
  let track;
  let timer;

  function listen() {
    const next = window.handset.stream()?.getAudioTracks()[0];
    if (next !== track) {
      source?.disconnect();
      track = next;
      source = next && context.createMediaStreamSource(new MediaStream([next]));
      source?.connect(analyser);
    }
    if (!track) return;
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    if (Math.sqrt(sum / samples.length) < audible) return;
    spy.heard = now();
    clearInterval(timer);
  }

  const spy = {
    invite: 0,
    heard: 0,
    reset() {
      if (!context) {
        context = new AudioContext();
        analyser = new AnalyserNode(context, { fftSize: 256 });
        samples = new Float32Array(analyser.fftSize);
      }
      source?.disconnect();
      source = track = undefined;
      spy.invite = spy.heard = 0;
      clearInterval(timer);
      timer = setInterval(listen, period);
      return now();
    },
  };
  window.spy = spy;
})();
