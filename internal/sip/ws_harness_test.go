package sip_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"webphone/internal/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wsBench is a WebSocketServer behind a real listener.
type wsBench struct {
	t      *testing.T
	server *sip.WebSocketServer
	http   *httptest.Server
	ctx    context.Context
}

func serve(t *testing.T, cfg sip.WebSocketConfig) *wsBench {
	t.Helper()
	if cfg.OnMessage == nil {
		cfg.OnMessage = func(conn sip.Conn, msg sip.Message) {
			if req, ok := msg.(*sip.Request); ok {
				if err := conn.Send(sip.NewResponse(req, 200, "")); err != nil && !errors.Is(err, sip.ErrConnClosed) {
					t.Error(err)
				}
			}
		}
	}
	cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	server, err := sip.NewWebSocketServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing here takes this long unless it hangs.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	b := &wsBench{t: t, server: server, http: httptest.NewServer(server), ctx: ctx}
	t.Cleanup(func() {
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		b.http.Close()
		cancel()
	})
	return b
}

func (b *wsBench) dialWith(header http.Header, protocols ...string) (*websocket.Conn, *http.Response, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return websocket.Dial(b.ctx, b.http.URL, &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: header, Subprotocols: protocols,
	})
}

func (b *wsBench) dial() *websocket.Conn {
	b.t.Helper()
	ws, _, err := b.dialWith(nil, "sip")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { ws.CloseNow() })
	return ws
}

func (b *wsBench) write(ws *websocket.Conn, text string) {
	b.t.Helper()
	if err := ws.Write(b.ctx, websocket.MessageText, []byte(text)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *wsBench) read(ws *websocket.Conn) string {
	b.t.Helper()
	_, data, err := ws.Read(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

// status reads one response and returns its status and CSeq.
func (b *wsBench) status(ws *websocket.Conn) string {
	b.t.Helper()
	msg, err := sip.Parse([]byte(b.read(ws)))
	if err != nil {
		b.t.Fatal(err)
	}
	res := msg.(*sip.Response)
	return fmt.Sprintf("%d %s", res.StatusCode, res.CSeq().Value())
}

// closed reads until the connection ends and returns the close code.
func (b *wsBench) closed(ws *websocket.Conn) websocket.StatusCode {
	for {
		if _, _, err := ws.Read(b.ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

// eventually waits for what happens on another goroutine.
func (b *wsBench) eventually(what string, f func() bool) {
	b.t.Helper()
	for !f() {
		select {
		case <-b.ctx.Done():
			b.t.Fatalf("never: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

func options(number int) string {
	return strings.Join([]string{
		"OPTIONS sip:example.com SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/WS client.invalid;branch=z9hG4bK%d;rport;received=203.0.113.9", number),
		"Max-Forwards: 70",
		"From: <sip:alice@example.com>;tag=from",
		"To: <sip:example.com>",
		"Call-ID: call",
		fmt.Sprintf("CSeq: %d OPTIONS", number),
		"", "",
	}, "\r\n")
}
