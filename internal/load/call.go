package load

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"webphone/internal/sip"
)

type callState int

// A call goes from left to right:
//
//	inviting ─► up ─► ending ─► over
//	    └──────────────────────▲
const (
	callInviting callState = iota
	callUp
	callEnding
	callOver
)

// call is a call between the two phones of a pair. The caller's side measures;
// the callee's rings and answers at once.
type call struct {
	run            *runner
	pair           int
	caller, callee *phone
	id, tag        string
	began          time.Time
	invite         *exchange

	mu     sync.Mutex
	state  callState
	seq    uint32
	rung   bool
	dialog *sip.Dialog
	ack    *sip.Request
	media  *stream
	offer  []byte
	timer  *time.Timer
}

func newCall(r *runner, pair int, caller, callee *phone) *call {
	c := &call{run: r, pair: pair, caller: caller, callee: callee, id: sip.NewTag(), tag: sip.NewTag(), began: time.Now()}
	c.invite = &exchange{phone: caller, build: c.newInvite, provisional: c.progress, finish: c.answered}
	return c
}

// start sends the INVITE.
func (c *call) start() {
	c.run.stats.begin(opAnswer)
	media, err := c.run.newStream()
	var offer []byte
	if err == nil {
		offer, err = media.offer(c.run.ctx)
	}
	if err != nil {
		media.end()
		c.run.invited()
		c.run.stats.fail("media", "no offer")
		c.finish()
		return
	}
	c.mu.Lock()
	c.media, c.offer = media, offer
	given := c.state != callInviting
	c.mu.Unlock()
	if given {
		c.run.invited()
		c.run.stats.giveUp()
		c.finish()
		return
	}
	c.invite.send()
}

func (c *call) newInvite() *sip.Request {
	p := c.caller
	c.mu.Lock()
	c.seq++
	number, offer := c.seq, c.offer
	c.mu.Unlock()
	req := sip.NewRequest(sip.INVITE, c.callee.aor())
	from := &sip.FromHeader{Address: p.aor()}
	from.Params.Add("tag", c.tag)
	p.head(req, from, &sip.ToHeader{Address: c.callee.aor()}, c.id, number)
	req.AppendHeader(p.contact())
	kind := sip.ContentTypeHeader("application/sdp")
	req.AppendHeader(&kind)
	req.SetBody(offer)
	return req
}

// description is audio that nobody sends.
var description = []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
	"m=audio 9 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n")

// progress takes ringing, and copies of the 2xx, which are acknowledged again
// (RFC 3261 §13.2.2.4).
func (c *call) progress(res *sip.Response) {
	c.mu.Lock()
	first := !c.rung && res.StatusCode == 180
	c.rung = c.rung || first
	ack, conn := c.ack, c.caller.connection()
	c.mu.Unlock()
	if first {
		c.run.stats.done(opRing, time.Since(c.began))
	}
	if res.StatusCode >= 200 && ack != nil && conn != nil {
		_ = conn.Send(ack)
	}
}

// answered acknowledges the answer and has the call end in its time.
func (c *call) answered(invite *sip.Request, res *sip.Response, why string) {
	c.run.invited()
	if why != "" {
		c.mu.Lock()
		given := c.state == callEnding
		c.mu.Unlock()
		// A call that is given up at the run's end has not failed by being refused.
		if _, refused := strconv.Atoi(why); given && refused == nil {
			c.run.stats.giveUp()
		} else {
			c.run.stats.fail("call", why)
		}
		c.finish()
		return
	}
	dialog, conn := sip.NewCallerDialog(res), c.caller.connection()
	if dialog == nil || conn == nil {
		c.run.stats.fail("call", "the answer makes no dialog")
		c.finish()
		return
	}
	c.run.stats.done(opAnswer, time.Since(c.began))
	ack := dialog.ACK(invite)
	ack.PrependHeader(sip.NewVia(conn.Transport(), c.caller.host()))
	_ = conn.Send(ack) // Where that fails the connection has ended, and tells so.
	c.mu.Lock()
	c.dialog, c.ack = dialog, ack
	media := c.media
	late := c.state != callInviting
	if !late {
		c.state = callUp
		c.timer = time.AfterFunc(c.run.cfg.CallDuration, c.hangUp)
	}
	c.mu.Unlock()
	if late {
		c.bye()
	} else if media.accept(res.Body()) != nil {
		c.run.stats.fail("media", "the answer cannot be taken")
	}
}

