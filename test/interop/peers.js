// JsSIP and SIP.js behind one surface, `window.peer`. Which one, and for which
// account, stands in the page's fragment.
const account = new URLSearchParams(location.hash.slice(1));
const { library, server, username, password } = Object.fromEntries(account);
const domain = new URL(server).hostname;

// Chromium decodes remote sound only while an element plays it.
const speaker = new Audio();

function streamOf(connection) {
  const stream = new MediaStream(connection.getReceivers().map(({ track }) => track));
  speaker.srcObject = stream;
  void speaker.play();
  return stream;
}

function jssip() {
  const { JsSIP } = window;
  let session;
  const agent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(server)],
    uri: `sip:${username}@${domain}`,
    password,
  });
  const options = { mediaConstraints: { audio: true, video: false } };
  const peer = {
    registered: false,
    state: "idle",
    call: (number) => void agent.call(`sip:${number}@${domain}`, options),
    answer: () => session.answer(options),
    hangup: () => session.terminate(),
    remote: () => session && streamOf(session.connection),
  };
  agent.on("registered", () => (peer.registered = true));
  agent.on("newRTCSession", (event) => {
    session = event.session;
    peer.state = "ringing";
    session.on("confirmed", () => (peer.state = "up"));
    session.on("ended", () => (peer.state = "idle"));
    session.on("failed", () => (peer.state = "idle"));
  });
  agent.start();
  return peer;
}

function sipjs() {
  const { SIP } = window;
  let session;
  const take = (next) => {
    session = next;
    peer.state = "ringing";
    session.stateChange.addListener((state) => {
      if (state === "Established") peer.state = "up";
      if (state === "Terminated") peer.state = "idle";
    });
  };
  const constraints = { sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } } };
  const agent = new SIP.UserAgent({
    uri: SIP.UserAgent.makeURI(`sip:${username}@${domain}`),
    transportOptions: { server },
    authorizationUsername: username,
    authorizationPassword: password,
    sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] } },
    delegate: { onInvite: take },
    logLevel: "error",
  });
  const peer = {
    registered: false,
    state: "idle",
    call(number) {
      const inviter = new SIP.Inviter(agent, SIP.UserAgent.makeURI(`sip:${number}@${domain}`), constraints);
      take(inviter);
      void inviter.invite();
    },
    answer: () => void session.accept(constraints),
    hangup: () => void session.bye(),
    remote: () =>
      session?.sessionDescriptionHandler?.peerConnection &&
      streamOf(session.sessionDescriptionHandler.peerConnection),
  };
  const registerer = new SIP.Registerer(agent);
  registerer.stateChange.addListener((state) => (peer.registered = state === "Registered"));
  void agent.start().then(() => registerer.register());
  return peer;
}

window.peer = library === "jssip" ? jssip() : sipjs();
