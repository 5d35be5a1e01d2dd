package edge

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// Wrong passwords from one address for one account: ten at once, then one
// every ten seconds. Beyond that the answer is 403 without a look at the
// password, so that guessing takes years and the right one is not told apart.
const (
	maxWrongPasswords  = 10
	wrongPasswordEvery = 10 * time.Second
	maxGuards          = 10_000
)

// offered are the algorithms of a challenge. MD5 comes last: clients that know
// only MD5 keep the last challenge they read (RFC 8760 §2.4 asks for the
// preferred one first).
var offered = []sip.DigestAlgorithm{sip.SHA256, sip.MD5}

// maxCredentials bounds the Authorization lines that are looked at.
const maxCredentials = 8

// scheme is what differs between the two kinds of authentication
// (RFC 3261 §22.2, §22.3).
type scheme struct {
	status             int
	challenge, respond string
}

var (
	toServer = scheme{401, "WWW-Authenticate", "Authorization"}
	toProxy  = scheme{407, "Proxy-Authenticate", "Proxy-Authorization"}
)

// authenticate returns the account that sent a request. When it cannot, it has
// answered the request and returns false.
func (e *Edge) authenticate(tx *sip.ServerTransaction, s scheme) (store.Account, bool) {
	req := tx.Request()
	stale := false
	for i, line := range fields(req, s.respond) {
		if i == maxCredentials {
			break
		}
		credentials, err := sip.ParseCredentials(line.Value())
		if err != nil || credentials.Realm != e.config.Realm {
			continue
		}
		if !sameURI(credentials.URI, &req.Recipient) {
			continue
		}
		guess := remoteHost(tx.Conn()) + " " + credentials.Username
		if e.guards.closed(guess) {
			e.respond(tx, 403, "Too many wrong passwords, wait a minute")
			return store.Account{}, false
		}
		account, err := e.config.Accounts.Account(context.Background(), credentials.Username)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			e.config.Log.Error("an account could not be read", "error", err)
			e.respond(tx, 500, "")
			return store.Account{}, false
		}
		// An unknown account goes the same way as a wrong password, so that
		// nobody learns which names exist.
		ha1 := account.Hashes[string(credentials.Algorithm)]
		if ha1 == "" || !credentials.Verify(ha1, req.Method) {
			e.guards.count(guess)
			continue
		}
		// The nonce is looked at last: only who knows the password is told
		// that it was a matter of the nonce, and uses up its count.
		if e.nonces.Check(credentials.Nonce, credentials.NC) != sip.NonceFresh {
			stale = true
			continue
		}
		return account, true
	}
	res := sip.NewResponse(req, s.status, "")
	nonce := e.nonces.Issue()
	for _, algorithm := range offered {
		challenge := sip.Challenge{
			Realm: e.config.Realm, Nonce: nonce, Algorithm: algorithm, QOP: []string{"auth"}, Stale: stale,
		}
		res.AppendHeader(sip.NewHeader(s.challenge, challenge.String()))
	}
	e.send(tx, res)
	return store.Account{}, false
}

// sameURI compares a URI as it is written in credentials with the Request-URI.
func sameURI(text string, target *sip.URI) bool {
	want := sip.URIString(target)
	if text == want {
		return true
	}
	uri, err := sip.ParseURI(text)
	return err == nil && sip.URIString(&uri) == want
}

// forgetCredentials removes those that were meant for us (RFC 3261 §22.3): the
// callee has no business with them.
func (e *Edge) forgetCredentials(req *sip.Request) {
	lines := fields(req, toProxy.respond)
	removeAll(req, toProxy.respond)
	for _, line := range lines {
		if credentials, err := sip.ParseCredentials(line.Value()); err != nil || credentials.Realm != e.config.Realm {
			req.AppendHeader(line)
		}
	}
}

// guards counts wrong passwords by address and account. When maxGuards are
// being counted, all others share one count: a flood closes the door rather
// than opening it.
type guards struct {
	mu       sync.Mutex
	limiters map[string]*rate.Limiter
	overflow *rate.Limiter
}

func newGuards() *guards {
	return &guards{limiters: map[string]*rate.Limiter{}, overflow: newGuard()}
}

func newGuard() *rate.Limiter {
	return rate.NewLimiter(rate.Every(wrongPasswordEvery), maxWrongPasswords)
}

func (g *guards) closed(guess string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if limiter := g.limiters[guess]; limiter != nil {
		return limiter.Tokens() < 1
	}
	return len(g.limiters) >= maxGuards && g.overflow.Tokens() < 1
}

func (g *guards) count(guess string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limiter := g.limiters[guess]
	if limiter == nil && len(g.limiters) >= maxGuards {
		for old, limiter := range g.limiters {
			if limiter.Tokens() >= maxWrongPasswords {
				delete(g.limiters, old)
			}
		}
	}
	if limiter == nil && len(g.limiters) < maxGuards {
		limiter = newGuard()
		g.limiters[guess] = limiter
	}
	if limiter == nil {
		limiter = g.overflow
	}
	limiter.Allow()
}

func remoteHost(conn sip.Conn) string {
	host, _, err := net.SplitHostPort(conn.RemoteAddr())
	if err != nil {
		return conn.RemoteAddr()
	}
	return host
}
