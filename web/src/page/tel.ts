// Links to telephone numbers.

/** The number of a tel: link (RFC 3966); `undefined` of any other, and of one whose escapes are broken. */
export function numberOf({ protocol, pathname }: HTMLAnchorElement): string | undefined {
  if (protocol !== "tel:") return undefined;
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}
