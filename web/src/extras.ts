// What a phone needs only once a call is up, or rarely: a module of its own that
// is loaded from beside the phone. It holds no classes of errors and no state
// that the phone's own modules have, since it has its own copies of what it
// imports.
import { depth, md5, refused, sha512t256 } from "./sip/extras/index.ts";
import type { SipExtras } from "./sip/on-demand.ts";

export { BrowserSound } from "./media/sound.ts";
export { deskOf } from "./phone/desk.ts";
export { fieldsOf } from "./phone/headers.ts";
export { recall } from "./phone/resume.ts";
export { replaced } from "./phone/transfer.ts";
export { Upkeep } from "./phone/upkeep.ts";

/** An object, since the names of its members are shortened and those of a module's exports are not. */
export const sip: SipExtras = { depth, md5, refused, sha512t256 };
