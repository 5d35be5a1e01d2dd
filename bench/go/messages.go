package main

import (
	"fmt"
	"strings"
)

// The messages are those of bench/browser/messages.ts: as a phone on a WebSocket
// gets them from a proxy. The INVITE is 917 bytes long.

const description = `v=0
o=- 4611731400430051336 2 IN IP4 192.0.2.17
s=-
t=0 0
m=audio 49170 UDP/TLS/RTP/SAVPF 111 0 8 126
c=IN IP4 192.0.2.17
a=ice-ufrag:Ux4d
a=ice-pwd:f3kLq0b1n6Vtq0E2hWm8rQzY
a=setup:actpass
a=mid:0
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=sendrecv
`

const inviteHead = `INVITE sip:1002@4f8t2k1m9q0z.invalid;transport=ws SIP/2.0
Via: SIP/2.0/WS phone.example.com;branch=z9hG4bK8f21c3d05a7e94b1
Via: SIP/2.0/WSS a81kd03jf7x2.invalid;branch=z9hG4bK5c7d11e0f2;rport=52114;received=192.0.2.17
Record-Route: <sip:phone.example.com;transport=ws;lr>
Max-Forwards: 69
From: "Alice Example" <sip:1001@example.com>;tag=9fxced76sl
To: <sip:1002@example.com>
Call-ID: 3848276298220188511
CSeq: 2 INVITE
Contact: <sip:1001@a81kd03jf7x2.invalid;transport=ws>
Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS
Supported: outbound, replaces, timer
User-Agent: Example Phone 4.2.11
Content-Type: application/sdp
`

const registerHead = `REGISTER sip:example.com SIP/2.0
Via: SIP/2.0/WSS a81kd03jf7x2.invalid;branch=z9hG4bK93f1d9d2c0
Max-Forwards: 70
From: <sip:1001@example.com>;tag=5fc40ce9d1
To: <sip:1001@example.com>
Call-ID: 1j9FpLxk3uxtm8tn
CSeq: 2 REGISTER
Contact: <sip:1001@a81kd03jf7x2.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:0c67446e-f1a1-4c8b-9a2e-2f1de0b3a1c4>";expires=600
Expires: 600
Supported: path, outbound
Authorization: Digest username="1001", realm="example.com", nonce="6c1f0a0b7e2d4f9895a1b3", uri="sip:example.com", response="6629fae49393a05397450978507c4ef1", algorithm=MD5
User-Agent: web-phone
`

const okHead = `SIP/2.0 200 OK
Via: SIP/2.0/WSS a81kd03jf7x2.invalid;branch=z9hG4bK5c7d11e0f2;rport=52114;received=192.0.2.17
Record-Route: <sip:phone.example.com;transport=ws;lr>
From: "Alice Example" <sip:1001@example.com>;tag=9fxced76sl
To: <sip:1002@example.com>;tag=314159
Call-ID: 3848276298220188511
CSeq: 2 INVITE
Contact: <sip:1002@4f8t2k1m9q0z.invalid;transport=ws>
Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS
Content-Type: application/sdp
`

// message is a message to read.
type message struct {
	id, name string
	text     []byte
}

func messages() []message {
	return []message{
		{"invite", "an INVITE of 917 bytes", wire(inviteHead, description)},
		{"register", "a REGISTER", wire(registerHead, "")},
		{"ok", "a 200 OK", wire(okHead, description)},
	}
}

// wire ends the lines as SIP does and adds the body with its length.
func wire(head, body string) []byte {
	head, body = strings.ReplaceAll(head, "\n", "\r\n"), strings.ReplaceAll(body, "\n", "\r\n")
	return fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}
