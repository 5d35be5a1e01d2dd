package sip_test

import (
	"strings"
	"testing"

	"webphone/internal/sip"
)

// What phones and proxies in the field really send has to pass the strict parser.
func TestMessagesInTheStyleOfOtherPeersAreRead(t *testing.T) {
	common := "From: \"Alice \\\"A\\\" Ö\" <sip:1001@example.com>;tag=8dv2\r\nCall-ID: k7q2a9\r\n"
	for style, message := range map[string]string{
		"a browser phone registering": "REGISTER sip:example.com SIP/2.0\r\n" +
			"Via: SIP/2.0/WSS r7b3kq2v1l.invalid;branch=z9hG4bK8392837\r\nMax-Forwards: 69\r\n" +
			"To: <sip:1001@example.com>\r\n" + common + "CSeq: 1 REGISTER\r\n" +
			"Contact: <sip:0j4cid3@r7b3kq2v1l.invalid;transport=ws>;+sip.ice;reg-id=1;+sip.instance=\"<urn:uuid:1c1c2b3a-0000-4000-8000-000000000000>\";expires=600\r\n" +
			"Expires: 600\r\nAllow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY\r\n" +
			"Supported: path,gruu,outbound\r\nUser-Agent: Phone 3.13.5\r\nContent-Length: 0\r\n\r\n",
		"a browser phone leaving": "REGISTER sip:example.com SIP/2.0\r\n" +
			"Via: SIP/2.0/WS 192.0.2.4:5060;rport;branch=z9hG4bK1;keep\r\n" +
			"To: <sip:1001@example.com>\r\n" + common + "CSeq: 3 REGISTER\r\nContact: *\r\nExpires: 0\r\n\r\n",
		"a request that proxies recorded": "INVITE sip:1002@[2001:db8::7]:5060;transport=ws;ob SIP/2.0\r\n" +
			"Record-Route: <sip:192.0.2.9:443;transport=wss;r2=on;lr=on;ftag=8dv2;nat=yes;did=a1.b2>\r\n" +
			"Record-Route: <sip:192.0.2.9;r2=on;lr=on;ftag=8dv2>\r\n" +
			"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK3a5f.0b1c2d3e4f.0;i=6d1\r\n" +
			"Via: SIP/2.0/WSS r7b3kq2v1l.invalid;received=2001:db8::1;rport=50512;branch=z9hG4bK77\r\n" +
			"To: <sip:1002@example.com;user=phone>\r\n" + common + "CSeq: 2 INVITE\r\n" +
			"Contact: <sip:1001@192.0.2.4:50512;transport=ws;alias=192.0.2.4~50512~6>\r\n" +
			"P-Asserted-Identity: \"Alice\" <sip:1001@example.com>\r\nSession-Expires: 90;refresher=uas\r\n" +
			"Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
		"a gateway's answer": "SIP/2.0 401 Unauthorized\r\n" +
			"Via: SIP/2.0/WSS r7b3kq2v1l.invalid;branch=z9hG4bK1;received=192.0.2.4;rport=50512\r\n" +
			"To: <sip:1001@example.com>;tag=as4a5b6c\r\n" + common + "CSeq: 1 REGISTER\r\n" +
			"WWW-Authenticate: Digest realm=\"example.com\", nonce=\"Zx==\", algorithm=SHA-256, qop=\"auth\"\r\n" +
			"WWW-Authenticate: Digest algorithm=MD5, realm=\"example.com\", nonce=\"Zy==\", stale=FALSE\r\n" +
			"Server: Gateway v1.2 (x86_64/linux)\r\nContent-Length: 0\r\n\r\n",
	} {
		msg, err := sip.Parse([]byte(message))
		if err != nil {
			t.Errorf("%s: %v", style, err)
			continue
		}
		written := string(sip.Bytes(msg))
		for line := range strings.SplitSeq(strings.TrimSpace(message), "\r\n") {
			if !strings.Contains(written, line) && !strings.HasPrefix(line, "Content-Length") {
				t.Errorf("%s: %q is not in\n%s", style, line, written)
			}
		}
	}
}
