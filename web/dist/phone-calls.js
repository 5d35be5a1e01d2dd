var e=new class{#e=new Map;#t=new Map;#i=new Set;#n;#a="";#s="";bA(e,t){let i=this.#e.size;t.length?this.#e.set(e,t):this.#e.delete(e),(i||this.#e.size)&&(i||document.addEventListener("visibilitychange",this.#r),this.#e.size||document.removeEventListener("visibilitychange",this.#r),this.#r())}get#o(){return[...this.#e.values()].flat()}#r=()=>{let e=this.#o;for(let[t,i]of this.#t)e.some(e=>e.id===t)||(i.close(),this.#t.delete(t));for(let t of this.#i)e.some(e=>e.id===t)||this.#i.delete(t);if(e.length&&document.hidden){for(let t of e)this.#l(t);if(void 0!==this.#n)return;this.#n=setInterval(()=>this.#c(),1e3),this.#c()}else clearInterval(this.#n),this.#n=void 0,this.#h()};#l({id:e,text:t,more:i}){if(!this.#i.has(e)){this.#i.add(e);try{if("granted"!==Notification.permission)return;let n=new Notification(t,{body:i,tag:`web-phone ${e}`});n.onclick=()=>{window.focus(),n.close()},this.#t.set(e,n)}catch{}}}#c(){if(this.#h())return;let[e]=this.#o;e&&(this.#a=document.title,document.title=`☎ ${e.text.slice(0,60)}`,this.#s=document.title)}#h(){let e=!!this.#s&&document.title===this.#s;return e&&(document.title=this.#a),this.#s="",e}};function t({html:e,draw:t,open:i,text:n},a,s){let r=()=>i(null);return e`<div part="panel" class="panel" role="dialog" aria-label=${a} @keydown=${e=>{"Escape"===e.key&&(e.preventDefault(),r())}}>
    <div class="bar">
      <h2 part="panel-title">${a}</h2>
      <button type="button" part="close" aria-label=${n("close")??"Close"} @click=${r}>
        ${t("M6.5 6.5l11 11M17.5 6.5l-11 11")}
      </button>
    </div>
    ${s}
  </div>`}var i={handset:"M2.6 14.6v-1.2c0-1.3.6-2.3 1.7-3C9 7.5 15 7.5 19.7 10.4c1.1.7 1.7 1.7 1.7 3v1.2c0 1-.9 1.7-1.9 1.5l-2.6-.6a1.7 1.7 0 0 1-1.3-1.6v-1.7a12 12 0 0 0-7.2 0v1.7a1.7 1.7 0 0 1-1.3 1.6l-2.6.6a1.5 1.5 0 0 1-1.9-1.5z",swap:"M7.5 19V5M4 8.5L7.5 5 11 8.5M16.5 5v14M13 15.5l3.5 3.5 3.5-3.5",merge:"M6.5 4v3.5a5 5 0 0 0 5 5h1a5 5 0 0 0 5-5V4M12 12.5V20M8.5 16.5L12 20l3.5-3.5",back:"M8.5 5L4 9.5 8.5 14M4 9.5h10.5a5 5 0 0 1 0 10H11",transfer:"M4 17.5V15a6 6 0 0 1 6-6h10M15.5 4.5L20 9l-4.5 4.5",mute:"M12 3.5a2.8 2.8 0 0 0-2.8 2.8v5a2.8 2.8 0 0 0 5.6 0v-5A2.8 2.8 0 0 0 12 3.5zM5.8 11a6.2 6.2 0 0 0 12.4 0M12 17.2v3.3",share:"M4.5 4.5h15A1.5 1.5 0 0 1 21 6v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15V6a1.5 1.5 0 0 1 1.5-1.5zM8 20h8M12 13.5v-6M9.3 10L12 7.3l2.7 2.7",full:"M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",window:"M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",float:"M10 18.5H4.5A1.5 1.5 0 0 1 3 17V6.5A1.5 1.5 0 0 1 4.5 5h15A1.5 1.5 0 0 1 21 6.5V10M13.5 13.5h7V19h-7z",flip:"M20 11.5A8 8 0 0 0 5.5 7.2M5 3.5v4h4M4 12.5a8 8 0 0 0 14.5 4.3M19 20.5v-4h-4M12 9.7a2.3 2.3 0 1 1-.01 0z"},n=({direction:e,answerTime:t})=>"inbound"===e&&!t,a=({state:e})=>"active"===e||"held"===e,s=class{#e;#t=null;#i=!1;constructor(e){this.#e=e}get busy(){return this.#i}get others(){let{kit:e}=this.#e,t=e.call();return e.host.phone.calls.filter(e=>e!==t)}get asking(){let e=this.#t;if(!e)return null;let{calls:t}=this.#e.kit.host.phone,{about:i,before:n}=e,a=e.asked??=t.find(e=>"outbound"===e.direction&&!n.includes(e));return!t.includes(i)||a&&!t.includes(a)?this.#t=null:{about:i,asked:a}}get mergeable(){let{phone:e}=this.#e.kit.host;return!!e.config.conference&&e.calls.filter(a).length>1}ask(e,t){let{kit:i}=this.#e,{phone:n}=i.host,a=this.#t={about:e,before:n.calls};i.attempt(n.makeCall(t,{video:!1}).catch(e=>{throw this.#t===a&&(this.#t=null),e}))}join(e,t){return this.#n(e.transfer(t),this.#e.name(t))}transfer(e,t){return this.#n(e.transfer(t),t)}async#n(e,t){await this.work(e);let{kit:i,t:n}=this.#e;i.say(n("transferDone",{name:t}),!1),i.update()}back(e,t){this.#e.kit.attempt(t.hangup().then(()=>e.unhold()))}async work(e){let{kit:t}=this.#e;this.#i=!0,t.update();try{return await e}finally{this.#i=!1,t.update()}}merge(){let{kit:e}=this.#e;e.attempt(this.work(this.#a()))}async#a(){let e,{kit:t,t:i,name:n}=this.#e,{phone:s}=t.host,{conference:r=""}=s.config,o=s.calls.filter(a),l=t.call();t.say(i("merging"),!1);try{e=await s.makeCall(r,{video:!1}),await this.#s(e)}catch(e){throw l&&a(l)&&await l.unhold(),e}let c=await Promise.allSettled(o.map(e=>e.transfer(r))),h=o.filter((e,t)=>"rejected"===c[t].status&&a(e));h.length&&t.say(i("notMerged",{name:h.map(n).join(", ")}),!0)}#s(e){let{phone:t}=this.#e.kit.host;return new Promise((i,n)=>{let s=()=>{let r="ended"===e.state;if(r||a(e))if(t.removeEventListener("change",s),r){let t=this.#e.t("notMergedAll");n(e.error??Object.assign(new Error(t),{code:"internal"}))}else i()};t.addEventListener("change",s),s()})}},r=class{#e;#t;constructor(e,t){this.#e=e,this.#t=t}draw(){let{kit:e}=this.#e,{others:t,asking:i}=this.#t,a=t.find(n)??t.find(e=>e===i?.about)??t.at(-1);if(!a)return this.#r();let s=n(a)?this.#n(a):this.#a(a);return e.host.shows("status")||s.some(Boolean)?this.#i(a,t.length,s):null}#i(e,t,i){let{kit:a,t:s,name:r}=this.#e,{html:o,open:l,shown:c}=a,h=r(e),d=this.#o(e),p=t>1?s("andMore",{state:d,count:t-1}):d;return o`<div part="banner" class=${n(e)?"banner rings":"banner"}>
      <button
        type="button"
        part="banner-call"
        class="other"
        title=${s("showCalls")}
        aria-expanded=${"calls"===c}
        @click=${()=>l("calls")}
      >
        <b dir="auto">${h}</b><span>${p}</span>
      </button>
      <span role="alert" class="hidden"> ${n(e)?s("waitingAlert",{name:h}):""} </span>
      ${i}
    </div>`}#n(e){let{kit:t,t:i,name:n}=this.#e,{shows:a}=t.host,s={name:n(e)};return[a("hang-up")?this.#s("waiting-decline","stop","handset",i("waitingDecline",s),()=>e.hangup()):"",a("answer")?this.#s("waiting-answer","go","handset",i("waitingAnswer",s),()=>e.answer()):""]}#a(e){let{kit:t,t:i,name:n}=this.#e,s=this.#t,r={name:n(e)};if(!a(e))return[this.#s("end-call","stop","handset",i("endOne",r),()=>e.hangup())];let o=s.asking,l=o?.about===e?o.asked:void 0,c=this.#s("swap",l?"more":"","swap",i("swapTo",r),()=>e.unhold());return l?[a(l)?c:"",this.#s("back","","back",i("backTo",r),async()=>s.back(e,l)),a(l)?this.#s("complete-transfer","done","transfer",i("completeTransfer"),()=>s.join(e,l),t.text("transfer")??"Transfer"):""]:[s.mergeable?this.#s("merge","more","merge",i("mergeCalls"),async()=>s.merge()):"",c]}#s(e,t,n,a,s,r=""){let{kit:o}=this.#e;return o.html`<button
      type="button"
      part=${e}
      class="disc ${t}"
      aria-label=${a}
      title=${a}
      aria-disabled=${this.#t.busy||o.nothing}
      @click=${()=>this.#t.busy||o.attempt(s())}
    >
      ${o.draw(i[n])} ${r&&o.html`<span>${r}</span>`}
    </button>`}#o(e){let{t}=this.#e;return n(e)?t("waiting"):"held"===e.state?t("onHold"):"active"===e.state?t("inCall"):t("beingCalled")}#r(){let{kit:e,t}=this.#e,i=e.call();if(!i||!e.host.phone.soundBlocked||!e.host.shows("status"))return null;let a=n(i);return a||i.answerTime?e.html`<div part="banner" class="banner rings">
      <span part="sound-blocked" class="blocked" role="alert">
        ${t(a?"soundBlockedRinging":"soundBlockedTalking")}
      </span>
    </div>`:null}panel(){let{kit:e,t:i}=this.#e,{html:n,host:a}=e,s=this.#t;return t(e,i("callsTitle"),n`<div class="scroll">
        <div role="list">${a.phone.calls.map(e=>this.#l(e))}</div>
        ${s.mergeable?n`<button
                type="button"
                part="merge-all"
                class="plain whole"
                aria-disabled=${s.busy||e.nothing}
                @click=${()=>s.busy||s.merge()}
              >
                ${i("mergeCalls")}
              </button>`:""}
      </div>`)}#l(e){let{kit:t,t:i,name:s}=this.#e,r={name:s(e)},{shows:o}=t.host,l=o("hang-up")?this.#s("end-call","stop","handset",i("endOne",r),()=>e.hangup()):"",c=n(e)?this.#n(e):e!==t.call()&&a(e)?[this.#s("swap","","swap",i("swapTo",r),()=>e.unhold()),l]:[l];return t.html`<div role="listitem" part="call" class="entry">
      <div class="other"><b dir="auto">${r.name}</b><span>${this.#o(e)}</span></div>
      ${c}
    </div>`}},o=class{#e=0;#t=[];#i="none";#n="none";get level(){return this.#e}take({mos:e,cause:t}){var i;this.#a((i=e)>=4?4:i>=3.6?3:i>=3.1?2:1);let n=/^(microphone|server)$/.test(t)||this.#e<3?t:"none",a=n===this.#n;return this.#n=n,a&&n!==this.#i?this.#i=n:null}#a(e){let t=this.#e;if(t||(this.#e=e),!t||e===t)return void(this.#t=[]);let i=e=>e>t;this.#t.some(t=>i(t)!==i(e))&&(this.#t=[]),this.#t.push(e),!(this.#t.length<(e<t?2:3))&&(this.#e=e<t?Math.max(...this.#t):Math.min(...this.#t),this.#t=[])}},l=["measuring","connectionBad","connectionPoor","connectionFair","connectionGood"],c={none:"connectionBack",microphone:"causeMicrophone","own-network":"causeOwnNetwork","their-network":"causeTheirNetwork",path:"causePath",server:"causeServer"},h=class{#e;#t=null;#i=new o;#n=null;#a=[];#s="none";#o;#r=!1;#l=!1;constructor(e){this.#e=e}follow(e){e!==this.#t&&(this.pause(),this.#t=e,this.#i=new o,this.#a=[],this.#n=null,this.#s="none"),e&&void 0===this.#o&&(this.#o=setInterval(()=>{this.#c()},2e3),this.#c())}pause(){clearInterval(this.#o),this.#o=void 0}async#c(){let e=this.#t;if(!e||this.#r||e.held||e.remoteHeld||e.reconnecting)return;this.#r=!0;let t=await e.statistics().catch(()=>null);if(this.#r=!1,!t||e!==this.#t||void 0===this.#o)return;let{kit:i,t:n}=this.#e;this.#n=t,this.#a=[...this.#a,t.mos].slice(-30);let{level:a}=this.#i,s=this.#i.take(t);s&&(this.#s=s,i.say(n(c[s]),"none"!==s)),(s||a!==this.#i.level||"quality"===i.shown)&&i.update()}badge(){let{kit:e,t}=this.#e,{level:i}=this.#i,n=t(l[i]);return e.html`<button
      type="button"
      part="quality"
      class="signal l${i}"
      aria-label=${n}
      title=${n}
      aria-expanded=${"quality"===e.shown}
      @click=${()=>e.open("quality")}
    >
      ${this.#h(i)}
    </button>`}#h(e){let t=t=>t>e?"dim":"";return this.#e.kit.html`<svg viewBox="0 0 24 24" aria-hidden="true">
      <path class=${t(1)} d="M5 15.5V19" />
      <path class=${t(2)} d="M9.7 12.5V19" />
      <path class=${t(3)} d="M14.4 9V19" />
      <path class=${t(4)} d="M19 5V19" />
    </svg>`}panel(){let{kit:e,t:i}=this.#e,{html:n}=e,a=this.#n;if(!a)return t(e,i("qualityTitle"),n`<p>${i("qualityNone")}</p>`);let s=this.#d(a);return t(e,i("qualityTitle"),n`<div class="scroll figures">
        <p class=${this.#i.level<3?"bad":""}>
          ${i("none"===this.#s?l[this.#i.level]:c[this.#s])}
        </p>
        ${this.#p()}
        <table part="figures">
          <tr>
            <td><span class="hidden">${i("direction")}</span></td>
            <th scope="col">${i("youSend")}</th>
            <th scope="col">${i("youReceive")}</th>
          </tr>
          ${s.map(([e,t,i])=>n`<tr>
                <th scope="row">${e}</th>
                <td><span dir="ltr">${t}</span></td>
                <td><span dir="ltr">${i}</span></td>
              </tr>`)}
        </table>
        <dl>
          ${this.#u(a).map(([e,t])=>n`<div>
                <dt>${e}</dt>
                <dd><span dir="auto">${t}</span></dd>
              </div>`)}
        </dl>
        <button type="button" part="copy" class="plain whole" @click=${()=>this.#g(a)}>
          ${i(this.#l?"figuresCopied":"copyFigures")}
        </button>
        <p class="hidden" role="status">${this.#l?i("figuresCopied"):""}</p>
      </div>`)}#d({sent:e,received:t}){let{t:i}=this.#e,n=e=>`${this.#m(e,1)} %`;return[[i("loss"),n(e.lossPercent),n(t.lossPercent)],[i("jitter"),`${this.#m(e.jitter)} ms`,`${this.#m(t.jitter)} ms`],[i("bitRate"),`${this.#m(e.kbps)} kbit/s`,`${this.#m(t.kbps)} kbit/s`]]}#u(e){let{t}=this.#e,{videoCodec:i,frameWidth:n,frameHeight:a,framesPerSecond:s}=e,r=n?`${i} ${n}×${a}, ${this.#m(s)}/s`:i;return[[t("qualityScore"),this.#m(e.mos,1)],[t("roundTrip"),`${this.#m(e.roundTripTime)} ms`],[t("soundCodec"),e.codec],...r?[[t("pictureCodec"),r]]:[],[t("relayed"),t(e.relayed?"yes":"no")]]}#m(e,t=0){let{lang:i}=this.#e.kit;return new Intl.NumberFormat(i,{maximumFractionDigits:t}).format(e)}#p(){let{kit:e,t}=this.#e,i=this.#a,n=i.map((e,t)=>`${(e=>240*(30-i.length+e)/29)(t).toFixed(1)},${(e=>58-56*(e-1)/3.5)(e).toFixed(1)}`).join(" "),a=t("qualityChart",{now:this.#m(i.at(-1)??0,1),low:this.#m(Math.min(...i),1)});return e.html`<svg
      part="chart"
      class="chart"
      viewBox="0 0 240 60"
      preserveAspectRatio="none"
      role="img"
      aria-label=${a}
    >
      <path class="dim" d="M0 10H240M0 24.4H240" />
      <polyline points=${n} />
    </svg>`}#g(e){let{kit:t,t:i}=this.#e,n=[...this.#u(e).map(e=>e.join(": ")),...this.#d(e).map(([e,t,n])=>`${e}: ${i("youSend")} ${t}, ${i("youReceive")} ${n}`)],a=e=>{this.#l=e,t.update()};navigator.clipboard?.writeText(n.join("\n")).then(()=>{a(!0),setTimeout(()=>a(!1),3e3)},()=>a(!1))}},d=/^[+\d*#\s()./\p{Pd}]+$/u,p={ArrowUp:e=>3===e?0:2===e?1:e,ArrowDown:e=>0===e?3:1===e?2:e,ArrowLeft:e=>1===e?0:2===e?3:e,ArrowRight:e=>0===e?1:3===e?2:e},u=class{#e;#t;#i=1;#n=!1;#a=[];#s=!1;#o=new WeakSet;constructor(e,t){this.#e=e,this.#t=t}draw(e){if(!e.video)return null;let{kit:t,t:i}=this.#e,{html:n}=t,a=e.videoSource,s=(r=e.remoteStream,!!r?.getVideoTracks().some(({readyState:e,muted:t,enabled:i})=>"live"===e&&!t&&i));var r;this.#r(e.remoteStream);let o=!!t.root.fullscreenElement;return"camera"===a&&this.#g(),n`<div
      part="video"
      class=${o?"video full":"video"}
      @fullscreenchange=${()=>t.update()}
    >
      <video
        part="remote-video"
        autoplay
        playsinline
        class=${s?"":"off"}
        .muted=${!0}
        .srcObject=${e.remoteStream}
      ></video>
      ${s?"":n`<div part="no-picture" class="dark">
              <span class="face-of" aria-hidden="true">${function(e){let t=e.match(/\p{L}+/gu)??[];return[t[0],t.length>1?t.at(-1):void 0].map(e=>e?[...e][0]:"").join("").toUpperCase()}(t.nameOf(e))||"…"}</span>
              ${e.held||e.remoteHeld||f(e)?"":n`<span>${i("theirCameraOff")}</span>`}
            </div>`}
      ${a?this.#l(e,a):""} ${o?this.#t()??"":""}
      <div part="video-buttons" class="over">${this.#c(e,a,s,o)}</div>
    </div>`}#r(e){let{update:t}=this.#e.kit;for(let i of e?.getVideoTracks()??[])if(!this.#o.has(i)){this.#o.add(i);for(let e of["mute","unmute","ended"])i.addEventListener(e,t)}}#l(e,t){let{kit:i,t:n}=this.#e;return i.html`<button
      type="button"
      part="own-picture"
      class="own c${this.#i} ${t}"
      aria-label=${n("ownPicture")}
      @click=${()=>this.#m((this.#i+1)%4)}
      @keydown=${this.#u}
    >
      <video
        part="local-video"
        autoplay
        playsinline
        .muted=${!0}
        .srcObject=${e.localStream}
      ></video>
    </button>`}#c(e,t,i,n){let{kit:a,t:s}=this.#e,{shows:r,phone:o}=a.host,l=()=>a.root.querySelector("[part=remote-video]"),c=r("camera"),h=a.root.pictureInPictureElement;return[n&&r("mute")?this.#d("stage-mute","mute",s("stageMute"),e.muted,()=>e.muted?o.unmute():o.mute()):"",c&&m()?this.share(e):"",c&&"camera"===t&&this.#a.length>1?this.#d("flip-camera","flip",s("flipCamera"),null,()=>this.#p()):"",i&&document.pictureInPictureEnabled&&"requestPictureInPicture"in HTMLVideoElement.prototype?this.#d("picture-in-picture","float",s("floatPicture"),!!h,()=>this.#f(h?document.exitPictureInPicture():l().requestPictureInPicture())):"",document.fullscreenEnabled?this.#d("full-screen",n?"window":"full",s(n?"leaveFullScreen":"fullScreen"),null,()=>this.#f(n?document.exitFullscreen():l().parentElement.requestFullscreen())):"",n&&r("hang-up")?this.#d("stage-hang-up","handset",s("stageHangUp"),null,()=>a.attempt(e.hangup())):""]}share(e){let{t}=this.#e,i="screen"===e.videoSource;return this.#d("share-screen","share",t(i?"stopSharing":"shareScreen"),i,()=>this.#h(e))}#h(e){let t="screen"===e.videoSource;t||(this.#n="camera"===e.videoSource);let i=t?this.#n?"camera":null:"screen";this.#e.kit.attempt(e.setVideo(i).catch(e=>{if("screen"!==i||!g(e))throw e}))}#d(e,t,n,a,s){let{kit:r}=this.#e;return r.html`<button
      type="button"
      part=${e}
      class="glass"
      aria-label=${n}
      title=${n}
      aria-pressed=${a??r.nothing}
      @click=${s}
    >
      ${r.draw(i[t])}
    </button>`}#u=e=>{let t=e.currentTarget.matches(":dir(rtl)")?e.key.replace(/Left|Right/,e=>"Left"===e?"Right":"Left"):e.key,i=p[t];i&&(e.preventDefault(),this.#m(i(this.#i)))};#m(e){this.#i=e,this.#e.kit.update()}#p(){let e=this.#e.kit.host.phone,t=this.#a.findIndex(({id:t})=>t===e.config.camera),i=this.#a[(Math.max(t,0)+1)%this.#a.length];i&&e.setConfig({camera:i.id})}#g(){if(this.#s)return;this.#s=!0;let{kit:e}=this.#e;e.host.phone.devices().then(({cameras:t})=>{this.#a=t,e.update()},()=>{})}#f(e){let{kit:t,t:i}=this.#e;e.then(()=>t.update(),()=>{t.say(i("stageFailed"),!0),t.update()})}},g=({code:e,cause:t})=>"permission"===e&&!/system/i.test(String(t)),m=()=>!!navigator.mediaDevices&&"getDisplayMedia"in navigator.mediaDevices,f=({answerTime:e})=>Date.now()-(e?.getTime()??0)<3e3,b={callsTitle:"Calls",showCalls:"Show all calls",andMore:"{state}, {count} more",waiting:"is calling",waitingAlert:"{name} is calling",waitingAnswer:"Answer {name}",waitingDecline:"Decline {name}",onHold:"on hold",inCall:"in call",beingCalled:"being called",swap:"Swap",swapTo:"Swap to {name}",merge:"Merge",mergeCalls:"Merge all calls",merging:"Merging the calls…",notMerged:"{name} could not be merged and is still on hold. Merge again.",notMergedAll:"The calls could not be merged. Try again later.",backTo:"Back to {name}",completeTransfer:"Complete transfer",endOne:"Hang up {name}",transferTo:"Number or address",transferTitle:"Transfer {name}",transferNow:"Transfer now",transferAsk:"Ask first",transferring:"Transferring…",transferDone:"Transferred to {name}",joinWith:"Join with {name}",noTarget:"Enter the number to transfer to.",theirCameraOff:"Their camera is off",ownPicture:"Your picture. Press to move it to another corner.",shareScreen:"Share your screen",stopSharing:"Stop sharing your screen",fullScreen:"Full screen",leaveFullScreen:"Leave full screen",floatPicture:"Picture in picture",flipCamera:"Other camera",stageMute:"Mute",stageHangUp:"Hang up",stageFailed:"Your browser can’t show the picture that way. Try another way.",measuring:"Measuring the connection",connectionGood:"Good connection",connectionFair:"Fair connection",connectionPoor:"Poor connection",connectionBad:"Bad connection",connectionBack:"The connection is good again.",causeMicrophone:"Your microphone gives no sound. Check that it is on and plugged in.",causeOwnNetwork:"Your network loses what you say. Move closer to the router.",causeTheirNetwork:"The other side’s network loses what is said. Ask them to move closer to their router.",causePath:"The connection between you is bad. Call again if it stays so.",causeServer:"The server in between is overloaded. Call again if it stays so.",qualityTitle:"Connection",qualityNone:"There is nothing to measure yet. Wait a moment.",qualityScore:"Sound (MOS, 1 to 4.5)",qualityChart:"Sound in the last minute: {now} now, {low} at worst",direction:"Direction",youSend:"You send",youReceive:"You receive",loss:"Loss",jitter:"Jitter",bitRate:"Bit rate",roundTrip:"Round trip",soundCodec:"Sound codec",pictureCodec:"Picture",relayed:"By a relay",yes:"Yes",no:"No",copyFigures:"Copy",figuresCopied:"Copied",soundBlockedRinging:"Your browser blocks sound. Click anywhere on the page to hear it ring.",soundBlockedTalking:"Your browser blocks sound. Click anywhere on the page to hear the other side."},v=class{#e;#t;#i="";#n="";#a=null;constructor(e,t){this.#e=e,this.#t=t}reset(){this.#i=this.#n="",this.#a=null}get about(){return this.#a}panel(e){let{kit:i,t:n,name:s}=this.#e,{html:r,host:o,live:l}=i,{busy:c,others:h}=this.#t,d=c||i.nothing;return this.#a=e,t(i,n("transferTitle",{name:s(e)}),r`<form class="scroll transfer" @submit=${this.#c}>
        <input
          part="transfer-target"
          dir="ltr"
          type="text"
          inputmode=${o.shows("dialpad")?"email":"tel"}
          enterkeyhint="send"
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck="false"
          data-first
          maxlength=${256}
          aria-label=${n("transferTo")}
          aria-invalid=${!!this.#n}
          placeholder=${n("transferTo")}
          .value=${l(this.#i)}
          @input=${e=>this.#o(e.target.value)}
        />
        <div class="row">
          <button part="transfer-now" class="plain strong" aria-disabled=${d}>${n("transferNow")}</button>
          <button type="button" part="transfer-ask" class="plain" aria-disabled=${d} @click=${this.#h}>
            ${n("transferAsk")}
          </button>
        </div>
        <p class="bad" role="alert">${this.#n}</p>
        <p role="status">${c?n("transferring"):""}</p>
        ${h.filter(a).map(t=>r`<button
                type="button"
                part="transfer-join"
                class="plain whole"
                aria-disabled=${d}
                @click=${()=>this.#d(e,()=>this.#t.join(t,e))}
              >
                ${n("joinWith",{name:s(t)})}
              </button>`)}
        ${this.#r().map(e=>r`<button
              type="button"
              part="transfer-contact"
              class="contact"
              @click=${()=>this.#o(e.number)}
            >
              <b dir="auto">${e.name}</b><span dir="ltr">${e.number}</span>
            </button>`)}
        ${o.shows("dialpad")?this.#s():""}
      </form>`)}#s(){let{html:e}=this.#e.kit;return e`<div class="pad" @mousedown=${e=>e.preventDefault()}>
      ${[..."123456789*0#"].map(t=>e`<button type="button" part="key" @click=${()=>this.#o(this.#i+t)}>
            <b>${t}</b>
          </button>`)}
    </div>`}#o(e){this.#i=e.slice(0,256),this.#n="",this.#e.kit.update()}#r(){let{contacts:e}=this.#e.kit.host,t=this.#i.trim().toLowerCase();if("string"==typeof e||!t)return[];let i=[];for(let n of e.slice(0,5e3)){let e=String(n?.name??"").slice(0,256),a=String(n?.number??"").slice(0,256);if(a!==this.#i&&`${e} ${a}`.toLowerCase().includes(t)&&3===i.push({name:e,number:a}))break}return i}#l(){let{kit:e,t}=this.#e,i=function(e){let t=e.slice(0,1024).normalize("NFKC").replace(/\p{C}/gu,""),i=(/<([^<>]+)>/.exec(t)?.[1]??t).trim(),n=i.replace(/^tel:/i,"");return(d.test(n)?n.replace(/[^+\d*#]/g,""):i).slice(0,256)}(this.#i);return i||(this.#n=t("noTarget"),e.update(),e.root.querySelector("[part=transfer-target]")?.focus()),i}#c=e=>{e.preventDefault();let t=this.#a,i=this.#l();t&&i&&this.#d(t,()=>this.#t.transfer(t,i))};#h=()=>{let e=this.#a,t=this.#l();!e||!t||this.#t.busy||(this.#e.kit.open(null),this.#t.ask(e,t))};#d(e,t){let{kit:i}=this.#e;this.#t.busy||(this.#n="",i.attempt(t().catch(t=>{if(this.#a!==e)throw t;this.#n=i.text(t.code)??t.message,i.update()})))}};function w(t){let i=((e,t)=>(i,n={})=>(e.text(i)??t[i]).replace(/\{(\w+)\}/g,(e,t)=>String(n[t]??"")))(t,b),{host:n}=t,o=e=>t.nameOf(e)||(t.text("unknown")??"Unknown caller"),l={kit:t,t:i,name:o},c=new s(l),d=new r(l,c),p=new v(l,c),g=new u(l,()=>d.draw()),f=new h(l),w=()=>{let e=t.call();return e&&a(e)?e:null},k=()=>(queueMicrotask(()=>t.open(null)),null);return{styles:"\n.panel{position:absolute;inset:0;display:flex;flex-direction:column;gap:8px;background:var(--surface);text-align:start}\n.bar{display:flex;align-items:center;min-block-size:44px}\n.bar h2{flex:1;min-inline-size:0;font-size:17px;font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\n.bar button{flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;margin-inline-end:-10px;border-radius:50%;color:var(--quiet)}\n.scroll{flex:1;min-block-size:0;overflow:auto;overscroll-behavior:contain;margin-inline:calc(-1*var(--pad));padding-inline:var(--pad);scrollbar-width:thin}\n.panel :is(input:not([type=checkbox]),select){inline-size:100%;min-inline-size:0;min-block-size:44px;padding-inline:12px;border:1px solid var(--edge);border-radius:10px;background:var(--surface);color:var(--text);text-overflow:ellipsis}\n.panel ::placeholder{color:var(--quiet);opacity:1}\n.panel select{appearance:auto}\n.panel p{color:var(--quiet);line-height:1.45}\n.panel .bad{color:var(--warning)}\n.plain{min-block-size:44px;padding-inline:16px;border:1px solid var(--edge);border-radius:min(var(--web-phone-button-radius,22px),22px);font-weight:500}\n.plain.strong{background:var(--call);border-color:transparent;color:var(--on-call)}\n.row{display:flex;gap:8px;align-items:center}\n.row>.plain{flex:1}\n@media(hover:hover){.bar button:hover,.plain:enabled:hover{background:var(--press)}.plain.strong:enabled:hover{background:var(--call);opacity:.9}}\n\n.banner{position:relative;z-index:1;display:flex;align-items:center;gap:8px;min-block-size:44px;margin:-12px -8px;border-radius:22px;background:var(--press);text-align:start}\n.banner .hidden+*{margin-inline-start:auto}\n.rings{box-shadow:inset 0 0 0 2px var(--accent)}\n.other{flex:1;min-inline-size:0;display:grid;align-content:center;min-block-size:44px;padding-inline:14px 0;border-radius:22px;text-align:start;line-height:1.3}\n.other *{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\n.other b{font-weight:600;text-align:match-parent}\n.other span{font-size:12px;color:var(--quiet)}\n.blocked{flex:1;padding:2px 14px;font-size:13px;line-height:1.3;text-wrap:balance}\n.disc{flex:none;display:grid;place-items:center;inline-size:44px;block-size:44px;border-radius:50%;border-width:3px;background:var(--surface) padding-box}\n.disc.stop svg,.disc.go svg,[part=stage-hang-up] svg{fill:currentColor}\n.disc.go svg{rotate:-135deg}\n.disc.stop,.disc.go{background-clip:padding-box!important}\n.disc.done{display:flex;gap:4px;align-items:center;inline-size:auto;padding-inline:10px 14px;border-radius:22px;font-weight:600;background:var(--accent) padding-box;color:var(--surface)}\n.banner:has(.done) .more{display:none}\n.entry{display:flex;align-items:center;gap:8px;min-block-size:56px}\n.entry .other{padding-inline:0}\n.panel [aria-disabled],.banner [aria-disabled]{opacity:.38;cursor:default}\n.whole{inline-size:100%;flex:none}\n\n.transfer{display:flex;flex-direction:column;gap:8px;padding-block:5px}\n.transfer p:empty{display:none}\n.transfer .row>*{flex:1 1 0;padding-inline:4px}\n.transfer .pad{margin-block-start:auto}\n.transfer .pad button{block-size:44px;border-radius:min(var(--web-phone-key-radius,22px),22px)}\n.contact{display:flex;align-items:baseline;justify-content:space-between;gap:8px;min-block-size:44px;padding-inline:12px;border-radius:10px;align-content:center;flex:none}\n.contact b{font-weight:500;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\n.contact span{color:var(--quiet);font-size:13px;max-inline-size:50%;overflow:hidden;text-overflow:ellipsis}\n.contact>*{line-height:42px}\n\n.video{position:relative;border-radius:12px;overflow:hidden;background:#000;color:#fff;min-block-size:max(100%,180px);aspect-ratio:4/3;inline-size:100%}\n.video>video{position:absolute;inset:0;inline-size:100%;block-size:100%;object-fit:contain}\n.dark{position:absolute;inset:0;display:grid;place-content:center;justify-items:center;gap:8px;padding:8px;font-size:13px}\n.face-of{display:grid;place-items:center;inline-size:72px;block-size:72px;border-radius:50%;background:#2b303a;font-size:26px;font-weight:500}\n.own{position:absolute;inline-size:28%;min-inline-size:48px;max-inline-size:240px;border-radius:8px;overflow:hidden;background:#15171c;line-height:0;border-color:rgb(255 255 255/.4)}\n.own video{inline-size:100%;aspect-ratio:4/3;object-fit:cover}\n.own.camera video{scale:-1 1}\n.own.screen video{object-fit:contain}\n.c0,.c1{inset-block-start:8px}\n.c2,.c3{inset-block-end:60px}\n.c0,.c3{inset-inline-start:8px}\n.c1,.c2{inset-inline-end:8px}\n.over{position:absolute;inset:auto 0 0;display:flex;flex-wrap:wrap;justify-content:center;gap:4px;padding:8px 4px;background:linear-gradient(transparent,rgb(0 0 0/.6));transition:opacity .15s}\n.glass{display:grid;place-items:center;inline-size:44px;block-size:44px;border-radius:50%;background:#2b303acc;color:#fff}\n.glass[aria-pressed=true]{background:#fff;color:#16181d}\n.video :focus-visible{outline-color:#fff;outline-offset:-3px;box-shadow:0 0 0 2px #000}\n[part=stage-hang-up]{background:var(--end);color:var(--on-end)}\n.status .glass{background:0 0;color:inherit}\n.status .glass[aria-pressed=true]{background:var(--text);color:var(--surface)}\n@media(hover:hover){\n.video:not(:hover,:focus-within) .over{opacity:0}\n.glass:hover{background:#454c5a}\n.glass[aria-pressed=true]:hover{background:#fff}\n.status .glass:hover,.status .signal:hover,.contact:hover{background:var(--press)}\n.disc:enabled:hover{opacity:.85}\n}\n.full{border-radius:0;aspect-ratio:auto;block-size:100%}\n.full .banner{position:absolute;inset-block-start:20px;inset-inline:0;margin-inline:auto;inline-size:min(420px,100% - 24px);color:var(--text)}\n.full .c0,.full .c1{inset-block-start:72px}\n\n.dim{opacity:.28}\n.signal path{stroke-width:2.6}\n.l1{color:var(--end)}\n.l2{color:var(--warning)}\n.figures{display:grid;gap:12px;align-content:start;padding-block-end:8px}\n.figures table{inline-size:100%;border-collapse:collapse;font-size:13px}\n.figures :is(th,td){padding-block:4px;text-align:end;font-weight:400}\n.figures td{white-space:nowrap;padding-inline-start:6px}\n.figures th{color:var(--quiet);text-align:start;overflow-wrap:anywhere;hyphens:auto}\n.figures th[scope=col]{text-align:end;font-size:12px}\n.figures dl{display:grid;gap:8px;font-size:13px}\n.figures dl div{display:flex;justify-content:space-between;gap:12px}\n.figures dt{color:var(--quiet);text-align:start}\n.figures dd{text-align:end;flex:none;max-inline-size:64%}\n.chart{inline-size:100%;block-size:60px;border-block-end:1px solid var(--line);color:var(--accent)}\n.chart :is(path,polyline){vector-effect:non-scaling-stroke}\n.chart path{stroke-width:1;stroke:var(--quiet)}\n\n@container(width<260px){\n.banner{margin:-12px -4px;gap:4px}\n.banner .more,.done span{display:none}\n.disc.done{display:grid;inline-size:44px;padding:0}\n.banner .other{padding-inline-start:12px}\n.banner .blocked{font-size:12px}\n.status [part=share-screen]{display:none}\n.transfer .row{flex-direction:column;align-items:stretch}\n.figures :is(table,dl,th){font-size:12px}\n.figures table{table-layout:fixed}\n.figures tr>:first-child{inline-size:38%}\n.figures td{white-space:normal}\n.over{gap:0;padding-inline:0}\n}\n@container(width>420px){\n.transfer .pad{inline-size:min(100%,300px);margin-inline:auto}\n}\n@media(prefers-reduced-motion){.over{transition:none}}\n@media(forced-colors:active){\n.banner{border:1px solid CanvasText}\n.rings{outline:2px solid Highlight;outline-offset:-2px}\n.glass[aria-pressed=true]{forced-color-adjust:none;background:Highlight;color:HighlightText!important;border-color:Highlight!important}\n.chart polyline{stroke:CanvasText}\n.dim{opacity:1;stroke:GrayText}\n}\n",banner:()=>d.draw(),badge:e=>t.html`
      ${!e.video&&a(e)&&n.shows("camera")&&m()?g.share(e):""}
      ${a(e)?f.badge():""}`,stage:e=>g.draw(e),panel:e=>{let t=w();return"calls"===e?n.phone.calls.length>1?d.panel():k():"quality"===e?t?f.panel():k():"transfer"!==e?null:t&&(p.about??t)===t?p.panel(t):k()},changed:()=>{n.element.isConnected&&("transfer"!==t.shown&&p.reset(),f.follow(n.shows("status")?w():null),e.bA(n,n.phone.calls.filter(({state:e})=>"ringing-in"===e).map(e=>({id:e.id,text:i("waitingAlert",{name:o(e)}),more:o(e)===e.remote?"":e.remote}))))},pause:()=>{f.pause(),e.bA(n,[])}}}export{w as open};
