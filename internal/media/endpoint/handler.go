package endpoint

import (
	"sync"

	"github.com/pion/rtp"
)

// Path is the state of a peer's media path: ICE and DTLS.
type Path int

const (
	// PathNew is a path that is being looked for.
	PathNew Path = iota
	// PathWell is one over which media flows.
	PathWell
	// PathSick is one that is lost, for 5 s or more, or was never found. An ICE
	// restart may find another.
	PathSick
)

func (p Path) String() string { return [...]string{"new", "well", "sick"}[p] }

// Candidate is an ICE candidate that was found after the description was given
// out (RFC 8838). FormatFragment writes what carries it.
type Candidate struct {
	// Mid names the media section, and Ufrag and Pwd the generation.
	Mid, Ufrag, Pwd string
	// Line is the attribute, "candidate:…"; empty is the end of candidates.
	Line string
}

// Handler is what a peer tells. The functions are called in order, one at a
// time, never with a lock held, so that they may call the peer; each may be nil.
// None is called once Close has returned, save one that is under way.
type Handler struct {
	// OnPath tells of a change of the media path.
	OnPath func(Path)
	// OnRTP is given each audio packet received, in the order of arrival,
	// telephone events left out. The packet is its own to keep. One that takes
	// longer than 256 packets loses those after.
	OnRTP func(*rtp.Packet)
	// OnDigit is given each digit that the other side presses, once (RFC 4733).
	OnDigit func(digit rune)
	// OnCandidate is given late candidates.
	OnCandidate func(Candidate)
}

// Bounds of what waits for a handler.
const (
	maxWaitingPackets = 256
	maxWaitingEvents  = 1024
)

// queue calls the functions of a handler in order. It has a goroutine only
// while something waits.
type queue struct {
	mu      sync.Mutex
	waiting []func()
	running bool
	closed  bool
}

// packet queues the handling of one packet, or loses it.
func (q *queue) packet(f func()) { q.push(f, maxWaitingPackets) }

// event queues a call that is not to be lost.
func (q *queue) event(f func()) { q.push(f, maxWaitingPackets+maxWaitingEvents) }

func (q *queue) push(f func(), limit int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= limit {
		return
	}
	q.waiting = append(q.waiting, f)
	if !q.running {
		q.running = true
		go q.run()
	}
}

func (q *queue) run() {
	var turn []func()
	for {
		q.mu.Lock()
		clear(turn)
		turn, q.waiting = q.waiting, turn[:0]
		if len(turn) == 0 || q.closed {
			q.running = false
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
		for _, f := range turn {
			if !q.isClosed() {
				f()
			}
		}
	}
}

func (q *queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
