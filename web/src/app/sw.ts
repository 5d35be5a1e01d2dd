// The service worker of the page `/`: keeps the page's files, so that it opens
// without its server. It answers for these files and for no other page, and
// nothing but them is ever kept.
//
// A new build is another worker with a cache of its own. It waits until the
// page is loaded again while it is open once: a page that stays open, perhaps
// in a call, keeps the files that it began with.
//
//     install --all files are there--> waiting --the page is loaded anew--> active

/** The page's files: path and hash (W3C Subresource Integrity). Filled in by the build. */
declare const FILES: Readonly<Record<string, string>>;
/** The hash of all of them. */
declare const VERSION: string;

// TypeScript has these in a library that can't be used together with the DOM's.
interface LifeEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface RequestEvent extends LifeEvent {
  readonly request: Request;
  readonly clientId: string;
  respondWith(response: Promise<Response>): void;
}
interface Worker extends EventTarget {
  readonly clients: {
    claim(): Promise<void>;
    get(id: string): Promise<{ readonly url: string } | undefined>;
    matchAll(): Promise<readonly unknown[]>;
  };
  readonly registration: { readonly waiting: { postMessage(message: unknown): void } | null };
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;
const family = "webphone-page-";
const mine = family + VERSION;

/** Takes every file whole and unchanged, or none. */
async function fill(): Promise<void> {
  const cache = await caches.open(mine);
  await Promise.all(
    Object.entries(FILES).map(async ([path, integrity]) => {
      const response = await fetch(path, { cache: "no-cache", integrity });
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      await cache.put(path, response);
    }),
  );
}

async function begin(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(family) && name !== mine) await caches.delete(name);
  }
  await worker.clients.claim();
}

/** Whether the request comes from another page of this server, which takes its files from the server. */
async function fromElsewhere(clientId: string): Promise<boolean> {
  const client = clientId ? await worker.clients.get(clientId) : undefined;
  return !!client && new URL(client.url).pathname !== "/";
}

async function answer({ request, clientId }: RequestEvent, path: string): Promise<Response> {
  if (request.mode === "navigate") {
    const { waiting } = worker.registration;
    // The page that is loaded anew counts until its successor is there.
    if (waiting && (await worker.clients.matchAll()).length < 2) {
      waiting.postMessage("take over");
      return new Response("", { headers: { ...headers, "content-type": types[""]!, refresh: "0" } });
    }
  } else if (await fromElsewhere(clientId)) return fetch(request);
  return (await kept(path)) ?? fetch(request);
}

/** The types of the files; the page itself has no extension. */
const types: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  webmanifest: "application/manifest+json",
};

/**
 * What the server sends with the page. It stands here since other pages of this server can write to the
 * cache: a page kept without these would be one that such a page's action could reach into, and act through.
 */
const headers: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' ws: wss:; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "microphone=(self), camera=(self), display-capture=(self), geolocation=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The file that is kept, if it still is what was built: other pages of this server can write there too. */
async function kept(path: string): Promise<Response | undefined> {
  const response = await caches.match(path, { cacheName: mine, ignoreVary: true });
  if (!response) return undefined;
  const body = await response.arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return `sha256-${btoa(String.fromCharCode(...hash))}` === FILES[path]
    ? new Response(body, {
        headers: {
          ...headers,
          "content-type": types[/\.(\w+)$/.exec(path)?.[1] ?? ""] ?? "application/octet-stream",
        },
      })
    : undefined;
}

worker.addEventListener("install", (event) => (event as LifeEvent).waitUntil(fill()));
worker.addEventListener("activate", (event) => (event as LifeEvent).waitUntil(begin()));
worker.addEventListener("message", () => void worker.skipWaiting());
worker.addEventListener("fetch", (event) => {
  const asked = event as RequestEvent;
  const { method, url } = asked.request;
  const { origin, pathname } = new URL(url);
  if (method === "GET" && origin === location.origin && Object.hasOwn(FILES, pathname))
    asked.respondWith(answer(asked, pathname));
});
