// Dragging with mouse, pen or finger: a ghost follows the pointer and a line shows
// where what is dragged would go. Escape, and a pointer that is taken away, give up.
import type { Canvas } from "./canvas.ts";
import type { Place } from "./document-edits.ts";
import type { Drop } from "./drop.ts";

/** Pixels from which a press is a drag. */
const threshold = 5;
/** From the edge, in pixels, the canvas scrolls. */
const edge = 40;

export interface Dragging {
  readonly event: PointerEvent;
  readonly canvas: Canvas;
  /** What scrolls around the canvas. */
  readonly scroller: HTMLElement;
  /** On the ghost. */
  readonly label: string;
  /** The component that moves; undefined when it is new. */
  readonly moved?: string;
  readonly drop: (place: Place) => void;
}

/** Waits for a press to become a drag. */
export function dragFrom({ event, canvas, scroller, label, moved, drop }: Dragging): void {
  if (event.button !== 0 || !event.isPrimary) return;
  const source = event.currentTarget as HTMLElement;
  const { pointerId, clientX: startX, clientY: startY } = event;
  const stopped = new AbortController();
  const { signal } = stopped;
  let ghost: HTMLElement | undefined;
  let line: HTMLElement | undefined;
  let target: Drop | undefined;

  const begin = () => {
    source.setPointerCapture(pointerId);
    ghost = document.createElement("div");
    ghost.className = "drag-ghost";
    ghost.textContent = label;
    line = document.createElement("div");
    line.className = "drop-line";
    document.body.append(ghost, line);
    document.body.classList.add("dragging");
    // The press is no click any more.
    source.addEventListener("click", (click) => (click.preventDefault(), click.stopImmediatePropagation()), {
      capture: true,
      once: true,
      signal: AbortSignal.timeout(1000),
    });
  };

  const follow = (x: number, y: number) => {
    if (!ghost || !line) return;
    ghost.style.translate = `${x + 12}px ${y + 12}px`;
    const box = scroller.getBoundingClientRect();
    const inside = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    if (inside && y < box.top + edge) scroller.scrollTop -= 12;
    if (inside && y > box.bottom - edge) scroller.scrollTop += 12;
    target = inside ? canvas.dropAt(x, y, moved) : undefined;
    line.hidden = !target;
    if (!target) return;
    line.style.translate = `${target.line.left}px ${target.line.top}px`;
    line.style.inlineSize = `${target.line.width}px`;
  };

  const stop = () => {
    stopped.abort();
    ghost?.remove();
    line?.remove();
    document.body.classList.remove("dragging");
  };

  addEventListener(
    "pointermove",
    (move) => {
      if (move.pointerId !== pointerId) return;
      if (!ghost && Math.hypot(move.clientX - startX, move.clientY - startY) < threshold) return;
      if (!ghost) begin();
      move.preventDefault();
      follow(move.clientX, move.clientY);
    },
    { signal },
  );
  addEventListener(
    "pointerup",
    (up) => {
      if (up.pointerId !== pointerId) return;
      follow(up.clientX, up.clientY);
      const place = ghost && target?.place;
      stop();
      if (place) drop(place);
    },
    { signal },
  );
  addEventListener("pointercancel", (cancel) => cancel.pointerId === pointerId && stop(), { signal });
  addEventListener(
    "keydown",
    (key) => {
      if (key.key !== "Escape" || !ghost) return;
      key.preventDefault();
      key.stopPropagation();
      stop();
    },
    { signal, capture: true },
  );
}
