package edge

import (
	"sync"
	"time"

	"webphone/internal/sip"
)

const (
	// newcomer is how long a connection counts as new.
	newcomer = 3 * time.Second
	// maxLost bounds the accounts whose loss is remembered.
	maxLost = 10_000
)

// recent tells where a phone that is not registered may be in a moment: its
// connection has just ended, or that of its caller has just begun. The second
// is what the loss of another process looks like from here, whose phones come
// one after the other and call before all have come.
type recent struct {
	clock sip.Clock

	mu sync.Mutex
	// since is when a connection was opened.
	since map[string]time.Time
	// lost is when an account lost a phone that had not unregistered.
	lost map[string]time.Time
}

func newRecent(clock sip.Clock) *recent {
	return &recent{clock: clock, since: map[string]time.Time{}, lost: map[string]time.Time{}}
}

func (r *recent) opened(conn sip.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since[conn.ID()] = r.clock.Now()
}

// closed takes note of the accounts that were registered over a connection.
func (r *recent) closed(conn sip.Conn, usernames []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.since, conn.ID())
	now := r.clock.Now()
	if len(r.lost)+len(usernames) > maxLost {
		for username, at := range r.lost {
			if now.Sub(at) >= dialogAway {
				delete(r.lost, username)
			}
		}
	}
	for _, username := range usernames {
		if len(r.lost) < maxLost {
			r.lost[username] = now
		}
	}
}

// mayReturn tells whether a call from a connection waits for an account's phones.
func (r *recent) mayReturn(caller sip.Conn, username string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if at, was := r.lost[username]; was && now.Sub(at) < dialogAway {
		return true
	}
	at, is := r.since[caller.ID()]
	return is && now.Sub(at) < newcomer
}
