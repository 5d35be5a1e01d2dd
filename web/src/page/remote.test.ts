import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { UrlFunction } from "./document.ts";
import { callElsewhere } from "./remote.ts";

let server: Server;
let origin: string;
let got: { request: IncomingMessage; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push({ request, body });
      response.setHeader("Content-Type", "application/json");
      response.end('{"answer":42}');
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => void (got = []));

const call = (what: Partial<Omit<UrlFunction, "runs">>, data: unknown) =>
  callElsewhere({ kind: "url", runs: "browser", name: "crm", url: `${origin}/`, ...what }, data, {
    functionsURL: "",
    env: (name) => ({ KEY: "k1" })[name],
  });

it("sends a URL what its author wrote, filled in", async () => {
  const headers = [
    { name: "Authorization", value: "Bearer {{env.KEY}}" },
    { name: "X-Name", value: "{{data.name}}" },
  ];
  const url = `${origin}/u/{{data.name}}?k={{env.KEY}}#top`;
  const answer = await call({ url, headers, body: '{"name":{{data.name}}}' }, { name: "Zoë €" });
  expect(answer).toEqual({ answer: 42 });
  const [{ request, body }] = got as [(typeof got)[0]];
  expect(request.method).toBe("POST");
  expect(request.url).toBe("/u/Zo%C3%AB%20%E2%82%AC?k=k1");
  expect(request.headers["content-type"]).toBe("application/json");
  expect(request.headers.authorization).toBe("Bearer k1");
  // Node.js shows each byte of a header as a character.
  expect(Buffer.from(String(request.headers["x-name"]), "latin1").toString()).toBe("Zoë €");
  expect(body).toBe('{"name":"Zoë €"}');
});

it("sends nothing of a request that is refused", async () => {
  const round: unknown[] = [];
  round.push(round);
  await expect(call({ url: `${origin}/{{data}}/x` }, "..")).rejects.toThrow("path is . or ..");
  await expect(call({ body: '{"a":}' }, undefined)).rejects.toThrow("not JSON");
  await expect(call({ headers: [{ name: "X", value: "{{data}}" }] }, "a\r\nb")).rejects.toThrow("line end");
  await expect(call({}, round)).rejects.toThrow("What the function was given has no form in JSON.");
  expect(got).toEqual([]);
});
