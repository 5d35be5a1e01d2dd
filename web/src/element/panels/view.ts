// The panels of the screen.
import type { Kit, View } from "../kit.ts";

export function open(_kit: Kit): View {
  return { styles: "" };
}
