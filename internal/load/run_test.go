package load

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
)

func TestEveryPhoneConnectsRegistersAndIsRemovedAgain(t *testing.T) {
	p := newPlace(t)
	r := run(t, config(t, p.url, 7))
	failed(t, r)
	if c := r.Counts; c.Connects != 7 || c.Registrations != 7 || c.Unregistered != 7 || c.Refreshes+c.Calls+c.HangUps+c.HeldBack != 0 {
		t.Errorf("%+v", c)
	}
	for _, op := range []operation{opConnect, opRegister, opUnregister} {
		if l := latency(r, op); l.Count != 7 || l.Min <= 0 || l.P50 < l.Min || l.P99 < l.P50 || l.Max < l.P99 {
			t.Errorf("%+v", l)
		}
	}
	if r.Peak.Connected != 7 || r.Peak.Registered != 7 || r.Peak.Calls != 0 {
		t.Errorf("%+v", r.Peak)
	}
	p.empty(7)
}

func TestCallsAreAnsweredAndHungUp(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 6)
	c.CallRate, c.CallDuration, c.Duration, c.NoRefresh = 50, 20*time.Millisecond, 400*time.Millisecond, true
	r := run(t, c)
	failed(t, r)
	answered := r.Counts.Calls - r.Counts.Cancelled
	if answered < 1 || r.Counts.HangUps != answered {
		t.Errorf("%+v", r.Counts)
	}
	for _, op := range []operation{opRing, opAnswer, opHangUp} {
		if l := latency(r, op); l.Count != answered {
			t.Errorf("%+v, want %d", l, answered)
		}
	}
	p.empty(6)
}

func TestBothSidesOfACallSendMedia(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 4)
	c.CallRate, c.CallDuration, c.Duration, c.NoRefresh, c.Media = 1, 1500*time.Millisecond, 2200*time.Millisecond, true, true
	r := run(t, c)
	failed(t, r)
	if r.Media == nil || r.Counts.Calls < 1 {
		t.Fatalf("%+v %+v", r.Media, r.Counts)
	}
	if m := r.Media; m.Streams < 2 || m.Sent < 10 || m.Received < 10 || m.Received > m.Sent {
		t.Errorf("%+v", m)
	}
	p.empty(4)
}

func TestRegistrationsAreRefreshedAtTheRate(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 3)
	c.Duration, c.RegisterRate = 500*time.Millisecond, 100
	r := run(t, c)
	failed(t, r)
	// One that is late is made up for within a second, and none comes early.
	if n := r.Counts.Refreshes; n < 1 || n > 50 {
		t.Errorf("%d refreshes in half a second at 100 a second", n)
	}
	if l := latency(r, opRefresh); l.Count != r.Counts.Refreshes {
		t.Errorf("%+v", l)
	}
}

func TestAWrongPasswordIsAFailureOfItsKind(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 3)
	c.Accounts[1].Password = "wrong"
	r := run(t, c)
	failed(t, r, Failure{"register: 401", 1})
	if r.Peak.Registered != 2 || r.Counts.Unregistered != 2 {
		t.Errorf("%+v %+v", r.Peak, r.Counts)
	}
	p.empty(3)
}

func TestAPortWithoutAServerIsAFailureOfItsKind(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	failed(t, run(t, config(t, "ws://"+l.Addr().String(), 4)), Failure{"connect: refused", 4})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	p := newPlace(t)
	elsewhere := httptest.NewServer(http.RedirectHandler("http"+strings.TrimPrefix(p.url, "ws"), http.StatusFound))
	defer elsewhere.Close()
	failed(t, run(t, config(t, "ws"+strings.TrimPrefix(elsewhere.URL, "http"), 2)), Failure{"connect: status 302", 2})
}

func TestAProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:1")
	t.Setenv("http_proxy", "http://192.0.2.1:1")
	failed(t, run(t, config(t, newPlace(t).url, 1)))
}

func TestACertificateThatNobodyVouchesForIsAFailureOfItsKind(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	failed(t, run(t, config(t, "wss"+strings.TrimPrefix(server.URL, "https"), 2)), Failure{"connect: the certificate is not trusted", 2})
}

func TestSilenceIsAFailureOfItsKind(t *testing.T) {
	c := config(t, mute(t), 3)
	c.Timeout = 200 * time.Millisecond
	failed(t, run(t, c), Failure{"register: timeout", 3})
}

func TestAServerThatDiesEndsTheRunWithAFailureForEachPhone(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 4)
	c.Duration, c.NoRefresh = time.Hour, true
	c.Progress = func(s Sample) {
		if s.Registered == 4 {
			p.down()
		}
	}
	r := run(t, c)
	failed(t, r, Failure{"connection: closed by the server", 4})
	if r.Counts.Unregistered != 0 {
		t.Errorf("%+v", r.Counts)
	}
}

func TestACallWhosePhoneLosesItsConnectionFails(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 2)
	c.Duration, c.NoRefresh, c.CallRate, c.CallDuration = time.Hour, true, 1, time.Hour
	c.Progress = func(s Sample) {
		if s.Calls == 1 && s.Answers > 0 {
			p.down()
		}
	}
	failed(t, run(t, c), Failure{"connection: closed by the server", 2}, Failure{"call: connection lost", 1})
}

