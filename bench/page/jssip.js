// JsSIP set up for reliability as its documentation offers it: all servers in
// order of weight, and the connection tried again from 1 s on.
const { JsSIP } = window;
const { servers, username, password } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const list = servers.split(",");
const domain = new URL(list[0]).hostname;
const options = { mediaConstraints: { audio: true, video: false } };

const agent = new JsSIP.UA({
  sockets: list.map((url, i) => ({ socket: new JsSIP.WebSocketInterface(url), weight: list.length - i })),
  uri: `sip:${username}@${domain}`,
  password,
  connection_recovery_min_interval: 1,
  connection_recovery_max_interval: 4,
});

/** Chromium decodes remote sound only while an element plays it. */
const speaker = new Audio();
let session;
let playing;

function stream() {
  const track = session?.connection?.getReceivers()[0]?.track;
  if (track && playing?.getTracks()[0] !== track) {
    playing = new MediaStream([track]);
    speaker.srcObject = playing;
    void speaker.play();
  }
  return track && playing;
}

const change = (method) =>
  new Promise((done, fail) => {
    if (!session[method]({}, done)) fail(new Error(`${method} is not possible now`));
    session.once("ended", () => fail(new Error("the call ended")));
  });

window.bench = {
  get registered() {
    return agent.isRegistered();
  },
  state: "idle",
  call: (number) => void agent.call(`sip:${number}@${domain}`, options),
  answer: () => session.answer(options),
  hold: () => change("hold"),
  unhold: () => change("unhold"),
  stream,
};

agent.on("newRTCSession", (event) => {
  session = event.session;
  window.bench.state = "ringing";
  session.on("confirmed", () => (window.bench.state = "up"));
  for (const end of ["ended", "failed"])
    session.on(end, () => {
      window.bench.state = "idle";
      session = undefined;
    });
});
agent.start();
