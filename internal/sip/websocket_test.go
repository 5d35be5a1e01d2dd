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
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
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

func TestTextBinaryAndFragmentedMessagesAreRead(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	ws := b.dial()
	if got := ws.Subprotocol(); got != "sip" {
		t.Errorf("the subprotocol is %q", got)
	}
	b.write(ws, options(1))
	if err := ws.Write(b.ctx, websocket.MessageBinary, []byte(options(2))); err != nil {
		t.Fatal(err)
	}
	w, err := ws.Writer(b.ctx, websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	for i := range options(3) {
		if _, err := io.WriteString(w, options(3)[i:i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		if got, want := b.status(ws), fmt.Sprintf("200 %d OPTIONS", n); got != want {
			t.Errorf("answered %q, want %q", got, want)
		}
	}
}

func TestAMessageThatIsNoUTF8LeavesInABinaryFrame(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{OnMessage: func(conn sip.Conn, msg sip.Message) {
		res := sip.NewResponse(msg.(*sip.Request), 200, "")
		res.SetBody([]byte{0xff, 0x00})
		if err := conn.Send(res); err != nil {
			t.Error(err)
		}
	}})
	ws := b.dial()
	b.write(ws, options(1))
	if kind, data, err := ws.Read(b.ctx); err != nil || kind != websocket.MessageBinary || !strings.HasSuffix(string(data), "\xff\x00") {
		t.Errorf("%v frame %q (%v)", kind, data, err)
	}
}

func TestTheMessagesOfOneConnectionAreHandledInOrder(t *testing.T) {
	const count = 150
	b := serve(t, sip.WebSocketConfig{})
	ws := b.dial()
	for n := range count {
		b.write(ws, options(n))
	}
	for n := range count {
		if got, want := b.status(ws), fmt.Sprintf("200 %d OPTIONS", n); got != want {
			t.Fatalf("answered %q, want %q", got, want)
		}
	}
}

func TestOneBusyConnectionDoesNotDelayAnother(t *testing.T) {
	release := make(chan struct{})
	b := serve(t, sip.WebSocketConfig{OnMessage: func(conn sip.Conn, msg sip.Message) {
		if msg.CSeq().SeqNo == 1 {
			<-release
		}
		if err := conn.Send(sip.NewResponse(msg.(*sip.Request), 200, "")); err != nil {
			t.Error(err)
		}
	}})
	busy, other := b.dial(), b.dial()
	b.write(busy, options(1))
	b.write(other, options(2))
	if got := b.status(other); got != "200 2 OPTIONS" {
		t.Error(got)
	}
	close(release)
	if got := b.status(busy); got != "200 1 OPTIONS" {
		t.Error(got)
	}
}

func TestADoubleCRLFIsAnsweredByACRLFAndASingleOneIsIgnored(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	ws := b.dial()
	b.write(ws, "\r\n")
	b.write(ws, "\r\n\r\n")
	if got := b.read(ws); got != "\r\n" {
		t.Errorf("answered %q", got)
	}
}

func TestAMalformedRequestIsAnsweredAndTheConnectionLives(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	ws := b.dial()
	b.write(ws, strings.Replace(options(1), "Max-Forwards: 70", "Max-Forwards: 700", 1))
	if got := b.status(ws); got != "400 1 OPTIONS" {
		t.Error(got)
	}
	b.write(ws, strings.Replace(options(2), "SIP/2.0\r\n", "SIP/3.0\r\n", 1))
	if got := b.status(ws); got != "505 2 OPTIONS" {
		t.Error(got)
	}
	for _, silent := range []string{
		"nonsense",
		strings.Replace(options(3), "OPTIONS sip:example.com SIP/2.0", "SIP/2.0 999 OK", 1),
		strings.ReplaceAll(strings.Replace(options(4), "Max-Forwards: 70", "Max-Forwards: x", 1), "OPTIONS", "ACK"),
	} {
		b.write(ws, silent)
	}
	b.write(ws, options(5))
	if got := b.status(ws); got != "200 5 OPTIONS" {
		t.Error(got)
	}
}

func TestAFloodOfMalformedMessagesClosesTheConnection(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{MalformedBurst: 3, Clock: siptest.NewClock()})
	ws := b.dial()
	for range 4 {
		b.write(ws, "nonsense")
	}
	if code := b.closed(ws); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %d", code)
	}
}

