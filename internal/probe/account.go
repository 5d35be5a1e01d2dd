package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"webphone/phone"
)

// Account is where and as whom a phone signs in.
type Account struct {
	// Servers are ws:// or wss:// URLs in order of preference.
	Servers                    []string
	Username, Password         string
	Realm, DisplayName, Number string
	// Origin is told to servers that let in the pages of some sites alone.
	Origin string
	// Insecure takes any certificate: for a server with one of its own making.
	Insecure bool
	// Trace sees each SIP message. Default: none.
	Trace func(direction, text string)
	Log   *slog.Logger
}

// closing is how long signing off may take.
const closing = 5 * time.Second

// config makes the settings of the phone.
func (a Account) config() phone.Config {
	c := phone.Config{
		Servers: a.Servers, Username: a.Username, Password: a.Password, Realm: a.Realm,
		DisplayName: a.DisplayName, CLI: a.Number, Origin: a.Origin, Trace: a.Trace, Log: a.Log,
	}
	if a.Insecure {
		c.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	return c
}

// signOff ends a phone, whether or not the context has.
func signOff(ctx context.Context, p *phone.Phone) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		return fmt.Errorf("signing off: %w", err)
	}
	return nil
}
