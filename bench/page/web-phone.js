// <web-phone> behind the surface that the measurement drives, as its page has
// it: all settings but the servers and the account are the defaults.
const phone = document.querySelector("web-phone");
const part = (name) => phone.shadowRoot?.querySelector(`[part~="${name}"]`);
const states = { idle: "idle", "ringing-in": "ringing", "ringing-out": "ringing", active: "up", held: "up" };

window.bench = {
  get registered() {
    return phone.registered;
  },
  get state() {
    return states[phone.getAttribute("state")] ?? "idle";
  },
  call: (number) => phone.makeCall(number),
  answer: () => phone.answer(),
  hold: () => phone.hold(),
  unhold: () => phone.unhold(),
  stream: () => phone.call?.remoteStream,
  text: () => (part("status-line") ?? part("registration"))?.textContent ?? "",
};
