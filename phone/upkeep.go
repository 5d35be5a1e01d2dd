package phone

import (
	"context"
	"errors"
	"strings"
	"time"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

const (
	// maxGlares bounds the attempts at a change of a call that meets 491
	// (RFC 3261 §14.1).
	maxGlares = 5
	// tryAgain is the first wait between attempts to reach the other side again,
	// doubled each time up to longestTry.
	tryAgain   = 500 * time.Millisecond
	longestTry = 8 * time.Second
	// digitLasts is how long INFO says that a digit lasts.
	digitLasts = 160 * time.Millisecond
)

// lead is the wait before a refresh, after a loss that both sides may have had:
// an offer of the other side that waits for us comes first, so that offers
// seldom cross, which would cost seconds.
var lead = map[Direction]time.Duration{Outbound: 300 * time.Millisecond, Inbound: time.Second}

// offer is a change of the call that is to be agreed.
type offer struct {
	// due is looked at before each attempt.
	due func() bool
	// held is what it proposes; without it the call stays as it is.
	held func() bool
	// patient tries until the other side is reached.
	patient bool
	done    func(error)
	tries   int
}

// upkeep is what a call that is up needs: offers within it (hold, telling the
// other side where we are after a loss), its path, late candidates, digits and
// transfer.
type upkeep struct {
	call   *Call
	health health
	queue  []*offer
	busy   bool
	// proceed ends the wait of the offer that is due.
	proceed func()
	due     *alarm

	// candidates are those that wait to be told of (RFC 8840).
	candidates []endpoint.Candidate
	telling    bool
	// digits are those that wait for their turn.
	pressing bool
	digits   []func()
	// referring is the REFER of ours that is under way.
	referring func(status int)
}

func newUpkeep(c *Call) *upkeep {
	u := &upkeep{call: c, proceed: func() {}}
	u.health = health{call: c}
	return u
}

// check says that path or signalling have come or gone.
func (u *upkeep) check() { u.health.check() }

// restored says that there is a connection again: the other side has to hear of
// it (RFC 3261 §12.2.1.1).
func (u *upkeep) restored() {
	u.proceed()
	u.due.stop()
	u.due = u.call.phone.loop.after(lead[u.call.Direction], func() { u.refresh(func(error) {}) })
}

// refresh tells the other side where we are now, and looks for a path if there
// is none.
func (u *upkeep) refresh(done func(error)) {
	c := u.call
	u.add(&offer{due: func() bool { return c.stale || c.path == endpoint.PathSick }, patient: true, done: done})
}

// agreed says that both sides know of one another, and of the media.
func (u *upkeep) agreed() {
	u.call.stale = false
	// What waits behind a glare need not wait any longer, or is done.
	u.proceed()
	u.check()
}

// add makes an offer while it is due. Offers wait for one another, for the
// connection when it is lost, and begin anew after a glare.
func (u *upkeep) add(o *offer) {
	u.queue = append(u.queue, o)
	u.next()
}

func (u *upkeep) next() {
	if u.busy || len(u.queue) == 0 {
		return
	}
	u.busy = true
	o := u.queue[0]
	u.queue = u.queue[1:]
	u.attempt(o)
}

func (u *upkeep) finish(o *offer, err error) {
	u.busy = false
	o.done(err)
	u.next()
}

func (u *upkeep) attempt(o *offer) {
	c := u.call
	switch {
	case c.phase != phaseActive || c.peer == nil:
		u.finish(o, notUp())
		return
	case !o.due():
		u.finish(o, nil)
		return
	case c.line.broken:
		u.pause(0, func() { u.attempt(o) })
		return
	}
	o.tries++
	current, sick := c.peer, c.path == endpoint.PathSick
	held := current.Held()
	if o.held != nil {
		held = o.held()
	}
	made := false
	c.session.reinvite(func(then func(string, error)) {
		made = true
		async(c.phone.loop, func() (string, error) {
			ctx, cancel := context.WithTimeout(c.phone.ctx, mediaLimit)
			defer cancel()
			return current.Offer(ctx, endpoint.OfferOptions{Held: held, Restart: sick})
		}, then)
	}, func(answer string, err error) {
		async(c.phone.loop, func() (struct{}, error) {
			if err == nil {
				err = current.Accept(answer, false)
			}
			if err != nil && made {
				_ = current.Rollback()
			}
			return struct{}{}, err
		}, func(_ struct{}, err error) {
			if err != nil {
				u.failed(o, err)
				return
			}
			if sick {
				u.health.tried()
			}
			c.audio.begin(current)
			u.agreed()
			u.finish(o, nil)
		})
	})
}

func (u *upkeep) failed(o *offer, err error) {
	c := u.call
	if c.phase != phaseActive {
		u.finish(o, notUp())
		return
	}
	var f *failure
	if !errors.As(err, &f) {
		u.finish(o, errorOf(err))
		return
	}
	again := func() { u.attempt(o) }
	switch {
	case f.lost() && c.line.broken:
		u.pause(0, again)
	case f.lost():
		u.pause(tryAgain, again)
	case f.status == 491 && (o.patient || o.tries < maxGlares):
		u.pause(u.glareDelay(), again)
	case o.patient && (f.status == 408 || f.status == 480 || f.status >= 500):
		u.pause(min(longestTry, tryAgain<<min(o.tries, 10)), again)
	default:
		// Whoever refuses the offer has heard from us all the same.
		if !f.local {
			u.agreed()
		}
		u.finish(o, errorOf(f))
	}
}

// glareDelay is how long to wait after 491 before the next offer (RFC 3261 §14.1).
func (u *upkeep) glareDelay() time.Duration {
	share := u.call.phone.env.fraction()
	if u.call.session.dialog.Caller {
		return time.Duration((2.1 + share*1.9) * float64(time.Second))
	}
	return time.Duration(share * 2 * float64(time.Second))
}

// pause waits for a time (0 is without end), or for the connection to come back.
func (u *upkeep) pause(d time.Duration, then func()) {
	var timer *alarm
	u.proceed = func() {
		timer.stop()
		u.proceed = func() {}
		// Whoever says proceed has things to do first.
		u.call.phone.loop.post(then)
	}
	if d > 0 {
		timer = u.call.phone.loop.after(d, func() { u.proceed() })
	}
}

// press sends a digit as a telephone event, or by INFO where that can't be.
func (u *upkeep) press(ctx context.Context, digit rune, done func(error)) {
	u.digits = append(u.digits, func() {
		c := u.call
		finish := func(err error) {
			u.pressing = false
			done(err)
			u.nextDigit()
		}
		current := c.peer
		if c.phase != phaseActive || current == nil {
			finish(notUp())
			return
		}
		async(c.phone.loop, func() (struct{}, error) { return struct{}{}, current.SendDigit(ctx, digit) }, func(_ struct{}, err error) {
			switch {
			case errors.Is(err, endpoint.ErrClosed):
				finish(notUp())
				return
			case errors.Is(err, endpoint.ErrState):
				finish(fault(ErrUnsupported, "The other side holds the call. Wait until it goes on."))
				return
			case !errors.Is(err, endpoint.ErrNoTelephoneEvent):
				finish(err)
				return
			case ctx.Err() != nil || c.phase != phaseActive:
				finish(cmpError(ctx.Err(), notUp()))
				return
			}
			body := "Signal=" + string(digit) + "\r\nDuration=" + strings.TrimSuffix(digitLasts.String(), "ms") + "\r\n"
			c.session.send(sip.INFO, "application/dtmf-relay", body, func(_ *sip.Response, f *failure) {
				if f != nil {
					finish(errorOf(f))
				} else {
					finish(nil)
				}
			})
		})
	})
	u.nextDigit()
}

func (u *upkeep) nextDigit() {
	if u.pressing || len(u.digits) == 0 {
		return
	}
	u.pressing = true
	press := u.digits[0]
	u.digits = u.digits[1:]
	press()
}

// within takes INFO, NOTIFY or REFER of the other side.
func (u *upkeep) within(tx *sip.ServerTransaction) {
	req := tx.Request()
	agent := u.call.line.agent
	switch {
	case req.Method == sip.REFER:
		u.referred(tx)
	case req.Method == sip.NOTIFY:
		agent.respond(tx, 200, "")
		u.notified(req)
	case headerValue(req, "Info-Package") != "":
		u.info(tx)
	default:
		agent.respond(tx, 200, "")
		if digit, ok := digitOfInfo(req); ok {
			u.call.digit(digit)
		}
	}
}

// digitOfInfo reads the digit of an INFO with application/dtmf-relay, which no
// RFC describes, or application/dtmf.
func digitOfInfo(req *sip.Request) (rune, bool) {
	kind := strings.ToLower(headerValue(req, "Content-Type"))
	body := string(req.Body())
	if len(body) > 256 {
		return 0, false
	}
	switch kind {
	case "application/dtmf":
	case "application/dtmf-relay":
		_, after, found := strings.Cut(strings.ToLower(body), "signal=")
		if !found {
			return 0, false
		}
		body = after
	default:
		return 0, false
	}
	body = strings.TrimSpace(body)
	if i := strings.IndexAny(body, "\r\n"); i >= 0 {
		body = body[:i]
	}
	body = strings.ToUpper(strings.TrimSpace(body))
	if len(body) == 1 && isDigit(rune(body[0])) {
		return rune(body[0]), true
	}
	return 0, false
}

// stop says that the call is over; remote tells that the other side ended it,
// which is how a transfer under way often succeeds.
func (u *upkeep) stop(remote bool) {
	u.due.stop()
	u.health.stop()
	u.proceed()
	if u.referring != nil {
		status := 487
		if remote {
			status = 200
		}
		u.referring(status)
	}
}
