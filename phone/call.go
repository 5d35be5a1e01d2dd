package phone

import (
	"context"
	"slices"
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

// media are what the peer of the call tells.
func (c *Call) media() endpoint.Handler {
	return endpoint.Handler{
		OnPath: func(path endpoint.Path) {
			c.phone.loop.post(func() {
				c.path = path
				c.upkeep.check()
			})
		},
		OnRTP:       c.audio.received,
		OnDigit:     c.digit,
		OnCandidate: func(candidate endpoint.Candidate) { c.phone.loop.post(func() { c.upkeep.candidate(candidate) }) },
	}
}

func (c *Call) digit(digit rune) {
	if c.phone.events.waiting() >= maxEvents {
		return
	}
	c.phone.emit(func(h Handlers) {
		if h.OnDigit != nil {
			h.OnDigit(c, digit)
		}
	})
}

// start opens connection, media and offer, as much at once as can be; done comes
// when the INVITE is on its way.
func (c *Call) start(headers []sip.Header, done func(error)) {
	p := c.phone
	fail := func(cause error) {
		err := errorOf(cause)
		c.finish(end{by: byNetwork}, err)
		done(err)
	}
	// The offer is made while the connection opens.
	var sdp string
	left, failed := 2, error(nil)
	ready := func(err error) {
		if err != nil && failed == nil {
			failed = err
			fail(err)
		}
		if left--; left > 0 || failed != nil {
			return
		}
		if c.phase == phaseEnded {
			failed = statusError(487, nil)
			done(failed)
			return
		}
		config := p.account.config
		uri, err := toURI(config.caller(), c.line.realm)
		if err != nil {
			uri = c.line.aor()
		}
		c.started = p.loop.clock.Now()
		c.session = placeCall(c.line.agent, c, c.uri, &sip.FromHeader{DisplayName: config.DisplayName, Address: uri}, headers, sdp)
		done(nil)
	}
	c.open(func(peer peer) (string, error) {
		ctx, cancel := context.WithTimeout(p.ctx, mediaLimit)
		defer cancel()
		return peer.Offer(ctx, endpoint.OfferOptions{})
	}, func(offer string, err error) {
		sdp = offer
		ready(err)
	})
	c.line.connect(ready)
}

// open makes the peer, and with it a description; off the loop.
func (c *Call) open(describe func(peer) (string, error), then func(string, error)) {
	made, err := c.phone.newPeer(c)
	if err != nil {
		then("", err)
		return
	}
	c.peer = made
	async(c.phone.loop, func() (string, error) { return describe(made) }, func(sdp string, err error) {
		if c.phase == phaseEnded || err != nil {
			c.drop(made)
		}
		then(sdp, err)
	})
}

// drop closes a peer that is not used after all.
func (c *Call) drop(unused peer) {
	if c.peer == unused {
		c.peer = nil
	}
	async(c.phone.loop, func() (struct{}, error) { return struct{}{}, unused.Close() }, func(struct{}, error) {})
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

func (c *Call) answer(done func(error)) {
	if len(c.answering) > 0 {
		c.answering = append(c.answering, done)
		return
	}
	if c.phase != phaseRingingIn {
		done(notRinging())
		return
	}
	c.answering = []func(error){done}
	finish := func(err error) {
		waiting := c.answering
		c.answering = nil
		for _, done := range waiting {
			done(err)
		}
	}
	fail := func(cause error) {
		// It goes on ringing, so that it can be answered once the cause is gone.
		c.to(phaseRingingIn)
		finish(errorOf(cause))
	}
	c.to(phaseConnecting)
	c.phone.holdOthers(c, func(err error) {
		if err != nil {
			fail(err)
			return
		}
		offer := string(c.invite.Request().Body())
		c.ourOffer = offer == ""
		c.open(func(peer peer) (string, error) {
			ctx, cancel := context.WithTimeout(c.phone.ctx, mediaLimit)
			defer cancel()
			if offer == "" {
				return peer.Offer(ctx, endpoint.OfferOptions{})
			}
			return peer.Answer(ctx, offer)
		}, func(sdp string, err error) {
			if c.phase == phaseEnded {
				finish(notUp())
				return
			}
			if err != nil {
				fail(err)
				return
			}
			once := false
			up := func() {
				if !once {
					once = true
					finish(nil)
				}
			}
			c.acknowledged = append(c.acknowledged, up)
			c.whenOver(up)
			c.session.accept(sdp)
			c.pickedUp()
		})
	})
}

func (c *Call) hangUp(who by) {
	if c.session != nil {
		c.session.hangUp(who, 603)
	} else {
		c.finish(end{by: who}, nil)
	}
}

func (c *Call) held() bool { return c.phase == phaseActive && c.peer != nil && c.peer.Held() }

func (c *Call) setHeld(held bool, done func(error)) {
	c.upkeep.add(&offer{
		due:  func() bool { return c.peer != nil && c.peer.Held() != held },
		held: func() bool { return held },
		done: done,
	})
}

func (c *Call) unhold(done func(error)) {
	if c.phase != phaseActive {
		done(notUp())
		return
	}
	c.phone.holdOthers(c, func(err error) {
		if err != nil {
			done(err)
			return
		}
		c.setHeld(false, done)
	})
}

// whenOver has f run once the record is there.
func (c *Call) whenOver(f func()) {
	if c.record != nil {
		f()
	} else {
		c.watchers = append(c.watchers, f)
	}
}

// lost says that the connection is gone: a call that is up goes on without it.
func (c *Call) lost() {
	c.stale = c.phase == phaseActive
	if c.session != nil {
		c.session.lost()
	}
	c.upkeep.check()
}

// restored says that there is a connection again.
func (c *Call) restored() {
	if c.session != nil {
		c.session.restored()
	}
	if c.phase == phaseActive {
		c.upkeep.restored()
	}
}

func (c *Call) to(next phase) bool {
	if !slices.Contains(phaseNext[c.phase], next) {
		return false
	}
	c.phase = next
	return true
}

func (c *Call) pickedUp() {
	if !c.to(phaseActive) {
		return
	}
	c.picked = c.phone.loop.clock.Now()
	c.settle(200)
	close(c.up)
	c.audio.begin(c.peer)
	c.upkeep.trickle()
	c.upkeep.check()
	c.phone.emit(func(h Handlers) {
		if h.OnAnswer != nil {
			h.OnAnswer(c)
		}
	})
}

func (c *Call) settle(status int) {
	settled := c.settled
	c.settled = nil
	for _, f := range settled {
		f(status)
	}
}

// finish ends the call once, whatever ended it.
func (c *Call) finish(e end, err *Error) {
	if !c.to(phaseEnded) {
		return
	}
	ended := c.phone.loop.clock.Now()
	if c.err == nil && (e.by != byLocal || err != nil) {
		c.err = err
		if err == nil && (e.status >= 300 || e.status == 0) {
			c.err = statusError(e.status, nil)
		}
	}
	// The other side often hangs up when it has reached the target of a transfer.
	c.upkeep.stop(e.by == byRemote)
	c.settle(cmpStatus(e.status))
	last := c.peer
	c.peer = nil
	c.phone.ended(c)
	async(c.phone.loop, func() (*CDR, error) {
		c.audio.end()
		record := &CDR{}
		if last != nil {
			record.Codec = last.Codec()
			record.Quality = qualityOf(last.Quality())
			return record, last.Close()
		}
		return record, nil
	}, func(record *CDR, closing error) {
		if closing != nil {
			c.phone.log().Debug("the media of a call did not close in order", "error", closing)
		}
		c.write(record, e, ended)
	})
}

func cmpStatus(status int) int {
	if status == 0 {
		return 503
	}
	return status
}

// write makes the record, and tells of it.
func (c *Call) write(record *CDR, e end, ended time.Time) {
	record.CallID, record.Direction, record.From, record.To, record.DisplayName = c.ID, c.Direction, c.From, c.To, c.DisplayName
	if c.started.IsZero() {
		c.started = c.created
	}
	record.StartTime, record.EndTime = *stamp(c.started), *stamp(ended)
	record.RingTime, record.AnswerTime = stamp(c.rang), stamp(c.picked)
	record.SIPCode, record.EndedBy = e.status, string(e.by)
	if !c.picked.IsZero() {
		record.SIPCode = 200
		record.Duration = int(ended.Sub(c.picked).Round(time.Second) / time.Second)
	}
	record.Reason = c.reason(e)
	c.record = record
	close(c.over)
	c.phone.emit(func(h Handlers) {
		if h.OnEnd != nil {
			h.OnEnd(c, *record)
		}
	})
	watchers := c.watchers
	c.watchers = nil
	for _, f := range watchers {
		f()
	}
}

func (c *Call) reason(e end) string {
	switch {
	case e.cause == 200 && c.picked.IsZero():
		return "Answered elsewhere"
	case c.err != nil:
		return c.err.Message
	case !c.picked.IsZero() && e.by == byLocal:
		return "Hung up"
	case !c.picked.IsZero() && e.by == byRemote:
		return "The other side hung up"
	case !c.picked.IsZero():
		return "The connection was lost"
	case e.status == 603:
		return "Declined"
	}
	return "Cancelled"
}
