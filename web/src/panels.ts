// The panels of the screen: loaded when one is opened, or when the user has
// settings or contacts that have to be applied.
export { open } from "./element/panels/view.ts";
