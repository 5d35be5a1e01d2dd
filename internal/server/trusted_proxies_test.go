package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// behindProxy trusts this machine as a reverse proxy.
func behindProxy(c *Config) { c.TrustedProxies = []string{"127.0.0.1", "::1"} }

func of(client string) string { return "X-Forwarded-For: " + client }

func TestTheClientIsTheLastForwardedAddressThatIsNoProxys(t *testing.T) {
	proxies, err := parseProxies([]string{"10.0.0.0/8", "192.0.2.1", "fd00::/8", "::ffff:198.51.100.0/120"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		peer  string
		lines []string
		want  string
	}{
		"a peer that is not trusted":             {"203.0.113.9:5", []string{"198.18.0.1"}, "203.0.113.9:5"},
		"a neighbour of a trusted address":       {"192.0.2.2:5", []string{"198.18.0.1"}, "192.0.2.2:5"},
		"no header":                              {"10.0.0.1:5", nil, "10.0.0.1:5"},
		"one proxy":                              {"10.0.0.1:5", []string{"198.18.0.1"}, "198.18.0.1:5"},
		"a proxy by its one address":             {"192.0.2.1:5", []string{"198.18.0.1"}, "198.18.0.1:5"},
		"a proxy in IPv6 notation":               {"[::ffff:10.0.0.1]:5", []string{"198.18.0.1"}, "198.18.0.1:5"},
		"a setting in IPv6 notation":             {"198.51.100.7:5", []string{"198.18.0.1"}, "198.18.0.1:5"},
		"a chain":                                {"10.0.0.1:5", []string{"198.18.0.1, 192.0.2.1 ,fd00::7"}, "198.18.0.1:5"},
		"a chain over several lines":             {"10.0.0.1:5", []string{"198.18.0.1", "192.0.2.1", "10.9.9.9"}, "198.18.0.1:5"},
		"what the client wrote itself":           {"10.0.0.1:5", []string{"10.0.0.7, 198.18.0.66, 198.18.0.1"}, "198.18.0.1:5"},
		"junk that the client wrote itself":      {"10.0.0.1:5", []string{"<>,,", "198.18.0.1"}, "198.18.0.1:5"},
		"proxies alone":                          {"10.0.0.1:5", []string{"10.0.0.2, 10.0.0.3"}, "10.0.0.1:5"},
		"IPv6":                                   {"[fd00::1]:5", []string{"2001:db8::4"}, "[2001:db8::4]:5"},
		"an IPv4 address in IPv6 notation":       {"[fd00::1]:5", []string{"::ffff:198.18.0.1"}, "198.18.0.1:5"},
		"a zone":                                 {"[fd00::1]:5", []string{"fe80::1%;x"}, "[fe80::1]:5"},
		"ports":                                  {"10.0.0.1:5", []string{"198.18.0.1:4711, 10.0.0.2:99"}, "198.18.0.1:5"},
		"a port of IPv6":                         {"10.0.0.1:5", []string{"[2001:db8::4]:4711"}, "[2001:db8::4]:5"},
		"junk":                                   {"10.0.0.1:5", []string{"unknown"}, "10.0.0.1:5"},
		"junk before a proxy":                    {"10.0.0.1:5", []string{"198.18.0.1, 300.0.0.1, 10.0.0.2"}, "10.0.0.1:5"},
		"an empty entry":                         {"10.0.0.1:5", []string{"198.18.0.1,"}, "10.0.0.1:5"},
		"an empty header":                        {"10.0.0.1:5", []string{""}, "10.0.0.1:5"},
		"as many proxies as are looked at":       {"10.0.0.1:5", []string{"198.18.0.1" + strings.Repeat(",10.0.0.2", 19)}, "198.18.0.1:5"},
		"more proxies than are looked at":        {"10.0.0.1:5", []string{"198.18.0.1" + strings.Repeat(",10.0.0.2", 20)}, "10.0.0.1:5"},
		"a connection that is of no IP network":  {"@", []string{"198.18.0.1"}, "@"},
		"a header that is as long as may be":     {"10.0.0.1:5", []string{strings.Repeat("1,", 8<<10) + "198.18.0.1"}, "198.18.0.1:5"},
		"a header of commas, as long as may be":  {"10.0.0.1:5", []string{strings.Repeat(",", maxHeaderBytes)}, "10.0.0.1:5"},
		"more than one header field of this one": {"10.0.0.1:5", []string{"198.18.0.66", "junk", "198.18.0.1"}, "198.18.0.1:5"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.lines}}
		got := ""
		proxies.reveal(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want || r.RemoteAddr != c.peer {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestOnlyAddressesAndPrefixesAreProxies(t *testing.T) {
	for _, text := range []string{"proxy.lan", "10.0.0.0/33", "10.0.0.1:80", "[::1]", "fe80::1%eth0", "fe80::1%eth0/64", "10.0.0", "/8"} {
		if got, err := parseProxies([]string{text}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if got, err := parseProxies(nil); err != nil || got.trust(netip.MustParseAddr("127.0.0.1")) {
		t.Errorf("with no setting: %v, %v", got, err)
	}
}

func TestBehindATrustedProxyEachVisitorHasLimitsOfItsOwn(t *testing.T) {
	s := newSite(t, func(c *Config) { near(c); behindProxy(c) })
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) {}))
	s.publish("guests", guestPage)
	gate := s.server.pages.gate
	gate.calls, gate.visitors = newRates(0, 1), newRates(0, 1)
	for _, path := range []string{helpCRM, "/p/guests/functions/brief"} {
		for _, client := range []string{"198.18.0.1", "2001:db8:1:2::4"} {
			s.run(path, `{"data":{"caller":"1"}}`, of(client)).is(http.StatusOK)
			s.run(path, `{"data":{"caller":"1"}}`, of("198.18.0.77, "+client)).fails(http.StatusTooManyRequests, "too often")
		}
		s.run(path, "", of("2001:db8:1:2:3::5")).fails(http.StatusTooManyRequests, "too often")
	}
	gate.calls = newRates(0, 10)
	for range maxCallsPerAddress {
		if err := gate.slots.take("198.18.0.1"); err != nil {
			t.Fatal(err)
		}
	}
	s.run(helpCRM, `{"data":{"caller":"1"}}`, of("198.18.0.1")).fails(http.StatusTooManyRequests, "for your network")
	s.run(helpCRM, `{"data":{"caller":"1"}}`, of("198.18.0.2")).is(http.StatusOK)
}

func TestBehindATrustedProxyAnAddressHasAHundredVisitorsOfItsOwn(t *testing.T) {
	s := newSite(t, behindProxy)
	s.publish("guests", guestPage)
	s.server.pages.gate.visitors, s.server.pages.gate.calls = newRates(0, 1000), newRates(0, 1000)
	for range 100 {
		s.run("/p/guests/functions/brief", "", of("198.18.0.1")).is(http.StatusOK)
	}
	s.run("/p/guests/functions/brief", "", of("198.18.0.1")).fails(http.StatusTooManyRequests, "from your network")
	s.run("/p/guests/functions/brief", "", of("198.18.0.2")).is(http.StatusOK)
}

func TestAForwardedAddressIsNotBelievedOfAnybodyElse(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"nobody is trusted": nil, "another is trusted": func(c *Config) { c.TrustedProxies = []string{"192.0.2.0/24"} },
	} {
		a := builder(t, change).another()
		for i := range maxGuesses + 1 {
			want := http.StatusUnauthorized
			if i == maxGuesses {
				want = http.StatusTooManyRequests
			}
			if got := a.call("POST", "/session", map[string]any{"password": "wrong password"}, of(fmt.Sprintf("198.18.0.%d", i))); got.status != want {
				t.Errorf("%s: guess %d is answered %d, want %d", name, i+1, got.status, want)
			}
		}
	}
}

func TestBehindATrustedProxyAGuesserShutsOutNobodyElse(t *testing.T) {
	a := builder(t, behindProxy).another()
	guess := func(password, client string) answer {
		return a.call("POST", "/session", map[string]any{"password": password}, of(client))
	}
	for range maxGuesses {
		guess("wrong password", "198.18.0.1").is(http.StatusUnauthorized)
	}
	guess(adminPassword, "198.18.0.1").fails(http.StatusTooManyRequests, "your address")
	guess(adminPassword, "198.18.0.2").is(http.StatusOK)
}

// dialFor opens a phone's connection as the proxy of a client.
func (r *running) dialFor(client string) (*phone, int) {
	r.t.Helper()
	ws, res, err := websocket.Dial(within(r.t), r.url("/sip"), &websocket.DialOptions{
		Subprotocols: []string{"sip"}, HTTPClient: r.client, HTTPHeader: http.Header{"X-Forwarded-For": {client}},
	})
	if err == nil {
		r.t.Cleanup(func() { _ = ws.CloseNow() })
	} else if res == nil {
		r.t.Fatal(err)
	}
	return &phone{t: r.t, ws: ws}, res.StatusCode
}

func TestBehindATrustedProxyConnectionsAreBoundedByClient(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		other  int
	}{
		"trusted": {behindProxy, http.StatusSwitchingProtocols}, "not trusted": {func(*Config) {}, http.StatusServiceUnavailable},
	} {
		r := start(t, func(config *Config) { c.change(config); config.MaxConnsPerAddr = 1 })
		for _, step := range []struct {
			client string
			want   int
		}{{"198.18.0.1", http.StatusSwitchingProtocols}, {"198.18.0.1", http.StatusServiceUnavailable}, {"198.18.0.2", c.other}} {
			if _, got := r.dialFor(step.client); got != step.want {
				t.Errorf("%s, %s: %d, want %d", name, step.client, got, step.want)
			}
		}
	}
}

func TestBehindATrustedProxyAGuesserOfAPhonesPasswordShutsOutNobodyElse(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	add(t, accounts, "1001")
	r := start(t, func(c *Config) { behindProxy(c); c.Accounts = accounts })
	guesser, _ := r.dialFor("198.18.0.1")
	last := 0
	for range 11 {
		last = guesser.register("1001", "a wrong password")
	}
	if got := guesser.register("1001", password); last != 403 || got != 403 {
		t.Errorf("the guesser: %d, %d", last, got)
	}
	owner, _ := r.dialFor("198.18.0.2")
	if got := owner.register("1001", password); got != 200 {
		t.Errorf("the owner: %d", got)
	}
}
