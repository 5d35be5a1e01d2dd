// One scene of the gallery: `?scene=…`, and `theme`, `lang`, `dir`, `width` and
// `style` (a ready theme) as wanted. `data-scene` of the document says when it
// is there.
import type { WebPhone } from "../webphone.ts";
import { installDevices, installStorage, silence } from "./media.ts";
import { scenes } from "./scenes.ts";
import type { Stage } from "./scenes.ts";
import { ScriptedServer } from "./server.ts";

const wanted = new URLSearchParams(location.search);
const scene = scenes[wanted.get("scene") ?? ""] ?? scenes["ready"]!;
const server = new ScriptedServer(scene.script ?? {});
let refusal: DOMException | null = null;

/** How long a step may take, in milliseconds. */
const patience = 25_000;

async function until(test: () => boolean): Promise<void> {
  const end = Date.now() + patience;
  while (!test()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${test}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function play(phone: WebPhone): Promise<void> {
  const root = phone.shadowRoot!;
  const find = (part: string) =>
    part === "tab-contacts"
      ? root.querySelector<HTMLElement>(".tabs button:last-child")
      : root.querySelector<HTMLElement>(`[part~="${part}"]`);
  const stage: Stage = {
    phone,
    server,
    until,
    async press(part) {
      await until(() => !!find(part) && !(find(part) as HTMLButtonElement).disabled);
      find(part)!.click();
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
    refuse: (name) => (refusal = new DOMException("", name)),
  };
  phone.setConfig({
    wsServers: "wss://gallery.invalid/sip",
    username: "1001",
    password: "none",
    resume: false,
  });
  if (!scene.cold) await phone.register();
  await scene.steps?.(stage);
}

/** In a frame, a phone takes the focus only from itself: the gallery would jump from one to the next. */
function keepFocus(): void {
  if (parent === window) return;
  const { focus } = HTMLElement.prototype;
  HTMLElement.prototype.focus = function (options) {
    if (document.hasFocus()) focus.call(this, options);
  };
}

async function start(): Promise<void> {
  keepFocus();
  installDevices(() => refusal);
  installStorage(scene.kept?.() ?? {});
  silence(!!scene.silent);
  server.install();
  const { documentElement, head } = document;
  const lang = (documentElement.lang = wanted.get("lang") || "en");
  documentElement.dir = wanted.get("dir") || (lang === "ar" ? "rtl" : "ltr");
  const theme = wanted.get("theme");
  if (theme) documentElement.style.colorScheme = theme;
  const style = wanted.get("style");
  if (style && /^[a-z]+$/.test(style)) {
    head.append(
      Object.assign(document.createElement("link"), { rel: "stylesheet", href: `/themes/${style}.css` }),
    );
  }
  // Loaded last, so that it finds the scripted peer in the browser's place.
  await import("/webphone.js" as string);
  const phone = document.createElement("web-phone") as WebPhone;
  for (const [name, value] of Object.entries(scene.attributes ?? {})) phone.setAttribute(name, value);
  for (const name of ["theme", "width"]) {
    const value = wanted.get(name);
    if (value) phone.setAttribute(name, value);
  }
  document.title = scene.title;
  document.querySelector("main")!.append(phone);
  try {
    await play(phone);
    documentElement.dataset["scene"] = "there";
  } catch (error) {
    documentElement.dataset["scene"] = `failed: ${String(error)}`;
  }
}

void start();
