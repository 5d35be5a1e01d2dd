package phone

import (
	"context"
	"slices"

	"webphone/internal/sip"
)

// The calls of a phone, on the loop.

// endCalls hangs all calls up; done comes when their records are there.
func (p *Phone) endCalls(done func()) {
	left := len(p.calls)
	if left == 0 {
		done()
		return
	}
	for _, call := range slices.Clone(p.calls) {
		call.whenOver(func() {
			if left--; left == 0 {
				done()
			}
		})
		call.hangUp(byLocal)
	}
}

// current is the current call.
func (p *Phone) current() *Call {
	if len(p.calls) == 0 {
		return nil
	}
	return p.calls[len(p.calls)-1]
}

// found is the call that hold, mute and digits mean: the current one, or behind
// one that rings the one that is up.
func (p *Phone) found() *Call {
	for _, call := range slices.Backward(p.calls) {
		if call.phase == phaseActive {
			return call
		}
	}
	return p.current()
}

func (p *Phone) findCall() (call *Call) {
	p.loop.run(func() { call = p.found() })
	return call
}

func (p *Phone) onUp(ctx context.Context, f func(c *Call, done func(error))) error {
	return p.do(ctx, func(done func(error)) {
		call := p.found()
		if call == nil || call.phase != phaseActive {
			done(notUp())
			return
		}
		f(call, done)
	})
}

func (p *Phone) callsOf(l *line) (calls []*Call) {
	for _, call := range p.calls {
		if call.line == l {
			calls = append(calls, call)
		}
	}
	return calls
}

// holdOthers makes a call the current one and puts those that are up on hold.
func (p *Phone) holdOthers(call *Call, done func(error)) {
	if i := slices.Index(p.calls, call); i >= 0 {
		p.calls = append(slices.Delete(p.calls, i, i+1), call)
	}
	left, failed := 1, error(nil)
	one := func(err error) {
		if err != nil && failed == nil {
			failed = err
		}
		if left--; left == 0 {
			done(failed)
		}
	}
	for _, other := range slices.Clone(p.calls) {
		if other != call && other.phase == phaseActive && !other.held() {
			left++
			other.setHeld(true, one)
		}
	}
	one(nil)
}

// invited takes an INVITE outside a dialog: a call that rings, or that takes
// another one over.
func (p *Phone) invited(l *line, tx *sip.ServerTransaction) {
	req := tx.Request()
	if refusesExpiry(l.agent, tx) {
		return
	}
	var old *Call
	if replaces := headerValue(req, "Replaces"); replaces != "" {
		if old = p.replaced(replaces); old == nil {
			l.agent.respond(tx, 481, "")
			return
		}
	}
	if p.closing || len(p.calls) >= maxCalls || p.events.waiting() >= maxEvents {
		l.agent.respond(tx, 486, "")
		return
	}
	call := p.incoming(l, tx)
	p.calls = append(p.calls, call)
	if old == nil {
		p.emit(func(h Handlers) {
			if h.OnRingingIn != nil {
				h.OnRingingIn(call)
			}
		})
		return
	}
	// The one who takes a call over has been spoken to: no ringing (RFC 3891 §3).
	old.whenOver(func() {
		call.answer(func(err error) {
			if err != nil {
				p.failed(err)
			}
		})
	})
	old.hangUp(byLocal)
}

// ended forgets a call that is over.
func (p *Phone) ended(call *Call) {
	p.calls = slices.DeleteFunc(p.calls, func(other *Call) bool { return other == call })
	if call.err != nil && call.err.Code == ErrAuthentication {
		p.account.provided = false
	}
	p.account.tidy()
}
