// SIP.js by its SessionManager, which is what it offers for reconnecting,
// registering anew and noticing a dead server (OPTIONS). It takes one server.
const { SIP } = window;
const { servers, username, password } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const [server] = servers.split(",");
const domain = new URL(server).hostname;

const speaker = new Audio();
document.body.append(speaker);
let session;
let changed = () => {};

const manager = new SIP.Web.SessionManager(server, {
  aor: `sip:${username}@${domain}`,
  media: { remote: { audio: speaker } },
  optionsPingInterval: 10,
  reconnectionAttempts: 1000,
  reconnectionDelay: 1,
  registrationRetry: true,
  registrationRetryInterval: 1,
  userAgentOptions: {
    authorizationUsername: username,
    authorizationPassword: password,
    logLevel: "error",
    sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] } },
  },
  delegate: {
    onCallCreated: (next) => take(next),
    onCallReceived: () => {},
    onCallHold: (_, held) => changed(held),
    onRegistered: () => (window.bench.registered = true),
    onUnregistered: () => (window.bench.registered = false),
    onServerDisconnect: () => (window.bench.registered = false),
  },
});

function take(next) {
  session = next;
  window.bench.state = "ringing";
  next.stateChange.addListener((state) => {
    if (state === "Established") window.bench.state = "up";
    if (state === "Terminated") {
      window.bench.state = "idle";
      session = undefined;
    }
  });
}

/** `hold()` resolves when the re-INVITE is sent; the delegate hears whether it was agreed. */
const change = (method, wanted) =>
  new Promise((done, fail) => {
    changed = (held) => (held === wanted ? done() : fail(new Error(`${method} was refused`)));
    manager[method](session).catch(fail);
  });

window.bench = {
  registered: false,
  state: "idle",
  call: (number) => manager.call(`sip:${number}@${domain}`),
  answer: () => manager.answer(session),
  hold: () => change("hold", true),
  unhold: () => change("unhold", false),
  stream: () => session && manager.getRemoteMediaStream(session),
};
void manager.connect().then(() => manager.register());
