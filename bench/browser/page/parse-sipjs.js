// SIP.js's parser and writer, as its transport and its sessions call them.
import { Grammar } from "sip.js/lib/grammar/grammar.js";
import { OutgoingRequestMessage } from "sip.js/lib/core/messages/outgoing-request-message.js";
import { Parser } from "sip.js/lib/core/messages/parser.js";
import { offer } from "./parse.js";

/** Says what is wrong with a message. */
const logger = { warn: fail, error: fail };

function fail(text) {
  throw new Error(text);
}

offer({
  read(text) {
    const message = Parser.parseMessage(text, logger);
    const { from, to, via } = message;
    const contact = message.parseHeader("contact").uri;
    const { value, method } = message.parseHeader("cseq");
    return [
      ...[
        message.statusCode ?? message.ruri.user,
        via.port ? `${via.host}:${via.port}` : via.host,
        via.branch,
      ],
      ...[from.uri.user, from.uri.host, message.fromTag ?? "", to.uri.user, to.uri.host, message.toTag ?? ""],
      ...[message.callId, value, method, contact.user, contact.host, message.body.length],
    ];
  },
  write({ to, from, callId, number, branch, via, contact, body }) {
    const toUri = Grammar.URIParse(`sip:${to}`);
    const request = new OutgoingRequestMessage(
      "INVITE",
      toUri,
      Grammar.URIParse(`sip:${from}`),
      toUri,
      { callId, cseq: number, fromTag: "9fxced76sl", viaHost: via, userAgentString: "bench" },
      [`Contact: ${contact}`, "Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS"],
      { content: body, contentType: "application/sdp" },
    );
    request.setViaHeader(branch, "WSS");
    return request.toString();
  },
});
