package sip_test

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

const t1 = 500 * time.Millisecond

// bench is a layer under the fake clock that writes down what its user hears.
type bench struct {
	t      *testing.T
	clock  *siptest.Clock
	conn   *siptest.Conn
	layer  *sip.Layer
	events []string
	tx     *sip.ServerTransaction
}

func newBench(t *testing.T, transport string) *bench {
	t.Helper()
	b := &bench{t: t, clock: siptest.NewClock(), conn: siptest.NewConn("a", transport)}
	layer, err := sip.NewLayer(sip.LayerConfig{
		Clock: b.clock,
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
		OnRequest: func(tx *sip.ServerTransaction, _ sip.Conn, req *sip.Request) {
			b.note("request %s", req.Method)
			if tx != nil {
				b.tx = tx
				tx.OnTerminated(func() { b.note("terminated") })
			}
		},
		OnResponse: func(_ sip.Conn, res *sip.Response) { b.note("stray %d", res.StatusCode) },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.layer = layer
	return b
}

func (b *bench) note(format string, args ...any) {
	b.events = append(b.events, fmt.Sprintf(format, args...))
}

// heard checks what the transaction user heard since the last call.
func (b *bench) heard(want ...string) {
	b.t.Helper()
	if got, want := strings.Join(b.events, ", "), strings.Join(want, ", "); got != want {
		b.t.Fatalf("heard %q, want %q", got, want)
	}
	b.events = nil
}

// sent checks what went over the connection since the last call.
func (b *bench) sent(want ...string) []sip.Message {
	b.t.Helper()
	messages := b.conn.Take()
	var got []string
	for _, msg := range messages {
		switch msg := msg.(type) {
		case *sip.Request:
			got = append(got, string(msg.Method))
		case *sip.Response:
			got = append(got, fmt.Sprintf("%d %s", msg.StatusCode, msg.CSeq().MethodName))
		}
	}
	if got, want := strings.Join(got, ", "), strings.Join(want, ", "); got != want {
		b.t.Fatalf("sent %q, want %q", got, want)
	}
	return messages
}

// sends checks that a message leaves after each of the pauses and not before.
func (b *bench) sends(what string, pauses ...time.Duration) {
	b.t.Helper()
	for _, pause := range pauses {
		b.clock.Advance(pause - 1)
		b.sent()
		b.clock.Advance(1)
		b.sent(what)
	}
}

// quiet checks that nothing is left: no transaction and no timer.
func (b *bench) quiet() {
	b.t.Helper()
	if clients, servers := b.layer.Len(); clients+servers != 0 {
		b.t.Fatalf("%d client and %d server transactions are left", clients, servers)
	}
	if n := b.clock.Pending(); n != 0 {
		b.t.Fatalf("%d timers are left", n)
	}
}

func (b *bench) request(method sip.Method) *sip.ClientTransaction {
	b.t.Helper()
	tx, err := b.layer.Request(b.conn, request(b.t, method, ""), sip.ClientHandler{
		OnResponse:       func(res *sip.Response) { b.note("%d", res.StatusCode) },
		OnTimeout:        func() { b.note("timeout") },
		OnTransportError: func(err error) { b.note("transport error: %v", err) },
		OnTerminated:     func() { b.note("terminated") },
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.sent(string(method))
	return tx
}

func (b *bench) respondTo(tx *sip.ClientTransaction, status int) {
	b.layer.Receive(b.conn, sip.NewResponse(tx.Request(), status, ""))
}

// request is a well-formed request; the options replace the branch.
func request(t testing.TB, method sip.Method, branch string) *sip.Request {
	t.Helper()
	if branch == "" {
		branch = "z9hG4bKtest"
	}
	text := strings.Join([]string{
		string(method) + " sip:bob@example.com SIP/2.0",
		"Via: SIP/2.0/WSS client.invalid;branch=" + branch,
		"Route: <sip:proxy.example.com;lr>",
		"Max-Forwards: 70",
		"From: <sip:alice@example.com>;tag=from",
		"To: <sip:bob@example.com>",
		"Call-ID: call",
		"CSeq: 7 " + string(method),
		"Content-Length: 0", "", "",
	}, "\r\n")
	msg, err := sip.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return msg.(*sip.Request)
}
