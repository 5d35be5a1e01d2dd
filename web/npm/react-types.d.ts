// The types of the React component, and of the bare `<web-phone>` in React's JSX.
import type { HTMLAttributes, RefAttributes } from "react";
import type { Markup, WebPhoneProperties } from "./markup.js";
import type { WebPhone } from "./webphone.js";

/** The element's properties, and what any HTML element takes. */
export type WebPhoneProps = Omit<HTMLAttributes<WebPhone>, keyof WebPhoneProperties> & WebPhoneProperties;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      /** The bare element, as in HTML: attributes, and listeners such as `onringingin`. */
      "web-phone": Markup<HTMLAttributes<WebPhone>> & RefAttributes<WebPhone>;
    }
  }
}
