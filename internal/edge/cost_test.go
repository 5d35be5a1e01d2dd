package edge

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// kept has one account at hand, as the store has once it was read.
type kept struct{ account store.Account }

func (k kept) Account(context.Context, string) (store.Account, error) { return k.account, nil }

// sink is a connection that counts what it is given.
type sink struct {
	open chan struct{}
	last sip.Message
	sent int
}

func (s *sink) ID() string               { return "sink" }
func (s *sink) Transport() string        { return "WS" }
func (s *sink) RemoteAddr() string       { return "203.0.113.9:5060" }
func (s *sink) LocalHost() string        { return domain }
func (s *sink) Send(m sip.Message) error { s.last, s.sent = m, s.sent+1; sip.Bytes(m); return nil }
func (s *sink) Close(string)             {}
func (s *sink) Done() <-chan struct{}    { return s.open }

func registerText(number int, authorization string) []byte {
	return []byte(strings.Join([]string{
		"REGISTER sip:" + domain + " SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/WS client.invalid;branch=z9hG4bK%d", number),
		"From: <sip:1001@" + domain + ">;tag=abcdefgh",
		"To: <sip:1001@" + domain + ">",
		"Call-ID: abcdefghijklmnopqrstuvw",
		fmt.Sprintf("CSeq: %d REGISTER", number),
		"Max-Forwards: 70",
		"Contact: <sip:1001@client.invalid;transport=ws>",
		"Expires: 3600" + authorization,
		"Content-Length: 0", "", "",
	}, "\r\n"))
}

// A refresh is what a phone asks for most. Its allocations are counted from the
// bytes that came to the bytes that go, since they cost twice: when they are made
// and when they are collected.
func TestARefreshTakesFewAllocations(t *testing.T) {
	account, err := directory{"1001": true}.Account(t.Context(), "1001")
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Domains: []string{domain}, Accounts: kept{account}, NonceKey: make([]byte, 32), TokenKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	conn := &sink{open: make(chan struct{})}
	receive := func(text []byte) *sip.Response {
		msg, err := sip.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		e.receive(conn, msg)
		return conn.last.(*sip.Response)
	}
	challenge, err := sip.ParseChallenge(sip.Field(receive(registerText(1, "")), "WWW-Authenticate").Value())
	if err != nil {
		t.Fatal(err)
	}
	const runs = 200
	var texts [][]byte
	for i := range runs + 1 {
		c, err := challenge.Answer("1001", password, sip.REGISTER, "sip:"+domain, "0a4f113b", uint32(i+1))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, registerText(i+2, "\r\nAuthorization: "+c.String()))
	}
	next := 0
	n := testing.AllocsPerRun(runs, func() {
		if res := receive(texts[next]); res.StatusCode != 200 {
			t.Fatalf("%d %s", res.StatusCode, res.Reason)
		}
		next++
	})
	if n > 75 {
		t.Errorf("a refresh allocates %v times", n)
	}
}
