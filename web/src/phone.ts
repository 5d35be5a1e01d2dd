// The engine without a screen.
export { Phone } from "./phone/phone.ts";
export * from "./phone/types.ts";
