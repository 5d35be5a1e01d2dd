// From what a person dials to a SIP URI, and from a SIP URI to what a person reads.

import { escapeUser, parseUri, userOf } from "../sip/uri.ts";
import { PhoneError } from "./types.ts";

/** Characters of an address. */
export const MAX_ADDRESS = 256;

const undiallable = () =>
  new PhoneError("unsupported", "This is not a number or an address. Check it and dial again.");

/**
 * The URI for a number, `user@host`, a `sip:`, `sips:` or `tel:` URI, or a
 * service name. Visual separators of numbers (RFC 3966 §5.1.1) and header
 * fields of URIs are left out.
 */
export function toUri(address: string, realm: string): string {
  const text = String(address).trim();
  if (!text || text.length > MAX_ADDRESS || /[\0-\x1f\x7f]/.test(text)) throw undiallable();
  try {
    if (/^sips?:/i.test(text)) {
      const uri = parseUri(text.replace(/\?.*$/, ""));
      if (!uri.user) throw undiallable();
      return text.replace(/\?.*$/, "");
    }
    const tel = /^tel:([^;]*)/i.exec(text)?.[1];
    const bare = (tel ?? text).replace(/[\s.()\-\u2010-\u2015\u00a0]/g, "");
    if (/^\+?[\d*#a-d]+$/i.test(bare) && (tel || /\d|^[*#]/.test(bare))) {
      return `sip:${escapeUser(bare)}@${realm}${tel ? ";user=phone" : ""}`;
    }
    const [, user = text, host = realm] = /^(.+)@([^@]+)$/.exec(text) ?? [];
    if (tel !== undefined || /\s/.test(text)) throw undiallable();
    const uri = `sip:${escapeUser(user)}@${host}`;
    parseUri(uri);
    return uri;
  } catch {
    throw undiallable();
  }
}

/** What a person calls this address within the realm: the number alone, or `user@host`. */
export function shown(uri: string, realm: string): string {
  try {
    const parsed = parseUri(uri);
    const user = userOf(parsed);
    if (!parsed.host) return uri;
    return user && parsed.host === realm.toLowerCase() ? user : `${user}${user && "@"}${parsed.host}`;
  } catch {
    return uri;
  }
}
