// React 19, and 18: the component, and the bare element.
import { useRef } from "react";
import { WebPhone } from "web-phone/react";
import type { WebPhoneProps } from "web-phone/react";
import { attributes, properties } from "web-phone/members.js";
import type { WebPhone as WebPhoneElement } from "web-phone";

export function Component() {
  const phone = useRef<WebPhoneElement>(null);
  return (
    <>
      <WebPhone
        ref={phone}
        className="desk"
        style={{ width: 300 }}
        sipServer="wss://phone.example.com/sip"
        username="1001"
        password="secret"
        autoRegister
        showDialpad={false}
        iceServers={[{ urls: "stun:stun.example.com" }]}
        configProvider={async () => ({ password: "secret" })}
        onRingingIn={({ from }) => console.log(from)}
        onEnd={({ duration }) => console.log(duration.toFixed())}
        onError={({ code }) => console.log(code === "busy")}
        onClick={(event) => event.currentTarget.makeCall("1002")}
      >
        <p slot="footer">Press 0 for help.</p>
      </WebPhone>
      <button onClick={() => phone.current?.makeCall("1002")}>Call</button>
    </>
  );
}

export const bare = (
  <web-phone
    id="desk"
    className="desk"
    sip-server="wss://phone.example.com/sip"
    no-dialpad
    auto-register
    onringingin={(event) => console.log(event.detail.from)}
    ref={(element) => element?.setConfig({ password: "secret" })}
  />
);

export const wrong = [
  // @ts-expect-error Text, not a number.
  <WebPhone username={1001} />,
  // @ts-expect-error No such property.
  <WebPhone sipserver="wss://phone.example.com/sip" />,
  // @ts-expect-error Only read.
  <WebPhone registered />,
  // @ts-expect-error A method.
  <WebPhone makeCall={() => {}} />,
  // @ts-expect-error An incoming call has no duration.
  <WebPhone onRingingIn={({ duration }) => duration} />,
  // @ts-expect-error A boolean.
  <web-phone auto-register="yes" />,
  // @ts-expect-error No such attribute is read from a property's name.
  <web-phone sipServer="wss://phone.example.com/sip" />,
];

type Member = keyof typeof attributes | (typeof properties)[number];
type Own<Props> = { [Key in keyof Props as Key extends Member ? never : Key]: Props[Key] };
type Html = React.HTMLAttributes<WebPhoneElement>;
/** The component handles every property that its type names. */
export const unhandled: never[] = [] as Exclude<keyof Own<WebPhoneProps>, keyof Html>[];
/** And its type names every property that it handles. */
export const unnamed: never[] = [] as Exclude<Member, keyof WebPhoneProps>[];
