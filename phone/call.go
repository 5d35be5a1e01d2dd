package phone

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

// mediaLimit is how long an offer or an answer may take to be made.
const mediaLimit = 10 * time.Second

// State is where a call stands.
type State string

// The states; StateHeld is an active call that we hold.
//
//	connecting ──INVITE sent, 180──► ringing-out ──2xx──► active ◄──► held
//	     │                                │                 │           │
//	ringing-in ──Answer──► connecting ──200 sent───────────►┤           │
//	     │                     │                            ▼           ▼
//	     └─────────────────────┴────────────────────────► ended ◄───────┘
const (
	StateConnecting State = "connecting"
	StateRingingOut State = "ringing-out"
	StateRingingIn  State = "ringing-in"
	StateActive     State = "active"
	StateHeld       State = "held"
	StateEnded      State = "ended"
)

// phase is a state but for hold.
type phase State

const (
	phaseConnecting = phase(StateConnecting)
	phaseRingingOut = phase(StateRingingOut)
	phaseRingingIn  = phase(StateRingingIn)
	phaseActive     = phase(StateActive)
	phaseEnded      = phase(StateEnded)
)

var phaseNext = map[phase][]phase{
	phaseConnecting: {phaseRingingOut, phaseRingingIn, phaseActive, phaseEnded},
	phaseRingingOut: {phaseActive, phaseEnded},
	phaseRingingIn:  {phaseConnecting, phaseEnded},
	phaseActive:     {phaseEnded},
}

// Call is one call.
type Call struct {
	// ID names the call in its events and its record.
	ID        string
	Direction Direction
	// From and To are numbers or addresses, DisplayName the caller's name where
	// the call came in.
	From, To, DisplayName string

	phone *Phone
	line  *line
	uri   sip.URI // of the other side
	muted atomic.Bool
	audio *audio

	up   chan struct{} // closed when it is answered
	over chan struct{} // closed when its record is there

	// On the loop:
	phase                          phase
	created, started, rang, picked time.Time
	codes                          map[int]bool
	session                        *session
	peer                           peer
	path                           endpoint.Path
	invite                         *sip.ServerTransaction
	// ourOffer tells that ours was the offer in the 200; the ACK brings the answer.
	ourOffer     bool
	acknowledged []func()
	answering    []func(error)
	// stale tells that the connection was lost, and the other side has not been
	// told of the new one.
	stale    bool
	upkeep   *upkeep
	err      *Error
	record   *CDR
	watchers []func()
	// settled hears the final status, as who referred us here wants to know it.
	settled []func(status int)
}

func (p *Phone) newCall(l *line, direction Direction, uri sip.URI) *Call {
	c := &Call{
		ID: sip.NewTag(), Direction: direction, phone: p, line: l, uri: uri, created: p.loop.clock.Now(),
		up: make(chan struct{}), over: make(chan struct{}), codes: map[int]bool{},
	}
	c.upkeep = newUpkeep(c)
	c.audio = newAudio(c)
	return c
}

// outgoing makes a call to a URI; start sets it going.
func (p *Phone) outgoing(l *line, uri sip.URI) *Call {
	c := p.newCall(l, Outbound, uri)
	c.phase = phaseConnecting
	c.From, c.To = p.account.config.caller(), shown(uri, l.realm)
	return c
}

// caller is the From number.
func (c Config) caller() string {
	if c.CLI != "" {
		return c.CLI
	}
	return c.Username
}

