// The icons, drawn for this project: 24 px, strokes of 1.75 px, one path each.
import { html } from "lit/html.js";

export const paths = {
  /** Lying, as in hanging up; turned by style it is the handset of a call. */
  handset:
    "M2.6 14.6v-1.2c0-1.3.6-2.3 1.7-3C9 7.5 15 7.5 19.7 10.4c1.1.7 1.7 1.7 1.7 3v1.2c0 1-.9 1.7-1.9 1.5l-2.6-.6a1.7 1.7 0 0 1-1.3-1.6v-1.7a12 12 0 0 0-7.2 0v1.7a1.7 1.7 0 0 1-1.3 1.6l-2.6.6a1.5 1.5 0 0 1-1.9-1.5z",
  mute: "M12 3.5a2.8 2.8 0 0 0-2.8 2.8v5a2.8 2.8 0 0 0 5.6 0v-5A2.8 2.8 0 0 0 12 3.5zM5.8 11a6.2 6.2 0 0 0 12.4 0M12 17.2v3.3",
  /** Over the microphone that is muted. */
  muted: "M4 4l16 16",
  hold: "M9 6v12M15 6v12",
  keypad: "M6 5.5h.01M12 5.5h.01M18 5.5h.01M6 11h.01M12 11h.01M18 11h.01M6 16.5h.01M12 16.5h.01M18 16.5h.01",
  erase: "M9 5.5h10.5a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H9L3 12zM11.5 9.5l5 5M16.5 9.5l-5 5",
  paste:
    "M9 5H7a1.5 1.5 0 0 0-1.5 1.5v12A1.5 1.5 0 0 0 7 20h10a1.5 1.5 0 0 0 1.5-1.5v-12A1.5 1.5 0 0 0 17 5h-2M10 3.5h4a1 1 0 0 1 1 1v1a1 1 0 0 1-1 1h-4a1 1 0 0 1-1-1v-1a1 1 0 0 1 1-1z",
  transfer: "M4 17.5V15a6 6 0 0 1 6-6h10M15.5 4.5L20 9l-4.5 4.5",
  camera:
    "M5 6.5h8.5A1.5 1.5 0 0 1 15 8v8a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 16V8A1.5 1.5 0 0 1 5 6.5zM15 11l5.5-3v8L15 13",
  history: "M12 7v5l3.5 2M12 3.5a8.5 8.5 0 1 1-.01 0z",
  settings: "M4 7.5h8.5M17.5 7.5H20M15 5v5M4 16.5h2.5M11.5 16.5H20M9 14v5",
} as const;

export const draw = (path: string, name = "") =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true" class=${name}><path d=${path}></path></svg>`;

export const icon = (name: keyof typeof paths, over = "") => draw(paths[name] + over, name);