func TestAMessageOverTheLimitClosesTheConnectionWith1009(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	for _, extra := range []int{1, 2, sip.MaxMessageBytes} {
		ws := b.dial()
		text := options(1)
		b.write(ws, text+strings.Repeat("x", sip.MaxMessageBytes-len(text)))
		if got := b.status(ws); got != "200 1 OPTIONS" {
			t.Error(got)
		}
		b.write(ws, text+strings.Repeat("x", sip.MaxMessageBytes-len(text)+extra))
		if code := b.closed(ws); code != websocket.StatusMessageTooBig {
			t.Errorf("%d bytes too many: closed with %d", extra, code)
		}
	}
}

func TestTooManyHeaderFieldsAreAnswered400(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{MaxHeaders: 6})
	ws := b.dial()
	b.write(ws, strings.TrimSuffix(options(1), "\r\n")+"X: 1\r\n\r\n")
	if got := b.status(ws); got != "400 1 OPTIONS" {
		t.Error(got)
	}
	b.write(ws, options(2))
	if got := b.status(ws); got != "200 2 OPTIONS" {
		t.Error(got)
	}
}

func TestTheTopViaSaysWhereTheRequestCameFrom(t *testing.T) {
	heard := make(chan string, 1)
	b := serve(t, sip.WebSocketConfig{OnMessage: func(conn sip.Conn, msg sip.Message) {
		heard <- strings.ReplaceAll(msg.Via().Params.ToString(';'), conn.RemoteAddr()[len("127.0.0.1:"):], "port")
	}})
	ws := b.dial()
	for sentBy, want := range map[string]string{
		"client.invalid;branch=z9hG4bK1;rport":                         "branch=z9hG4bK1;rport=port;received=127.0.0.1",
		"client.invalid;branch=z9hG4bK1;received=203.0.113.9":          "branch=z9hG4bK1;received=127.0.0.1",
		"127.0.0.1;branch=z9hG4bK1;received=203.0.113.9":               "branch=z9hG4bK1",
		"127.0.0.1;branch=z9hG4bK1;rport=9":                            "branch=z9hG4bK1;rport=port;received=127.0.0.1",
		"a;branch=z9hG4bK1, SIP/2.0/WS b;branch=z9hG4bK2;received=x;p": "branch=z9hG4bK1;received=127.0.0.1",
	} {
		b.write(ws, strings.Replace(options(1), "client.invalid;branch=z9hG4bK1;rport;received=203.0.113.9", sentBy, 1))
		if got := <-heard; got != want {
			t.Errorf("%s became %s, want %s", sentBy, got, want)
		}
	}
}

func TestAConnectionKnowsHowItWasReached(t *testing.T) {
	heard := make(chan sip.Conn, 1)
	b := serve(t, sip.WebSocketConfig{
		OnOpen: func(conn sip.Conn) { heard <- conn },
		Peer:   func(r *http.Request) (string, bool) { return r.Header.Get("X-Peer"), true },
	})
	ws, _, err := b.dialWith(http.Header{"X-Peer": {"192.0.2.7:99"}}, "sip")
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	conn := <-heard
	if conn.RemoteAddr() != "192.0.2.7:99" || conn.Transport() != "WSS" || conn.LocalHost() != "127.0.0.1" || conn.ID() == "" {
		t.Errorf("%s over %s to %s", conn.RemoteAddr(), conn.Transport(), conn.LocalHost())
	}
}

func TestAHandshakeThatIsNotForSIPIsRefused(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{AllowedOrigins: []string{"https://www.example.com"}})
	for _, c := range []struct {
		what     string
		header   http.Header
		protocol string
		status   int
	}{
		{"no subprotocol", nil, "", http.StatusBadRequest},
		{"another subprotocol", nil, "chat", http.StatusBadRequest},
		{"a foreign origin", http.Header{"Origin": {"https://evil.example"}}, "sip", http.StatusForbidden},
		{"no origin", nil, "sip", 0},
		{"an allowed origin", http.Header{"Origin": {"https://WWW.example.com"}}, "sip", 0},
		{"its own origin", http.Header{"Origin": {b.http.URL}}, "sip", 0},
	} {
		var protocols []string
		if c.protocol != "" {
			protocols = append(protocols, c.protocol)
		}
		ws, res, err := b.dialWith(c.header, protocols...)
		if c.status == 0 {
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
				continue
			}
			ws.CloseNow()
		} else if err == nil || res.StatusCode != c.status {
			t.Errorf("%s: %v (%v), want %d", c.what, res, err, c.status)
		}
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(b.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a plain GET was answered %d", res.StatusCode)
	}
}

