// `<web-phone>` in Svelte's templates: import type {} from "web-phone/svelte".
import type { HTMLAttributes } from "svelte/elements";
import type { Markup, WebPhoneProperties } from "./markup.js";
import type { WebPhone } from "./webphone.js";

declare module "svelte/elements" {
  interface SvelteHTMLElements {
    // Svelte takes a name that starts with "on" for a listener's.
    "web-phone": Markup<HTMLAttributes<WebPhone>> &
      Omit<WebPhoneProperties, `on${string}` | keyof HTMLAttributes<WebPhone>>;
  }
}
