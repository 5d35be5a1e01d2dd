package sip_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"webphone/internal/sip"
)

// text is a well-formed request, with lines replaced, added or (by an empty
// string) left out.
func text(changes map[string]string) string {
	lines := []string{
		"start: MESSAGE sip:bob@example.com SIP/2.0",
		"Via: SIP/2.0/WSS client.invalid;branch=z9hG4bK1",
		"Max-Forwards: 70",
		"From: <sip:alice@example.com>;tag=from",
		"To: <sip:bob@example.com>",
		"Call-ID: call@example.com",
		"CSeq: 7 MESSAGE",
		"Content-Length: 2",
	}
	var out []string
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		change, has := changes[name]
		switch {
		case has && change == "":
		case has && name == "start":
			out = append(out, change)
		case has:
			out = append(out, name+": "+change)
		default:
			out = append(out, strings.TrimPrefix(line, "start: "))
		}
	}
	if more, has := changes["more"]; has {
		out = append(out, more)
	}
	return strings.Join(out, "\r\n") + "\r\n\r\nhi"
}

func manyParams(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ";p%d", i)
	}
	return b.String()
}

func refusal(t *testing.T, message string) *sip.SyntaxError {
	t.Helper()
	_, err := sip.Parse([]byte(message))
	var refusal *sip.SyntaxError
	if !errors.As(err, &refusal) {
		t.Fatalf("read, though malformed:\n%s", message)
	}
	return refusal
}

func TestWhatTheGrammarAllowsIsRead(t *testing.T) {
	for _, changes := range []map[string]string{
		{},
		{"start": "Message sip:bob@example.com sip/2.0", "CSeq": "7 Message"},
		{"start": "MESSAGE tel:+49-30-1234;phone-context=example.com SIP/2.0"},
		{"start": "MESSAGE sips:*43@[2001:db8::1]:5061;transport=ws SIP/2.0"},
		{"Via": "SIP/2.0/WSS [2001:db8::1]:5061;branch=z9hG4bK1;received=2001:db8::2"},
		{"Via": "SIP/2.0/UDP host : 5060 ; ttl = 16, SIP/2.0/UDP 192.0.2.1;rport"},
		{"Contact": ""},
		{"more": "Contact: *"},
		{"more": "Contact: Alice Smith <sip:a@b>;expires=60, \"B, \\\"x\\\"; <y>\" <sip:c@d?X=y>;q=0.5,sip:e@f;p=\"a;b,c\""},
		{"more": "Route: <sip:a;lr>,<sip:b;lr> , \"x\" <sip:c;lr>;p=q"},
		{"more": "Contact: <sip:a@b>" + manyParams(64)},
		{"more": "Subject:\r\n folded\r\n\tover lines"},
		{"more": "X: \"quoted \\\x01 pair\""},
		{"more": "Content-Type: multipart/mixed;boundary=\"a b\""},
		{"more": "Date: Sat, 13 Nov 2010 23:29:00 GMT"},
		{"Content-Length": "0"},
		{"Content-Length": ""},
		{"Max-Forwards": ""},
		{"CSeq": "2147483647 MESSAGE"},
	} {
		msg, err := sip.Parse([]byte(text(changes)))
		if err != nil {
			t.Errorf("%v\n%s", err, text(changes))
			continue
		}
		again, err := sip.Parse(sip.Bytes(msg))
		if err != nil || string(sip.Bytes(again)) != string(sip.Bytes(msg)) {
			t.Errorf("%v: written as\n%s\nand then\n%v", err, sip.Bytes(msg), again)
		}
	}
}

