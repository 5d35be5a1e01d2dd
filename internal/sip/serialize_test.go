package sip_test

import (
	"strings"
	"testing"

	"webphone/internal/sip"
)

// usualRegister and usualInvite are what phones send.
var usualRegister = strings.Join([]string{
	"REGISTER sip:example.com SIP/2.0",
	"Via: SIP/2.0/WSS 9a8b7c6d5e4f.invalid;branch=z9hG4bKXJ5GKEDQYCVMNQZR",
	"Max-Forwards: 70",
	"From: \"Alice\" <sip:1001@example.com>;tag=7f8e9d0c1b2a",
	"To: <sip:1001@example.com>",
	"Call-ID: 5d4c3b2a19080706f5e4d3c2",
	"CSeq: 42 REGISTER",
	"Contact: <sip:1001@9a8b7c6d5e4f.invalid;transport=ws>;+sip.instance=\"<urn:uuid:7c2d4e5f-1111-4222-8333-444455556666>\";reg-id=1",
	"Expires: 600",
	"Supported: outbound, path",
	"Authorization: Digest username=\"1001\", realm=\"example.com\", nonce=\"GJ0dD0Tq7xXbmdl6vMhRzkUNXhOVGp5SZ3pgvEyP4Wc\", uri=\"sip:example.com\", response=\"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\", algorithm=SHA-256, qop=auth, nc=00000007, cnonce=\"ABCDEFGHIJ\"",
	"Content-Length: 0", "", "",
}, "\r\n")

// unusual holds what a serialiser can get wrong.
var unusual = strings.Join([]string{
	"MESSAGE sip:a%20b:pw@[2001:db8::1]:5070;transport=ws;lr;x=1 SIP/2.0",
	"Via: SIP/2.0/WS [2001:db8::2]:5071;branch=z9hG4bK1;received=2001:db8::3;rport, SIP/2.0/UDP host.example.com",
	"Route: <sip:one@example.com;lr>, <sip:two@example.com>",
	"Record-Route: <sip:three@example.com;lr>",
	"From: A  B <sip:a@example.com>;tag=1;note=\"two words\"",
	"To: tel:+1-201-555-0123;phone-context=example.com",
	"Contact: *",
	"Contact: \"Q \\\" D\" <sips:q@example.com:5061?subject=x&y=>;q=0.5;expires=3",
	"m: <urn:service:sos>",
	"Call-ID: a@b",
	"CSeq: 2147483647 MESSAGE",
	"Max-Forwards: 0",
	"X-Own:   text  ",
	"c: text/plain;charset=utf-8",
	"l: 5", "", "hallo",
}, "\r\n")

func TestAMessageIsWrittenAsItWasBefore(t *testing.T) {
	for _, text := range []string{usualRegister, unusual, options(1), strings.Replace(unusual, "Contact: *\r\n", "", 1)} {
		msg, err := sip.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(sip.Bytes(msg)), msg.String(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if req, ok := msg.(*sip.Request); ok {
			res := sip.NewResponse(req, 200, "")
			if got, want := string(sip.Bytes(res)), res.String(); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if got, want := sip.URIString(&req.Recipient), req.Recipient.String(); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
}

func TestFieldsAreFoundWhateverTheirCase(t *testing.T) {
	msg := mustParse(t, strings.Replace(options(1), "Call-ID", "x-own: 1\r\nX-Other: 2\r\nX-OWN: 3\r\nCall-ID", 1))
	if got := sip.Fields(msg, "X-Own"); len(got) != 2 || got[0].Value() != "1" || got[1].Value() != "3" {
		t.Errorf("%v", got)
	}
	if got := sip.Field(msg, "x-OTHER"); got == nil || got.Value() != "2" {
		t.Errorf("%v", got)
	}
	if sip.Field(msg, "X-None") != nil || sip.Fields(msg, "X-None") != nil {
		t.Error("one that is not there is found")
	}
}

// What these allocate is what every message of every phone costs. They are counts
// and no times, so that they say the same on every machine.
func TestMessagesAreReadAndWrittenWithFewAllocations(t *testing.T) {
	register := []byte(usualRegister)
	msg := mustParse(t, usualRegister).(*sip.Request)
	res := sip.NewResponse(msg, 200, "")
	credentials := sip.Field(msg, "Authorization").Value()
	for _, c := range []struct {
		what string
		most float64
		do   func()
	}{
		{"reading a REGISTER", 18, func() { _, _ = sip.Parse(register) }},
		{"writing a REGISTER", 1, func() { sip.Bytes(msg) }},
		{"answering a REGISTER", 14, func() { sip.NewResponse(msg, 200, "") }},
		{"writing a 200", 1, func() { sip.Bytes(res) }},
		{"reading credentials", 2, func() { _, _ = sip.ParseCredentials(credentials) }},
	} {
		if n := testing.AllocsPerRun(200, c.do); n > c.most {
			t.Errorf("%s allocates %v times, at most %v", c.what, n, c.most)
		}
	}
}
