// web-phone's parser and writer.
import { HeaderFields, cseq, serialize } from "../../../web/src/sip/message.ts";
import { parseMessage } from "../../../web/src/sip/parser.ts";
import { parseNameAddr, parseUri } from "../../../web/src/sip/uri.ts";
import { offer } from "./parse.js";

const party = (text) => {
  const { uri, params } = parseNameAddr(text);
  const { user, host } = parseUri(uri);
  return [user, host, params.get("tag") ?? ""];
};

offer({
  read(text) {
    const message = parseMessage(text);
    const { fields } = message;
    const [, by, branch] = /^\S+\s+([^;\s]+).*;branch=([^;\s]+)/.exec(fields.list("Via")[0]);
    const { number, method } = cseq(message);
    const { uri } = parseNameAddr(fields.list("Contact")[0]);
    const { user, host } = parseUri(uri);
    const first = message.status ?? parseUri(message.uri).user;
    return [
      ...[first, by, branch, ...party(fields.get("From")), ...party(fields.get("To"))],
      ...[fields.get("Call-ID"), number, method, user, host, message.body.length],
    ];
  },
  write({ to, from, callId, number, branch, via, contact, body }) {
    return serialize({
      method: "INVITE",
      uri: `sip:${to}`,
      fields: new HeaderFields([
        ["Via", `SIP/2.0/WSS ${via};branch=${branch}`],
        ["Max-Forwards", "70"],
        ["From", `<sip:${from}>;tag=9fxced76sl`],
        ["To", `<sip:${to}>`],
        ["Call-ID", callId],
        ["Contact", contact],
        ["Content-Type", "application/sdp"],
        ["CSeq", `${number} INVITE`],
        ["Allow", "INVITE, ACK, CANCEL, BYE, INFO, OPTIONS"],
        ["Supported", "outbound"],
        ["User-Agent", "bench"],
      ]),
      body,
    });
  },
});
