// The frame of a panel: its title and the button that closes it. Escape closes
// it too.
import type { Kit, Template } from "./kit.ts";

const cross = "M6.5 6.5l11 11M17.5 6.5l-11 11";

export function frame({ html, draw, open, text }: Kit, title: string, body: Template): Template {
  const close = () => open(null);
  const keydown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  };
  return html`<div part="panel" class="panel" role="dialog" aria-label=${title} @keydown=${keydown}>
    <div class="bar">
      <h2 part="panel-title">${title}</h2>
      <button type="button" part="close" aria-label=${text("close") ?? "Close"} @click=${close}>
        ${draw(cross)}
      </button>
    </div>
    ${body}
  </div>`;
}
