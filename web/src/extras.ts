// What a phone needs only once a call is up, or rarely: a module of its own that
// is loaded from beside the phone. It holds no classes of errors and no state
// that the phone's own modules have, since it has its own copies of what it
// imports.
export { qualityOf } from "./media/quality.ts";
export { recall } from "./phone/resume.ts";
export { referFields, replaced } from "./phone/transfer.ts";
export { Upkeep } from "./phone/upkeep.ts";
