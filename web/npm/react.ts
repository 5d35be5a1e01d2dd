// The React component: <WebPhone sipServer="…" onRingingIn={…} />.
//
// React 19 makes a listener of every property of a custom element that starts
// with "on", for an event of just that name: `onRingingOut` would wait for
// "RingingOut", which nobody sends. And React 18 knows no properties of custom
// elements. So what has an attribute is rendered as that attribute, which also
// works on a server, and the rest is set on the element itself.
import { createElement, forwardRef, useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import type { ForwardRefExoticComponent, RefAttributes } from "react";
import { attributes, properties } from "./members.js";
import type { WebPhoneProps } from "./react-types.js";
import type { WebPhone as WebPhoneElement } from "./webphone.js";

export type { WebPhoneProps };

type Relay = (...details: unknown[]) => unknown;

/** On a server React 18 warns of layout effects, which never run there. */
const useCommit = typeof document === "undefined" ? useEffect : useLayoutEffect;

const attributeOf: Readonly<Record<string, string>> = attributes;
const isProperty = (name: string) => (properties as readonly string[]).includes(name);

const same = (a: unknown, b: unknown) =>
  a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));

/** What is left out is as good as never set; `no-…` says the opposite of its property. */
function markup(props: WebPhoneProps): Record<string, unknown> {
  const rendered: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(props)) {
    const attribute = attributeOf[name] ?? (name === "className" ? "class" : name);
    if (isProperty(name)) continue;
    if (attribute !== name && attribute.startsWith("no-")) rendered[attribute] = value === false || undefined;
    else
      rendered[attribute] = value === false && (attributeOf[name] || name === "hidden") ? undefined : value;
  }
  return rendered;
}

/**
 * `<web-phone>` as a React component; its `ref` is the element. It loads the
 * element's module in the browser and renders the bare tag on a server. A
 * function that changes with every render costs nothing: the element keeps one
 * that calls the latest.
 */
export const WebPhone: ForwardRefExoticComponent<WebPhoneProps & RefAttributes<WebPhoneElement>> = forwardRef<
  WebPhoneElement,
  WebPhoneProps
>(function WebPhone(props, ref) {
  const element = useRef<WebPhoneElement>(null);
  const latest = useRef<Readonly<Record<string, unknown>>>({});
  /** What the element was given. Kept while React mounts anew, as StrictMode does: so is the element. */
  const given = useRef<Record<string, unknown>>({});
  const relays = useRef<Record<string, Relay>>({});

  useImperativeHandle(ref, () => element.current!, []);
  useEffect(() => void import("./webphone.js"), []);
  useCommit(() => {
    latest.current = props;
    for (const name of properties) {
      let value: unknown = props[name];
      if (typeof value === "function")
        value = relays.current[name] ??= (...details) =>
          (latest.current[name] as Relay | undefined)?.(...details);
      if (same(value, given.current[name])) continue;
      given.current[name] = value;
      Reflect.set(element.current!, name, value ?? null);
    }
  });
  return createElement("web-phone", { ...markup(props), ref: element });
});
