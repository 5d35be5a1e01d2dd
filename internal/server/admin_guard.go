package server

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Guesses of the administrator's password from one address: ten at once, then
// one every ten seconds. Beyond that the password is not looked at.
const (
	maxGuesses   = 10
	guessEvery   = 10 * time.Second
	maxGuessers  = 10_000
	networkOfOne = 64 // bits: an IPv6 host has a network to itself
)

// guesses counts the guesses by address. When maxGuessers are being counted, all
// others share one count: a flood closes the door rather than opening it.
type guesses struct {
	mu       sync.Mutex
	limiters map[string]*rate.Limiter
	overflow *rate.Limiter
	now      func() time.Time
}

func newGuesses() *guesses {
	return &guesses{limiters: map[string]*rate.Limiter{}, overflow: newGuesser(), now: time.Now}
}

func newGuesser() *rate.Limiter { return rate.NewLimiter(rate.Every(guessEvery), maxGuesses) }

// allow counts a guess before it is looked at, so that many at once are as many.
func (g *guesses) allow(from string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	limiter := g.limiters[from]
	if limiter == nil && len(g.limiters) >= maxGuessers {
		for old, limiter := range g.limiters {
			if limiter.TokensAt(g.now()) >= maxGuesses {
				delete(g.limiters, old)
			}
		}
	}
	if limiter == nil && len(g.limiters) < maxGuessers {
		limiter = newGuesser()
		g.limiters[from] = limiter
	}
	if limiter == nil {
		limiter = g.overflow
	}
	return limiter.AllowN(g.now(), 1)
}

// forgive forgets the guesses of who knew the password at last.
func (g *guesses) forgive(from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.limiters, from)
}

// guesser is whom a guess is counted for.
func guesser(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if network, err := address.Prefix(networkOfOne); err == nil {
			return network.String()
		}
	}
	return address.String()
}
