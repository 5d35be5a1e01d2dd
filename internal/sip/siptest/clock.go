// Package siptest holds the fakes that tests of SIP code share: a clock that
// only moves when told to, and a connection that records what was sent.
package siptest

import (
	"sync"
	"time"

	"webphone/internal/sip"
)

// Clock is a sip.Clock that stands still between calls of Advance.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
	serial int
}

type timer struct {
	clock  *Clock
	at     time.Time
	serial int
	f      func()
}

// NewClock starts at a fixed moment.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

// Now is the moment reached by Advance.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc calls f during the Advance that reaches now+d.
func (c *Clock) AfterFunc(d time.Duration, f func()) sip.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	t := &timer{clock: c, at: c.now.Add(d), serial: c.serial, f: f}
	c.timers = append(c.timers, t)
	return t
}

// Stop reports whether the timer was still pending.
func (t *timer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.clock.remove(t)
}

func (c *Clock) remove(t *timer) bool {
	for i, other := range c.timers {
		if other == t {
			c.timers = append(c.timers[:i], c.timers[i+1:]...)
			return true
		}
	}
	return false
}

// next is the timer that is due first, of equal ones the one set first.
func (c *Clock) next(until time.Time) *timer {
	var first *timer
	for _, t := range c.timers {
		if t.at.After(until) {
			continue
		}
		if first == nil || t.at.Before(first.at) || t.at.Equal(first.at) && t.serial < first.serial {
			first = t
		}
	}
	return first
}

// Advance moves the clock by d and calls, one after the other on the caller's
// goroutine, every function that falls due on the way, including those that are
// set while it runs.
func (c *Clock) Advance(d time.Duration) { c.AdvanceWith(d, func() {}) }

// AdvanceWith is Advance for what goes on on other goroutines: settle is called
// after each function, and has to wait until all that follows from it is done.
func (c *Clock) AdvanceWith(d time.Duration, settle func()) {
	c.mu.Lock()
	until := c.now.Add(d)
	for {
		t := c.next(until)
		if t == nil {
			break
		}
		c.remove(t)
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.mu.Unlock()
		t.f()
		settle()
		c.mu.Lock()
	}
	c.now = until
	c.mu.Unlock()
}

// Pending is the number of timers that are set, so that a test can see that
// none was forgotten.
func (c *Clock) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}
