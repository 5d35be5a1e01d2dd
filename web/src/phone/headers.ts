// Header fields that a host page adds to the INVITE of a call.

import { isToken } from "../sip/uri.ts";

/** Fields of an INVITE that are the engine's own. */
const OWN =
  /^(via|v|from|f|to|t|call-id|i|cseq|contact|m|route|record-route|max-forwards|(proxy-)?authorization|content-.*|[ecl]|allow|supported|k|require|proxy-require|replaces|user-agent)$/i;

/** The `headers` of a call as fields: at most 20, none of the engine's own, nothing that breaks a line; else `null`. */
export function fieldsOf(headers: Readonly<Record<string, string>>): [string, string][] | null {
  const list = Object.entries(headers);
  const good = ([name, value]: [string, string]) =>
    isToken(name) && !OWN.test(name) && /^[^\0-\x08\x0a-\x1f\x7f]{0,1024}$/.test(value);
  if (list.length > 20 || !list.every(good)) return null;
  return list.map(([name, value]) => [name, String(value)]);
}
