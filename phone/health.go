package phone

import (
	"time"

	"webphone/internal/media/endpoint"
)

// grace is how long a path may be gone before it is looked for anew. The callee
// waits longer, so that offers seldom cross.
var grace = map[Direction]time.Duration{Outbound: 500 * time.Millisecond, Inbound: 2 * time.Second}

const (
	// between is what the waits between attempts grow by, up to four times as much.
	between = 4 * time.Second
	// hopeless is when a call without media that can be signalled is over.
	hopeless = 45 * time.Second
)

// health is the one authority on the recovery of a call. Its rule:
//
//	signalling lost                     nothing: the line connects again by itself, media goes on
//	signalling well, media path lost    ICE restart, again with growing waits
//	signalling well, media lost long    the call is over
//
// It never restarts media for a fault of the signalling, nor connects anew for a
// fault of the media.
type health struct {
	call            *Call
	attempts        int
	timer, deadline *alarm
	busy            bool
}

// check says that path or signalling have come or gone.
func (h *health) check() {
	c := h.call
	// Before the answer nobody misses a path.
	well := c.phase != phaseActive || c.path == endpoint.PathWell
	if well {
		h.attempts = 0
	}
	if well || c.stale || c.line.broken {
		h.stop()
		return
	}
	// A search may never end: where the other side can't take new keys, say.
	if h.deadline == nil {
		h.deadline = c.phone.loop.after(hopeless, func() { c.session.hangUp(byNetwork, 0) })
	}
	if c.path != endpoint.PathSick || h.busy || h.timer != nil {
		return
	}
	wait := grace[c.Direction]
	if h.attempts > 0 {
		wait = between * time.Duration(min(4, h.attempts))
	}
	h.timer = c.phone.loop.after(wait, h.restart)
}

// tried says that an offer has just asked for another path: that one gets its time.
func (h *health) tried() {
	h.attempts = max(h.attempts, 1)
	h.timer.stop()
	h.timer = nil
}

func (h *health) stop() {
	h.timer.stop()
	h.deadline.stop()
	h.timer, h.deadline = nil, nil
}

func (h *health) restart() {
	h.timer = nil
	h.attempts++
	h.busy = true
	h.call.upkeep.refresh(func(error) {
		h.busy = false
		// What was stopped meanwhile stays so unless there is still cause.
		if h.deadline != nil {
			h.check()
		}
	})
}
