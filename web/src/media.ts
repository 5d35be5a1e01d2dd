// What a screen asks for now and then: how a call is, how loud the microphone
// is, whether a call would go well, and a report for support. A module of its
// own, loaded from beside the phone; it has its own copies of what it imports.
export { meter } from "./media/meter.ts";
export { check } from "./phone/check.ts";
export { report } from "./phone/report.ts";
export { statisticsOf } from "./phone/statistics.ts";
