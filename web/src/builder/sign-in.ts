// Signing in, signing in again where a session has ended, and another password.
import { html } from "lit";
import type { Api } from "./api.ts";
import { openForm } from "./dialogs.ts";
import { redraw } from "./redraw.ts";

export class SignIn {
  readonly #api: Api;
  readonly #done: () => void;
  #problem = "";
  #busy = false;

  constructor(api: Api, done: () => void) {
    this.#api = api;
    this.#done = done;
  }

  readonly #submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const password = (event.target as HTMLFormElement).elements.namedItem("password") as HTMLInputElement;
    if (!password.value) {
      this.#problem = "Enter the administrator's password.";
      password.focus();
      return redraw();
    }
    this.#busy = true;
    this.#problem = "";
    redraw();
    try {
      await this.#api.signIn(password.value);
      this.#done();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : "That did not work. Try again.";
      password.select();
      password.focus();
    }
    this.#busy = false;
    redraw();
  };

  template() {
    return html`<main class="sign-in">
      <form class="card" novalidate @submit=${this.#submit}>
        <img src="/icons/icon.svg" alt="" width="56" height="56" />
        <h1>Page builder</h1>
        <p class="lead">Make pages with a phone in them, without programming.</p>
        <input type="text" name="username" value="administrator" autocomplete="username" hidden />
        <div class="field">
          <label for="password">Administrator's password</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            autofocus
            aria-invalid=${this.#problem ? "true" : "false"}
            aria-describedby="password-help password-problem"
          />
          <p class="help" id="password-help">
            The server printed it at its first start. <code>webphone admin passwd</code> sets another.
          </p>
        </div>
        <p class="problem" id="password-problem" role="alert">${this.#problem}</p>
        <button type="submit" class="primary large" ?disabled=${this.#busy}>Sign in</button>
      </form>
    </main>`;
  }
}

/** Asks for the password in place when a session has ended: one dialog for all who wait. */
export function signingInAgain(api: Api): () => Promise<void> {
  let asked: Promise<void> | undefined;
  return () =>
    (asked ??= openForm({
      title: "Sign in again",
      text: "Your session has ended. What you have edited is still here and is saved when you have signed in.",
      action: "Sign in",
      insistent: true,
      questions: [
        {
          name: "password",
          label: "Administrator's password",
          type: "password",
          autocomplete: "current-password",
          check: (text) => (text ? "" : "Enter the administrator's password."),
        },
      ],
      submit: ({ password }) => api.signIn(password ?? ""),
    })
      .then(() => undefined)
      .finally(() => (asked = undefined)));
}

/** Resolves to whether there is another password now. */
export const changePassword = (api: Api): Promise<boolean> =>
  openForm({
    title: "Change the password",
    text: "Other windows that are signed in will have to sign in again.",
    action: "Change password",
    questions: [
      {
        name: "current",
        label: "Current password",
        type: "password",
        autocomplete: "current-password",
        check: (text) => (text ? "" : "Enter the password that you have now."),
      },
      {
        name: "password",
        label: "New password",
        help: "At least 8 characters. A few random words are good.",
        type: "password",
        autocomplete: "new-password",
        check: (text) => (text.length < 8 ? "At least 8 characters are needed." : ""),
      },
    ],
    submit: ({ current, password }) => api.changePassword(current ?? "", password ?? ""),
  });