// incoming takes a call for us, and lets the caller hear that it rings.
func (p *Phone) incoming(l *line, tx *sip.ServerTransaction) *Call {
	req := tx.Request()
	from := req.From()
	c := p.newCall(l, Inbound, *from.Address.Clone())
	c.phase = phaseRingingIn
	c.From, c.To = shown(from.Address, l.realm), shown(req.To().Address, l.realm)
	name := []rune(strings.ReplaceAll(from.DisplayName, `\`, ""))
	c.DisplayName = string(name[:min(len(name), maxText)])
	c.invite = tx
	c.started, c.rang = c.created, c.created
	c.session = incomingSession(l.agent, c, tx)
	return c
}

// State tells where the call stands.
func (c *Call) State() (state State) {
	c.phone.loop.run(func() {
		if state = State(c.phase); c.held() {
			state = StateHeld
		}
	})
	return state
}

// RemoteHeld tells that the other side holds the call.
func (c *Call) RemoteHeld() (held bool) {
	c.phone.loop.run(func() { held = c.phase == phaseActive && c.peer != nil && c.peer.RemoteHeld() })
	return held
}

// Reconnecting tells that the call is up, but that the server or the other side
// can't be reached for now.
func (c *Call) Reconnecting() (yes bool) {
	c.phone.loop.run(func() {
		yes = c.phase == phaseActive && (c.stale || c.line.broken || c.path == endpoint.PathSick)
	})
	return yes
}

// Muted tells that Mute is on.
func (c *Call) Muted() bool { return c.muted.Load() }

// Mute silences what this side says; Unmute ends that.
func (c *Call) Mute() { c.audio.mute(true) }

// Unmute ends Mute.
func (c *Call) Unmute() { c.audio.mute(false) }

// Quality is how the call sounds now; nil before there is sound.
func (c *Call) Quality() *Quality {
	if p := c.current(); p != nil {
		return qualityOf(p.Quality())
	}
	return nil
}

// Done is closed when the call is over and its record is there.
func (c *Call) Done() <-chan struct{} { return c.over }

// CDR is the record of a call that is over; ok is false before.
func (c *Call) CDR() (record CDR, ok bool) {
	select {
	case <-c.over:
		return *c.record, true
	default:
		return CDR{}, false
	}
}

// Err is why the call did not come about or broke off; nil for one that somebody
// hung up, and for one that is not over.
func (c *Call) Err() error {
	select {
	case <-c.over:
		if c.err != nil {
			return c.err
		}
	default:
	}
	return nil
}

// WaitAnswered waits until the call is answered, by either side. When it ends
// before, the error is Err, or ErrRejected where this side hung up.
func (c *Call) WaitAnswered(ctx context.Context) error {
	select {
	case <-c.up:
		return nil
	case <-c.over:
		select {
		case <-c.up:
			return nil
		default:
		}
		if err := c.Err(); err != nil {
			return err
		}
		return statusError(487, nil)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait waits until the call is over and gives its record.
func (c *Call) Wait(ctx context.Context) (CDR, error) {
	select {
	case <-c.over:
		return *c.record, nil
	case <-ctx.Done():
		return CDR{}, ctx.Err()
	}
}

// Answer answers an incoming call; it returns when the call is up.
func (c *Call) Answer(ctx context.Context) error { return c.phone.do(ctx, c.answer) }

// Hangup ends, cancels or declines the call, whatever fits, and returns when its
// record is there.
func (c *Call) Hangup(ctx context.Context) error {
	c.phone.loop.post(func() { c.hangUp(byLocal) })
	_, err := c.Wait(ctx)
	return err
}

// Hold puts the call on hold; it returns when the other side agreed
// (RFC 3264 §8.4).
func (c *Call) Hold(ctx context.Context) error {
	return c.phone.do(ctx, func(done func(error)) { c.setHeld(true, done) })
}

// Unhold takes the call off hold; another one that is up is put on hold.
func (c *Call) Unhold(ctx context.Context) error { return c.phone.do(ctx, c.unhold) }

// DialpadPress sends a digit, 0-9 * # A-D: as a telephone event (RFC 4733), or
// by INFO where the peer knows none. It returns when it is sent.
func (c *Call) DialpadPress(ctx context.Context, digit rune) error {
	if !isDigit(digit) {
		return fault(ErrUnsupported, "The keys are 0 to 9, *, # and A to D.")
	}
	return c.phone.do(ctx, func(done func(error)) { c.upkeep.press(ctx, digit, done) })
}

// Transfer sends the other side to an address (RFC 3515); it returns when the
// target has answered, and then this call is over.
func (c *Call) Transfer(ctx context.Context, address string) error {
	return c.phone.do(ctx, func(done func(error)) { c.transfer(address, nil, done) })
}

// TransferTo joins the other side with that of another call (RFC 3891); both
// calls are over then.
func (c *Call) TransferTo(ctx context.Context, other *Call) error {
	return c.phone.do(ctx, func(done func(error)) { c.transfer("", other, done) })
}

func isDigit(digit rune) bool { return strings.ContainsRune("0123456789*#ABCD", digit) }