func TestStopEndsInOrder(t *testing.T) {
	p := newPlace(t)
	stop := make(chan struct{})
	c := config(t, p.url, 4)
	c.Duration, c.CallRate, c.CallDuration, c.Stop = time.Hour, 2, time.Hour, stop
	stopped := false
	c.Progress = func(s Sample) {
		if s.Calls == 2 && !stopped {
			stopped = true
			close(stop)
		}
	}
	r := run(t, c)
	failed(t, r)
	if r.Counts.HangUps != 2 || r.Counts.Unregistered != 4 {
		t.Errorf("%+v", r.Counts)
	}
	p.empty(4)
}

func TestStopDuringTheRampEndsInOrder(t *testing.T) {
	p := newPlace(t)
	stop := make(chan struct{})
	c := config(t, p.url, 90)
	c.RegisterRate, c.Stop = 10, stop
	c.Progress = func(s Sample) {
		if s.Seconds < 2 {
			close(stop)
		}
	}
	r := run(t, c)
	failed(t, r)
	if r.Counts.Connects == 0 || r.Counts.Connects > 30 {
		t.Errorf("%+v", r.Counts)
	}
	p.empty(90)
}

func TestTheEndOfTheContextEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := config(t, mute(t), 3)
	c.Timeout, c.EndTimeout = time.Hour, time.Hour
	c.Progress = func(s Sample) {
		if s.Connected == 3 {
			cancel()
		}
	}
	r, err := Run(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	failed(t, r, Failure{"register: stopped", 3})
}

func TestTheEndIsBoundedWhereTheServerSaysNothing(t *testing.T) {
	stop := make(chan struct{})
	c := config(t, mute(t), 3)
	c.Timeout, c.EndTimeout, c.Stop = time.Hour, 300*time.Millisecond, stop
	stopped := false
	c.Progress = func(Sample) {
		if !stopped {
			stopped = true
			close(stop)
		}
	}
	failed(t, run(t, c), Failure{"register: stopped", 3})
}

func TestWhatIsOutstandingIsBounded(t *testing.T) {
	stop := make(chan struct{})
	c := config(t, mute(t), 50)
	c.MaxOutstanding, c.Timeout, c.EndTimeout, c.Stop = 5, time.Hour, 100*time.Millisecond, stop
	samples := 0
	c.Progress = func(Sample) {
		if samples++; samples == 2 {
			close(stop)
		}
	}
	r := run(t, c)
	if r.Counts.Connects != 5 || r.Peak.Connected != 5 {
		t.Errorf("%+v %+v", r.Counts, r.Peak)
	}
}

func TestPhonesConnectFromTheSourcesInTurn(t *testing.T) {
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		seen[host]++
		http.NotFound(w, r)
	}))
	defer server.Close()
	c := config(t, "ws"+strings.TrimPrefix(server.URL, "http"), 4)
	c.MaxOutstanding = 1
	c.Sources = []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")}
	run(t, c)
	if seen["127.0.0.2"] != 2 || seen["127.0.0.3"] != 2 {
		t.Errorf("%v", seen)
	}
}

func TestSettingsBeyondTheirBoundsAreRefused(t *testing.T) {
	for what, change := range map[string]func(*Config){
		"no server":        func(c *Config) { c.Server = "" },
		"http":             func(c *Config) { c.Server = "http://example.com" },
		"a user":           func(c *Config) { c.Server = "ws://me:secret@example.com" },
		"no phones":        func(c *Config) { c.Accounts = nil },
		"many phones":      func(c *Config) { c.Accounts = make([]Account, MaxPhones+1) },
		"a bad name":       func(c *Config) { c.Accounts = []Account{{"a b", "x"}} },
		"a second header":  func(c *Config) { c.Accounts = []Account{{"a\r\nX: y", "x"}} },
		"a long password":  func(c *Config) { c.Accounts = []Account{{"a", strings.Repeat("x", 257)}} },
		"a negative rate":  func(c *Config) { c.RegisterRate = -1 },
		"a great rate":     func(c *Config) { c.RegisterRate = MaxRate + 1 },
		"many calls":       func(c *Config) { c.CallRate = MaxRate + 1 },
		"a call alone":     func(c *Config) { c.CallRate, c.Accounts = 1, c.Accounts[:1] },
		"a long run":       func(c *Config) { c.Duration = MaxDuration + 1 },
		"a short timeout":  func(c *Config) { c.Timeout = time.Millisecond },
		"many outstanding": func(c *Config) { c.MaxOutstanding = MaxPhones + 1 },
		"a bad domain":     func(c *Config) { c.Domain = "a b" },
		"a slow round":     func(c *Config) { c.Duration, c.Expires, c.RegisterRate = time.Hour, time.Minute, 0.01 },
	} {
		c := config(t, "ws://127.0.0.1:1", 2)
		change(&c)
		if _, err := Run(t.Context(), c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v shows a secret", what, err)
		}
	}
}

func TestTheProcessIsMeasured(t *testing.T) {
	p := newPlace(t)
	c := config(t, p.url, 2)
	c.PID = os.Getpid()
	r := run(t, c)
	if r.Process == nil || r.Process.CPU < 0 || r.Process.MemoryPeak < 1<<20 || r.Process.MemoryPeak < r.Process.MemoryBefore {
		t.Errorf("%+v", r.Process)
	}
	c.PID = 1 << 30
	if _, err := Run(t.Context(), c); !errors.Is(err, ErrProcess) {
		t.Errorf("an unknown process: %v", err)
	}
}
