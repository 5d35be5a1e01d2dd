// The page as an app: its service worker, and the button that installs it.

/** Chromium's offer to install the page; other browsers have a menu for it. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** Lets the page open without its server. A browser that has no service workers, or refuses one, just needs the server. */
export function workOffline(): void {
  navigator.serviceWorker?.register("/sw.js", { updateViaCache: "none" }).catch(() => {});
}

/** Shows the button while the browser offers to install the page. */
export function offerInstall(button: HTMLElement): void {
  let offer: InstallPrompt | null = null;
  const show = (event: InstallPrompt | null) => {
    offer = event;
    button.hidden = !event;
  };
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    show(event as InstallPrompt);
  });
  addEventListener("appinstalled", () => show(null));
  button.addEventListener("click", () => {
    void offer?.prompt();
    // An offer is good for one answer.
    show(null);
  });
}
