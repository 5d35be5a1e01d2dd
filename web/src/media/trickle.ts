// ICE candidates that come after the description (RFC 8838), as the fragments
// of session descriptions that carry them (RFC 8840 §9). What a fragment holds
// comes from outside: at most 64 candidates of 64 KiB in all are taken.

import { MAX_BYTES } from "../sip/parser.ts";

const MAX_CANDIDATES = 64;

const lines = (sdp: string, name: string) => sdp.match(new RegExp(`^a=${name}.*`, "gm")) ?? [];

/** The candidates of a local description that were not in the one that was sent. */
export function lateCandidates(sdp: string, sent: string): string[] {
  const known = new Set(lines(sent, "candidate:"));
  return [...new Set(lines(sdp, "candidate:"))].filter((line) => !known.has(line));
}

/** The fragment that tells of candidates of the bundle, which is under its first media section. */
export function fragmentOf(sdp: string, candidates: readonly string[], complete: boolean): string {
  return [
    ...lines(sdp, "ice-ufrag:").slice(0, 1),
    ...lines(sdp, "ice-pwd:").slice(0, 1),
    ...(sdp.match(/^m=.*/m) ?? []),
    ...lines(sdp, "mid:").slice(0, 1),
    ...candidates,
    ...(complete ? ["a=end-of-candidates"] : []),
    "",
  ].join("\r\n");
}

/** Gives the candidates of a fragment to the connection; false when it makes no sense. */
export async function addFragment(connection: RTCPeerConnection, body: string): Promise<boolean> {
  const ufrag = /^a=ice-ufrag:(\S+)/m.exec(body)?.[1];
  const remote = connection.remoteDescription?.sdp ?? "";
  if (!ufrag || body.length > MAX_BYTES) return false;
  // Candidates of a generation that is over (RFC 8840 §4.4).
  if (!lines(remote, "ice-ufrag:").some((line) => line.trim() === `a=ice-ufrag:${ufrag}`)) return true;
  const sections = body.split(/^(?=m=)/m).slice(1);
  let count = 0;
  for (const section of sections) {
    const sdpMid = /^a=mid:(\S+)/m.exec(section)?.[1];
    for (const line of lines(section, "candidate:")) {
      if (sdpMid === undefined || ++count > MAX_CANDIDATES) return false;
      const candidate = line.trim().slice(2);
      try {
        await connection.addIceCandidate({ candidate, sdpMid, usernameFragment: ufrag });
      } catch {
        return false;
      }
    }
  }
  return true;
}
