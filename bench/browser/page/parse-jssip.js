// JsSIP's parser and writer, as its transport and its sessions call them.
import Parser from "jssip/lib/Parser.js";
import { OutgoingRequest } from "jssip/lib/SIPMessage.js";
import URI from "jssip/lib/URI.js";
import { offer } from "./parse.js";

/** What the writer asks of a user agent. */
const agent = { configuration: { user_agent: "bench", jssip_id: "bench" }, contact: {} };

offer({
  read(text) {
    const message = Parser.parseMessage(text, agent);
    const { from, to, via } = message;
    const contact = message.parseHeader("contact").uri;
    const { number, method } = cseqOf(message);
    return [
      ...[
        message.status_code ?? message.ruri.user,
        via.port ? `${via.host}:${via.port}` : via.host,
        via.branch,
      ],
      ...[
        from.uri.user,
        from.uri.host,
        message.from_tag ?? "",
        to.uri.user,
        to.uri.host,
        message.to_tag ?? "",
      ],
      ...[message.call_id, number, method, contact.user, contact.host, message.body.length],
    ];
  },
  write({ to, from, callId, number, branch, via, contact, body }) {
    const request = new OutgoingRequest(
      "INVITE",
      URI.parse(`sip:${to}`),
      agent,
      { from_uri: URI.parse(`sip:${from}`), from_tag: "9fxced76sl", call_id: callId, cseq: number },
      [`Contact: ${contact}`, "Content-Type: application/sdp"],
      body,
    );
    request.setHeader("via", `SIP/2.0/WSS ${via};branch=${branch}`);
    return request.toString();
  },
});

function cseqOf(message) {
  const { value, method } = message.parseHeader("cseq");
  return { number: value, method };
}
