// Draws again what is on the screen, once for however many changes of one turn.
const drawers = new Set<() => void>();
let due = false;

/** Calls `draw` now and after every {@link redraw}. Returns what stops that. */
export function drawnBy(draw: () => void): () => void {
  drawers.add(draw);
  draw();
  return () => void drawers.delete(draw);
}

export function redraw(): void {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    for (const draw of [...drawers]) draw();
  });
}
