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
	// swept is when those were last looked for that need no more counting.
	swept time.Time
}

func newRates(perSecond rate.Limit, burst int) *rates {
	return &rates{
		perSecond: perSecond, burst: burst, counted: map[string]*rate.Limiter{}, overflow: rate.NewLimiter(perSecond, burst),
	}
}

func (r *rates) allow(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	limiter := r.counted[key]
	if now := time.Now(); limiter == nil && len(r.counted) >= maxCounted && now.Sub(r.swept) >= time.Second {
		r.swept = now
		for old, limiter := range r.counted {
			if limiter.Tokens() >= float64(r.burst) {
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
	return limiter.Allow()
}
