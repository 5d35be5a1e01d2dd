package edge

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"webphone/internal/media"
	"webphone/internal/sip"
)

// echoCall is one dialog:
//
//	      INVITE           200            ACK
//	(new) ──────► answering ───► answered ───► up
//	                 │CANCEL, 4xx    │no ACK     │BYE, media lost
//	                 ▼               ▼           ▼
//	               ended ◄───────────────────────┘
type echoCall struct {
	echo     *echo
	localTag string
	invite   *sip.Request
	caller   party

	mu      sync.Mutex
	conn    sip.Conn
	session *media.Session
	// target and cseq follow what the caller sends (RFC 3261 §12.2.2).
	target    sip.URI
	remoteSeq uint32
	localSeq  uint32
	// resend repeats the 200 until the ACK comes (RFC 3261 §13.3.1.4).
	resend sip.Timer
	// expiry ends the call when it is not refreshed, and refresh is when we do.
	expiry, refresh sip.Timer
	ended           bool
}

func (c *echoCall) answer(tx *sip.ServerTransaction, timer sessionTimer) {
	engine := c.echo.edge.config.Media
	session, sdp, err := engine.Echo(context.Background(), string(c.invite.Body()), func(reason string) { c.hangUp(reason) })
	if err != nil {
		if c.end() {
			c.echo.edge.send(tx, c.response(c.invite, statusOf(err)))
		}
		return
	}
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		session.Close()
		return
	}
	c.session = session
	c.mu.Unlock()
	c.accept(tx, c.accepted(c.invite, sdp, timer), timer)
}

// accept sends a 2xx. That to an INVITE is repeated until the ACK comes.
func (c *echoCall) accept(tx *sip.ServerTransaction, res *sip.Response, timer sessionTimer) {
	c.mu.Lock()
	if !c.ended {
		c.arm(timer)
		if tx.Request().Method == sip.INVITE {
			if c.resend != nil {
				c.resend.Stop()
			}
			c.repeat(tx, res, 500*time.Millisecond, c.echo.edge.config.Clock.Now().Add(32*time.Second))
		}
	}
	c.mu.Unlock()
	c.echo.edge.send(tx, res)
}

// statusOf is the answer to an offer that cannot be taken.
func statusOf(err error) int {
	switch {
	case errors.Is(err, media.ErrNoCodec), errors.Is(err, media.ErrOffer):
		return 488
	case errors.Is(err, media.ErrBusy):
		return 486
	default:
		return 500
	}
}

// repeat sends the 200 again with growing gaps until the ACK comes, and gives
// the call up after 64 × T1 (RFC 3261 §13.3.1.4). c.mu is held.
func (c *echoCall) repeat(tx *sip.ServerTransaction, res *sip.Response, after time.Duration, until time.Time) {
	clock := c.echo.edge.config.Clock
	c.resend = clock.AfterFunc(after, func() {
		if !clock.Now().Before(until) {
			c.hangUp("no ACK")
			return
		}
		c.mu.Lock()
		again := c.resend != nil && !c.ended
		if again {
			c.repeat(tx, res, min(2*after, 4*time.Second, until.Sub(clock.Now())), until)
		}
		c.mu.Unlock()
		if again {
			c.echo.edge.send(tx, res)
		}
	})
}

// reanswer answers a later offer: hold, resume, ICE restart, video.
func (c *echoCall) reanswer(tx *sip.ServerTransaction, session *media.Session, timer sessionTimer) {
	req := tx.Request()
	sdp, err := session.Answer(context.Background(), string(req.Body()))
	if err != nil {
		c.echo.edge.respond(tx, statusOf(err), "")
		return
	}
	tx.Follow(func() sip.Conn { return c.echo.edge.flow(c.caller) })
	c.accept(tx, c.accepted(req, sdp, timer), timer)
}

// response carries the dialog's own tag.
func (c *echoCall) response(req *sip.Request, status int) *sip.Response {
	res := sip.NewResponse(req, status, "")
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", c.localTag)
	return res
}

func (c *echoCall) accepted(req *sip.Request, sdp string, timer sessionTimer) *sip.Response {
	res := c.response(req, 200)
	for _, header := range req.GetHeaders("Record-Route") {
		res.AppendHeader(header)
	}
	res.AppendHeader(c.contact())
	c.echo.capabilities(res)
	timer.tell(res)
	if sdp != "" {
		contentType := sip.ContentTypeHeader(sdpType)
		res.AppendHeader(&contentType)
		res.SetBody([]byte(sdp))
	}
	return res
}

func (c *echoCall) contact() *sip.ContactHeader {
	uri := sip.URI{Scheme: "sip", User: "echo", Host: c.echo.edge.config.Domains[0]}
	uri.UriParams.Add("transport", "ws")
	return &sip.ContactHeader{Address: uri}
}

// hangUp ends a call from our side.
func (c *echoCall) hangUp(reason string) {
	if !c.end() {
		return
	}
	bye, conn := c.request(sip.BYE)
	bye.AppendHeader(sip.NewHeader("Reason", `SIP;cause=200;text=`+strconv.Quote(reason)))
	if _, err := c.echo.edge.layer.Request(conn, bye, sip.ClientHandler{}); err != nil {
		c.echo.edge.config.Log.Debug("the echo test could not hang up", "error", err)
	}
}

// request makes a request within the dialog (RFC 3261 §12.2.1), and tells over
// which connection the caller is reached.
func (c *echoCall) request(method sip.Method) (*sip.Request, sip.Conn) {
	c.mu.Lock()
	conn, target := c.conn, c.target
	c.localSeq++
	cseq := c.localSeq
	c.mu.Unlock()
	if ended(conn) {
		if now := c.echo.edge.flow(c.caller); now != nil {
			conn = now
		}
	}
	req := sip.NewRequest(method, target)
	req.AppendHeader(c.echo.edge.via(conn, "echo"))
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	local, remote := c.invite.To(), c.invite.From()
	from := &sip.FromHeader{DisplayName: local.DisplayName, Address: local.Address}
	from.Params.Add("tag", c.localTag)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{DisplayName: remote.DisplayName, Address: remote.Address, Params: remote.Params.Clone()})
	req.AppendHeader(c.invite.CallID())
	req.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: method})
	req.SetBody(nil)
	return req, conn
}

// end forgets the call and tells whether it was still there.
func (c *echoCall) end() bool {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return false
	}
	c.ended = true
	session := c.session
	if c.resend != nil {
		c.resend.Stop()
		c.resend = nil
	}
	c.arm(sessionTimer{})
	c.mu.Unlock()
	c.echo.mu.Lock()
	delete(c.echo.calls, c.localTag)
	c.echo.mu.Unlock()
	if session != nil {
		session.Close()
	}
	return true
}
