package phone

import (
	"log/slog"
	"time"
)

// Registration is what a server granted.
type Registration struct {
	// Server is its URL.
	Server string
	// Expires is how long it lasts unless it is refreshed, which the phone does.
	Expires time.Duration
}

// Handlers hear of what happens. Each may be left out. They are called in order
// and one at a time; they may wait, and then the later ones wait too. Not one is
// called after Close has returned.
type Handlers struct {
	// OnAnswer says that a call is answered, by either side.
	OnAnswer func(*Call)
	// OnRingingOut comes once for each of the codes 180 and 183.
	OnRingingOut func(call *Call, code int)
	// OnRingingIn says that an incoming call starts to ring.
	OnRingingIn func(*Call)
	// OnEnd comes exactly once for every call, whatever ended it.
	OnEnd func(*Call, CDR)
	// OnRegistered comes when registration succeeded, not on each refresh.
	OnRegistered func(Registration)
	// OnUnregistered says that the phone signed off, was refused or lost its server.
	OnUnregistered func(reason string)
	// OnError tells what failed with nobody waiting for it.
	OnError func(*Error)
	// OnDigit comes for each digit that the other side presses, sent as a telephone
	// event (RFC 4733) or by INFO: 0-9 * # A-D. While 1000 events wait for a
	// handler, digits are lost.
	OnDigit func(call *Call, digit rune)
}

// maxEvents bounds what waits for a handler that takes its time: beyond, digits
// are lost and incoming calls are told that we are busy. Nothing else comes as
// often as others like.
const maxEvents = 1000

// emit has a handler called; f picks it.
func (p *Phone) emit(f func(Handlers)) {
	p.events.post(func() {
		select {
		case <-p.gone:
			return
		default:
		}
		// A handler's panic never breaks the engine.
		defer func() {
			if r := recover(); r != nil {
				p.log().Error("a handler of the phone panicked", slog.Any("panic", r))
			}
		}()
		f(p.handlers)
	})
}

func (p *Phone) failed(err error) {
	e := errorOf(err)
	p.emit(func(h Handlers) {
		if h.OnError != nil {
			h.OnError(e)
		}
	})
}
