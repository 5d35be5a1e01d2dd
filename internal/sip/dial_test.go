package sip_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webphone/internal/sip"
)

// caller is a client that writes down what it hears.
type caller struct {
	t        *testing.T
	dialer   *sip.Dialer
	messages chan sip.Message
	pongs    chan string
	closed   chan string
}

func newCaller(t *testing.T, change func(*sip.DialConfig)) *caller {
	t.Helper()
	c := &caller{t: t, messages: make(chan sip.Message, 100), pongs: make(chan string, 100), closed: make(chan string, 100)}
	config := sip.DialConfig{
		OnMessage: func(_ sip.Conn, msg sip.Message) { c.messages <- msg },
		OnPong:    func(conn sip.Conn) { c.pongs <- conn.ID() },
		OnClose:   func(conn sip.Conn) { c.closed <- conn.ID() },
		Log:       slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&config)
	}
	var err error
	if c.dialer, err = sip.NewDialer(config); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *caller) dial(url string) sip.ClientConn {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := c.dialer.Dial(ctx, url)
	if err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// refused dials and returns why that fails.
func (c *caller) refused(url string) error {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := c.dialer.Dial(ctx, url)
	if err == nil {
		conn.Close("")
		c.t.Fatalf("%s was accepted", url)
	}
	return err
}

// take waits for something that comes once.
func take[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatalf("never: %s", what)
		panic("unreachable")
	}
}

func wsURL(b *wsBench) string { return "ws" + strings.TrimPrefix(b.http.URL, "http") }

func webSocketServer(t *testing.T, serve func(*websocket.Conn, *http.Request)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}})
		if err != nil {
			return
		}
		defer ws.CloseNow()
		serve(ws, r)
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func TestAClientExchangesMessagesInOrder(t *testing.T) {
	c := newCaller(t, nil)
	conn := c.dial(wsURL(serve(t, sip.WebSocketConfig{})))
	for i := 1; i <= 20; i++ {
		msg, err := sip.Parse([]byte(options(i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Send(msg); err != nil {
			t.Fatal(err)
		}
	}
	for i := uint32(1); i <= 20; i++ {
		if res := take(t, "an answer", c.messages); res.CSeq().SeqNo != i {
			t.Fatalf("answer %d came as number %d", res.CSeq().SeqNo, i)
		}
	}
	if conn.Transport() != "WS" || conn.LocalHost() != "127.0.0.1" {
		t.Errorf("%s to %s", conn.Transport(), conn.LocalHost())
	}
	conn.Close("done")
	if id := take(t, "the end", c.closed); id != conn.ID() {
		t.Errorf("the end of %s", id)
	}
	if err := conn.Send(mustParse(t, options(1))); !errors.Is(err, sip.ErrConnClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func mustParse(t *testing.T, text string) sip.Message {
	t.Helper()
	msg, err := sip.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func TestAClientIsToldOnceThatTheServerIsGone(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	c := newCaller(t, nil)
	conn := c.dial(wsURL(b))
	if err := b.server.Shutdown(b.ctx); err != nil {
		t.Fatal(err)
	}
	take(t, "the end", c.closed)
	take(t, "Done", conn.Done())
	if len(c.closed) != 0 {
		t.Error("it was told twice")
	}
}

func TestAKeepAliveOfAClientIsAnswered(t *testing.T) {
	c := newCaller(t, nil)
	conn := c.dial(wsURL(serve(t, sip.WebSocketConfig{})))
	defer conn.Close("")
	if err := conn.Ping(); err != nil {
		t.Fatal(err)
	}
	if id := take(t, "the answer to a keep-alive", c.pongs); id != conn.ID() || len(c.messages) != 0 {
		t.Errorf("the pong of %s, %d messages", id, len(c.messages))
	}
}

func TestAServerIsNamedByAWebSocketURL(t *testing.T) {
	c := newCaller(t, nil)
	for _, url := range []string{"", "http://example.com", "ws://", "ws://me:secret@example.com", "ws://example.com/#x", "://", "sip:example.com"} {
		if err := c.refused(url); !errors.Is(err, sip.ErrDialURL) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestARefusedHandshakeTellsItsStatus(t *testing.T) {
	c := newCaller(t, nil)
	target := serve(t, sip.WebSocketConfig{})
	for _, status := range []int{200, 302, 403, 404, 503} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", target.http.URL)
			w.WriteHeader(status)
		}))
		var refused *sip.HandshakeError
		if err := c.refused("ws" + strings.TrimPrefix(server.URL, "http")); !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("%d: %v", status, err)
		}
		server.Close()
	}
	if target.server.Len() != 0 {
		t.Error("a redirect was followed")
	}
}

func TestAServerWithoutTheSubprotocolIsRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := websocket.Accept(w, r, nil); err == nil {
			_, _, _ = ws.Read(r.Context())
		}
	}))
	defer server.Close()
	if err := newCaller(t, nil).refused("ws" + strings.TrimPrefix(server.URL, "http")); !errors.Is(err, sip.ErrNotSIP) {
		t.Error(err)
	}
}

func TestTheContextBoundsTheHandshake(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		socket, err := listener.Accept()
		if err != nil {
			return
		}
		defer socket.Close()
		_, _ = socket.Read(make([]byte, 1)) // It asks, and gets no answer.
		cancel()
		_, _ = io.Copy(io.Discard, socket)
	}()
	if _, err := newCaller(t, nil).dialer.Dial(ctx, "ws://"+listener.Addr().String()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestACertificateThatNobodyVouchesForIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	defer server.Close()
	err := newCaller(t, nil).refused("wss" + strings.TrimPrefix(server.URL, "https"))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
}

func TestAMalformedRequestOfTheServerIsAnswered(t *testing.T) {
	answers := make(chan string, 1)
	url := webSocketServer(t, func(ws *websocket.Conn, r *http.Request) {
		_ = ws.Write(r.Context(), websocket.MessageText, []byte(strings.Replace(options(1), "Call-ID: call\r\n", "", 1)))
		_, data, _ := ws.Read(r.Context())
		answers <- string(data)
	})
	c := newCaller(t, nil)
	c.dial(url)
	if text := take(t, "an answer", answers); !strings.HasPrefix(text, "SIP/2.0 400 Missing Call-ID") || len(c.messages) != 0 {
		t.Errorf("%q, %d messages", text, len(c.messages))
	}
	take(t, "the end", c.closed)
}

func TestAMessageOfTheServerIsBounded(t *testing.T) {
	url := webSocketServer(t, func(ws *websocket.Conn, r *http.Request) {
		_ = ws.Write(r.Context(), websocket.MessageText, []byte(options(1)+strings.Repeat("x", 2000)))
		_, _, _ = ws.Read(r.Context())
	})
	c := newCaller(t, func(config *sip.DialConfig) { config.MaxMessageBytes = 1000 })
	c.dial(url)
	take(t, "the end", c.closed)
	if len(c.messages) != 0 {
		t.Error("it was taken")
	}
}
