// The builder's REST interface, as tests use it to make and publish pages.
import type { PageDocument } from "../../web/src/page/document.ts";
import type { TestServer } from "./server.ts";

export interface SavedPage {
  readonly name: string;
  readonly revision: number;
  readonly page: PageDocument;
  readonly publishedVersion: number | null;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly draftToken: string;
}

export interface VariableFlags {
  readonly protected?: boolean;
  readonly private?: boolean;
  readonly locked?: boolean;
  readonly default?: boolean;
}

/** An administrator who is signed in. */
export class Administrator {
  readonly #url: string;
  readonly #cookie: string;
  readonly #csrf: string;

  private constructor(url: string, cookie: string, csrf: string) {
    this.#url = url;
    this.#cookie = cookie;
    this.#csrf = csrf;
  }

  static async signIn({ url, adminPassword }: TestServer): Promise<Administrator> {
    const response = await fetch(`${url}api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ password: adminPassword }),
    });
    if (!response.ok) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
    const { csrf } = (await response.json()) as { csrf: string };
    const cookie = response.headers.getSetCookie()[0]!.split(";")[0]!;
    return new Administrator(url, cookie, csrf);
  }

  /** A request; a refusal rejects with what the server says. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}api/v1/${path}`, {
      method,
      headers: {
        Cookie: this.#cookie,
        "X-CSRF-Token": this.#csrf,
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Makes a page; resolves to its draft. */
  create(name: string, page: PageDocument): Promise<SavedPage> {
    return this.request("POST", "pages", { name, page });
  }

  /** Makes a page and publishes it; resolves to its address. */
  async publish(name: string, page: PageDocument): Promise<string> {
    const { revision } = await this.create(name, page);
    await this.request("POST", `pages/${name}/publish`, { revision });
    return `${this.#url}p/${name}`;
  }

  /** Sets a variable, of a page or of all pages. */
  async variable(name: string, value: string, flags: VariableFlags = {}, page?: string): Promise<void> {
    const none = { protected: false, private: false, locked: false, default: false };
    await this.request("PUT", `variables/${name}${page ? `?page=${page}` : ""}`, {
      ...none,
      ...flags,
      value,
    });
  }
}
