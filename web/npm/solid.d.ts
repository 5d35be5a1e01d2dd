// `<web-phone>` in Solid's JSX: import type {} from "web-phone/solid".
import type { JSX } from "solid-js";
import type { WebPhoneAttributes } from "./attributes.js";
import type { WebPhoneProperties } from "./markup.js";
import type { PhoneEvent, PhoneEventName, WebPhone } from "./webphone.js";

type Listeners = { [Name in PhoneEventName as `on:${Name}`]?: (event: PhoneEvent<Name>) => void };
type Properties = { [Name in keyof WebPhoneProperties as `prop:${Name}`]: WebPhoneProperties[Name] };

declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements {
      "web-phone": Omit<JSX.HTMLAttributes<WebPhone>, keyof WebPhoneAttributes> &
        WebPhoneAttributes &
        Listeners &
        Properties;
    }
  }
}
