// Links that fill in a number: `/?dial=1002`, and through the manifest's
// protocol handler a `tel:` link of any page. Nothing is dialled by itself.

/** The longest number that the element takes. */
const longest = 256;

/** The number or address that a link names, or an empty string. */
export function dialled(search: string): string {
  // In a number a plus is a plus, also where a form would write a space with it.
  const text = new URLSearchParams(search.replaceAll("+", "%2B")).get("dial") ?? "";
  let number = text.replace(/^(web\+)?tel:(\/\/)?/i, "").trim();
  // What stands between digits for the eye (RFC 3966 §5.1.1).
  if (/^[+\d*#\s().-]+$/.test(number)) number = number.replace(/[\s().-]/g, "");
  // What can't be part of an address is no number, and no text for a screen either.
  return number.length > longest || /[\s\p{C}<>"]/u.test(number) ? "" : number;
}

interface LaunchQueue {
  setConsumer(consumer: (launch: { targetURL?: string }) => void): void;
}

/** Calls `take` with the number of this page's link, and of those that open the installed app while it is open. */
export function takeLinks(take: (number: string) => void): void {
  const number = dialled(location.search);
  if (location.search) history.replaceState(null, "", location.pathname);
  if (number) take(number);
  const { launchQueue } = window as unknown as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ targetURL }) => {
    const later = targetURL ? dialled(new URL(targetURL).search) : "";
    if (later) take(later);
  });
}
