package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"webphone/internal/sip"
)

// Bounds of a run.
const (
	// MaxPhones is the largest number of phones.
	MaxPhones = 100_000
	// MaxRate is the largest number of registrations and of calls a second.
	MaxRate = 20_000
	// MaxDuration is the longest that the steady part of a run lasts.
	MaxDuration = 24 * time.Hour
	// MaxSources is the largest number of source addresses.
	MaxSources = 1024
)

// ErrConfig says that a setting breaks a documented bound.
var ErrConfig = errors.New("load")

// Account is what a phone registers with.
type Account struct{ Username, Password string }

// LogValue keeps the password out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Username) }

// String keeps the password out of texts.
func (a Account) String() string { return a.Username }

// Config sets up a run. Server and Accounts are needed, and all else has a
// default.
type Config struct {
	// Server is the one server that the load goes to: ws://host:port/path or wss.
	Server string
	// Domain is the host of the addresses of record. Default: the host of Server.
	Domain string
	// Accounts are the phones' own, one for each: 1 to 100,000. Phones 1 and 2
	// call each other, 3 and 4, and so on.
	Accounts []Account
	// RegisterRate is how many phones connect and register in a second, and once
	// all are, how many refresh. Above 0, up to 20,000. Default 100.
	RegisterRate float64
	// CallRate is how many calls are begun in a second, up to 20,000; 0: none.
	CallRate float64
	// CallDuration is how long an answered call lasts. Default 5 s.
	CallDuration time.Duration
	// Duration is how long the load goes on once every phone has registered, or
	// failed to: up to 24 h; 0 ends the run then.
	Duration time.Duration
	// NoRefresh leaves registrations alone once all phones are registered.
	NoRefresh bool
	// Expires is the lifetime that is asked for each registration. Default 1 h.
	Expires time.Duration
	// Timeout is how long an answer may take: the handshake's, and 64*T1 of
	// RFC 3261 §17.1.1.2. Default 32 s.
	Timeout time.Duration
	// EndTimeout bounds the end in order. Default 30 s.
	EndTimeout time.Duration
	// MaxOutstanding bounds what waits for an answer of the server: registrations
	// and, apart from them, calls that are not answered yet. Beyond it nothing new
	// is begun. Default 1,000.
	MaxOutstanding int
	// Sources are addresses of this machine that phones connect from in turn: one
	// has some 28,000 ports. Default: what the system takes.
	Sources []netip.Addr
	// TLS is for wss. The default trusts the system's authorities.
	TLS *tls.Config
	// PID is a process on this machine whose CPU time and memory are read, with
	// those of its children. 0: none.
	PID int
	// Media has both sides of each call send RTP, 50 packets a second, by ICE, DTLS
	// and SRTP. Without it calls describe audio that nobody sends.
	Media bool
	// Progress is told how things stand, each second.
	Progress func(Sample)
	// Stop ends the run in order when it is closed. The context given to Run ends
	// it at once.
	Stop <-chan struct{}
	Log  *slog.Logger
}

func (c *Config) validate() error {
	u, err := url.Parse(c.Server)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("%w: the server is named by a URL such as wss://phone.example.com/sip", ErrConfig)
	}
	orDefault(&c.Domain, u.Hostname())
	if uri, err := sip.ParseURI("sip:" + c.Domain); err != nil || uri.User != "" || uri.Port != 0 {
		return fmt.Errorf("%w: the domain is not a host name", ErrConfig)
	}
	orDefault(&c.RegisterRate, 100)
	orDefault(&c.CallDuration, 5*time.Second)
	orDefault(&c.Expires, time.Hour)
	orDefault(&c.Timeout, 32*time.Second)
	orDefault(&c.EndTimeout, 30*time.Second)
	orDefault(&c.MaxOutstanding, 1000)
	for _, bound := range []struct {
		broken bool
		text   string
	}{
		{len(c.Accounts) == 0 || len(c.Accounts) > MaxPhones, "there are 1 to 100,000 phones"},
		{!(c.RegisterRate > 0 && c.RegisterRate <= MaxRate), "the rate of registrations is above 0 and at most 20,000 a second"},
		{!(c.CallRate >= 0 && c.CallRate <= MaxRate), "the rate of calls is 0 to 20,000 a second"},
		{c.CallRate > 0 && len(c.Accounts) < 2, "calls need two phones"},
		{c.Duration < 0 || c.Duration > MaxDuration, "the duration is at most 24 hours"},
		{c.CallDuration < 0 || c.CallDuration > MaxDuration, "a call lasts at most 24 hours"},
		{c.Expires < time.Second || c.Expires > MaxDuration, "a registration lasts 1 second to 24 hours"},
		{c.Timeout < 64*time.Millisecond || c.Timeout > time.Hour, "the timeout is 64 ms to 1 hour"},
		{c.EndTimeout < 0 || c.EndTimeout > time.Hour, "the end takes at most 1 hour"},
		{c.MaxOutstanding < 1 || c.MaxOutstanding > MaxPhones, "what is outstanding is bounded by 1 to 100,000"},
		{len(c.Sources) > MaxSources, "there are at most 1,024 source addresses"},
		{c.PID < 0, "a process id is not negative"},
		{c.Duration > c.Expires && (c.NoRefresh || float64(len(c.Accounts))/c.RegisterRate > c.Expires.Seconds()),
			"at this rate of refreshes registrations end before their turn comes"},
	} {
		if bound.broken {
			return fmt.Errorf("%w: %s", ErrConfig, bound.text)
		}
	}
	for _, a := range c.Accounts {
		uri, err := sip.ParseURI("sip:" + a.Username + "@" + c.Domain)
		if err != nil || uri.User != a.Username || a.Username == "" || len(a.Password) > maxPassword {
			return fmt.Errorf("%w: %q is no user name of a SIP address, or its password is longer than %d bytes", ErrConfig, a.Username, maxPassword)
		}
	}
	if c.Progress == nil {
		c.Progress = func(Sample) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
