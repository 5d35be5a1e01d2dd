// Every text of the page `/`, so that a language is one more table.

export const texts = {
  name: "Web Phone",
  lead: "Sign in to call and be called from this page.",
  username: "User name",
  password: "Password",
  remember: "Remember me on this device",
  rememberHelp: "Only on a device that is yours: whoever opens this page here can then call as you.",
  advanced: "Advanced",
  server: "Server",
  serverHelp: "A SIP server’s WebSocket address. This page’s own server is already filled in.",
  signIn: "Sign in",
  signingIn: "Signing in…",
  failed: "Signing in failed. Try again.",
  refused: "The server refused the saved password. Enter the one that is valid now.",
  forgetful: "You are signed in, but this browser could not save it.",
  phone: "Phone",
  tip: "New here? Dial *43 and speak: the echo test plays your voice back.",
  install: "Install",
  signOut: "Sign out",
} as const;

export type Text = keyof typeof texts;

export const say = (text: Text): string => texts[text];

/** Fills in what the page's markup leaves open: `data-text`. */
export function fillIn(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-text]"))
    element.textContent = say(element.dataset["text"] as Text);
}
