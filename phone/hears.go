package phone

import (
	"context"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

// What a call hears of its session: it is a sessionUser.

func (c *Call) provisional(status int, sdp string) {
	if status != 180 && status != 183 {
		return
	}
	c.to(phaseRingingOut)
	if c.rang.IsZero() {
		c.rang = c.phone.loop.clock.Now()
	}
	if !c.codes[status] {
		c.codes[status] = true
		c.phone.emit(func(h Handlers) {
			if h.OnRingingOut != nil {
				h.OnRingingOut(c, status)
			}
		})
	}
	if current := c.peer; sdp != "" && current != nil {
		async(c.phone.loop, func() (struct{}, error) { return struct{}{}, current.Accept(sdp, true) }, func(_ struct{}, err error) {
			// Early media that can't be heard is no reason to give the call up.
			if err == nil && c.phase != phaseEnded {
				c.audio.begin(current)
			}
		})
	}
}

func (c *Call) accepted(sdp string, then func()) {
	current := c.peer
	if c.phase == phaseEnded || current == nil {
		return
	}
	async(c.phone.loop, func() (struct{}, error) { return struct{}{}, current.Accept(sdp, false) }, func(_ struct{}, err error) {
		switch {
		case c.phase == phaseEnded:
		case err != nil:
			c.err = &Error{ErrProtocol, "The other side's answer makes no sense. Try again.", 0, err}
			c.session.hangUp(byNetwork, 0)
		default:
			then()
		}
	})
}

func (c *Call) answered(sdp string) { c.accepted(sdp, c.pickedUp) }

func (c *Call) confirmed(sdp string) {
	waiting := c.acknowledged
	c.acknowledged = nil
	for _, f := range waiting {
		f()
	}
	if !c.ourOffer {
		return
	}
	c.ourOffer = false
	if sdp != "" {
		c.accepted(sdp, func() {})
	} else if current := c.peer; current != nil {
		// Without a body the ACK was lost: their next offer takes the place of ours.
		async(c.phone.loop, func() (struct{}, error) { return struct{}{}, current.Rollback() }, func(struct{}, error) {})
	}
}

func (c *Call) offered(sdp string, done func(string, error)) {
	current := c.peer
	if current == nil {
		done("", notUp())
		return
	}
	c.ourOffer = sdp == ""
	held := current.Held()
	async(c.phone.loop, func() (string, error) {
		ctx, cancel := context.WithTimeout(c.phone.ctx, mediaLimit)
		defer cancel()
		if sdp == "" {
			return current.Offer(ctx, endpoint.OfferOptions{Held: held})
		}
		return current.Answer(ctx, sdp)
	}, func(answer string, err error) {
		// The other side learns from our answer where we are.
		if err == nil && !c.line.broken {
			c.upkeep.agreed()
		}
		if err == nil && c.phase == phaseActive {
			c.audio.begin(current)
		}
		done(answer, err)
	})
}

func (c *Call) refresh() {
	c.stale = true
	c.restored()
}

func (c *Call) within(tx *sip.ServerTransaction) { c.upkeep.within(tx) }

func (c *Call) ended(e end) { c.finish(e, nil) }