func TestWhatTheGrammarForbidsIsAnswered400(t *testing.T) {
	for _, changes := range []map[string]string{
		{"start": "MESS@GE sip:bob@example.com SIP/2.0"},
		{"start": "MESSAGE sip:bob@example.com"},
		{"start": "MESSAGE sip:bob@example.com HTTP/1.1"},
		{"start": "MESSAGE sip: SIP/2.0"},
		{"start": "MESSAGE * SIP/2.0"},
		{"From": ""}, {"To": ""}, {"Call-ID": ""}, {"CSeq": ""},
		{"From": "<sip:alice@example.com>;tag=a;tag=b"},
		{"From": "<sip:alice@example.com>;tag="},
		{"From": "<sip:alice@example.com> tag=a"},
		{"From": "<sip:alice@example.com>, <sip:bob@example.com>"},
		{"From": "Alice, <sip:alice@example.com>"},
		{"From": "\"Alice\" sip:alice@example.com"},
		{"From": "sip:alice@example.com?X=y"},
		{"From": "<sip:alice@example.com"},
		{"To": "*"},
		{"Call-ID": "two words"},
		{"Call-ID": "a@b@c"},
		{"CSeq": "2147483648 MESSAGE"},
		{"CSeq": "-1 MESSAGE"},
		{"CSeq": "7"},
		{"CSeq": "7 message"},
		{"CSeq": "7 INVITE"},
		{"Max-Forwards": "256"},
		{"Max-Forwards": "7 0"},
		{"Content-Length": "3"},
		{"Content-Length": "+2"},
		{"Content-Length": "99999999999999999999"},
		{"more": "Content-Length: 2"},
		{"more": "l: 2"},
		{"more": "Max-Forwards: 70"},
		{"more": "Contact: *, <sip:a@b>"},
		{"more": "Contact: <sip:a@b>,"},
		{"more": "Contact:"},
		{"more": "Route: sip:proxy.example.com;lr"},
		{"more": "Content-Type: text"},
		{"more": "Date: Sat, 13 Nov 2010 23:29:00 UTC"},
		{"more": "v: SIP/2.0/UDP"},
		{"more": "v: SIP/2.0/UDP host;branch=\"quoted\""},
		{"more": "v: SIP/2.0/UDP host;branch"},
		{"more": "v: SIP/2.0/UDP host:0"},
		{"more": "v: SIP/2.0/UDP host:65536"},
		{"more": "v: SIP/2.0/UDP [::1"},
		{"more": "no colon"},
		{"more": "two words: x"},
		{"more": ": x"},
		{"more": "Subject: a\x00b"},
		{"more": "Subject: a\rb"},
		{"more": "Subject: a\nX: b"},
		{"more": "Subject: \xff"},
		{"more": strings.Repeat("X: y\r\n", sip.MaxHeaders) + "X: y"},
		{"more": "X: y" + strings.Repeat("\r\n z", sip.MaxHeaders+1)},
		{"more": "Contact: <sip:a@b>" + manyParams(65)},
		{"more": "Route: " + strings.Repeat("<sip:a>,", sip.MaxHeaders) + "<sip:a>"},
	} {
		if got := refusal(t, text(changes)); got.Status != 400 {
			t.Errorf("answered %d (%s), want 400:\n%s", got.Status, got.Reason, text(changes))
		}
	}
	for _, cut := range []string{"\r\n\r\nhi", "\r\nhi"} {
		if got := refusal(t, strings.TrimSuffix(text(nil), cut)); got.Status != 400 {
			t.Errorf("answered %d (%s), want 400, without %q", got.Status, got.Reason, cut)
		}
	}
}

func TestSomeRefusalsHaveAStatusOfTheirOwn(t *testing.T) {
	for want, changes := range map[int]map[string]string{
		505: {"start": "MESSAGE sip:bob@example.com SIP/3.0"},
		414: {"start": "MESSAGE sip:" + strings.Repeat("a", sip.MaxURIBytes) + "@example.com SIP/2.0"},
		513: {"more": "Subject: " + strings.Repeat("a", sip.MaxMessageBytes)},
	} {
		if got := refusal(t, text(changes)); got.Status != want {
			t.Errorf("answered %d (%s), want %d", got.Status, got.Reason, want)
		}
	}
}

func TestWhatCannotBeAnsweredIsDropped(t *testing.T) {
	for what, message := range map[string]string{
		"nothing":            "",
		"CRLFs":              "\r\n\r\n\r\n",
		"no SIP":             "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
		"an ACK":             text(map[string]string{"start": "ACK sip:bob@example.com SIP/2.0"}),
		"no Via":             text(map[string]string{"Via": ""}),
		"a bad status":       text(map[string]string{"start": "SIP/2.0 99 OK"}),
		"a status without …": text(map[string]string{"start": "SIP/2.0 200"}),
		"another version":    text(map[string]string{"start": "SIP/3.0 200 OK"}),
		"a bad response":     text(map[string]string{"start": "SIP/2.0 200 OK", "To": ""}),
	} {
		if got := refusal(t, message); got.Status != 0 || got.Request != nil {
			t.Errorf("%s: answered %d (%s)", what, got.Status, got.Reason)
		}
	}
}

