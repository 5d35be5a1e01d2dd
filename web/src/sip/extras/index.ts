// What few SIP peers need, and what needs storage: loaded on demand. What is
// here has its own copies of what it imports, and throws nothing of their
// classes.
export { depth } from "./depth.ts";
export { md5 } from "./md5.ts";
export { sha512t256 } from "./sha512.ts";
export { readSnapshot } from "./snapshot.ts";
export { refused } from "./timers.ts";
