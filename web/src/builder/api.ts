// The server's REST API, as far as the builder uses it.
import type { PageDocument } from "../page/document.ts";

/** A problem that the server found in a draft. */
export interface Problem {
  /** A JSON pointer into the document (RFC 6901). */
  readonly path?: string;
  /** The component's ID. */
  readonly component?: string;
  readonly function?: string;
  readonly message: string;
}

export interface Page {
  readonly name: string;
  readonly revision: number;
  readonly page: PageDocument;
  readonly changed: string;
  readonly publishedVersion: number | null;
  readonly publishedTime: string | null;
  readonly problems: readonly Problem[];
  readonly draftToken: string;
}

export interface PageEntry {
  readonly name: string;
  readonly title: string;
  readonly changed: string;
  readonly publishedVersion: number | null;
  readonly publishedTime: string | null;
}

export interface VariableFlags {
  readonly protected: boolean;
  readonly private: boolean;
  readonly locked: boolean;
  readonly default: boolean;
}

export interface Variable extends VariableFlags {
  readonly name: string;
  readonly scope: "page" | "all";
  /** Null when it is protected. */
  readonly value: string | null;
  readonly set: boolean;
}

export interface Version {
  readonly number: number;
  readonly time: string;
  readonly title: string;
  readonly published: boolean;
}

/** The names of variables: taken from the file, left as they were, or without a value yet. */
export interface ImportedVariables {
  readonly set: readonly string[];
  readonly kept: readonly string[];
  readonly missing: readonly string[];
}

/** What the server refused, or that it was not reached (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly problems: readonly Problem[];

  constructor(status: number, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

/** RFC 9457, with the further problems in `errors`. */
interface ProblemDetails {
  readonly detail?: string;
  readonly title?: string;
  readonly errors?: readonly (Problem & { readonly location?: string })[] | null;
}

const timeout = 30_000;

const path = (...parts: (string | number)[]) => "/api/v1/" + parts.map(encodeURIComponent).join("/");

export class Api {
  #csrf = "";

  /**
   * Asked when the session has ended: resolves when somebody has signed in
   * again, upon which the request is repeated.
   */
  signInAgain: (() => Promise<void>) | undefined;

  async signIn(password: string): Promise<void> {
    const { csrf } = await this.#request<{ csrf: string }>("POST", path("session"), { password }, false);
    this.#csrf = csrf;
  }

  /** Whether there is a session already. */
  async resume(): Promise<boolean> {
    try {
      const { csrf } = await this.#request<{ csrf: string }>("GET", path("session"), undefined, false);
      this.#csrf = csrf;
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return false;
      throw error;
    }
  }

  async signOut(): Promise<void> {
    await this.#request("DELETE", path("session"), undefined, false);
    this.#csrf = "";
  }

  /** A 403 here says that `current` is wrong. */
  changePassword(current: string, password: string): Promise<void> {
    return this.#request("PUT", path("session", "password"), { current, password }, false);
  }

  async pages(): Promise<readonly PageEntry[]> {
    const answer = await this.#request<{ pages: readonly PageEntry[] | null }>("GET", path("pages"));
    return answer.pages ?? [];
  }

  create(name: string, page: PageDocument): Promise<Page> {
    return this.#page("POST", path("pages"), { name, page });
  }

  open(name: string): Promise<Page> {
    return this.#page("GET", path("pages", name));
  }

  saveDraft(name: string, revision: number, page: PageDocument): Promise<Page> {
    return this.#page("PUT", path("pages", name, "draft"), { revision, page });
  }

  remove(name: string): Promise<void> {
    return this.#request("DELETE", path("pages", name));
  }

  publish(name: string, revision: number): Promise<Page> {
    return this.#page("POST", path("pages", name, "publish"), { revision });
  }

  unpublish(name: string): Promise<Page> {
    return this.#page("POST", path("pages", name, "unpublish"));
  }

  duplicate(name: string, as: string): Promise<Page> {
    return this.#page("POST", path("pages", name, "duplicate"), { name: as });
  }

  async versions(name: string): Promise<readonly Version[]> {
    const answer = await this.#request<{ versions: readonly Version[] | null }>(
      "GET",
      path("pages", name, "versions"),
    );
    return answer.versions ?? [];
  }

  restore(name: string, number: number, revision: number): Promise<Page> {
    return this.#page("POST", path("pages", name, "versions", number, "restore"), { revision });
  }

  /** The text of the file. */
  async exported(name: string): Promise<string> {
    return (await this.#fetch("GET", path("pages", name, "export"))).text();
  }

  async import(
    file: string,
    name: string,
    replace: boolean,
  ): Promise<{ readonly page: Page; readonly variables: ImportedVariables }> {
    const query = new URLSearchParams({ ...(name && { name }), ...(replace && { replace: "true" }) });
    const answer = await this.#request<{ page: Page; variables: Record<string, readonly string[] | null> }>(
      "POST",
      `${path("import")}?${query}`,
      file,
    );
    const { set, kept, missing } = answer.variables;
    return {
      page: tolerant(answer.page),
      variables: { set: set ?? [], kept: kept ?? [], missing: missing ?? [] },
    };
  }

  async variables(page: string): Promise<readonly Variable[]> {
    const answer = await this.#request<{ variables: readonly Variable[] | null }>(
      "GET",
      `${path("variables")}?page=${encodeURIComponent(page)}`,
    );
    return answer.variables ?? [];
  }

  /** `page` undefined: the variable of all pages. Without a value the old one stays. */
  putVariable(
    name: string,
    page: string | undefined,
    change: VariableFlags & { readonly value?: string },
  ): Promise<Variable> {
    return this.#request("PUT", path("variables", name) + scopeQuery(page), change);
  }

  removeVariable(name: string, page: string | undefined): Promise<void> {
    return this.#request("DELETE", path("variables", name) + scopeQuery(page));
  }

  async #page(method: string, url: string, body?: unknown): Promise<Page> {
    return tolerant(await this.#request<Page>(method, url, body));
  }

  async #request<T>(method: string, url: string, body?: unknown, again = true): Promise<T> {
    const response = await this.#fetch(method, url, body, again);
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async #fetch(method: string, url: string, body?: unknown, again = true): Promise<Response> {
    for (;;) {
      const response = await this.#send(method, url, body);
      if (response.ok) return response;
      if (response.status === 401 && again && this.signInAgain) {
        await this.signInAgain();
        continue;
      }
      // Somebody has signed in anew in another tab: the session has another token.
      const token = this.#csrf;
      if (response.status === 403 && again && (await this.resume()) && this.#csrf !== token) continue;
      throw await refusal(response);
    }
  }

  async #send(method: string, url: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRF-Token"] = this.#csrf;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(url, {
        method,
        headers,
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(timeout),
      });
    } catch {
      throw new ApiError(0, "The server can't be reached. Check the connection.");
    }
  }
}

const scopeQuery = (page: string | undefined) =>
  page === undefined ? "" : `?page=${encodeURIComponent(page)}`;

/** A list that is empty may come as null. */
const tolerant = (page: Page): Page => ({ ...page, problems: page.problems ?? [] });

async function refusal(response: Response): Promise<ApiError> {
  let details: ProblemDetails = {};
  try {
    details = (await response.json()) as ProblemDetails;
  } catch {
    // Something before the server answered; the status has to do.
  }
  const message =
    details.detail || details.title || `The server answered with an error (${response.status}).`;
  const problems = (details.errors ?? []).map((each) => ({
    ...each,
    path: each.path ?? each.location ?? "",
  }));
  return new ApiError(response.status, message, problems);
}
