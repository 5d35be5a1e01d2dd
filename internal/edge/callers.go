package edge

import (
	"sync"
	"time"

	"webphone/internal/sip"
)

// callerAway is how long phones go on ringing after the caller's connection
// has ended. A caller that comes back gives its INVITE up by a CANCEL or takes
// the answer over its new connection.
const callerAway = 32 * time.Second

// callers lists the forks of INVITEs by the caller's connection.
type callers struct {
	mu    sync.Mutex
	forks map[string]map[*fork]struct{}
}

func newCallers() *callers { return &callers{forks: map[string]map[*fork]struct{}{}} }

// add lists a fork until its transaction has ended.
func (c *callers) add(f *fork) {
	conn := f.tx.Conn()
	c.mu.Lock()
	if c.forks[conn.ID()] == nil {
		c.forks[conn.ID()] = map[*fork]struct{}{}
	}
	c.forks[conn.ID()][f] = struct{}{}
	c.mu.Unlock()
	f.tx.OnTerminated(func() {
		f.mu.Lock()
		f.final = true
		if f.orphan != nil {
			f.orphan.Stop()
		}
		f.mu.Unlock()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.forks[conn.ID()], f)
		if len(c.forks[conn.ID()]) == 0 {
			delete(c.forks, conn.ID())
		}
	})
	if ended(conn) {
		f.callerGone()
	}
}

// gone tells the forks of a connection that it has ended.
func (c *callers) gone(conn sip.Conn) {
	c.mu.Lock()
	var all []*fork
	for f := range c.forks[conn.ID()] {
		all = append(all, f)
	}
	c.mu.Unlock()
	for _, f := range all {
		f.callerGone()
	}
}

// callerGone cancels the branches when the caller has not come back in time.
func (f *fork) callerGone() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.final || f.orphan != nil {
		return
	}
	f.orphan = f.edge.config.Clock.AfterFunc(callerAway, func() { f.cancel() })
}
