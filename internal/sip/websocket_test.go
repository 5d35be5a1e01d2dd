package sip_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webphone/internal/sip"
)

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