func TestConnectionsBeyondTheBoundsAreAnswered503(t *testing.T) {
	for what, cfg := range map[string]sip.WebSocketConfig{
		"MaxConns": {MaxConns: 1}, "MaxConnsPerAddr": {MaxConnsPerAddr: 1},
	} {
		b := serve(t, cfg)
		ws := b.dial()
		_, res, err := b.dialWith(nil, "sip")
		if err == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %v (%v)", what, res, err)
		}
		if err := ws.Close(websocket.StatusNormalClosure, ""); err != nil {
			t.Error(err)
		}
		b.eventually("room again", func() bool {
			ws, _, err := b.dialWith(nil, "sip")
			if err == nil {
				ws.CloseNow()
			}
			return err == nil
		})
	}
}

func TestOnOpenComesFirstAndOnCloseLastOfAll(t *testing.T) {
	var mu sync.Mutex
	var events []string
	note := func(event string) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, event)
	}
	over := make(chan struct{})
	b := serve(t, sip.WebSocketConfig{
		OnOpen:    func(sip.Conn) { note("open") },
		OnMessage: func(sip.Conn, sip.Message) { note("message") },
		OnClose: func(conn sip.Conn) {
			<-conn.Done()
			if err := conn.Send(sip.NewRequest(sip.OPTIONS, sip.URI{Host: "x"})); !errors.Is(err, sip.ErrConnClosed) {
				t.Errorf("Send after the end returned %v", err)
			}
			note("close")
			close(over)
		},
	})
	ws := b.dial()
	b.write(ws, options(1))
	if err := ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	<-over
	if got := strings.Join(events, ", "); got != "open, message, close" {
		t.Error(got)
	}
	b.eventually("no connection left", func() bool { return b.server.Len() == 0 })
}

func TestClosingSendsWhatIsQueuedAndTheReason(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{OnMessage: func(conn sip.Conn, msg sip.Message) {
		for range 100 {
			if err := conn.Send(sip.NewResponse(msg.(*sip.Request), 200, "")); err != nil {
				t.Error(err)
			}
		}
		conn.Close(strings.Repeat("ö", 100))
	}})
	ws := b.dial()
	b.write(ws, options(1))
	for range 100 {
		b.status(ws)
	}
	if _, _, err := ws.Read(b.ctx); websocket.CloseStatus(err) != websocket.StatusNormalClosure || !strings.Contains(err.Error(), "ööö") {
		t.Error(err)
	}
}

func TestWhatIsQueuedLeavesEvenIfTheConnectionIsClosedAtOnce(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{OnOpen: func(conn sip.Conn) {
		for range 10 {
			if err := conn.Send(sip.NewRequest(sip.OPTIONS, sip.URI{Scheme: "sip", Host: "example.com"})); err != nil {
				t.Error(err)
			}
		}
		conn.Close("done")
	}})
	for range 30 {
		ws := b.dial()
		for range 10 {
			if got := b.read(ws); !strings.HasPrefix(got, "OPTIONS ") {
				t.Fatalf("read %q", got)
			}
		}
		if code := b.closed(ws); code != websocket.StatusNormalClosure {
			t.Fatalf("closed with %d", code)
		}
	}
}

