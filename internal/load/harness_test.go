package load

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"webphone/internal/edge"
	"webphone/internal/sip"
	"webphone/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	domain   = "example.com"
	password = "correct horse"
)

// directory has every account, with the password above.
type directory struct{}

func (directory) Account(_ context.Context, username string) (store.Account, error) {
	return store.Account{Username: username, Realm: domain, Hashes: map[string]string{
		"SHA-256": sip.HA1(sip.SHA256, username, domain, password),
	}}, nil
}

// place is an edge on a loopback socket.
type place struct {
	t        *testing.T
	edge     *edge.Edge
	location *edge.MemoryLocation
	url      string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, location: edge.NewMemoryLocation(sip.SystemClock)}
	config := edge.Config{
		Domains: []string{domain}, Accounts: directory{}, Location: p.location,
		NonceKey: make([]byte, 32), TokenKey: make([]byte, 32),
	}
	var err error
	if p.edge, err = edge.New(config); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p.edge)
	p.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		p.down()
		server.Close()
	})
	return p
}

func (p *place) down() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := p.edge.Shutdown(ctx); err != nil {
		p.t.Error(err)
	}
}

// empty says that nothing is left of the phones.
func (p *place) empty(n int) {
	p.t.Helper()
	for _, a := range accounts(p.t, n) {
		if left := p.location.Bindings(a.Username); len(left) > 0 {
			p.t.Errorf("%s has a binding left", a.Username)
		}
	}
	for range 1000 {
		if p.edge.Connections() == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	p.t.Errorf("%d connections are left", p.edge.Connections())
}

func accounts(t *testing.T, n int) []Account {
	t.Helper()
	all, err := MakeAccounts("load%02d", password, n)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// config is a short load of n phones.
func config(t *testing.T, url string, n int) Config {
	return Config{Server: url, Domain: domain, Accounts: accounts(t, n), RegisterRate: 1000}
}

func run(t *testing.T, c Config) *Report {
	t.Helper()
	report, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// failed says what failed, and nothing else.
func failed(t *testing.T, r *Report, want ...Failure) {
	t.Helper()
	total := 0
	for _, f := range want {
		total += f.Count
	}
	if len(r.Failures) != len(want) || r.Failed != total {
		t.Fatalf("failures %v, want %v", r.Failures, want)
	}
	for i, f := range want {
		if r.Failures[i] != f {
			t.Fatalf("failures %v, want %v", r.Failures, want)
		}
	}
}

func latency(r *Report, op operation) Latency { return r.Latencies[op] }

// mute is a server that takes SIP over WebSocket and never answers.
func mute(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}})
		if err != nil {
			return
		}
		defer ws.CloseNow()
		for err == nil {
			_, _, err = ws.Read(context.Background())
		}
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}
