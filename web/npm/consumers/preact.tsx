/** @jsxImportSource preact */
import type {} from "web-phone/preact";

export const phone = (
  <web-phone
    class="desk"
    sip-server="wss://phone.example.com/sip"
    auto-register
    onringingin={(event) => console.log(event.detail.from)}
    ref={(element) => element?.setConfig({ password: "secret" })}
  />
);
// @ts-expect-error Text, not a number.
export const wrong = <web-phone username={1001} />;
