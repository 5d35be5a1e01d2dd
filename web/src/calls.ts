// What the screen shows of calls beyond one plain call: loaded when there is a
// call.
export { open } from "./element/calls/view.ts";
