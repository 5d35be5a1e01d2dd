// What Vue's language tools check a template with.
import type { GlobalComponents } from "vue";
import type {} from "web-phone/vue";

type Props = InstanceType<GlobalComponents["web-phone"]>["$props"];

export const phone: Props = {
  class: "desk",
  "sip-server": "wss://phone.example.com/sip",
  "auto-register": true,
  onRingingin: (event) => console.log(event.detail.from),
};
// @ts-expect-error Text, not a number.
export const wrong: Props = { username: 1001 };
