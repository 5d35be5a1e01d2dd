// The page `/`: a phone to sign in to. A link `/#username=…&password=…` signs
// in at once; a fragment is never sent to a server, and it leaves the address
// bar before anything else happens. The page loads /webphone.js before this
// module, so that page and element share one copy.
import type { PhoneConfig, WebPhone } from "../webphone.ts";
import { takeLinks } from "./dial-link.ts";
import { offerInstall, workOffline } from "./install.ts";
import { fillIn, say } from "./texts.ts";
import { Vault } from "./vault.ts";
import type { Account } from "./vault.ts";

const part = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const phone = part<WebPhone>("phone");
const form = part<HTMLFormElement>("sign-in");
const username = part<HTMLInputElement>("username");
const password = part<HTMLInputElement>("password");
const server = part<HTMLInputElement>("server");
const remember = part<HTMLInputElement>("remember");
const submit = part<HTMLButtonElement>("submit");
const problem = part("problem");
const notice = part("notice");

/** Dialled on the first visit: the echo test. */
const echo = "*43";

/** Set once a call was made here. */
const experienced = "webphone.called";

const ownServer = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/sip`;

const vault = Vault.open();

/** Storage may be refused; then every visit is the first. */
function stored(write?: string): string | null {
  try {
    if (write) localStorage.setItem(experienced, write);
    return localStorage.getItem(experienced);
  } catch {
    return null;
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : say("failed"));

/** The echo test of this page's own server is there for the check before a call, too. */
const settingsOf = ({ server, username, password }: Account): PhoneConfig => ({
  wsServers: server,
  username,
  password,
  echo: server === ownServer ? echo : "",
});

/** Shows the phone, or the form to sign in. */
function show(calling: boolean): void {
  part("welcome").hidden = calling;
  part("calling").hidden = !calling;
  if (!calling) (username.value ? password : username).focus();
  // Where a finger types, focus would raise a keyboard over the keypad.
  else if (matchMedia("(hover: hover)").matches) phone.focus();
}

/** Signs in with what the form says; then `keep` says whether the account is remembered, where the form was asked. */
async function signIn(keep?: boolean): Promise<void> {
  const account: Account = { server: server.value, username: username.value, password: password.value };
  problem.textContent = "";
  submit.disabled = true;
  submit.textContent = say("signingIn");
  try {
    phone.setConfig(settingsOf(account));
    await phone.register();
    password.value = "";
    notice.textContent = stored() ? "" : say("tip");
    if (!phone.value && !stored()) phone.value = echo;
    show(true);
    if (keep !== undefined) await settle(account, keep);
  } catch (error) {
    problem.textContent = messageOf(error);
    show(false);
  } finally {
    submit.disabled = false;
    submit.textContent = say("signIn");
  }
}

async function settle(account: Account, keep: boolean): Promise<void> {
  try {
    const safe = await vault;
    await (keep ? safe?.remember(account) : safe?.forget());
  } catch {
    notice.textContent = say("forgetful");
  }
}

/** Signs in by itself: now, or as soon as the server can be reached. */
function resume(account: Account): void {
  username.value = account.username;
  server.value = account.server;
  remember.checked = true;
  try {
    phone.setConfig({ ...settingsOf(account), autoRegister: true });
    show(true);
  } catch (error) {
    problem.textContent = messageOf(error);
    show(false);
  }
}

/** Ends the call, takes the phone off the server, and forgets everything by loading the page anew. */
async function signOut(): Promise<void> {
  removeEventListener("beforeunload", keepCall);
  const forgotten = vault.then((safe) => safe?.forget());
  const patience = new Promise((resolve) => setTimeout(resolve, 2_000));
  const leave = phone.hangup().then(() => phone.unregister());
  await Promise.race([leave.catch(() => {}), patience]);
  await forgotten;
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

/** With an account in the address or in the vault the phone is there at once; otherwise one signs in. */
async function begin(linked: boolean): Promise<void> {
  if (linked) show(false);
  const signedIn = linked && signIn();
  const safe = await vault;
  part("remembering").hidden = !safe;
  if (signedIn) return signedIn;
  const account = await safe?.recall();
  if (account) resume(account);
  else show(false);
}

const linked = takeFragment();
fillIn(document);
server.value = ownServer;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void signIn(remember.checked);
});
// A field that must be filled in is never out of sight.
server.addEventListener("invalid", () => (server.closest("details")!.open = true));
part("sign-out").addEventListener("click", () => void signOut());
phone.addEventListener("ringingout", () => stored("yes"));
phone.addEventListener("answer", () => {
  stored("yes");
  notice.textContent = "";
});
phone.addEventListener("error", ({ detail }) => {
  // The password is no longer valid: what is remembered stays until another works.
  if (detail.code !== "authentication" || phone.registered || phone.call || part("calling").hidden) return;
  problem.textContent = say("refused");
  show(false);
});
addEventListener("beforeunload", keepCall);
addEventListener("hashchange", () => {
  if (takeFragment()) void signIn();
});
offerInstall(part("install"));
takeLinks((number) => (phone.value = number));
void begin(linked);
workOffline();
