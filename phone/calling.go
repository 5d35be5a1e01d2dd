package phone

import (
	"context"
	"slices"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

// What a call does, on the loop.

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
