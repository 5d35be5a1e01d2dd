// The little that is read of session descriptions (RFC 8866); the browser
// reads the rest.

/** The media section of a kind, or an empty string when it is absent or refused. */
export function section(sdp: string, kind: "audio" | "video"): string {
  const found = sdp.split(/\r?\n(?=m=)/).find((part) => part.startsWith(`m=${kind} `)) ?? "";
  return found.startsWith(`m=${kind} 0 `) ? "" : found;
}

/** True when the other side sends nothing or wants to hear nothing: it holds the call (RFC 3264 §8.4). */
export function holds(sdp: string): boolean {
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m;
  const found = direction.exec(section(sdp, "audio")) ?? direction.exec(sdp.split(/^m=/m)[0]!);
  return /sendonly|inactive/.test(found?.[1] ?? "");
}
