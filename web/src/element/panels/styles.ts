// The looks of the panels.
import { frameStyles } from "../frame.ts";

export const styles = `${frameStyles}
.panel ul{list-style:none;padding:0}
.panel li{display:flex;align-items:center}
.panel li>button:first-child{flex:1;min-inline-size:0;display:flex;align-items:center;gap:12px;min-block-size:56px;padding-inline:8px;margin-inline-start:-8px;border-radius:12px;text-align:start}
.panel li>button:first-child>span{min-inline-size:0;display:grid}
.panel li :is(b,span span){overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-weight:500}
.panel li span span{font-size:12px;font-weight:400;color:var(--quiet)}
.panel li svg{flex:none;inline-size:20px;block-size:20px;color:var(--quiet)}
.panel li .missed :is(svg,b){color:var(--end)}
.panel li .in svg,.panel li .out svg{color:var(--call)}
.panel li>button:last-child:not(:first-child){flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;margin-inline-end:-10px;border-radius:50%}
.panel li [dir=ltr]{text-align:start;unicode-bidi:isolate}
.panel li button:disabled{opacity:1}
.panel .danger{background:var(--end);color:var(--on-end);border-color:transparent}
.tabs [aria-pressed=true]{background:var(--text);color:var(--surface);border-color:transparent}
.empty{padding-block:24px;text-align:center}
.form{display:flex;flex-direction:column;gap:14px;padding-block-end:12px}
.field{display:grid;gap:4px}
.field label{font-size:13px;color:var(--quiet)}
.small{font-size:12px}
.tick{display:flex;align-items:center;gap:10px;min-block-size:44px;margin-block:-8px;cursor:pointer}
.tick input{flex:none;inline-size:20px;block-size:20px;accent-color:var(--accent)}
.tick input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.form select{flex:1;inline-size:0}
.row>.test{flex:none}
.links{flex-wrap:wrap}
.links>.plain{flex:1 1 100%}
.meter{block-size:8px;margin-block-start:4px;border-radius:4px;background:var(--press);border:1px solid var(--edge);overflow:hidden}
.meter i{display:block;block-size:100%;background:var(--call);inline-size:calc(var(--level,0)*100%);transition:inline-size .08s linear}
.preview{inline-size:100%;aspect-ratio:4/3;border-radius:12px;background:#000;object-fit:cover;scale:-1 1}
.steps{display:grid;gap:4px}
.steps li{gap:12px;min-block-size:44px}
.steps li>span{min-inline-size:0;display:grid}
.steps li span span{white-space:normal!important}
.steps .ok svg{color:var(--call)}
.steps .no :is(svg,b){color:var(--warning)}
[part=history]{position:relative}
[part=history][data-missed]::after{content:"";position:absolute;inset:8px 8px auto auto;inline-size:8px;block-size:8px;border-radius:50%;background:var(--end)}
@media(hover:hover){.panel li button:enabled:hover{background:var(--press)}}
@media(prefers-reduced-motion){.meter i{transition:none}}
@media(forced-colors:active){.meter i{background:Highlight;forced-color-adjust:none}.tabs [aria-pressed=true]{forced-color-adjust:none;background:CanvasText;color:Canvas!important}}
`;
