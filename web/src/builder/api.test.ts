import { afterEach, describe, expect, it, vi } from "vitest";
import { Api, ApiError } from "./api.ts";

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly csrf: string | undefined;
}

/** A server that gives these answers, one after the other. */
function serve(...answers: (readonly [status: number, body?: unknown])[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    sent.push({ method: init.method ?? "GET", url, csrf: headers["X-CSRF-Token"] });
    const answer = answers[sent.length - 1];
    if (!answer) return Promise.reject(new TypeError("no connection"));
    const [status, body] = answer;
    return Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status }));
  });
  return sent;
}

const page = {
  name: "help",
  revision: 2,
  page: { title: "Help", components: [], functions: [] },
  problems: null,
};

describe("the builder's requests", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("carry the session's token when they change something", async () => {
    const sent = serve([200, { csrf: "token" }], [200, { pages: null }], [200, page]);
    const api = new Api();
    await api.signIn("secret");
    expect(await api.pages()).toEqual([]);
    expect((await api.saveDraft("help", 1, page.page)).problems).toEqual([]);
    expect(sent.map(({ csrf }) => csrf)).toEqual(["", undefined, "token"]);
    expect(sent[2]).toMatchObject({ method: "PUT", url: "/api/v1/pages/help/draft" });
  });

  it("wait for somebody to sign in again when the session has ended, and go on with its token", async () => {
    const sent = serve([401, {}], [200, { csrf: "new" }], [200, page]);
    const api = new Api();
    api.signInAgain = vi.fn(() => api.signIn("secret"));
    expect((await api.saveDraft("help", 1, page.page)).revision).toBe(2);
    expect(api.signInAgain).toHaveBeenCalledOnce();
    expect(sent.map(({ method, csrf }) => [method, csrf])).toEqual([
      ["PUT", ""],
      ["POST", ""],
      ["PUT", "new"],
    ]);
  });

  it("take the token of a session that began in another tab, and a refusal for what it is", async () => {
    const sent = serve([403, {}], [200, { csrf: "new" }], [200, page]);
    expect((await new Api().saveDraft("help", 1, page.page)).revision).toBe(2);
    expect(sent.map(({ method, csrf }) => [method, csrf])).toEqual([
      ["PUT", ""],
      ["GET", undefined],
      ["PUT", "new"],
    ]);
    serve([403, { detail: "No." }], [200, { csrf: "" }]);
    await expect(new Api().saveDraft("help", 1, page.page)).rejects.toThrow("No.");
  });

  it("take a 401 to a password for what it is", async () => {
    serve([401, { detail: "The password is wrong." }]);
    const api = new Api();
    api.signInAgain = vi.fn();
    await expect(api.signIn("wrong")).rejects.toThrow("The password is wrong.");
    expect(api.signInAgain).not.toHaveBeenCalled();
  });

  it("tell the server's words, and each problem", async () => {
    serve([
      422,
      { title: "Unprocessable", detail: "An ID is used twice.", errors: [{ message: "a", component: "x" }] },
    ]);
    const error = await new Api().publish("help", 1).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 422,
      message: "An ID is used twice.",
      problems: [{ message: "a", component: "x" }],
    });
  });

  it("tell a server that is not reached, and one that answers no JSON", async () => {
    serve();
    await expect(new Api().open("help")).rejects.toMatchObject({ status: 0 });
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 })));
    await expect(new Api().open("help")).rejects.toThrow("(502)");
  });
});
