package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"webphone/internal/media"
	"webphone/internal/sip"
	"webphone/internal/store"
)

// Accounts is where the edge looks up who may register and call.
type Accounts interface {
	// Account returns the account or an error that is store.ErrNotFound.
	Account(ctx context.Context, username string) (store.Account, error)
}

// Config configures an Edge.
type Config struct {
	// Domains are the hosts whose users are ours; the first stands in what the
	// edge says of itself. The host by which a phone reached the edge (the
	// Host of its handshake) counts too. At least one.
	Domains []string
	// Realm is the digest realm that accounts' hashes were made with. Default:
	// the first domain.
	Realm    string
	Accounts Accounts
	// Location keeps the bindings. Default: in memory.
	Location Location
	// Media answers calls to the echo test. nil: there is none.
	Media *media.Engine
	// NonceKey and TokenKey sign nonces and routes; 32 bytes each. Edges that
	// share them understand one another's.
	NonceKey, TokenKey []byte

	// DefaultExpires, MinExpires and MaxExpires bound a registration's
	// lifetime. Defaults: 10 minutes, 1 minute, 1 hour.
	DefaultExpires, MinExpires, MaxExpires time.Duration
	// MaxBindings bounds the phones of one account, and so the branches of a
	// call to it. Default: 10.
	MaxBindings int
	// NonceLifetime is how long a phone may use a nonce. Default: 5 minutes.
	NonceLifetime time.Duration
	// TimerC is how long a called phone may ring (RFC 3261 §16.6). Default and
	// least: 3 minutes.
	TimerC time.Duration

	// WebSocket holds the limits of the transport; its callbacks are set by
	// the edge.
	WebSocket sip.WebSocketConfig

	Clock sip.Clock
	Log   *slog.Logger
}

func (c *Config) validate() error {
	if len(c.Domains) == 0 {
		return errors.New("edge: at least one domain is needed")
	}
	for i, domain := range c.Domains {
		uri, err := sip.ParseURI("sip:" + domain)
		if err != nil || uri.User != "" || uri.Port != 0 {
			return fmt.Errorf("edge: %q is not a host name", domain)
		}
		c.Domains[i] = strings.ToLower(domain)
	}
	if c.Accounts == nil {
		return errors.New("edge: accounts are needed")
	}
	if len(c.NonceKey) < 32 || len(c.TokenKey) < 32 {
		return errors.New("edge: keys of 32 bytes are needed")
	}
	if c.Realm == "" {
		c.Realm = c.Domains[0]
	}
	if c.Clock == nil {
		c.Clock = sip.SystemClock
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Location == nil {
		c.Location = NewMemoryLocation(c.Clock)
	}
	for _, setting := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&c.DefaultExpires, 10 * time.Minute},
		{&c.MinExpires, time.Minute},
		{&c.MaxExpires, time.Hour},
		{&c.NonceLifetime, 5 * time.Minute},
		{&c.TimerC, 3 * time.Minute},
	} {
		if *setting.value < 0 {
			return errors.New("edge: a duration cannot be negative")
		}
		if *setting.value == 0 {
			*setting.value = setting.fallback
		}
	}
	if c.MaxBindings < 0 {
		return errors.New("edge: limits cannot be negative")
	}
	if c.MaxBindings == 0 {
		c.MaxBindings = 10
	}
	if c.MinExpires > c.DefaultExpires || c.DefaultExpires > c.MaxExpires {
		return errors.New("edge: MinExpires ≤ DefaultExpires ≤ MaxExpires does not hold")
	}
	return nil
}