func TestARefusalCarriesNothingThatCouldForgeALine(t *testing.T) {
	got := refusal(t, text(map[string]string{"From": "<sip:a@b>;tag=1\nX: y\rZ: \x00\xff"}))
	res := sip.NewResponse(got.Request, got.Status, got.Reason)
	for _, line := range strings.Split(strings.TrimSuffix(res.String(), "\r\n\r\n"), "\r\n") {
		if strings.ContainsAny(line, "\r\n\x00\xff") {
			t.Errorf("%q", line)
		}
	}
	if got := res.GetHeader("X"); got != nil {
		t.Error(got)
	}
}

func TestOddSpellingsBecomeTheUsualOnes(t *testing.T) {
	msg, err := sip.Parse([]byte(text(map[string]string{
		"From": "A  B<SIP:alice@example.com;LR> ; TAG = from",
		"more": "k: timer\r\nREQUIRE : x\r\nm: <sip:a@b>, <sip:c@d>\r\nx-OWN: y",
	})))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := msg.From().Value(), `"A B" <sip:alice@example.com;lr>;tag=from`; got != want {
		t.Errorf("From is %s, want %s", got, want)
	}
	for _, want := range []string{"\r\nSupported: timer\r\n", "\r\nRequire: x\r\n", "\r\nx-OWN: y\r\n", "\r\nContact: <sip:a@b>\r\nContact: <sip:c@d>\r\n"} {
		if !strings.Contains(msg.String(), want) {
			t.Errorf("%q is not in\n%s", want, msg)
		}
	}
}

func TestTheBodyIsWhatContentLengthSays(t *testing.T) {
	for _, c := range []struct{ length, want string }{{"2", "hi"}, {"1", "h"}, {"0", ""}, {"", "hi"}} {
		msg, err := sip.Parse([]byte(text(map[string]string{"Content-Length": c.length})))
		if err != nil || string(msg.Body()) != c.want {
			t.Errorf("Content-Length %q: body %q (%v)", c.length, msg.Body(), err)
		}
	}
	binary := torture(t, "mpart01")
	msg, err := sip.Parse(binary)
	if err != nil || len(msg.Body()) != 553 || !strings.HasSuffix(string(binary), string(msg.Body())) {
		t.Errorf("a binary body of %d octets (%v)", len(msg.Body()), err)
	}
}

func TestURIsAreReadIntoTheirParts(t *testing.T) {
	uri, err := sip.ParseURI("SIP:us;er:pass@[::1]:5060;LR;p=[a]?X=y&z=")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(uri.Scheme, uri.User, uri.Password, uri.Host, uri.Port, uri.UriParams, uri.Headers)
	if want := "sip us;er pass [::1] 5060 lr&p=[a] X=y&z\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, same := range []string{
		"sip:example.com", "sip:a@example.com:1", "sip:a%20b@1.2.3.4", "sip:host;p=[x]", "sip:a_b.example.com.",
		"tel:+1-201-555-0123;ext=1", "urn:service:sos", "soap.beep://192.0.2.103:3002", "sip:a//b@example.com",
	} {
		if uri, err := sip.ParseURI(same); err != nil || uri.String() != same {
			t.Errorf("%q was read as %q (%v)", same, uri.String(), err)
		}
	}
	for _, bad := range []string{
		"", "sip", "sip:", "sip:@example.com", "sip:a@", "sip:a@b@c", "sip:a b@c", "sip:a@b c", "sip:a@exa<mple",
		"sip:%zz@example.com", "sip:%2@example.com", "sip:a@b:", "sip:a@b:x", "sip:a@b:99999", "sip:a@b;", "sip:a@b;p=",
		"sip:a@b;p=1;P=2", "sip:a@b?", "sip:a@b?=x", "sip:a@b?x=1&", "sip:a@1.2.3", "sip:a@1.2.3.456", "sip:a@[1.2.3.4]", "sip:a@[::1%25eth0]",
		"sip:a@-b", "sip:a@b..c", "sip:#@b", "1x:y", ":x", "tel:", "tel:#", "tel:\u00e4", "sip:\u00e4@b", "sip:a@b\r\n",
		"tel:" + strings.Repeat("1", sip.MaxURIBytes),
	} {
		if uri, err := sip.ParseURI(bad); err == nil {
			t.Errorf("%q was read as %q", bad, uri.String())
		}
	}
}

