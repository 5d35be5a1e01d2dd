"use strict";(()=>{var h=`
:host { all: initial; display: block; color-scheme: light dark; }
:host([data-corner]) { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000;
  inline-size: auto; display: grid; gap: 12px; justify-items: end;
  max-inline-size: calc(100vw - 24px); }
iframe { display: block; inline-size: 100%; border: 0; block-size: 480px; background: transparent; }
:host([data-corner]) .panel { inline-size: min(380px, calc(100vw - 24px)); border-radius: 16px; overflow: hidden;
  background: light-dark(#fff, #15171c); border: 1px solid light-dark(#e3e6ec, #2b303a);
  box-shadow: 0 12px 40px rgb(16 24 40 / 22%); }
:host([data-corner]) iframe { max-block-size: calc(100dvh - 120px); }
[hidden] { display: none !important; }
button { font: 600 16px/1 system-ui, sans-serif; min-block-size: 56px; padding: 0 22px; border: 0; border-radius: 28px;
  display: inline-flex; gap: 10px; align-items: center; cursor: pointer;
  background: light-dark(#2457d6, #7aa2ff); color: light-dark(#fff, #0a1430);
  box-shadow: 0 6px 20px rgb(16 24 40 / 25%); }
button:focus-visible { outline: 3px solid light-dark(#16181d, #f2f4f8); outline-offset: 3px; }
svg { inline-size: 22px; block-size: 22px; fill: none; stroke: currentColor; stroke-width: 1.75;
  stroke-linecap: round; stroke-linejoin: round; }
@media (forced-colors: active) { button { border: 2px solid ButtonText; } }
`,p="M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",u="microphone; camera; autoplay; display-capture; fullscreen; speaker-selection; picture-in-picture",[f,m]=[40,4e3],r=class{#n;#e=document.createElement("iframe");#t=document.createElement("div");#s;#o;#a=!1;constructor(e){let{page:i="",launcher:t,tel:n,title:c}=e.dataset;this.#n=new URL(e.src).origin;let d=this.#n+(i.startsWith("/")?i:`/p/${encodeURIComponent(i)}`);this.#e.allow=u,this.#e.title=c??t??"Phone",this.#t.className="panel",this.#t.id="panel",this.#t.append(this.#e);let o=document.createElement("div"),a=o.attachShadow({mode:"open"}),l=new CSSStyleSheet;l.replaceSync(h),a.adoptedStyleSheets=[l],a.append(this.#t),t===void 0?(this.#e.src=d,e.after(o)):(this.#e.dataset.src=d,o.dataset.corner="",a.append(this.#s=this.#l(t)),this.#i(!1),document.body.append(o)),this.#e.addEventListener("load",()=>this.#e.src&&this.#c()),addEventListener("message",s=>this.#h(s)),n!==void 0&&document.addEventListener("click",s=>this.#p(s)),a.addEventListener("keydown",s=>{s.key==="Escape"&&this.#s&&this.#r()})}#l(e){let i=document.createElement("button");i.type="button",i.setAttribute("aria-controls","panel");let t=document.createElementNS("http://www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 24 24"),t.setAttribute("aria-hidden","true");let n=document.createElementNS("http://www.w3.org/2000/svg","path");return n.setAttribute("d",p),t.append(n),i.append(t,e),i.addEventListener("click",()=>this.#t.hidden?this.#i(!0):this.#r()),i}#r(){this.#i(!1),this.#s?.focus()}#i(e){this.#t.hidden=!e,this.#s?.setAttribute("aria-expanded",String(e)),e&&this.#e.dataset.src&&(this.#e.src=this.#e.dataset.src,delete this.#e.dataset.src)}#c(){this.#a=!0,this.#o!==void 0&&this.#d(this.#o),this.#o=void 0}#d(e){let i={webphone:"call",number:e};this.#a?this.#e.contentWindow?.postMessage(i,this.#n):this.#o=e}#h({source:e,origin:i,data:t}){e!==this.#e.contentWindow||i!==this.#n||!t||(t.webphone==="ringing"?this.#i(!0):t.webphone==="height"&&typeof t.height=="number"&&(this.#e.style.blockSize=`${Math.min(Math.max(t.height,f),m)}px`))}#p(e){let t=e.composedPath().find(n=>n instanceof HTMLAnchorElement);t?.protocol!=="tel:"||e.defaultPrevented||(e.preventDefault(),this.#i(!0),this.#d(decodeURIComponent(t.pathname)))}};document.currentScript instanceof HTMLScriptElement&&new r(document.currentScript);})();
