// The looks of the screen: one style sheet for each element. Every colour,
// radius, gap and font is a custom property that a host page may set; the
// defaults follow the reader's system by light-dark().

export const styles = `
:host{
display:block;
box-sizing:border-box;
inline-size:var(--web-phone-width,320px);
max-inline-size:100%;
container-type:inline-size;
color-scheme:light dark;
}
:host([hidden]){display:none!important}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
*{box-sizing:border-box;margin:0}
[dir=auto]{text-align:-webkit-match-parent;text-align:match-parent}
.card{
--surface:var(--web-phone-surface,light-dark(#fff,#15171c));
--text:var(--web-phone-text,light-dark(#16181d,#f2f4f8));
--quiet:var(--web-phone-quiet,light-dark(#5a6272,#a3abba));
--line:var(--web-phone-line,light-dark(#e3e6ec,#2b303a));
--call:var(--web-phone-call,light-dark(#157f3d,#2fa85c));
--on-call:var(--web-phone-on-call,light-dark(#fff,#07140b));
--end:var(--web-phone-end,light-dark(#c62828,#ef5350));
--on-end:var(--web-phone-on-end,light-dark(#fff,#1a0505));
--accent:var(--web-phone-accent,light-dark(#2457d6,#7aa2ff));
--warning:var(--web-phone-warning,light-dark(#8a5a00,#ffc861));
--edge:var(--web-phone-edge,light-dark(#8a92a3,#6b7484));
--press:var(--web-phone-press,light-dark(#eceff4,#262a33));
--gap:var(--web-phone-gap,12px);
--pad:var(--web-phone-padding,16px);
padding:var(--pad);
border:1px solid var(--line);
border-radius:var(--web-phone-radius,16px);
background:var(--surface);
color:var(--text);
font:400 14px/1.4 var(--web-phone-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif);
font-variant-numeric:tabular-nums;
text-align:center;
outline:0;
}
button,input{font:inherit;color:inherit;background:0 0;border:1px solid transparent;padding:0;margin:0}
button{
cursor:pointer;
touch-action:manipulation;
user-select:none;
-webkit-user-select:none;
-webkit-touch-callout:none;
-webkit-tap-highlight-color:transparent;
}
button:disabled{cursor:default;opacity:.38}
:is(button,input):focus-visible{outline:2px solid var(--accent);outline-offset:2px}
svg{inline-size:24px;block-size:24px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.hidden{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.card,.face{display:grid;grid-template-columns:minmax(0,1fr);row-gap:var(--gap)}
.body{position:relative}
.open{min-block-size:380px}
.bare{border-color:transparent;background:0 0;padding:0}
.bare .main{min-block-size:0}
.open>.face{visibility:hidden}
.status{position:relative;z-index:1;display:flex;align-items:center;gap:8px;font-size:13px;color:var(--quiet);min-block-size:20px}
.status button{flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;margin:-12px;margin-inline-start:-4px;border-radius:50%}
.status button[aria-expanded=true]{background:var(--press);color:var(--text)}
.dot+span{flex:1;text-align:start}
.status span,.peer *{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.dot{flex:none;inline-size:10px;block-size:10px;border-radius:50%;border:2px solid var(--warning)}
.registered{background:var(--call);border-color:var(--call)}
.registering{border-color:var(--accent);border-block-start-color:transparent}

.number,.peer{min-block-size:64px;align-items:center;align-content:center}
.number{display:grid;grid-template-columns:44px minmax(0,1fr) 44px;margin-inline:-8px}
.number button{display:grid;place-items:center;grid-row:1;block-size:44px;border-radius:50%;color:var(--quiet)}
.number input{
grid-area:1/2;
inline-size:100%;
min-block-size:48px;
text-align:center;
font-size:28px;
border-radius:0;
border-block-end:1px solid transparent;
outline:0;
transition:border-color .15s;
}
.number input:focus{border-block-end-color:var(--accent)}
.number ::placeholder{color:var(--quiet);opacity:1;font-size:18px}
input.s1{font-size:24px}
input.s2{font-size:20px}
input.s3{font-size:17px}
.erase{grid-column:3}
.peer{display:grid;row-gap:2px}
.peer b{font-size:24px;line-height:1.2;font-weight:600}
.peer .s1{font-size:20px}
.peer .s2{font-size:17px;white-space:normal;overflow-wrap:anywhere;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2}
.peer span{color:var(--quiet);font-size:15px}
.line{min-block-size:40px;display:flex;justify-content:center;align-items:center;gap:6px;text-wrap:balance;color:var(--quiet)}
.bad{color:var(--warning)}

.stage{display:grid}
.stage>*{grid-area:1/1}
.pad{inline-size:100%;max-inline-size:420px;justify-self:center;display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:4px;direction:ltr}
.off{visibility:hidden}
.pad button{block-size:var(--web-phone-key-size,60px);border-color:var(--web-phone-key-edge,transparent);border-radius:var(--web-phone-key-radius,30px);background:var(--web-phone-key,transparent);line-height:1.1}
.pad b{display:block;font-size:24px;font-weight:400}
.pad i{display:block;font-size:10px;font-style:normal;letter-spacing:.12em;color:var(--quiet);block-size:12px}
.pad button,.round,.number button{transition:background-color .15s}
.avatar{place-self:center;position:relative;display:grid;place-items:center;inline-size:104px;block-size:104px;border-radius:50%;background:var(--press);border:1px solid transparent;font-size:36px;font-weight:500}
.avatar::before,.avatar::after{content:"";position:absolute;inset:0;border-radius:50%;border:2px solid var(--call);animation:pulse 2.4s ease-out infinite;opacity:0}
.avatar::after{animation-delay:1.2s}
.avatar svg{inline-size:44px;block-size:44px;rotate:-135deg}
@keyframes pulse{0%{transform:scale(1);opacity:.7}80%,to{transform:scale(1.55);opacity:0}}
.actions,.main{display:flex;justify-content:center;gap:var(--gap)}
.actions{gap:8px 0;flex-wrap:wrap;justify-content:space-evenly}
.round{display:grid;justify-items:center;gap:4px;flex:1 1 48px;min-inline-size:0;max-inline-size:72px;font-size:12px;border-radius:24px;background:0 0!important}
.round svg{box-sizing:content-box;padding:11px;border:1px solid transparent;border-radius:50%;background:var(--press)}
.round span{max-inline-size:100%;overflow:hidden;text-overflow:ellipsis}
.round[aria-pressed=true] svg{background:var(--text);color:var(--surface)}
.main{min-block-size:56px}
.main button{flex:1 1 0;min-inline-size:0;display:flex;align-items:center;justify-content:center;gap:8px;block-size:56px;border-radius:var(--web-phone-button-radius,28px);font-weight:600;font-size:16px;transition:opacity .15s,transform .12s}
.main svg{fill:currentColor;flex:none}
.main button:active{transform:scale(.98)}
.go{background:var(--call)!important;color:var(--on-call)}
.go .handset{rotate:-135deg}
.stop{background:var(--end)!important;color:var(--on-end)}

@media(hover:hover){
.pad button:hover,.number button:hover,.round:enabled:hover svg{background:var(--press)}
.round[aria-pressed=true]:hover svg{background:var(--text)}
.main button:enabled:hover{opacity:.9}
}
.pad :is(:active,.down){background:var(--line)!important}

@container(width<260px){
.card{--gap:var(--web-phone-gap,6px);--pad:var(--web-phone-padding,12px)}
.pad i{display:none}
.pad button{block-size:var(--web-phone-key-size,52px)}
.main button{font-size:14px;gap:4px}
.main:has(button+button) svg{display:none}
.round span{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.number ::placeholder{font-size:14px}
.round{flex-basis:42px;min-block-size:48px;align-content:center}
.round svg{padding:8px}
}
@container(width<260px) or (width>420px){
.wide input{font-size:22px}
.wide .s1{font-size:18px}
.wide :is(.s2,.s3){font-size:16px}
.wide .line{min-block-size:56px;font-size:13px}
}
@container(width>420px){
.wide .main button{gap:4px;font-size:15px}
.wide{grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);column-gap:20px;grid-template-rows:auto auto 1fr auto}
.wide .stage{grid-area:1/2/5}
.wide .actions{align-self:end}
}
@media(prefers-reduced-motion){
*{transition:none!important}
.avatar::before{animation:none;opacity:.7;inset:-6px}
.avatar::after{content:none}
}
@media(forced-colors:active){
button{border-color:ButtonText!important;color:ButtonText!important}
.round{border:0!important}
.round svg{border-color:currentColor}
.dot{forced-color-adjust:none;border-color:CanvasText}
.registered{background:CanvasText}
.round[aria-pressed=true] svg{forced-color-adjust:none;background:Highlight;color:HighlightText}
}
`;
