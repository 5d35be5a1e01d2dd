package phone

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Bounds of the settings.
const (
	maxServers  = 16
	maxText     = 256
	maxURL      = 2048
	minExpires  = time.Minute
	maxExpires  = 24 * time.Hour
	askInterval = 10 * time.Second // what a Provider may take
)

// ICEServer is a STUN or TURN server (RFC 7064, RFC 7065).
type ICEServer struct {
	// URLs begin with stun:, stuns:, turn: or turns:.
	URLs                 []string
	Username, Credential string
}

// Config are the settings of a phone.
type Config struct {
	// Servers are ws:// or wss:// URLs in order of preference, 16 at most.
	Servers []string
	// Username and Password are the account's.
	Username, Password string
	// DisplayName is the From name. Default: none.
	DisplayName string
	// CLI is the From number. Default: Username.
	CLI string
	// Realm is the domain of the account. Default: the host of the first server.
	Realm string
	// ICEServers are none by default: no third party is contacted.
	ICEServers []ICEServer
	// Expires is the registration's lifetime that is asked for, a minute to a
	// day. Default 10 minutes.
	Expires time.Duration
	// Codecs are those offered, in order of preference: PCMU, PCMA, G722, opus.
	// Default PCMU and PCMA. Sound as PCM frames needs these two; the others go
	// in and out as RTP alone.
	Codecs []string
	// TLS is used for wss servers. Default: the system's authorities are trusted.
	TLS *tls.Config
	// Origin is told to servers that let in the pages of some sites alone, such as
	// https://www.example.com. Default: none.
	Origin string
	// Log takes what goes wrong with nobody waiting. Default slog.Default.
	Log *slog.Logger
	// Provider gives short-lived credentials: it is asked before the first
	// registration, and again when the server refuses the credentials. What it
	// leaves empty stays as it was. It has 10 seconds. Default: none.
	Provider func(context.Context) (Credentials, error)
	// Trace sees each SIP message as it is sent or received, without credentials
	// and keys. Direction is "in" or "out". The phone waits for it, so that it must
	// not call the phone. Default: none.
	Trace func(direction, text string)
}

// Credentials are what a Provider gives.
type Credentials struct {
	Servers                   []string
	Username, Password, Realm string
	ICEServers                []ICEServer
}

// validate checks the settings, and fills in the defaults of a copy.
func (c Config) validate() (Config, error) {
	bad := func(name string) (Config, error) {
		return c, fault(ErrNotConfigured, fmt.Sprintf("The setting %s has no valid value. Correct it.", name))
	}
	if len(c.Servers) > maxServers || slices.ContainsFunc(c.Servers, func(s string) bool { return !isServer(s) }) {
		return bad("Servers")
	}
	for name, text := range map[string]string{
		"Username": c.Username, "DisplayName": c.DisplayName, "CLI": c.CLI, "Realm": c.Realm,
	} {
		if len([]rune(text)) > maxText || strings.ContainsFunc(text, unicode.IsControl) {
			return bad(name)
		}
	}
	if u, err := url.Parse(c.Origin); c.Origin != "" && (err != nil || len(c.Origin) > maxURL || u.Scheme == "" || u.Host == "" || u.Path != "") {
		return bad("Origin")
	}
	if _, err := toURI("x@"+c.Realm, ""); c.Realm != "" && err != nil {
		return bad("Realm")
	}
	if len(c.Password) > maxURL {
		return bad("Password")
	}
	if len(c.ICEServers) > maxServers {
		return bad("ICEServers")
	}
	for _, server := range c.ICEServers {
		for _, u := range server.URLs {
			scheme, _, _ := strings.Cut(u, ":")
			if len(u) > maxURL || !slices.Contains([]string{"stun", "stuns", "turn", "turns"}, scheme) {
				return bad("ICEServers")
			}
		}
	}
	if c.Expires == 0 {
		c.Expires = 10 * time.Minute
	}
	if c.Expires < minExpires || c.Expires > maxExpires {
		return bad("Expires")
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []string{"PCMU", "PCMA"}
	}
	for _, codec := range c.Codecs {
		if !slices.Contains([]string{"PCMU", "PCMA", "G722", "opus"}, codec) {
			return bad("Codecs")
		}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c.clone(), nil
}

// clone shares no list with c.
func (c Config) clone() Config {
	c.Servers, c.ICEServers, c.Codecs = slices.Clone(c.Servers), slices.Clone(c.ICEServers), slices.Clone(c.Codecs)
	for i := range c.ICEServers {
		c.ICEServers[i].URLs = slices.Clone(c.ICEServers[i].URLs)
	}
	return c
}

func isServer(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxURL && (u.Scheme == "ws" || u.Scheme == "wss") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// realm is the domain of the account.
func (c Config) realm() string {
	if c.Realm != "" || len(c.Servers) == 0 {
		return c.Realm
	}
	u, err := url.Parse(c.Servers[0])
	if err != nil {
		return ""
	}
	if host := u.Hostname(); !strings.Contains(host, ":") {
		return host
	}
	return "[" + u.Hostname() + "]"
}

// complete tells that there is enough to register with.
func (c Config) complete() bool {
	return len(c.Servers) > 0 && c.Username != "" && c.Password != ""
}

// with is the config with what a provider gave.
func (c Config) with(given Credentials) (Config, error) {
	if len(given.Servers) > 0 {
		c.Servers = given.Servers
	}
	for field, value := range map[*string]string{&c.Username: given.Username, &c.Password: given.Password, &c.Realm: given.Realm} {
		if value != "" {
			*field = value
		}
	}
	if len(given.ICEServers) > 0 {
		c.ICEServers = given.ICEServers
	}
	return c.validate()
}

// sameAccount tells that two configs mean one registration.
func (c Config) sameAccount(other Config) bool {
	return slices.Equal(c.Servers, other.Servers) && c.Username == other.Username && c.realm() == other.realm()
}
