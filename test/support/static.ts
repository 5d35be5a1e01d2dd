// A tiny web server on the loopback interface for test pages.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

/**
 * As strict as a host page can be: no inline script or style, no eval, nothing
 * from elsewhere (images are for the browser's own request of an icon), and no string turned into markup or script.
 */
export const strictCsp =
  "default-src 'none'; script-src 'self'; connect-src 'self' ws: wss:; img-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types lit-html";

export interface Reply {
  status?: number;
  type?: string;
  body?: string | Buffer;
  headers?: Readonly<Record<string, string>>;
}

export type Route = string | Reply | ((request: IncomingMessage, body: string) => Reply | Promise<Reply>);

export interface StaticOptions {
  /** Folder whose files are served at the root. */
  root?: string;
  /** By path; a string is an HTML page. They come before files. */
  routes?: Readonly<Record<string, Route>>;
  /** The Content-Security-Policy of every answer. Default: `strictCsp`. */
  csp?: string;
}

export interface StaticServer {
  /** Such as `http://localhost:41234`, a secure context. */
  readonly origin: string;
  /** Adds or replaces a route. */
  route(path: string, route: Route): void;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** The largest request body that is read, in bytes. */
const bodyLimit = 64 * 1024;

/** Starts the server on a free port of the loopback interface. */
export async function serveStatic(options: StaticOptions = {}): Promise<StaticServer> {
  const routes = new Map(Object.entries(options.routes ?? {}));
  const csp = options.csp ?? strictCsp;

  const find = async (path: string, request: IncomingMessage): Promise<Reply> => {
    const route = routes.get(path);
    if (typeof route === "string") return { type: types[".html"]!, body: route };
    if (typeof route === "function") return route(request, await readBody(request));
    if (route) return route;
    const name = normalize(path.endsWith("/") ? `${path}index.html` : path);
    if (!options.root || name.includes(`..${sep}`)) return { status: 404 };
    try {
      return {
        type: types[extname(name)] ?? "application/octet-stream",
        body: await readFile(join(options.root, name)),
      };
    } catch {
      return { status: 404 };
    }
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let reply: Reply;
    try {
      reply = await find(new URL(request.url ?? "/", "http://localhost").pathname, request);
    } catch (error) {
      reply = { status: 500, type: "text/plain", body: String(error) };
    }
    response.writeHead(reply.status ?? 200, {
      "content-type": reply.type ?? types[".html"]!,
      "content-security-policy": csp,
      "cache-control": "no-store",
      ...reply.headers,
    });
    response.end(reply.body ?? "");
  };

  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    route: (path, route) => void routes.set(path, route),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error(`the request body is over ${bodyLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
