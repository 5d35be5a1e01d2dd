package sip

import (
	"sync"
	"time"
)

// state is where a transaction stands. The names are those of the figures in
// RFC 3261 §17 and RFC 6026 §8.
type state string

const (
	stateCalling    state = "Calling"
	stateTrying     state = "Trying"
	stateProceeding state = "Proceeding"
	stateCompleted  state = "Completed"
	stateConfirmed  state = "Confirmed"
	stateAccepted   state = "Accepted"
	stateTerminated state = "Terminated"
)

// transaction is what client and server transactions share: a state under a
// lock, two timers, and callbacks that wait until the lock is free.
type transaction struct {
	layer *Layer
	conn  Conn
	req   *Request
	key   string

	mu         sync.Mutex
	state      state
	retransmit slot // timers A, E and G
	deadline   slot // timers B, D, F, H, I, J, K, L and M, of which one runs at a time
	callbacks  mailbox
}

// do runs f with the lock held, and then the callbacks that it left.
func (tx *transaction) do(f func()) {
	tx.mu.Lock()
	f()
	tx.mu.Unlock()
	tx.callbacks.drain()
}

func (tx *transaction) reliable() bool { return !unreliable(tx.conn) }

// unlessReliable is a wait that exists for lost or late messages alone.
func (tx *transaction) unlessReliable(d time.Duration) time.Duration {
	if tx.reliable() {
		return 0
	}
	return d
}

// set arms a timer in place of the one that was in the slot. f runs with the
// lock held. A wait of zero is over at once.
func (tx *transaction) set(s *slot, d time.Duration, f func()) {
	s.stop()
	if d == 0 {
		f()
		return
	}
	serial := s.serial
	s.timer = tx.layer.cfg.Clock.AfterFunc(d, func() {
		tx.do(func() {
			if s.serial == serial {
				f()
			}
		})
	})
}

// slot holds a timer. A timer that fires while it is being stopped finds
// another serial.
type slot struct {
	timer  Timer
	serial int
}

func (s *slot) stop() {
	s.serial++
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// mailbox runs callbacks in the order in which they were put, one at a time and
// without a lock, on whichever goroutine drains it first.
type mailbox struct {
	mu    sync.Mutex
	queue []func()
	busy  bool
}

func (m *mailbox) put(f func()) {
	m.mu.Lock()
	m.queue = append(m.queue, f)
	m.mu.Unlock()
}

func (m *mailbox) drain() {
	m.mu.Lock()
	if m.busy {
		m.mu.Unlock()
		return
	}
	m.busy = true
	// A callback that panics must not silence those of other events for good.
	defer func() {
		m.busy = false
		m.mu.Unlock()
	}()
	for len(m.queue) > 0 {
		f := m.queue[0]
		m.queue = m.queue[1:]
		m.run(f)
	}
}

// run is entered and left with the lock held.
func (m *mailbox) run(f func()) {
	m.mu.Unlock()
	defer m.mu.Lock()
	f()
}
