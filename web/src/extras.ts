// What a phone rarely needs, as a module of its own: it is loaded from beside
// the phone when it is first wanted. It holds no classes of errors and no state
// that the phone's own modules have, since it has its own copies of what it
// imports.
export { GRACE, Health } from "./media/health.ts";
export { qualityOf } from "./media/quality.ts";
export { recall } from "./phone/resume.ts";
export { sendCandidates, takeInfo } from "./phone/trickle.ts";
export { Referring, referFields, takeRefer } from "./phone/transfer.ts";