// hangUp ends the call, by a CANCEL while it is not answered.
func (c *call) hangUp() {
	c.mu.Lock()
	was := c.state
	if was == callInviting || was == callUp {
		c.state = callEnding
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.mu.Unlock()
	switch was {
	case callInviting:
		c.invite.cancel()
	case callUp:
		c.bye()
	}
}

func (c *call) bye() {
	c.run.stats.begin(opHangUp)
	began := time.Now()
	x := &exchange{phone: c.caller, build: func() *sip.Request {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.dialog.Request(sip.BYE)
	}}
	x.finish = func(_ *sip.Request, _ *sip.Response, why string) {
		if why == "" {
			c.run.stats.done(opHangUp, time.Since(began))
		} else {
			c.run.stats.fail("hang up", why)
		}
		c.finish()
	}
	x.send()
}

// lost ends a call whose phone has lost its connection.
func (c *call) lost() {
	c.mu.Lock()
	up := c.state == callUp
	if up {
		c.state = callOver
		c.timer.Stop()
	}
	c.mu.Unlock()
	if up {
		c.media.end()
		c.run.stats.fail("call", "connection lost")
		c.run.callOver(c)
	}
}

func (c *call) finish() {
	c.mu.Lock()
	over, media := c.state == callOver, c.media
	c.state = callOver
	c.mu.Unlock()
	media.end()
	if !over {
		c.run.callOver(c)
	}
}

// onRequest is what a phone does with a request of the server.
func (r *runner) onRequest(tx *sip.ServerTransaction, conn sip.Conn, req *sip.Request) {
	if tx == nil {
		return // the ACK to an answer
	}
	p := r.phoneOf(conn)
	if p == nil {
		return
	}
	switch req.Method {
	case sip.INVITE:
		tx.OnCancel(func(*sip.Request) { r.respond(tx, sip.NewResponse(req, 487, "")) })
		r.respond(tx, sip.NewResponse(req, 180, ""))
		if r.media == nil {
			r.answer(p, tx, nil)
		} else {
			// Sockets are opened for it: the connection is read meanwhile.
			r.work.Go(func() { r.answerWithMedia(p, tx) })
		}
	case sip.BYE, sip.OPTIONS:
		if req.Method == sip.BYE {
			r.take(string(*req.CallID())).end()
		}
		r.respond(tx, sip.NewResponse(req, 200, ""))
	default:
		res := sip.NewResponse(req, 405, "")
		res.AppendHeader(sip.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS"))
		r.respond(tx, res)
	}
}

// answerWithMedia answers an INVITE by a stream of its own.
func (r *runner) answerWithMedia(p *phone, tx *sip.ServerTransaction) {
	s, err := r.newStream()
	if err != nil {
		r.respond(tx, sip.NewResponse(tx.Request(), 500, ""))
		return
	}
	r.mu.Lock()
	open := r.streams != nil
	if open {
		r.streams[string(*tx.Request().CallID())] = s
	}
	r.mu.Unlock()
	if !open {
		s.end()
		return
	}
	r.answer(p, tx, s)
}

// answer sends the 200 to an INVITE.
func (r *runner) answer(p *phone, tx *sip.ServerTransaction, s *stream) {
	body, err := s.answer(r.ctx, tx.Request().Body())
	if err != nil {
		r.take(string(*tx.Request().CallID())).end()
		r.respond(tx, sip.NewResponse(tx.Request(), 488, ""))
		return
	}
	res := sip.NewResponse(tx.Request(), 200, "")
	res.AppendHeader(p.contact())
	kind := sip.ContentTypeHeader("application/sdp")
	res.AppendHeader(&kind)
	res.SetBody(body)
	r.respond(tx, res)
}

// take removes the stream of a callee; it is nil where there is none.
func (r *runner) take(callID string) *stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.streams[callID]
	delete(r.streams, callID)
	return s
}

func (r *runner) respond(tx *sip.ServerTransaction, res *sip.Response) {
	if err := tx.Respond(res); err != nil {
		r.cfg.Log.Debug("an answer was not sent", "error", fmt.Sprint(err))
	}
}
