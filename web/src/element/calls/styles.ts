// The looks of the view of calls.
import { frameStyles } from "../frame.ts";

export const styles = `${frameStyles}
.banner{position:relative;z-index:1;display:flex;align-items:center;gap:8px;min-block-size:44px;margin:-12px -8px;border-radius:22px;background:var(--press);text-align:start}
.banner .hidden+*{margin-inline-start:auto}
.rings{box-shadow:inset 0 0 0 2px var(--accent)}
.other{flex:1;min-inline-size:0;display:grid;align-content:center;min-block-size:44px;padding-inline:14px 0;border-radius:22px;text-align:start;line-height:1.3}
.other *{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.other b{font-weight:600;text-align:match-parent}
.other span{font-size:12px;color:var(--quiet)}
.blocked{flex:1;padding:2px 14px;font-size:13px;line-height:1.3;text-wrap:balance}
.disc{flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;border-radius:50%;border-width:3px;background:var(--surface) padding-box}
.disc.stop svg,.disc.go svg,[part=stage-hang-up] svg{fill:currentColor}
.disc.go svg{rotate:-135deg}
.disc.stop,.disc.go{background-clip:padding-box!important}
.disc.done{display:flex;gap:4px;align-items:center;inline-size:auto;padding-inline:10px 14px;border-radius:22px;font-weight:600;background:var(--accent) padding-box;color:var(--surface)}
.banner:has(.done) .more{display:none}
.entry{display:flex;align-items:center;gap:8px;min-block-size:56px}
.entry .other{padding-inline:0}
.panel [aria-disabled],.banner [aria-disabled]{opacity:.38;cursor:default}
.whole{inline-size:100%;flex:none}

.transfer{display:flex;flex-direction:column;gap:8px;padding-block:5px}
.transfer p:empty{display:none}
.transfer .row>*{flex:1 1 0;padding-inline:4px}
.transfer .pad{margin-block-start:auto}
.transfer .pad button{block-size:44px;border-radius:min(var(--web-phone-key-radius,22px),22px)}
.contact{display:flex;align-items:baseline;justify-content:space-between;gap:8px;min-block-size:44px;padding-inline:12px;border-radius:10px;align-content:center;flex:none}
.contact b{font-weight:500;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.contact span{color:var(--quiet);font-size:13px;max-inline-size:50%;overflow:hidden;text-overflow:ellipsis}
.contact>*{line-height:42px}

.video{position:relative;border-radius:12px;overflow:hidden;background:#000;color:#fff;min-block-size:max(100%,180px);aspect-ratio:4/3;inline-size:100%}
.video>video{position:absolute;inset:0;inline-size:100%;block-size:100%;object-fit:contain}
.dark{position:absolute;inset:0;display:grid;place-content:center;justify-items:center;gap:8px;padding:8px;font-size:13px}
.face-of{display:grid;place-items:center;inline-size:72px;block-size:72px;border-radius:50%;background:#2b303a;font-size:26px;font-weight:500}
.own{position:absolute;inline-size:28%;min-inline-size:48px;max-inline-size:240px;border-radius:8px;overflow:hidden;background:#15171c;line-height:0;border-color:rgb(255 255 255/.4)}
.own video{inline-size:100%;aspect-ratio:4/3;object-fit:cover}
.own.camera video{scale:-1 1}
.own.screen video{object-fit:contain}
.c0,.c1{inset-block-start:8px}
.c2,.c3{inset-block-end:60px}
.c0,.c3{inset-inline-start:8px}
.c1,.c2{inset-inline-end:8px}
.over{position:absolute;inset:auto 0 0;display:flex;flex-wrap:wrap;justify-content:center;gap:4px;padding:8px 4px;background:linear-gradient(transparent,rgb(0 0 0/.6));transition:opacity .15s}
.glass{display:grid;place-items:center;inline-size:44px;block-size:44px;border-radius:50%;background:#2b303acc;color:#fff}
.glass[aria-pressed=true]{background:#fff;color:#16181d}
.video :focus-visible{outline-color:#fff;outline-offset:-3px;box-shadow:0 0 0 2px #000}
[part=stage-hang-up]{background:var(--end);color:var(--on-end)}
.status .glass{background:0 0;color:inherit}
.status .glass[aria-pressed=true]{background:var(--text);color:var(--surface)}
@media(hover:hover){
.video:not(:hover,:focus-within) .over{opacity:0}
.glass:hover{background:#454c5a}
.glass[aria-pressed=true]:hover{background:#fff}
.status .glass:hover,.status .signal:hover,.contact:hover{background:var(--press)}
.disc:enabled:hover{opacity:.85}
}
.full{border-radius:0;aspect-ratio:auto;block-size:100%}
.full .banner{position:absolute;inset-block-start:20px;inset-inline:0;margin-inline:auto;inline-size:min(420px,100% - 24px);color:var(--text)}
.full .c0,.full .c1{inset-block-start:72px}

.dim{opacity:.28}
.signal path{stroke-width:2.6}
.l1{color:var(--end)}
.l2{color:var(--warning)}
.figures{display:grid;gap:12px;align-content:start;padding-block-end:8px}
.figures table{inline-size:100%;border-collapse:collapse;font-size:13px}
.figures :is(th,td){padding-block:4px;text-align:end;font-weight:400}
.figures td{white-space:nowrap;padding-inline-start:6px}
.figures th{color:var(--quiet);text-align:start;overflow-wrap:anywhere;hyphens:auto}
.figures th[scope=col]{text-align:end;font-size:12px}
.figures dl{display:grid;gap:8px;font-size:13px}
.figures dl div{display:flex;justify-content:space-between;gap:12px}
.figures dt{color:var(--quiet);text-align:start}
.figures dd{text-align:end;flex:none;max-inline-size:64%}
.chart{inline-size:100%;block-size:60px;border-block-end:1px solid var(--line);color:var(--accent)}
.chart :is(path,polyline){vector-effect:non-scaling-stroke}
.chart path{stroke-width:1;stroke:var(--quiet)}

@container(width<260px){
.banner{margin:-12px -4px;gap:4px}
.banner .more,.done span{display:none}
.disc.done{display:grid;inline-size:44px;padding:0}
.banner .other{padding-inline-start:12px}
.banner .blocked{font-size:12px}
.status [part=share-screen]{display:none}
.transfer .row{flex-direction:column;align-items:stretch}
.figures :is(table,dl,th){font-size:12px}
.figures table{table-layout:fixed}
.figures tr>:first-child{inline-size:38%}
.figures td{white-space:normal}
.over{gap:0;padding-inline:0}
}
@container(width>420px){
.transfer .pad{inline-size:min(100%,300px);margin-inline:auto}
}
@media(prefers-reduced-motion){.over{transition:none}}
@media(forced-colors:active){
.banner{border:1px solid CanvasText}
.rings{outline:2px solid Highlight;outline-offset:-2px}
.glass[aria-pressed=true]{forced-color-adjust:none;background:Highlight;color:HighlightText!important;border-color:Highlight!important}
.chart polyline{stroke:CanvasText}
.dim{opacity:1;stroke:GrayText}
}
`;
