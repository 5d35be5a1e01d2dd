var e="web-phone",t="web-phone history";function n({html:e,draw:t,open:n,text:i},a,r){let o=()=>n(null);return e`<div part="panel" class="panel" role="dialog" aria-label=${a} @keydown=${e=>{"Escape"===e.key&&(e.preventDefault(),o())}}>
    <div class="bar">
      <h2 part="panel-title">${a}</h2>
      <button type="button" part="close" aria-label=${i("close")??"Close"} @click=${o}>
        ${t("M6.5 6.5l11 11M17.5 6.5l-11 11")}
      </button>
    </div>
    ${r}
  </div>`}var i=[["microphone","checkMicrophone"],["server","checkServer"],["path","checkMedia"]],a={good:"verdictGood",fair:"verdictFair",bad:"verdictBad"},r={silent:"checkSilent",unregistered:"checkUnregistered",slow:"checkSlow","no-candidates":"checkNoWay","no-ice-server":"checkNoIce","no-echo":"checkNoEcho",poor:"checkPoor",bad:"checkBad"},o={ok:"M5 12.5l4.5 4.5L19 7.5",no:"M12 7v6M12 16.5h.01M12 3.5a8.5 8.5 0 1 1-.01 0z"},s=class{#e;#t=!1;#n=null;constructor(e){this.#e=e}changed(e){!e&&!this.#t&&(this.#n=null)}view(){let{kit:e,t}=this.#e,{html:r}=e,o=this.#n;return n(e,t("check"),r`<div class="scroll form" tabindex="-1">
          ${o?r`<ul class="steps">
                  ${i.map(([e,n])=>this.#i(t(n),o[e]))}
                </ul>`:r`<p>${t("checkWhy")}</p>`}
          <p role="status" part="verdict" class=${o&&"good"!==o.verdict?"bad":""}>
            ${this.#t?t("checking"):o?t(a[o.verdict]):""}
          </p>
        </div>
        <div class="row">
          <button type="button" class="plain" @click=${()=>e.open("settings")}>${t("back")}</button>
          <button
            type="button"
            part="run-check"
            class="plain strong"
            aria-disabled=${this.#t}
            @click=${()=>this.#a()}
          >
            ${t(o?"checkAgain":"checkStart")}
          </button>
        </div>`)}#i(e,{ok:t,code:n,text:i}){let{kit:a,t:s}=this.#e,l=r[n],c=t?s("passed"):l?s(l):a.text(n)??i;return a.html`<li part="check-step" class=${t?"ok":"no"}>
      ${a.draw(o[t?"ok":"no"])}<span><b>${e}</b><span>${c}</span></span>
    </li>`}#a(){let{kit:e}=this.#e;this.#t||(this.#t=!0,this.#n=null,e.update(),e.attempt(e.host.phone.check().then(e=>{this.#n=e}).catch(t=>{throw e.open(null),t}).finally(()=>{this.#t=!1,e.update()})))}};function l(e){try{let t=localStorage.getItem(e);return t&&t.length<=262144?JSON.parse(t):null}catch{return null}}function c(e,t){try{null===t?localStorage.removeItem(e):localStorage.setItem(e,JSON.stringify(t))}catch{}}var p=e=>"object"!=typeof e||null===e||Array.isArray(e)?{}:e,h=e=>"string"==typeof e?e.replace(/\p{Cc}/gu,"").slice(0,256):"",d=["microphone","speaker","ringer","camera"],u=["echoCancellation","noiseSuppression","autoGainControl"],m=(e,t)=>"microphone"===t?e.microphones:"camera"===t?e.cameras:e.speakers;function b(){let t=p(l(e)),n={};for(let e of d){let{id:i,label:a}=p(t[e]);h(i)&&(n[e]={id:h(i),label:h(a)})}for(let e of u)"boolean"==typeof t[e]&&(n[e]=t[e]);return n}function v(t,n){let{[t]:i,...a}=b(),r={...a,...void 0===n?{}:{[t]:n}};c(e,Object.keys(r).length?r:null)}function g({id:e,label:t},n){return n.some(t=>t.id===e)?e:t&&n.find(e=>e.label===t)?.id||e}var k=e=>{let t=e.replace(/^(?:sips?|tel):/i,"");return/[a-z@]/i.test(t)?t.toLowerCase():t.replace(/[^+\d*#]/g,"")},f=e=>{let t=e.replace(/\D/g,"");return!/[a-z@*#]/.test(e)&&t.length>=8?t.slice(-8):""},w=class{all;#e=new Map;#t=new Map;constructor(e,t){let{compare:n}=new Intl.Collator(t);this.all=(Array.isArray(e)?e.slice(0,5e3):[]).map(e=>({name:h(p(e).name).trim(),number:h(p(e).number).trim()})).filter(({name:e,number:t})=>e&&t).sort((e,t)=>n(e.name,t.name));for(let{name:e,number:t}of this.all){let n=k(t);this.#e.has(n)||this.#e.set(n,e);let i=f(n);if(i){let t=this.#t.get(i);this.#t.set(i,void 0===t||t?.name===e?{number:n,name:e}:null)}}}nameOf(e){let t=k(e),n=this.#e.get(t);if(n)return n;let i=this.#t.get(f(t));return i&&function(e,t){let[n,i]=[e,t].map(e=>e.replace(/\D/g,"").replace(/^0+/,"")).sort((e,t)=>e.length-t.length);return!!i&&!!n&&i.endsWith(n)}(t,i.number)?i.name:""}search(e){let t=e.trim().toLowerCase();if(!t)return this.all;let n=t.replace(/[^+\d*#]/g,"");return this.all.filter(({name:e,number:i})=>e.toLowerCase().includes(t)||n.length>1&&k(i).includes(n))}};function y(e){let n=p(l(t))[e];return Array.isArray(n)?n.slice(0,100).flatMap(e=>function(e){let{number:t,name:n,direction:i,missed:a,fresh:r,video:o,time:s,duration:l}=p(e);return"inbound"!==i&&"outbound"!==i||!Number.isFinite(s)?null:{number:h(t),name:h(n),direction:i,missed:!0===a,fresh:!0===r,video:!0===o,time:Number(s),duration:Number.isFinite(l)?Math.max(0,Number(l)):0}}(e)??[]):[]}function $(e,n){let{[e]:i,...a}=p(l(t)),r=Object.entries(a).slice(0,7),o=n.length?[[e,n.slice(0,100)],...r]:r;c(t,o.length?Object.fromEntries(o):null)}var x={in:"M17.5 6.5l-10 10M7.5 8.5v8h8",out:"M6.5 17.5l10-10M8.5 7.5h8v8",missed:"M4 7.5l7 7 8.5-8.5M4.5 13V7.5H10",remove:"M5 7h14M9.5 7V5h5v2M7 7l.8 12h8.4L17 7"},S=class{#e;#t="recent";#n="";#i=!1;constructor(e){this.#e=e}reset(){this.#n="",this.#i=!1,this.#t="recent"}view(){let{kit:e,t}=this.#e,{html:i}=e,a=this.#e.contacts(),r=!!a||this.#e.G(),o=r?this.#t:"recent",s=y(this.#e.account()),l="contacts"===o||s.length>8;return n(e,"contacts"===o?t("contacts"):e.text("history")??"Recent calls",i`${r?i`<div class="row tabs" role="group">
                ${["recent","contacts"].map(n=>i`<button
                      type="button"
                      part="tab"
                      class="plain"
                      aria-pressed=${n===o}
                      @click=${()=>{this.reset(),this.#t=n,e.update()}}
                    >
                      ${t(n)}
                    </button>`)}
              </div>`:""}
        ${l?i`<input
                part="search"
                type="search"
                maxlength="256"
                placeholder=${t("search")}
                aria-label=${t("search")}
                .value=${e.live(this.#n)}
                @input=${t=>{this.#n=t.target.value,e.update()}}
              />`:""}
        <div class="scroll" tabindex="-1">
          ${"recent"===o?this.#a(s):this.#r(a)}
        </div>
        ${"recent"===o&&s.length?this.#o():""}`)}#a(e){let{kit:t,t:n}=this.#e;if(!e.length)return t.html`<p class="empty">${n("noCalls")}</p>`;let i=this.#n.trim().toLowerCase(),a=e.filter(e=>`${this.#s(e)} ${e.number}`.toLowerCase().includes(i));return t.html`<ul part="calls">${a.map(e=>this.#l(e))}</ul>`}#l(e){let{kit:t,t:n}=this.#e,i=e.missed?"missed":"inbound"===e.direction?"in":"out",a=n("missed"===i?"wasMissed":"in"===i?"wasIn":"wasOut"),r=this.#s(e),o=!!e.number&&"anonymous"!==e.number;return t.html`<li part="past-call">
      <button
        type="button"
        part="call-back"
        class=${i}
        ?disabled=${!o||t.host.disabled||!!t.host.phone.call}
        @click=${()=>t.dial(e.number,e.video)}
      >
        ${t.draw(x[i])}
        <span><b dir="auto">${r}</b><span>${a} · ${function(e,t){let n=new Date(e),i=(new Date).setHours(0,0,0,0),a=new Intl.DateTimeFormat(t,{hour:"numeric",minute:"2-digit"}).format(n);if(e>=i)return a;if(e>=i-M)return`${new Intl.RelativeTimeFormat(t,{numeric:"auto"}).format(-1,"day")} ${a}`;let r=n.getFullYear()===(new Date).getFullYear()?void 0:"numeric";return new Intl.DateTimeFormat(t,{day:"numeric",month:"short",year:r}).format(n)}(e.time,t.lang)}${e.duration?` · ${function(e){let t=e=>String(e).padStart(2,"0"),n=Math.max(0,Math.floor(e)),i=Math.floor(n/60);return(i<60?t(i):`${Math.floor(i/60)}:${t(i%60)}`)+":"+t(n%60)}(e.duration)}`:""}</span></span>
      </button>
      <button
        type="button"
        part="remove"
        aria-label="${n("remove")}: ${r}"
        @click=${()=>{(function(e,{time:t,number:n}){$(e,y(e).filter(e=>e.time!==t||e.number!==n))})(this.#e.account(),e),t.update(),t.root.querySelector(".panel .scroll")?.focus()}}
      >
        ${t.draw(x.remove)}
      </button>
    </li>`}#r(e){let{kit:t,t:n}=this.#e;if(!e)return t.html`<p class="empty bad">${n("contactsFailed")}</p>
        <button type="button" class="plain" @click=${()=>this.#e.retry()}>${n("tryAgain")}</button>`;let i=e.search(this.#n);if(!i.length)return t.html`<p class="empty" role="status">${n("noContacts")}</p>`;let a=i.length-100;return t.html`<ul part="contacts">
        ${i.slice(0,100).map(({name:e,number:n})=>t.html`<li part="contact">
            <button
              type="button"
              part="call-back"
              ?disabled=${t.host.disabled||!!t.host.phone.call}
              @click=${()=>t.dial(n)}
            >
              <span><b dir="auto">${e}</b><span dir="ltr">${n}</span></span>
            </button>
          </li>`)}
      </ul>
      ${a>0?t.html`<p class="empty">${n("more",{count:a})}</p>`:""}`}#o(){let{kit:e,t}=this.#e,n=t=>()=>{this.#i=t,e.update(),e.root.querySelector(t?".panel .last":".panel .erase-all")?.focus()};return this.#i?e.html`<p role="alert">${t("removeSure")}</p>
      <div class="row">
        <button type="button" class="plain last" @click=${n(!1)}>${t("keep")}</button>
        <button
          type="button"
          part="remove-all"
          class="plain danger"
          @click=${()=>{$(this.#e.account(),[]),this.#i=!1,e.update(),e.root.querySelector(".panel .scroll")?.focus()}}
        >
          ${t("removeAll")}
        </button>
      </div>`:e.html`<div class="row"><button type="button" part="remove-all" class="plain erase-all" @click=${n(!0)}>${t("removeAll")}</button></div>`}#s({number:e,name:t}){let{kit:n}=this.#e;return this.#e.contacts()?.nameOf(e)||t||("anonymous"===e?"":e)||(n.text("unknown")??"Unknown caller")}},M=864e5,C=class{#e;#t=!1;constructor(e){this.#e=e}changed(){let{element:e}=this.#e.kit.host,t=e.hasAttribute("debug");t!==this.#t&&this.#n(t)}view(){let{kit:e,t}=this.#e;return n(e,t("report"),e.html`<div class="scroll form" tabindex="-1">
        <p>${t("reportWhy")}</p>
        <div class="row">
          <button type="button" part="download" class="plain strong" @click=${()=>e.attempt(this.#i())}>
            ${t("reportSave")}
          </button>
        </div>
        <label class="tick"
          ><input
            type="checkbox"
            part="trace"
            .checked=${e.live(this.#t)}
            @change=${t=>e.host.element.toggleAttribute("debug",t.target.checked)}
          /><span>${t("trace")}</span></label
        >
      </div>`)}#n(e){this.#t=e,this.#e.kit.host.phone.trace=e?(e,t)=>console.debug(`${"in"===e?"<<<":">>>"} ${t}`):null}async#i(){let e=await this.#e.kit.host.phone.report(),t=URL.createObjectURL(new Blob([JSON.stringify(e,null,2)],{type:"application/json"})),n=(new Date).toISOString().slice(0,10);Object.assign(document.createElement("a"),{href:t,download:`web-phone-report-${n}.json`}).click(),setTimeout(()=>URL.revokeObjectURL(t),1e4)}},z={microphone:"microphone",speaker:"speaker",ringer:"ringer",camera:"cameraChoice"},T=class{#e;#t=null;#n=!1;#i=!1;#a=null;#l=!1;#r=null;#o=globalThis.Notification?.permission;constructor(e){this.#e=e,globalThis.navigator?.mediaDevices?.addEventListener?.("devicechange",()=>{this.#i&&this.#c()})}changed(e){e!==this.#i&&(this.#i=e,e?this.#c():this.stop())}stop(){this.#i=!1,this.#a?.(),this.#a=null,this.#l=!1,this.#p(null)}view(){let{kit:e,t}=this.#e,{html:i}=e,a=b(),r="setSinkId"in HTMLMediaElement.prototype;return n(e,e.text("settings")??"Settings",i`<div class="scroll form" tabindex="-1">
        ${this.#n&&!this.#s?this.#h():""}
        ${d.map(e=>"speaker"===e||"ringer"===e?r?this.#d(e):"speaker"===e?i`<p>${t("speakerByBrowser")}</p>`:"":this.#d(e))}
        ${u.map(n=>i`<label class="tick"
              ><input
                type="checkbox"
                part="processing"
                .checked=${e.live(a[n]??!0)}
                @change=${e=>this.#u(n,e.target.checked)}
              /><span>${t(n)}</span></label
            >`)}
        ${this.#m()}
        <div class="row links">
          <button type="button" part="check" class="plain" @click=${()=>e.open("check")}>
            ${t("check")}
          </button>
          <button type="button" part="report" class="plain" @click=${()=>e.open("report")}>
            ${t("report")}
          </button>
          <button type="button" part="reset" class="plain" @click=${()=>this.#b()}>
            ${t("reset")}
          </button>
        </div>
      </div>`)}get#s(){return!!this.#t?.microphones.some(({label:e})=>e)}#h(){let{kit:e,t}=this.#e;return e.html`<p>${t("allowWhy")}</p>
      <div class="row">
        <button type="button" part="allow" class="plain strong" @click=${()=>this.#v()}>${t("allow")}</button>
      </div>`}#d(e){let{kit:t,t:n}=this.#e,{html:i,live:a}=t,r=this.#t?m(this.#t,e).filter(({id:e})=>e&&"default"!==e):[],o=b()[e],s=o?g(o,r):"",l=!s||r.some(e=>e.id===s),c=l?r:[...r,{id:s,label:o?.label??""}];return i`<div class="field">
      <label for=${e}>${n(z[e])}</label>
      <div class="row">
        <select
          id=${e}
          part="device"
          .value=${a(s)}
          @change=${t=>this.#g(e,t.target.value)}
        >
          <option value="" ?selected=${!s}>${n("standard")}</option>
          ${c.map((e,t)=>i`<option
                value=${e.id}
                ?selected=${e.id===s}
                ?disabled=${!l&&e.id===s}
              >
                ${e.label||n("device",{number:t+1})}
              </option>`)}
        </select>
        ${"speaker"===e||"ringer"===e?i`<button
                type="button"
                part="test"
                class="test plain"
                aria-label=${n("testOf",{name:n(z[e])})}
                @click=${()=>t.attempt(t.host.phone.playTone("ringer"===e?"ringing":"test"))}
              >
                ${n("test")}
              </button>`:""}
      </div>
      ${"microphone"===e&&this.#s?this.#k():""} ${"camera"===e?this.#f():""}
    </div>`}#k(){let{kit:e,t}=this.#e;return e.html`<div
        part="meter"
        class="meter"
        role="meter"
        aria-label=${t("level")}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow="0"
      ><i></i></div>
      <p class="small">${t("speak")}</p>`}#f(){let{kit:e,t}=this.#e;if(!this.#t?.cameras.length)return"";let n=this.#r;return e.html`${n?e.html`<video part="preview" class="preview" autoplay playsinline .muted=${!0} .srcObject=${n}></video>`:""}
      <div class="row">
        <button type="button" class="plain" aria-pressed=${!!n} @click=${()=>this.#w()}>
          ${t(n?"previewOff":"preview")}
        </button>
      </div>`}#m(){let{kit:e,t}=this.#e,n=this.#o;return n?"default"!==n?e.html`<p part="notifications">${t("granted"===n?"notifyOn":"notifyBlocked")}</p>`:e.html`<div class="row">
      <button
        type="button"
        part="notifications"
        class="plain"
        @click=${()=>e.attempt(Notification.requestPermission().then(t=>{this.#o=t,e.update()}))}
      >
        ${t("notify")}
      </button>
    </div>`:""}#g(e,t){let{kit:n}=this.#e,i=this.#t&&m(this.#t,e).find(e=>e.id===t);v(e,i??void 0),n.attempt((async()=>{n.host.phone.setConfig({[e]:t}),"microphone"===e&&await this.#y(),"camera"===e&&this.#r&&await this.#$(),n.update()})())}#u(e,t){let{kit:n}=this.#e;v(e,!!t&&void 0),n.host.phone.setConfig({[e]:t}),n.update()}#b(){let{kit:t}=this.#e;c(e,null),t.host.phone.setConfig({...Object.fromEntries(d.map(e=>[e,""])),...Object.fromEntries(u.map(e=>[e,!0]))}),t.attempt(this.#y()),t.update()}#c(){let{kit:e}=this.#e;e.attempt(e.host.phone.devices().then(e=>{this.#t=e,this.#s&&this.#v()}).finally(()=>{this.#n=!0,e.update()}))}#v(){let{kit:e}=this.#e;this.#l||(this.#l=!0,e.attempt(e.host.phone.meter(e=>this.#x(e)).then(async t=>{if(!this.#i)return t();this.#a=t,!this.#s&&(this.#t=await e.host.phone.devices(),e.update())},e=>{throw this.#l=!1,e})))}async#y(){this.#l&&(this.#a?.(),this.#a=null,this.#l=!1,this.#v())}#x(e){let t=this.#e.kit.root.querySelector(".meter");t?.style.setProperty("--level",String(e)),t?.setAttribute("aria-valuenow",String(Math.round(100*e)))}#w(){let{kit:e}=this.#e;this.#r?this.#p(null):e.attempt(this.#$()),e.update()}async#$(){let e=this.#e.kit.host.phone.config.camera,t=await navigator.mediaDevices.getUserMedia({video:!e||{deviceId:{ideal:e}}});if(!this.#i)return t.getTracks().forEach(e=>e.stop());this.#p(t),this.#e.kit.update()}#p(e){this.#r?.getTracks().forEach(e=>e.stop()),this.#r=e}},A={close:"Close",back:"Back",recent:"Recent",contacts:"Contacts",noCalls:"No calls yet. Calls that you make or get are kept here, in this browser alone.",noContacts:"No contact is found. Try another name or number.",contactsFailed:"The contacts can’t be read for now.",tryAgain:"Try again",search:"Search by name or number",wasIn:"Incoming",wasOut:"Outgoing",wasMissed:"Missed",missedCount:"Missed calls: {count}",remove:"Delete this call",removeAll:"Delete all",removeSure:"Delete all recent calls?",keep:"Keep",more:"{count} more. Type a name to find them.",microphone:"Microphone",speaker:"Speaker",ringer:"Ringing",cameraChoice:"Camera",standard:"System default",device:"Device {number}",allow:"Allow the microphone",allowWhy:"Your browser shows the names of microphones and speakers once you allow the microphone.",speakerByBrowser:"Your browser chooses the speaker. Change it in the system’s settings.",level:"Level of your microphone",speak:"Speak: the bar moves when the microphone hears you.",test:"Test",testOf:"Test: {name}",preview:"Show my camera",previewOff:"Hide my camera",echoCancellation:"Cancel echo",noiseSuppression:"Suppress noise",autoGainControl:"Even out loudness",notifications:"Notifications",notify:"Show calls while this page is hidden",notifyOn:"Calls are shown while this page is hidden.",notifyBlocked:"Your browser blocks notifications. Allow them in the address bar.",reset:"Reset settings",check:"Check before a call",report:"Report a problem",checkWhy:"This checks the microphone, the server and the way that sound takes. It takes a few seconds.",checkStart:"Start",checkAgain:"Check again",checking:"Checking…",checkMicrophone:"Microphone",checkServer:"Server",checkMedia:"Sound to and from the network",verdictGood:"All is well. You can call.",verdictFair:"You can call, but it may not sound well.",verdictBad:"A call would not work now. See what is marked.",passed:"works",checkSilent:"It gives no sound. See that it is on, and the right one.",checkUnregistered:"The phone is not registered: it can’t be called. Sign in again.",checkSlow:"It takes long to answer. Calls begin late.",checkNoWay:"The browser finds no way for sound. A firewall or an extension may block it.",checkNoIce:"The STUN or TURN server does not answer. Tell your operator.",checkNoEcho:"The echo test can’t be reached. Tell your operator.",checkPoor:"Sound to the server and back is not good. Move closer to the router.",checkBad:"Sound to the server and back is bad. Use another network.",reportWhy:"The report holds settings, the last messages to and from the server, and the state of calls. It holds no password. Send it to whoever looks after your phone.",reportSave:"Download the report",trace:"Write messages to the browser’s console"};function O(e){let n=((e,t)=>(n,i={})=>(e.text(n)??t[n]).replace(/\{(\w+)\}/g,(e,t)=>String(i[t]??"")))(e,A),{host:i}=e,{phone:a}=i,r=()=>{let{username:e="",realm:t,wsServers:n=[]}=a.config,[i]=[n].flat();return`${e}@${t||(i?new URL(i).hostname:"")}`},o=null,l="",c=!1,p={kit:e,t:n},u=new S({...p,account:r,contacts:()=>o,G:()=>c,retry:()=>{l="",e.update()}}),v=new T(p),k=new s(p),f=new C(p),x=({key:n})=>(e=>null===e||e===t)(n)&&e.update(),M=!1,z=e=>{e!==M&&(M=e,e?addEventListener("storage",x):removeEventListener("storage",x))};return i.shows("status")&&i.shows("settings")&&async function(e){let{microphone:t,speaker:n,ringer:i,camera:a,...r}=b(),o={microphone:t,speaker:n,ringer:i,camera:a},s=await e.devices(),l={};for(let e of d){let t=o[e];t&&(l[e]=g(t,m(s,e)))}e.setConfig({...r,...l})}(a).catch(()=>{}),{styles:'\n.panel{position:absolute;inset:0;display:flex;flex-direction:column;gap:8px;background:var(--surface);text-align:start}\n.bar{display:flex;align-items:center;min-block-size:44px}\n.bar h2{flex:1;min-inline-size:0;font-size:17px;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\n.bar button{flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;margin-inline-end:-10px;border-radius:50%;color:var(--quiet)}\n.scroll{flex:1;min-block-size:0;overflow:auto;overscroll-behavior:contain;margin-inline:calc(-1*var(--pad));padding-inline:var(--pad);scrollbar-width:thin}\n.panel :is(input:not([type=checkbox]),select){inline-size:100%;min-inline-size:0;min-block-size:44px;padding-inline:12px;border:1px solid var(--edge);border-radius:10px;background:var(--surface);color:var(--text);text-overflow:ellipsis}\n.panel ::placeholder{color:var(--quiet);opacity:1}\n.panel select{appearance:auto}\n.panel p{color:var(--quiet);line-height:1.45}\n.panel .bad{color:var(--warning)}\n.plain{min-block-size:44px;padding-inline:16px;border:1px solid var(--edge);border-radius:min(var(--web-phone-button-radius,22px),22px);font-weight:500}\n.plain.strong{background:var(--call);border-color:transparent;color:var(--on-call)}\n.row{display:flex;gap:8px;align-items:center}\n.row>.plain{flex:1}\n@media(hover:hover){.bar button:hover,.plain:enabled:hover{background:var(--press)}.plain.strong:enabled:hover{background:var(--call);opacity:.9}}\n\n.panel ul{list-style:none;padding:0}\n.panel li{display:flex;align-items:center}\n.panel li>button:first-child{flex:1;min-inline-size:0;display:flex;align-items:center;gap:12px;min-block-size:56px;padding-inline:8px;margin-inline-start:-8px;border-radius:12px;text-align:start}\n.panel li>button:first-child>span{min-inline-size:0;display:grid}\n.panel li :is(b,span span){overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-weight:500}\n.panel li span span{font-size:12px;font-weight:400;color:var(--quiet)}\n.panel li svg{flex:none;inline-size:20px;block-size:20px;color:var(--quiet)}\n.panel li .missed :is(svg,b){color:var(--end)}\n.panel li .in svg,.panel li .out svg{color:var(--call)}\n.panel li>button:last-child:not(:first-child){flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;margin-inline-end:-10px;border-radius:50%}\n.panel li [dir=ltr]{text-align:start;unicode-bidi:isolate}\n.panel li button:disabled{opacity:1}\n.panel .danger{background:var(--end);color:var(--on-end);border-color:transparent}\n.tabs [aria-pressed=true]{background:var(--text);color:var(--surface);border-color:transparent}\n.empty{padding-block:24px;text-align:center}\n.form{display:flex;flex-direction:column;gap:14px;padding-block-end:12px}\n.field{display:grid;gap:4px}\n.field label{font-size:13px;color:var(--quiet)}\n.small{font-size:12px}\n.tick{display:flex;align-items:center;gap:10px;min-block-size:44px;margin-block:-8px;cursor:pointer}\n.tick input{flex:none;inline-size:20px;block-size:20px;accent-color:var(--accent)}\n.tick input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n.form select{flex:1;inline-size:0}\n.row>.test{flex:none}\n.links{flex-wrap:wrap}\n.links>.plain{flex:1 1 100%}\n.meter{block-size:8px;margin-block-start:4px;border-radius:4px;background:var(--press);border:1px solid var(--edge);overflow:hidden}\n.meter i{display:block;block-size:100%;background:var(--call);inline-size:calc(var(--level,0)*100%);transition:inline-size .08s linear}\n.preview{inline-size:100%;aspect-ratio:4/3;border-radius:12px;background:#000;object-fit:cover;scale:-1 1}\n.steps{display:grid;gap:4px}\n.steps li{gap:12px;min-block-size:44px}\n.steps li>span{min-inline-size:0;display:grid}\n.steps li span span{white-space:normal!important}\n.steps .ok svg{color:var(--call)}\n.steps .no :is(svg,b){color:var(--warning)}\n[part=history]{position:relative}\n[part=history][data-missed]::after{content:"";position:absolute;inset:8px 8px auto auto;inline-size:8px;block-size:8px;border-radius:50%;background:var(--end)}\n@media(hover:hover){.panel li button:enabled:hover{background:var(--press)}}\n@media(prefers-reduced-motion){.meter i{transition:none}}\n@media(forced-colors:active){.meter i{background:Highlight;forced-color-adjust:none}.tabs [aria-pressed=true]{forced-color-adjust:none;background:CanvasText;color:Canvas!important}}\n',nameOf:e=>o?.nameOf(e)??"",changed(){z(!0),(()=>{if(l===i.contacts)return;let t=l=i.contacts;c=!1,"string"==typeof t?(o=null,t&&async function(e){let t=await async function(e,t){let n=await fetch(e,{headers:{accept:"application/json"},cache:"default",signal:AbortSignal.timeout(1e4)});if(!n.ok||!n.body)throw new Error(`HTTP status ${n.status}`);let i=new TextDecoder,a="",r=0,o=n.body.getReader();for(let e=await o.read();!e.done;e=await o.read()){if(r+=e.value.length,r>t)throw o.cancel(),new Error(`over ${t} bytes`);a+=i.decode(e.value,{stream:!0})}return JSON.parse(a)}(e,1048576);if(!Array.isArray(t))throw new Error("not a list");return t}(new URL(t,i.element.baseURI).href).then(n=>{l===t&&(o=new w(n,e.lang),e.update())},()=>{c=l===t,e.update()})):o=new w(t,e.lang)})(),"history"!==e.shown&&u.reset(),v.changed("settings"===e.shown),k.changed("check"===e.shown),f.changed(),(()=>{let t=e.root.querySelector("[part=history]");if(!t)return;"history"===e.shown&&function(e){let t=y(e);t.some(({fresh:e})=>e)&&$(e,t.map(e=>({...e,fresh:!1})))}(r());let i=y(r()).filter(({fresh:e})=>e).length;t.toggleAttribute("data-missed",i>0),i?t.setAttribute("aria-description",n("missedCount",{count:i})):t.removeAttribute("aria-description")})()},ended(t){(function(e,t){let{direction:n,from:i,to:a,displayName:r,answerTime:o,startTime:s,duration:l,video:c,endedBy:p}=t,d="inbound"===n&&!o&&"local"!==p;$(e,[{number:h("inbound"===n?i:a),name:h(r),direction:n,missed:d,fresh:d,video:c,time:Date.parse(s),duration:l},...y(e)])})(r(),t),e.update()},pause(){z(!1),v.stop()},panel:e=>"history"===e?u.view():"settings"===e?v.view():"check"===e?k.view():"report"===e?f.view():null}}export{O as open};
