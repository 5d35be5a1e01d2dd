// The page builder at /builder/: signing in, the list of pages, and #name, the
// page of that name.
import { html, render } from "lit";
import type { TemplateResult } from "lit";
import { Api, ApiError } from "./api.ts";
import { Desk } from "./desk.ts";
import { confirm } from "./dialogs.ts";
import { PagesList } from "./pages-list.ts";
import { drawnBy, redraw } from "./redraw.ts";
import { SignIn, signingInAgain } from "./sign-in.ts";
import { Workbench } from "./workbench.ts";

interface Screen {
  template(): TemplateResult;
  close?(): void;
}

const words = (text: string, more?: TemplateResult): Screen => ({
  template: () =>
    html`<main class="sign-in">
      <div class="card">
        <h1>Page builder</h1>
        <p role="status">${text}</p>
        ${more}
      </div>
    </main>`,
});

class Builder {
  readonly #api = new Api();
  #screen: Screen = words("Loading…");
  #desk: Desk | undefined;
  #signedIn = false;
  /** Of the last navigation: an older one that answers late is not shown. */
  #turn = 0;

  constructor() {
    this.#api.signInAgain = signingInAgain(this.#api);
    addEventListener("hashchange", () => void this.#navigate());
  }

  template = () => this.#screen.template();

  async start(): Promise<void> {
    try {
      this.#signedIn = await this.#api.resume();
    } catch (error) {
      return this.#show(this.#failure(error));
    }
    await this.#navigate();
  }

  #show(screen: Screen): void {
    this.#screen.close?.();
    this.#screen = screen;
    redraw();
  }

  #failure(error: unknown): Screen {
    return words(
      error instanceof Error ? error.message : "Something went wrong.",
      html`<p><a class="button" href="/builder/">Try again</a></p>`,
    );
  }

  async #navigate(): Promise<void> {
    const turn = ++this.#turn;
    // A name of a page needs no escapes: what has some is none.
    const name = location.hash.slice(1);
    const open = this.#desk;
    if (open && open.name === name) return;
    if (open && !(await this.#leave(open))) {
      // Back to where one was; the event that this makes finds the page open.
      location.hash = open.name;
      return;
    }
    if (turn !== this.#turn) return;
    this.#desk = undefined;
    if (!this.#signedIn) return this.#askPassword();
    document.title = "Page builder";
    if (!name) return this.#show(new PagesList(this.#api, () => void this.#signOut()));
    await this.#open(name, turn);
  }

  /** Saves what is not saved. False: one would rather stay. */
  async #leave(desk: Desk): Promise<boolean> {
    // After a conflict the page goes on as a copy: nothing is left to save.
    if (desk.autosave.closed || (await desk.autosave.flush())) return true;
    return confirm(
      "Leave without saving?",
      "The last changes could not be saved. When you leave now, they are lost.",
      "Leave",
    );
  }

  #askPassword(): void {
    document.title = "Sign in – Page builder";
    this.#show(
      new SignIn(this.#api, () => {
        this.#signedIn = true;
        void this.#navigate();
      }),
    );
  }

  async #open(name: string, turn: number): Promise<void> {
    this.#show(words("Loading…"));
    try {
      const desk = new Desk(this.#api, await this.#api.open(name));
      await desk.loadVariables();
      if (turn !== this.#turn) return desk.close();
      this.#desk = desk;
      this.#show(new Workbench(desk));
    } catch (error) {
      if (turn !== this.#turn) return;
      const gone = error instanceof ApiError && error.status === 404;
      this.#show(
        gone
          ? words(`There is no page “${name}”.`, html`<p><a class="button" href="#">All pages</a></p>`)
          : this.#failure(error),
      );
    }
  }

  async #signOut(): Promise<void> {
    try {
      await this.#api.signOut();
    } catch {
      // The session has ended by itself, or the server is away: signed out here at least.
    }
    this.#signedIn = false;
    this.#askPassword();
  }
}

const builder = new Builder();
const root = document.getElementById("builder") as HTMLElement;
drawnBy(() => render(builder.template(), root));
void builder.start();
