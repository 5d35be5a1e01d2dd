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

/** The looks of every panel, and of what panels are made of. */
export const frameStyles = `
.panel{position:absolute;inset:0;display:flex;flex-direction:column;gap:8px;background:var(--surface);text-align:start}
.bar{display:flex;align-items:center;min-block-size:44px}
.bar h2{flex:1;min-inline-size:0;font-size:17px;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bar button{flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;margin-inline-end:-10px;border-radius:50%;color:var(--quiet)}
.scroll{flex:1;min-block-size:0;overflow:auto;overscroll-behavior:contain;margin-inline:calc(-1*var(--pad));padding-inline:var(--pad);scrollbar-width:thin}
.panel :is(input:not([type=checkbox]),select){inline-size:100%;min-inline-size:0;min-block-size:44px;padding-inline:12px;border:1px solid var(--edge);border-radius:10px;background:var(--surface);color:var(--text);text-overflow:ellipsis}
.panel ::placeholder{color:var(--quiet);opacity:1}
.panel select{appearance:auto}
.panel p{color:var(--quiet);line-height:1.45}
.panel .bad{color:var(--warning)}
.plain{min-block-size:44px;padding-inline:16px;border:1px solid var(--edge);border-radius:min(var(--web-phone-button-radius,22px),22px);font-weight:500}
.plain.strong{background:var(--call);border-color:transparent;color:var(--on-call)}
.row{display:flex;gap:8px;align-items:center}
.row>.plain{flex:1}
@media(hover:hover){.bar button:hover,.plain:enabled:hover{background:var(--press)}.plain.strong:enabled:hover{background:var(--call);opacity:.9}}
`;
