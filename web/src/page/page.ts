// The module of a page that the builder made: /page.js. The page brings its data
// as JSON and this script a nonce, under which its actions are compiled.
import type { PageData } from "./document.ts";
import { Frame } from "./frame.ts";
import { PageConsole } from "./page-console.ts";
import { Runtime } from "./runtime.ts";
import { numberOf } from "./tel.ts";
import { watch } from "./watch.ts";

/** Storage is refused in a preview, and where a reader blocks it. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

async function begin(): Promise<void> {
  const data = JSON.parse(document.getElementById("page-data")!.textContent) as PageData;
  const nonce = document.querySelector<HTMLScriptElement>("script[nonce]")!.nonce;
  const preview = data.draftToken !== undefined;
  const guarded = preview ? await watch() : undefined;
  const runtime = new Runtime(data, {
    nonce,
    storage: preview ? undefined : storage(),
    prepare: guarded ?? ((_, code) => code),
  });
  const root = document.getElementById("page")!;
  if (preview) new PageConsole(runtime.problems).show(root);
  const frame = new Frame(runtime, data.page.embedding ?? [], preview);
  if (data.page.css) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(data.page.css);
    document.adoptedStyleSheets.push(sheet);
  }
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
    const number = link ? numberOf(link) : undefined;
    if (number === undefined || !runtime.phone) return;
    event.preventDefault();
    void runtime.dial(number);
  });
  const started = runtime.start(root);
  frame.follow(root);
  await started;
}

// Loading it defines <web-phone>; the address is the one by which all pages share it.
import "/webphone.js";
void begin();
