// What Svelte's language tools check a template with.
import type { SvelteHTMLElements } from "svelte/elements";
import type {} from "web-phone/svelte";

type Props = SvelteHTMLElements["web-phone"];

export const phone: Props = {
  class: "desk",
  "data-desk": "7",
  "sip-server": "wss://phone.example.com/sip",
  "auto-register": true,
  password: "secret",
  configProvider: async () => ({ password: "secret" }),
  onringingin: (event) => console.log(event.detail.from),
};
// @ts-expect-error Text, not a number.
export const wrong: Props = { username: 1001 };
