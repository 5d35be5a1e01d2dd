// What the builder's canvas uses of the runtime.
export { renderComponent } from "./components.ts";
