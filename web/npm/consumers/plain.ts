// A TypeScript page without a framework.
import { Phone, PhoneError, WebPhone } from "web-phone";
import type { CallRecord, PhoneEvent } from "web-phone";
import { Phone as Engine } from "web-phone/phone";
import type { Call, PhoneConfig } from "web-phone/phone";
import * as component from "web-phone";
import * as engine from "web-phone/phone";
// @ts-expect-error The engine's module has no element.
import { WebPhone as Absent } from "web-phone/phone";

const made: WebPhone = document.createElement("web-phone");
const found: WebPhone | null = document.querySelector("web-phone");
made.sipServer = "wss://phone.example.com/sip";
made.onEnd = (record: CallRecord) => console.log(record.duration);
made.addEventListener("ringingin", (event: PhoneEvent<"ringingin">) => console.log(event.detail.from));
found?.makeCall("1002").then((call) => call.hangup());
const config: PhoneConfig = { username: "1001", wsServers: ["wss://phone.example.com/sip"] };
new Engine(config).onError = ({ code }) => console.log(code === "busy");
new Phone() instanceof EventTarget;
new PhoneError("internal", "No.");

// @ts-expect-error Text, not a number.
made.username = 1001;
// @ts-expect-error Only read.
made.registered = true;
// @ts-expect-error No such event detail.
made.onRingingIn = ({ duration }) => duration;
/** The engine's module has everything of the component's but the element. */
export const lacking: "WebPhone"[] = [] as Exclude<keyof typeof component, keyof typeof engine>[];
export const current = (phone: Engine): Call | null => phone.call;
export { Absent };
