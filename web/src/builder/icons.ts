// The builder's icons, in the manner of the phone's: 24 px, strokes of 1.75 px,
// one path each.
import { draw } from "../element/icons.ts";
import type { Component } from "../page/document.ts";

const paths = {
  "web-phone":
    "M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM9.5 7h.01M12 7h.01M14.5 7h.01M9.5 10.5h.01M12 10.5h.01M14.5 10.5h.01M9.5 14h.01M12 14h.01M14.5 14h.01M10.5 17.8h3",
  heading: "M6 5v14M18 5v14M6 12h12",
  text: "M4 6h16M4 10.5h16M4 15h16M4 19.5h9",
  input: "M5 7h14a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM7 10v4",
  button: "M8 7h8a5 5 0 0 1 0 10H8A5 5 0 0 1 8 7zM9 12h6",
  html: "M8.5 7L3.5 12l5 5M15.5 7l5 5-5 5M13.5 5l-3 14",
  columns: "M4 5h6.5v14H4zM13.5 5H20v14h-6.5z",
  undo: "M9 5L4.5 9.5 9 14M4.5 9.5H14a5 5 0 0 1 0 10h-3.5",
  redo: "M15 5l4.5 4.5L15 14M19.5 9.5H10a5 5 0 0 0 0 10h3.5",
  up: "M6 14.5l6-6 6 6",
  down: "M6 9.5l6 6 6-6",
  copy: "M9 9h9a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 18 21H9a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 9 9zM4.5 15V4.5A1.5 1.5 0 0 1 6 3h9",
  remove: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1L17.5 7M10 11v5.5M14 11v5.5",
  add: "M12 5v14M5 12h14",
  back: "M14.5 5.5L8 12l6.5 6.5",
  close: "M6 6l12 12M18 6L6 18",
  drag: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  phone:
    "M8.5 3h7A1.5 1.5 0 0 1 17 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 19.5v-15A1.5 1.5 0 0 1 8.5 3zM11 18h2",
  tablet:
    "M6.5 3h11A1.5 1.5 0 0 1 19 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19.5v-15A1.5 1.5 0 0 1 6.5 3zM11 18h2",
  desktop:
    "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 14.5v-8A1.5 1.5 0 0 1 4.5 5zM9 20h6M12 16v4",
  warning: "M12 4.5l8.5 15h-17zM12 10.5v4M12 17h.01",
  page: "M7 3h7l4.5 4.5V19.5A1.5 1.5 0 0 1 17 21H7a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 7 3zM14 3v4.5h4.5",
  export: "M12 4v11M7.5 10.5L12 15l4.5-4.5M5 19.5h14",
  import: "M12 15V4M7.5 8.5L12 4l4.5 4.5M5 19.5h14",
  open: "M13 5h6v6M19 5l-8 8M17 14v4a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 5 18V8.5A1.5 1.5 0 0 1 6.5 7H10",
} as const;

export type IconName = keyof typeof paths;

export const icon = (name: IconName) => draw(paths[name], "icon");

/** What a component is called. */
export const typeNames: Readonly<Record<Component["type"], string>> = {
  "web-phone": "Web phone",
  heading: "Heading",
  text: "Text",
  input: "Input",
  button: "Button",
  html: "HTML",
  columns: "Columns",
};
