// The words of the screen, each under a key, so that another language is
// another table and nothing else. What went wrong is said in the engine's words.

export const english = {
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
  transfer: "Transfer",
  camera: "Camera",
  history: "Recent calls",
  settings: "Settings",

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
  unknown: "Unknown caller",
  ended: "Call ended",
  missed: "Missed call",
  lost: "The connection was lost. Call again.",
};

export type TextKey = keyof typeof english;
