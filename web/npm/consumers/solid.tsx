/** @jsxImportSource solid-js */
import type {} from "web-phone/solid";

export const phone = (
  <web-phone
    class="desk"
    sip-server="wss://phone.example.com/sip"
    auto-register
    on:ringingin={(event) => console.log(event.detail.from)}
    prop:password="secret"
    ref={(element) => element.setConfig({ password: "secret" })}
  />
);
export const wrong = [
  // @ts-expect-error Text, not a number.
  <web-phone username={1001} />,
  // @ts-expect-error Solid calls listeners with the event.
  <web-phone on:ringingin={({ from }) => from} />,
];
