// HTTP digest for SIP (RFC 3261 §22, RFC 8760, RFC 7616).

import { hexWord } from "./clock.ts";
import type { Random } from "./clock.ts";
import { sha256 } from "./hash.ts";
import type { Hash } from "./hash.ts";
import type { SipResponse } from "./message.ts";
import type { SipExtras } from "./on-demand.ts";
import { quote, unescape } from "./uri.ts";

/** The hashes that are loaded on demand. */
type Hashes = Pick<SipExtras, "md5" | "sha512t256">;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The challenges of one header field value, each as its parameters; other schemes are left out. */
export function parseChallenges(value: string): Map<string, string>[] {
  const found: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  const part = /\s*(?:([\w-]+)\s+)?([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/gsy;
  for (let match; (match = part.exec(value));) {
    const [, scheme, name = "", quoted, token = ""] = match;
    if (scheme) {
      current = new Map();
      if (scheme.toLowerCase() === "digest") found.push(current);
    }
    current?.set(name.toLowerCase(), unescape(quoted ?? token));
  }
  return found;
}

/** A challenge that was taken, with the count of its uses. */
export class Challenge {
  readonly realm: string;
  readonly nonce: string;
  /** The nonce was too old, the credentials were not refused (RFC 7616 §3.3). */
  readonly stale: boolean;
  /** Lower is stronger. */
  readonly rank: number;
  readonly #params: Map<string, string>;
  readonly #hash: Hash;
  readonly #session: boolean;
  readonly #cnonce: string;
  /** How often it was answered. */
  uses = 0;

  private constructor(
    params: Map<string, string>,
    rank: number,
    hash: Hash,
    session: boolean,
    cnonce: string,
  ) {
    this.#params = params;
    this.rank = rank;
    this.#hash = hash;
    this.#session = session;
    this.#cnonce = cnonce;
    this.realm = params.get("realm") ?? "";
    this.nonce = params.get("nonce") ?? "";
    this.stale = params.get("stale")?.toLowerCase() === "true";
  }

  /**
   * The challenge, or `null` when its algorithm or its protection is not ours.
   * `more` is there once it was loaded.
   */
  static from(params: Map<string, string>, random: Random, more: Hashes | null): Challenge | null {
    // RFC 8760 §2.3: the best that the two sides share is taken.
    const hashes = { "SHA-512-256": more?.sha512t256, "SHA-256": sha256, MD5: more?.md5 };
    const [, name = "", session] = /^(.*?)(-sess)?$/i.exec(params.get("algorithm") ?? "MD5") ?? [];
    const rank = Object.keys(hashes).indexOf(name.toUpperCase());
    const hash = Object.values(hashes)[rank];
    const auth = (params.get("qop") ?? "auth").split(/[\s,]+/).includes("auth");
    return hash && auth && params.get("nonce")
      ? new Challenge(params, rank, hash, !!session, hexWord(random, 8))
      : null;
  }

  /** The value of the Authorization or Proxy-Authorization field (RFC 7616 §3.4). */
  answer({ username, password }: Credentials, method: string, uri: string): string {
    const hash = this.#hash;
    const count = (++this.uses).toString(16).padStart(8, "0");
    const qop = this.#params.has("qop");
    let secret = hash(`${username}:${this.realm}:${password}`);
    if (this.#session) secret = hash(`${secret}:${this.nonce}:${this.#cnonce}`);
    const proof = [
      secret,
      this.nonce,
      ...(qop ? [count, this.#cnonce, "auth"] : []),
      hash(`${method}:${uri}`),
    ];
    const out = [`username=${quote(username)}`, `realm=${quote(this.realm)}`, `nonce=${quote(this.nonce)}`];
    out.push(`uri=${quote(uri)}`, `response="${hash(proof.join(":"))}"`);
    const algorithm = this.#params.get("algorithm");
    const opaque = this.#params.get("opaque");
    if (algorithm) out.push(`algorithm=${algorithm}`);
    if (opaque !== undefined) out.push(`opaque=${quote(opaque)}`);
    if (qop || this.#session) out.push(`cnonce="${this.#cnonce}"`);
    if (qop) out.push("qop=auth", `nc=${count}`);
    return `Digest ${out.join(", ")}`;
  }
}

/** The strongest usable challenge for each realm of a 401 or 407, whatever their order. */
export function strongest(response: SipResponse, random: Random, more: Hashes | null = null): Challenge[] {
  const best = new Map<string, Challenge>();
  const field = response.status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  for (const params of response.fields.all(field).flatMap(parseChallenges).slice(0, 16)) {
    const challenge = Challenge.from(params, random, more);
    const have = challenge && best.get(challenge.realm);
    if (challenge && (!have || challenge.rank < have.rank)) best.set(challenge.realm, challenge);
  }
  return [...best.values()];
}