func TestAResponseCopiesWhatRFC3261AsksFor(t *testing.T) {
	msg, err := sip.Parse([]byte(text(map[string]string{
		"Via":  "SIP/2.0/WSS a;branch=z9hG4bK1, SIP/2.0/WSS b;branch=z9hG4bK2",
		"more": "Record-Route: <sip:a;lr>, <sip:b;lr>\r\nTimestamp: 5\r\nSubject: x",
	})))
	if err != nil {
		t.Fatal(err)
	}
	req := msg.(*sip.Request)
	count := func(res *sip.Response) string {
		var counts []string
		for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq", "Record-Route", "Timestamp", "Subject"} {
			counts = append(counts, fmt.Sprint(len(res.GetHeaders(name))))
		}
		return strings.Join(counts, "")
	}
	for status, want := range map[int]string{100: "21111010", 180: "21111200", 200: "21111200", 404: "21111000"} {
		res := sip.NewResponse(req, status, "")
		if got := count(res); got != want {
			t.Errorf("%d: %s, want %s:\n%s", status, got, want, res)
		}
		if tagged := res.To().Params.Has("tag"); tagged != (status > 100) {
			t.Errorf("%d: a tag in To: %v", status, tagged)
		}
		if _, err := sip.Parse(sip.Bytes(res)); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	one, other := sip.NewResponse(req, 180, ""), sip.NewResponse(req, 200, "")
	if one.To().Value() != other.To().Value() {
		t.Error("two answers to one request differ in their To tag")
	}
	req.CSeq().SeqNo++
	if sip.NewResponse(req, 200, "").To().Value() == one.To().Value() {
		t.Error("another request got the same To tag")
	}
	req.To().Params.Add("tag", "given")
	if got := sip.NewResponse(req, 200, "").To().Params.GetOr("tag", ""); got != "given" {
		t.Errorf("the To tag of a request within a dialog became %q", got)
	}
}

func TestAClonedRequestSharesNothing(t *testing.T) {
	msg, err := sip.Parse([]byte(text(nil)))
	if err != nil {
		t.Fatal(err)
	}
	req := msg.(*sip.Request)
	clone := sip.CloneRequest(req)
	if clone.String() != req.String() {
		t.Fatalf("\n%s\nis not\n%s", clone, req)
	}
	before := req.String()
	clone.MaxForwards().Dec()
	clone.Via().Params.Add("x", "y")
	clone.Recipient.User = "carol"
	clone.CSeq().SeqNo++
	*clone.CallID() = "other"
	clone.SetBody([]byte("longer"))
	if req.String() != before {
		t.Errorf("the original became\n%s", req)
	}
}

func TestStandardPhrases(t *testing.T) {
	for status, want := range map[int]string{
		100: "Trying", 200: "OK", 401: "Unauthorized", 407: "Proxy Authentication Required", 408: "Request Timeout",
		416: "Unsupported URI Scheme", 486: "Busy Here", 487: "Request Terminated", 503: "Service Unavailable", 603: "Decline",
		299: "OK", 499: "Bad Request", 699: "Global Failure",
	} {
		if got := sip.ReasonPhrase(status); got != want {
			t.Errorf("%d is %q, want %q", status, got, want)
		}
	}
}

func TestBranchesAndTagsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		for _, s := range []string{sip.NewBranch(), sip.NewTag()} {
			if seen[s] {
				t.Fatalf("%s twice", s)
			}
			seen[s] = true
		}
	}
	if !strings.HasPrefix(sip.NewBranch(), sip.MagicCookie) {
		t.Error("a branch without the cookie")
	}
}
