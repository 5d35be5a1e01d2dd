// The component: loading this module defines <web-phone>.
export { Phone } from "./phone/phone.ts";
export { WebPhone } from "./element/web-phone.ts";
export * from "./phone/types.ts";
