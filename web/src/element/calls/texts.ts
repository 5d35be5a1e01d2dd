// The words of the view of calls, each under a key that no other table has.
import type { Call } from "../../phone/call.ts";
import type { Kit, speaker } from "../kit.ts";

export const english = {
  callsTitle: "Calls",
  showCalls: "Show all calls",
  andMore: "{state}, {count} more",
  waiting: "is calling",
  waitingAlert: "{name} is calling",
  waitingAnswer: "Answer {name}",
  waitingDecline: "Decline {name}",
  onHold: "on hold",
  inCall: "in call",
  beingCalled: "being called",
  swap: "Swap",
  swapTo: "Swap to {name}",
  merge: "Merge",
  mergeCalls: "Merge all calls",
  merging: "Merging the calls…",
  notMerged: "{name} could not be merged and is still on hold. Merge again.",
  notMergedAll: "The calls could not be merged. Try again later.",
  backTo: "Back to {name}",
  completeTransfer: "Complete transfer",
  endOne: "Hang up {name}",

  transferTo: "Number or address",
  transferTitle: "Transfer {name}",
  transferNow: "Transfer now",
  transferAsk: "Ask first",
  transferring: "Transferring…",
  transferDone: "Transferred to {name}",
  joinWith: "Join with {name}",
  noTarget: "Enter the number to transfer to.",

  theirCameraOff: "Their camera is off",
  ownPicture: "Your picture. Press to move it to another corner.",
  shareScreen: "Share your screen",
  stopSharing: "Stop sharing your screen",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",
  floatPicture: "Picture in picture",
  flipCamera: "Other camera",
  stageMute: "Mute",
  stageHangUp: "Hang up",
  stageFailed: "Your browser can’t show the picture that way. Try another way.",

  measuring: "Measuring the connection",
  connectionGood: "Good connection",
  connectionFair: "Fair connection",
  connectionPoor: "Poor connection",
  connectionBad: "Bad connection",
  connectionBack: "The connection is good again.",
  causeMicrophone: "Your microphone gives no sound. Check that it is on and plugged in.",
  causeOwnNetwork: "Your network loses what you say. Move closer to the router.",
  causeTheirNetwork: "The other side’s network loses what is said. Ask them to move closer to their router.",
  causePath: "The connection between you is bad. Call again if it stays so.",
  causeServer: "The server in between is overloaded. Call again if it stays so.",

  qualityTitle: "Connection",
  qualityNone: "There is nothing to measure yet. Wait a moment.",
  qualityScore: "Sound (MOS, 1 to 4.5)",
  qualityChart: "Sound in the last minute: {now} now, {low} at worst",
  direction: "Direction",
  youSend: "You send",
  youReceive: "You receive",
  loss: "Loss",
  jitter: "Jitter",
  bitRate: "Bit rate",
  roundTrip: "Round trip",
  soundCodec: "Sound codec",
  pictureCodec: "Picture",
  relayed: "By a relay",
  yes: "Yes",
  no: "No",
  copyFigures: "Copy",
  figuresCopied: "Copied",

  soundBlockedRinging: "Your browser blocks sound. Click anywhere on the page to hear it ring.",
  soundBlockedTalking: "Your browser blocks sound. Click anywhere on the page to hear the other side.",
} as const;

export type Speak = ReturnType<typeof speaker<keyof typeof english>>;

/** What every piece of the view is given. */
export interface Lent {
  readonly kit: Kit;
  readonly t: Speak;
  /** Who the other side of a call is, also when nobody knows. */
  name(call: Call): string;
}
