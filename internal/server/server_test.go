package server

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestHealth(t *testing.T) {
	r := start(t, nil)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		res, body := r.do("GET", path)
		if res.StatusCode != http.StatusOK || string(body) != want || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q %v", path, res.StatusCode, body, res.Header)
		}
	}
}

func TestAServerWhoseStoreIsGoneIsAliveButNotReady(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	r := start(t, func(c *Config) { c.Accounts = accounts })
	if err := accounts.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if res, _ := r.do("GET", "/readyz"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", res.StatusCode)
	}
	if res, _ := r.do("GET", "/healthz"); res.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %d", res.StatusCode)
	}
}

func TestSIPNeedsTheSubprotocol(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/sip", "/"} {
		for _, offered := range [][]string{nil, {"chat"}} {
			_, res, err := r.dial(path, offered...)
			if err == nil || res == nil || res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s with %v: %v, %v", path, offered, res, err)
			}
		}
	}
	if res, _ := r.do("GET", "/sip"); res.StatusCode < 400 || res.StatusCode >= 500 {
		t.Errorf("a plain GET of /sip: %d", res.StatusCode)
	}
}

func TestSIPIsSpokenAtItsPathAndAtTheRoot(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/sip", "/"} {
		p := r.phone(path)
		if got := p.ws.Subprotocol(); got != "sip" {
			t.Errorf("%s: subprotocol %q", path, got)
		}
		if got := p.request("OPTIONS", "sip:"+domain, "1001").StatusCode; got != 200 {
			t.Errorf("%s: OPTIONS got %d", path, got)
		}
	}
}

func TestASiteThatIsNotListedCannotConnectAPhone(t *testing.T) {
	r := start(t, func(c *Config) { c.AllowedOrigins = []string{"https://shop.example"} })
	for origin, want := range map[string]int{
		"https://shop.example": http.StatusSwitchingProtocols,
		"https://evil.example": http.StatusForbidden,
	} {
		ws, res, err := websocket.Dial(within(t), r.url("/sip"), &websocket.DialOptions{
			Subprotocols: []string{"sip"}, HTTPClient: r.client, HTTPHeader: http.Header{"Origin": {origin}},
		})
		if res == nil || res.StatusCode != want {
			t.Errorf("%s: %v %v, want %d", origin, res, err, want)
		}
		if err == nil {
			_ = ws.CloseNow()
		}
	}
}

func TestAHeaderThatIsTooLargeIsRefused(t *testing.T) {
	r := start(t, nil)
	// net/http reads 4 KiB beyond its limit.
	res, _ := r.do("GET", "/", "X-Padding: "+strings.Repeat("x", maxHeaderBytes+8<<10))
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestASlowRequestIsBounded(t *testing.T) {
	r := start(t, nil)
	for name, limit := range map[string]time.Duration{
		"header": r.server.http.ReadHeaderTimeout, "request": r.server.http.ReadTimeout,
		"answer": r.server.http.WriteTimeout, "idle": r.server.http.IdleTimeout,
	} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("%s: %v", name, limit)
		}
	}
	if r.server.http.ReadHeaderTimeout != 10*time.Second {
		t.Errorf("a silent handshake is closed after %v", r.server.http.ReadHeaderTimeout)
	}
}

func TestTheDefaultDomainIsTheNameListenedOn(t *testing.T) {
	for listen, want := range map[string]string{
		"localhost:8080":         "localhost",
		":8080":                  "localhost",
		"0.0.0.0:443":            "localhost",
		"192.0.2.1:443":          "localhost",
		"[::]:443":               "localhost",
		"[2001:db8::1]:443":      "localhost",
		"[fe80::1%eth0]:443":     "localhost",
		"phone.example.com:443":  "phone.example.com",
		"Phone.Example.COM:8443": "phone.example.com",
		"no-port":                "localhost",
		"":                       "localhost",
	} {
		if got := DefaultDomain(listen); got != want {
			t.Errorf("DefaultDomain(%q) is %q, want %q", listen, got, want)
		}
	}
}

func TestRegistrationAgainstTheKeptAccounts(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	add(t, accounts, "1001")
	r := start(t, func(c *Config) { c.Accounts = accounts })
	if got := r.phone("/sip").register("1001", password); got != 200 {
		t.Errorf("the right password got %d", got)
	}
	if got := r.phone("/sip").register("1001", "wrong password"); got == 200 {
		t.Error("a wrong password got 200")
	}
	if got := r.phone("/sip").register("1002", password); got == 200 {
		t.Error("an unknown account got 200")
	}
}

func TestAccountsOutliveARestart(t *testing.T) {
	folder := t.TempDir()
	for i := range 2 {
		accounts, err := OpenAccounts(within(t), folder, domain)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			add(t, accounts, "1001")
		}
		r := start(t, func(c *Config) { c.Accounts = accounts })
		p := r.phone("/sip")
		if got := p.register("1001", password); got != 200 {
			t.Errorf("start %d: REGISTER got %d", i+1, got)
		}
		_ = p.ws.CloseNow()
		if err := errors.Join(r.stop(), accounts.Store.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestShutdownTellsThePhonesAndClosesThePort(t *testing.T) {
	r := start(t, nil)
	p := r.phone("/sip")
	p.request("OPTIONS", "sip:"+domain, "1001")
	closed := make(chan error, 1)
	go func() {
		_, _, err := p.ws.Read(context.Background())
		closed <- err
	}()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-closed:
		if websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("the phone saw %v, want 1001 going away", err)
		}
	case <-time.After(patience):
		t.Fatal("the phone was told nothing")
	}
	if conn, err := net.Dial("tcp", r.server.listener.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("the port is still open")
	}
	if got := r.server.ready.Load(); got {
		t.Error("a server that has shut down calls itself ready")
	}
}

// Browsers open connections ahead of need and leave them silent.
func TestASilentConnectionDoesNotMakeShutdownFail(t *testing.T) {
	r := start(t, nil)
	conn, err := net.Dial("tcp", r.server.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Connections are accepted in order: an answer on a later one shows that
	// the silent one is with the server.
	r.do("GET", "/healthz")
	r.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil || isTimeout(err) {
		t.Errorf("the silent connection is still open: %v", err)
	}
}

func TestAPhoneThatDoesNotAnswerDoesNotMakeShutdownFail(t *testing.T) {
	r := start(t, nil)
	// Nobody reads from this phone any more, so that its side never closes.
	r.phone("/sip").request("OPTIONS", "sip:"+domain, "1001")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestAPortInUseIsAnError(t *testing.T) {
	r := start(t, nil)
	accounts := openAccounts(t, t.TempDir(), domain)
	_, err := New(within(t), Config{Listen: r.server.listener.Addr().String(), Accounts: accounts, Dist: dist()})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

func TestABadSettingOfTheEdgeClosesWhatWasOpened(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	accounts := openAccounts(t, t.TempDir(), domain)
	config := Config{Listen: address, Accounts: accounts, Dist: dist(), AllowedOrigins: []string{"no origin"}}
	if _, err := New(within(t), config); err == nil {
		t.Fatal("an origin that is none was accepted")
	}
	if listener, err = net.Listen("tcp", address); err != nil {
		t.Fatalf("the port stayed open: %v", err)
	}
	_ = listener.Close()
}
