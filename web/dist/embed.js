"use strict";(()=>{function p({protocol:c,pathname:e}){if(c==="tel:")try{return decodeURIComponent(e)}catch{return}}var u=`
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
`,f="M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",m="microphone; camera; autoplay; display-capture; fullscreen; speaker-selection; picture-in-picture",[g,b]=[40,4e3],d=class{#i;#e=document.createElement("iframe");#t=document.createElement("div");#s;#o;#r=!1;constructor(e){let{page:n="",launcher:t,tel:s,title:a}=e.dataset;this.#i=new URL(e.src).origin;let l=this.#i+(n.startsWith("/")?n:`/p/${encodeURIComponent(n)}`);this.#e.allow=m,this.#e.title=a??t??"Phone",this.#t.className="panel",this.#t.id="panel",this.#t.append(this.#e);let o=document.createElement("div"),r=o.attachShadow({mode:"open"}),h=new CSSStyleSheet;if(h.replaceSync(u),r.adoptedStyleSheets=[h],r.append(this.#t),t===void 0)this.#e.src=l,e.after(o);else{this.#e.dataset.src=l,o.dataset.corner="",r.append(this.#s=this.#c(t)),this.#n(!1);let i=()=>document.body.append(o);document.body?i():addEventListener("DOMContentLoaded",i,{once:!0})}this.#e.addEventListener("load",()=>this.#e.src&&this.#l()),addEventListener("message",i=>this.#h(i)),s!==void 0&&document.addEventListener("click",i=>this.#p(i)),r.addEventListener("keydown",i=>{i.key==="Escape"&&this.#s&&this.#a()})}#c(e){let n=document.createElement("button");n.type="button",n.setAttribute("aria-controls","panel");let t=document.createElementNS("http://www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 24 24"),t.setAttribute("aria-hidden","true");let s=document.createElementNS("http://www.w3.org/2000/svg","path");return s.setAttribute("d",f),t.append(s),n.append(t,e),n.addEventListener("click",()=>this.#t.hidden?this.#n(!0):this.#a()),n}#a(){this.#n(!1),this.#s?.focus()}#n(e){this.#t.hidden=!e,this.#s?.setAttribute("aria-expanded",String(e)),e&&this.#e.dataset.src&&(this.#e.src=this.#e.dataset.src,delete this.#e.dataset.src)}#l(){this.#r=!0,this.#o!==void 0&&this.#d(this.#o),this.#o=void 0}#d(e){let n={webphone:"call",number:e};this.#r?this.#e.contentWindow?.postMessage(n,this.#i):this.#o=e}#h({source:e,origin:n,data:t}){e!==this.#e.contentWindow||n!==this.#i||!t||(t.webphone==="ringing"?this.#n(!0):t.webphone==="height"&&typeof t.height=="number"&&(this.#e.style.blockSize=`${Math.min(Math.max(t.height,g),b)}px`))}#p(e){let t=e.composedPath().find(a=>a instanceof HTMLAnchorElement),s=t&&p(t);s===void 0||e.defaultPrevented||(e.preventDefault(),this.#n(!0),this.#d(s))}};document.currentScript instanceof HTMLScriptElement&&new d(document.currentScript);})();
