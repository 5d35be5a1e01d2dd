package sip_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

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
