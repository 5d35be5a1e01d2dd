package server

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxCounted bounds the keys that are counted; beyond it all others share one
// count.
const maxCounted = 10_000

// addressOf is what a visitor is counted by: an IPv4 address, or the /64 that a
// network gives one subscriber (RFC 6177 §2).
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	address, parseErr := netip.ParseAddr(host)
	if err != nil || parseErr != nil {
		return r.RemoteAddr
	}
	if address = address.Unmap(); address.Is6() {
		if prefix, err := address.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address.String()
}

// rates bounds how often something happens by key: burst at once, then
// perSecond. When maxCounted are being counted, all others share one count: a
// flood closes the door rather than opening it.
type rates struct {
	perSecond rate.Limit
	burst     int
	mu        sync.Mutex
	counted   map[string]*rate.Limiter
	overflow  *rate.Limiter
	now       func() time.Time
	// swept is when those were last looked for that need no more counting.
	swept time.Time
}

func newRates(perSecond rate.Limit, burst int) *rates {
	return &rates{
		perSecond: perSecond, burst: burst, counted: map[string]*rate.Limiter{}, overflow: rate.NewLimiter(perSecond, burst), now: time.Now,
	}
}

// allow counts before anything is done, so that many at once are as many.
func (r *rates) allow(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	limiter, now := r.counted[key], r.now()
	if limiter == nil && len(r.counted) >= maxCounted && now.Sub(r.swept) >= time.Second {
		r.swept = now
		for old, limiter := range r.counted {
			if limiter.TokensAt(now) >= float64(r.burst) {
				delete(r.counted, old)
			}
		}
	}
	if limiter == nil && len(r.counted) < maxCounted {
		limiter = rate.NewLimiter(r.perSecond, r.burst)
		r.counted[key] = limiter
	}
	if limiter == nil {
		limiter = r.overflow
	}
	return limiter.AllowN(now, 1)
}

// forget gives a key all that it may have at once again.
func (r *rates) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.counted, key)
}
