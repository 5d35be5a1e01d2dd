// What <web-phone> takes in markup and by property, for the types of every framework.
import type { WebPhoneAttributes } from "./attributes.js";
import type { PhoneEvent, PhoneEventName, WebPhone } from "./webphone.js";

/** The element's listeners, named `on` and the event: `onringingin`. */
export type WebPhoneListeners = {
  [Name in PhoneEventName as `on${Name}`]?: ((event: PhoneEvent<Name>) => void) | null | undefined;
};

/** Attributes and listeners: what a framework's template may say of `<web-phone>`. */
export interface WebPhoneMarkup extends WebPhoneAttributes, WebPhoneListeners {}

/** A framework's attributes of any element, with those of `<web-phone>` in place of theirs. */
export type Markup<Base> = Omit<Base, keyof WebPhoneMarkup> & WebPhoneMarkup;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Properties that can be set: neither methods nor read-only ones. */
type Settable<T> = {
  [Key in keyof T]-?: T[Key] extends (...args: never[]) => unknown
    ? never
    : Same<Pick<T, Key>, { -readonly [K in Key]: T[K] }> extends true
      ? Key
      : never;
}[keyof T];

type Properties = Pick<WebPhone, Exclude<Settable<WebPhone>, keyof HTMLElement>>;

/** The properties of the element that a page sets. */
export type WebPhoneProperties = { [Key in keyof Properties]?: Properties[Key] | undefined };
