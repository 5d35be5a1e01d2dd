// Where something that is dragged would go: from the boxes of what is drawn.
import type { Place } from "./document-edits.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A list of components as it is drawn: the page, or a column. */
export interface Container extends Box {
  readonly parent?: string;
  readonly column?: number;
  /** How deep it is within columns; the page is 0. */
  readonly level: number;
  readonly children: readonly (Box & { readonly id: string })[];
}

export interface Drop {
  readonly place: Place;
  /** The line that shows it. */
  readonly line: { readonly left: number; readonly top: number; readonly width: number };
}

export const contains = (box: Box, x: number, y: number) =>
  x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

/** The place for a pointer at x, y; undefined when it is outside of the page. */
export function dropAt(containers: readonly Container[], x: number, y: number): Drop | undefined {
  const hit = containers
    .filter((container) => contains(container, x, y))
    .reduce<Container | undefined>(
      (best, each) => (best && best.level >= each.level ? best : each),
      undefined,
    );
  if (!hit) return undefined;
  const { children, parent, column } = hit;
  let index = children.findIndex((child) => y < (child.top + child.bottom) / 2);
  if (index < 0) index = children.length;
  const before = children[index - 1];
  const after = children[index];
  const top =
    before && after
      ? (before.bottom + after.top) / 2
      : before
        ? before.bottom + 6
        : after
          ? after.top - 6
          : hit.top + 8;
  return {
    place: parent === undefined ? { index } : { parent, column: column ?? 0, index },
    line: { left: hit.left, top, width: hit.right - hit.left },
  };
}
