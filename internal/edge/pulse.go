package edge

import (
	"sync"
	"sync/atomic"
	"time"

	"webphone/internal/sip"
)

const (
	pulseEvery = time.Second
	// standstill is how long the process may have stood still (stopped by a
	// signal, a suspended machine) without its phones having gone elsewhere:
	// they give up a server that says nothing for 9 s.
	standstill = 10 * time.Second
)

// pulse notices that the process stood still. What has piled up in its sockets
// then is of the past: an INVITE in it would ring at a phone long after its
// caller has made the call elsewhere. So all connections of before are closed
// unread; who is still there connects again at once.
//
// It goes by the time of day, since other clocks stand still with a suspended
// machine. When that time is set forward, phones reconnect.
type pulse struct {
	clock  sip.Clock
	thawed func()
	last   atomic.Int64 // Unix time in nanoseconds

	mu      sync.Mutex
	timer   sip.Timer
	stopped bool
}

// newPulse starts to watch. thawed is called after each standstill.
func newPulse(clock sip.Clock, thawed func()) *pulse {
	p := &pulse{clock: clock, thawed: thawed}
	p.last.Store(clock.Now().UnixNano())
	p.arm()
	return p
}

func (p *pulse) arm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.timer = p.clock.AfterFunc(pulseEvery, p.beat)
	}
}

func (p *pulse) beat() {
	p.check()
	p.last.Store(p.clock.Now().UnixNano())
	p.arm()
}

// check calls thawed when the beat before this moment is too long ago. It
// returns when thawed has, whichever goroutine called it.
func (p *pulse) check() {
	if !p.late() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late() {
		p.thawed()
		p.last.Store(p.clock.Now().UnixNano())
	}
}

func (p *pulse) late() bool {
	return p.clock.Now().UnixNano()-p.last.Load() >= int64(standstill)
}

func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.timer.Stop()
}

// receive hands a message to the transactions, unless it was read from a
// connection that is closed already.
func (e *Edge) receive(conn sip.Conn, msg sip.Message) {
	e.pulse.check()
	if !ended(conn) {
		e.layer.Receive(conn, msg)
	}
}

// closeAll closes the connections that are open.
func (e *Edge) closeAll() {
	e.config.Log.Warn("the process stood still, all phones have to connect again")
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, conn := range e.conns {
		conn.Close("The server stood still")
	}
}
