// `<web-phone>` in Vue's templates: import type {} from "web-phone/vue".
import type { HTMLAttributes, ReservedProps } from "vue";
import type { WebPhoneAttributes } from "./attributes.js";
import type { PhoneEvent, PhoneEventName, WebPhone } from "./webphone.js";

/** `@ringingin` in a template. */
type Listeners = {
  [Name in PhoneEventName as `on${Capitalize<Name>}`]?: (event: PhoneEvent<Name>) => void;
};

type Props = Omit<HTMLAttributes, keyof (WebPhoneAttributes & Listeners)> &
  ReservedProps &
  WebPhoneAttributes &
  Listeners;

declare module "vue" {
  interface GlobalComponents {
    "web-phone": new () => WebPhone & { $props: Props };
  }
}
