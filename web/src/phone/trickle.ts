// Trickle ICE within a call: candidates go to and fro in INFO (RFC 8840).

import { addFragment, fragmentOf, lateCandidates } from "../media/trickle.ts";
import type { FieldList } from "../sip/dialog.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Session } from "../sip/session.ts";
import type { ServerTransaction } from "../sip/transactions.ts";

const PACKAGE = "trickle-ice";
const FIELDS: FieldList = [
  ["Info-Package", PACKAGE],
  ["Content-Type", "application/trickle-ice-sdpfrag"],
  ["Content-Disposition", "Info-Package"],
];

/**
 * Sends the candidates that were not in the description `sent`, as they come;
 * one INFO is under way at a time. What is returned ends it.
 */
export function sendCandidates(session: Session, connection: RTCPeerConnection, sent: string): () => void {
  let told = sent;
  let busy = false;
  let over = false;
  const next = async () => {
    if (busy || over) return;
    const sdp = connection.localDescription?.sdp ?? "";
    const late = lateCandidates(sdp, told);
    const complete = connection.iceGatheringState === "complete";
    if (complete) stop();
    // Whoever got them all in the description needs no word of the end.
    if (!late.length && (!complete || told === sent)) return;
    busy = true;
    told += `\r\n${late.join("\r\n")}`;
    await session.send("INFO", FIELDS, fragmentOf(sdp, late, complete)).catch(stop);
    busy = false;
    if (!complete) await next();
  };
  const listener = () => void next();
  const stop = () => {
    over = true;
    connection.removeEventListener("icecandidate", listener);
  };
  connection.addEventListener("icecandidate", listener);
  listener();
  return stop;
}

/** Takes an INFO that names a package (RFC 6086 §4.2.2). */
export async function takeInfo(
  { fields, body }: SipRequest,
  transaction: ServerTransaction,
  connection: RTCPeerConnection,
): Promise<void> {
  if (fields.get("Info-Package").trim().toLowerCase() !== PACKAGE)
    transaction.respond(469, [["Recv-Info", PACKAGE]]);
  else transaction.respond((await addFragment(connection, body)) ? 200 : 400);
}
