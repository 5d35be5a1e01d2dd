// `<web-phone>` in Preact's JSX: import type {} from "web-phone/preact".
import type { HTMLAttributes } from "preact";
import type { Markup } from "./markup.js";
import type { WebPhone } from "./webphone.js";

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "web-phone": Markup<HTMLAttributes<WebPhone>>;
    }
  }
}
