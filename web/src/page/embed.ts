// /embed.js: shows a page of the builder on any site. A classic script, so that it
// knows its own element:
//
//   <script src="https://phone.example.com/embed.js" data-page="help" async></script>
//
// shows the page where the script stands. With data-launcher="Talk to us" it is
// behind a button in the corner; with data-tel, the site's own tel: links dial
// through it. It sets no cookie, loads nothing else, and touches nothing of the
// site but what it adds.
import type { FrameMessage } from "./frame.ts";
import { numberOf } from "./tel.ts";

const looks = `
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
`;

const handset = "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2";

const allow =
  "microphone; camera; autoplay; display-capture; fullscreen; speaker-selection; picture-in-picture";

/** The heights that a page in a frame may ask for, in pixels. */
const [lowest, highest] = [40, 4_000];

class Embed {
  readonly #origin: string;
  readonly #frame = document.createElement("iframe");
  readonly #panel = document.createElement("div");
  #button: HTMLButtonElement | undefined;
  /** Asked for before the page was there. */
  #waiting: string | undefined;
  #loaded = false;

  constructor(script: HTMLScriptElement) {
    const { page = "", launcher, tel, title } = script.dataset;
    this.#origin = new URL(script.src).origin;
    // A path names a page that is not below /p/, such as an example.
    const source = this.#origin + (page.startsWith("/") ? page : `/p/${encodeURIComponent(page)}`);
    this.#frame.allow = allow;
    this.#frame.title = title ?? launcher ?? "Phone";
    this.#panel.className = "panel";
    this.#panel.id = "panel";
    this.#panel.append(this.#frame);
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(looks);
    root.adoptedStyleSheets = [sheet];
    root.append(this.#panel);
    if (launcher === undefined) {
      this.#frame.src = source;
      script.after(host);
    } else {
      // The page is loaded when it is first opened: until then a visitor's browser asks for nothing.
      this.#frame.dataset.src = source;
      host.dataset.corner = "";
      root.append((this.#button = this.#launch(launcher)));
      this.#open(false);
      // A script in the head may run before there is a body.
      const place = () => document.body.append(host);
      if (document.body) place();
      else addEventListener("DOMContentLoaded", place, { once: true });
    }
    this.#frame.addEventListener("load", () => this.#frame.src && this.#ready());
    addEventListener("message", (event: MessageEvent<FrameMessage | null>) => this.#hear(event));
    if (tel !== undefined) document.addEventListener("click", (event) => this.#link(event));
    root.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Escape" && this.#button) this.#close();
    });
  }

  #launch(text: string): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-controls", "panel");
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", handset);
    icon.append(path);
    button.append(icon, text);
    button.addEventListener("click", () => (this.#panel.hidden ? this.#open(true) : this.#close()));
    return button;
  }

  /** Closing hides it: a call goes on. */
  #close(): void {
    this.#open(false);
    this.#button?.focus();
  }

  #open(open: boolean): void {
    this.#panel.hidden = !open;
    this.#button?.setAttribute("aria-expanded", String(open));
    if (open && this.#frame.dataset.src) {
      this.#frame.src = this.#frame.dataset.src;
      delete this.#frame.dataset.src;
    }
  }

  #ready(): void {
    this.#loaded = true;
    if (this.#waiting !== undefined) this.#call(this.#waiting);
    this.#waiting = undefined;
  }

  #call(number: string): void {
    const message: FrameMessage = { webphone: "call", number };
    if (this.#loaded) this.#frame.contentWindow?.postMessage(message, this.#origin);
    else this.#waiting = number;
  }

  #hear({ source, origin, data }: MessageEvent<FrameMessage | null>): void {
    if (source !== this.#frame.contentWindow || origin !== this.#origin || !data) return;
    if (data.webphone === "ringing") this.#open(true);
    else if (data.webphone === "height" && typeof data.height === "number")
      this.#frame.style.blockSize = `${Math.min(Math.max(data.height, lowest), highest)}px`;
  }

  #link(event: MouseEvent): void {
    const path = event.composedPath();
    const link = path.find((part): part is HTMLAnchorElement => part instanceof HTMLAnchorElement);
    const number = link && numberOf(link);
    if (number === undefined || event.defaultPrevented) return;
    event.preventDefault();
    this.#open(true);
    this.#call(number);
  }
}

if (document.currentScript instanceof HTMLScriptElement) new Embed(document.currentScript);
