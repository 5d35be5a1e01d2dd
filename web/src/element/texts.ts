// The words of the screen, each under a key, so that another language is
// another table and nothing else.

const english = {
  phone: "Phone",
  numberToCall: "Number to call",
  enterNumber: "Enter a number",
  paste: "Paste a number",
  erase: "Delete the last digit",
  keypad: "Keypad",
  dial: "Dial",
  answer: "Answer",
  decline: "Decline",
  hangUp: "Hang up",
  mute: "Mute",
  hold: "Hold",

  unregistered: "Not registered",
  registering: "Connecting",
  reconnecting: "Reconnecting",
  registered: "Ready",

  calling: "Calling…",
  ringing: "Ringing…",
  incoming: "Incoming call",
  active: "In call",
  held: "On hold",
  remoteHeld: "The other side put you on hold",
  waiting: "Also calling: ",
  unknown: "Unknown caller",
  ended: "Call ended",
  missed: "Missed call",
  lost: "The connection was lost. Call again.",

  "not-configured": "Not signed in yet. Enter a server, a user name and a password.",
  transport: "The server can’t be reached. Check your connection; trying again.",
  authentication: "The user name or the password is wrong. Check them and sign in again.",
  registration: "The server refused to register this phone. Ask its operator.",
  permission: "Your browser blocks the microphone. Allow it in the address bar, then try again.",
  "no-device": "No microphone was found. Connect one, then try again.",
  busy: "They are busy. Try again later.",
  rejected: "They declined the call.",
  "not-found": "There is no such number. Check it and call again.",
  timeout: "No answer. Try again later.",
  unsupported: "That is not possible here. Try another number or browser.",
  protocol: "The server gave an answer that makes no sense. Try again.",
  internal: "Something went wrong. Try again.",
};

export type TextKey = keyof typeof english;

/** The language that `t()` speaks: what the screen declares to screen readers. */
export const language = "en";

export const t = (key: TextKey): string => english[key];
