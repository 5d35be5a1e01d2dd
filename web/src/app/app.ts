// The page `/`: a phone to sign in to. A link `/#username=…&password=…` signs
// in at once; a fragment is never sent to a server, and it leaves the address
// bar before anything else happens. The page loads /webphone.js before this
// module, so that page and element share one copy.
import type { WebPhone } from "../webphone.ts";

const part = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const phone = part<WebPhone>("phone");
const form = part<HTMLFormElement>("sign-in");
const username = part<HTMLInputElement>("username");
const password = part<HTMLInputElement>("password");
const server = part<HTMLInputElement>("server");
const submit = part<HTMLButtonElement>("submit");
const problem = part("problem");

/** Dialled on the first visit: the echo test. */
const echo = "*43";

/** Set once a call was made here. */
const experienced = "webphone.called";

const ownServer = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/sip`;

/** Storage may be refused; then every visit is the first. */
function stored(write?: string): string | null {
  try {
    if (write) localStorage.setItem(experienced, write);
    return localStorage.getItem(experienced);
  } catch {
    return null;
  }
}

async function signIn(): Promise<void> {
  problem.textContent = "";
  submit.disabled = true;
  submit.textContent = "Signing in…";
  try {
    phone.setConfig({ wsServers: server.value, username: username.value, password: password.value });
    await phone.register();
    password.value = "";
    part("welcome").hidden = true;
    part("calling").hidden = false;
    if (!phone.value && !stored()) phone.value = echo;
    // Where a finger types, focus would raise a keyboard over the keypad.
    if (matchMedia("(hover: hover)").matches) phone.focus();
  } catch (error) {
    problem.textContent = error instanceof Error ? error.message : "Signing in failed. Try again.";
  } finally {
    submit.disabled = false;
    submit.textContent = "Sign in";
  }
}

/** Ends the call, takes the phone off the server, and forgets everything by loading the page anew. */
async function signOut(): Promise<void> {
  removeEventListener("beforeunload", keepCall);
  const patience = new Promise((resolve) => setTimeout(resolve, 2_000));
  const leave = phone.hangup().then(() => phone.unregister());
  await Promise.race([leave.catch(() => {}), patience]);
  location.replace("/");
}

/** Takes the account out of the address bar; answers whether there was one. */
function takeFragment(): boolean {
  const fragment = new URLSearchParams(location.hash.slice(1));
  if (!fragment.has("username") && !fragment.has("password")) return false;
  history.replaceState(null, "", location.pathname + location.search);
  username.value = fragment.get("username") ?? "";
  password.value = fragment.get("password") ?? "";
  return !!(username.value && password.value);
}

function keepCall(event: BeforeUnloadEvent): void {
  if (phone.call) event.preventDefault();
}

server.value = ownServer;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn();
});
// A field that must be filled in is never out of sight.
server.addEventListener("invalid", () => (server.closest("details")!.open = true));
part("sign-out").addEventListener("click", () => void signOut());
phone.addEventListener("ringingout", () => stored("yes"));
phone.addEventListener("answer", () => stored("yes"));
phone.addEventListener("change", () => {
  const { call, state } = phone;
  document.title = state === "ringing-in" ? `${call?.displayName || call?.remote} is calling` : "Web Phone";
});
addEventListener("beforeunload", keepCall);
addEventListener("hashchange", () => {
  if (takeFragment()) void signIn();
});
if (takeFragment()) void signIn();
else username.focus();