func TestAPeerThatDoesNotReadIsDisconnectedAndNeverBlocksSend(t *testing.T) {
	for what, cfg := range map[string]sip.WebSocketConfig{
		"SendQueue":      {SendQueue: 10, SendQueueBytes: 1 << 30},
		"SendQueueBytes": {SendQueue: 1 << 20, SendQueueBytes: 1 << 20},
	} {
		opened := make(chan sip.Conn, 1)
		cfg.OnOpen = func(conn sip.Conn) { opened <- conn }
		b := serve(t, cfg)
		b.dial()
		conn := <-opened
		msg := sip.NewRequest(sip.MESSAGE, sip.URI{Scheme: "sip", Host: "example.com"})
		msg.SetBody(make([]byte, 60_000))
		// The buffers of the socket hold some megabytes before the queue fills.
		var err error
		for n := 0; n < 1000 && err == nil; n++ {
			err = conn.Send(msg)
		}
		if !errors.Is(err, sip.ErrConnSlow) {
			t.Errorf("%s: Send returned %v", what, err)
			continue
		}
		<-conn.Done()
		b.eventually("no connection left", func() bool { return b.server.Len() == 0 })
	}
}

func TestASilentPeerIsDisconnected(t *testing.T) {
	clock := siptest.NewClock()
	opened := make(chan struct{})
	b := serve(t, sip.WebSocketConfig{Clock: clock, OnOpen: func(sip.Conn) { close(opened) }})
	ws := b.dial()
	<-opened
	clock.Advance(90*time.Second - 1)
	if n := b.server.Len(); n != 1 {
		t.Fatalf("%d connections", n)
	}
	clock.Advance(1)
	if code := b.closed(ws); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %d", code)
	}
}

func TestAPeerThatAnswersPingsStays(t *testing.T) {
	clock := siptest.NewClock()
	opened := make(chan struct{})
	b := serve(t, sip.WebSocketConfig{Clock: clock, OnOpen: func(sip.Conn) { close(opened) }})
	ws := b.dial()
	<-opened
	end := make(chan websocket.StatusCode, 1)
	go func() { end <- b.closed(ws) }()
	for range 10 {
		b.eventually("both timers run", func() bool { return clock.Pending() == 2 })
		clock.Advance(30 * time.Second)
	}
	b.eventually("the last pong", func() bool { return clock.Pending() == 2 })
	if n := b.server.Len(); n != 1 {
		t.Errorf("%d connections", n)
	}
	ws.CloseNow()
	<-end
}

func TestAPeerThatSendsTooFastIsReadMoreSlowly(t *testing.T) {
	clock := siptest.NewClock()
	b := serve(t, sip.WebSocketConfig{Clock: clock, MessageRate: 1, MessageBurst: 2})
	ws := b.dial()
	for n := range 3 {
		b.write(ws, options(n))
	}
	b.status(ws)
	b.status(ws)
	b.eventually("the third message waits", func() bool { return clock.Pending() == 3 })
	clock.Advance(time.Second)
	if got := b.status(ws); got != "200 2 OPTIONS" {
		t.Error(got)
	}
}

func TestShutdownSaysGoingAwayAndRefusesWhoComesLater(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	var all sync.WaitGroup
	for range 5 {
		ws := b.dial()
		all.Go(func() {
			if code := b.closed(ws); code != websocket.StatusGoingAway {
				t.Errorf("closed with %d", code)
			}
		})
	}
	b.eventually("five connections", func() bool { return b.server.Len() == 5 })
	if err := b.server.Shutdown(b.ctx); err != nil {
		t.Error(err)
	}
	all.Wait()
	if n := b.server.Len(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	if _, res, err := b.dialWith(nil, "sip"); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v (%v)", res, err)
	}
}

func TestShutdownCutsOffWhoDoesNotLeave(t *testing.T) {
	b := serve(t, sip.WebSocketConfig{})
	b.dial()
	b.eventually("one connection", func() bool { return b.server.Len() == 1 })
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	if err := b.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown returned %v", err)
	}
}

func TestASettingThatMakesNoSenseIsRefused(t *testing.T) {
	ok := func(sip.Conn, sip.Message) {}
	for what, cfg := range map[string]sip.WebSocketConfig{
		"no OnMessage":     {},
		"a negative bound": {OnMessage: ok, MaxConns: -1},
		"a negative time":  {OnMessage: ok, HandshakeTimeout: -1},
		"rare pings":       {OnMessage: ok, PingInterval: time.Hour},
		"too large":        {OnMessage: ok, MaxMessageBytes: 1 << 20},
		"no origin":        {OnMessage: ok, AllowedOrigins: []string{"example.com"}},
	} {
		if _, err := sip.NewWebSocketServer(cfg); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}
