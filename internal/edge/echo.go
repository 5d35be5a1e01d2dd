package edge

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"webphone/internal/media"
	"webphone/internal/sip"
)

// Addresses of the echo test.
var echoUsers = []string{"*43", "echo"}

// echoAllow are the methods that the echo test takes.
var echoAllow = []sip.Method{sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.OPTIONS, sip.INFO, sip.UPDATE}

// known are the methods that are told from unknown ones: 405 against 501
// (RFC 3261 §21.4.6, §21.5.2).
var known = []sip.Method{sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.MESSAGE, sip.PRACK, sip.PUBLISH, sip.REGISTER}

const sdpType = "application/sdp"

// echo is the UAS of the echo test. Its calls live as long as their media,
// which is in this process.
type echo struct {
	edge  *Edge
	mu    sync.Mutex
	calls map[string]*echoCall // by local tag
}

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

	mu      sync.Mutex
	conn    sip.Conn
	session *media.Session
	// target and cseq follow what the caller sends (RFC 3261 §12.2.2).
	target    sip.URI
	remoteSeq uint32
	localSeq  uint32
	// resend repeats the 200 until the ACK comes (RFC 3261 §13.3.1.4).
	resend sip.Timer
	ended  bool
}

func newEcho(e *Edge) *echo { return &echo{edge: e, calls: map[string]*echoCall{}} }

func (s *echo) is(user string) bool {
	return s.edge.config.Media != nil && slices.Contains(echoUsers, strings.ToLower(user))
}

// request takes a request outside of any dialog (RFC 3261 §8.2).
func (s *echo) request(tx *sip.ServerTransaction) {
	req := tx.Request()
	if tag(req.To().Params) != "" {
		s.inDialog(tx)
		return
	}
	switch req.Method {
	case sip.INVITE, sip.OPTIONS:
	case sip.BYE, sip.INFO, sip.UPDATE:
		s.edge.respond(tx, 481, "")
		return
	default:
		s.refuseMethod(tx)
		return
	}
	if unknown := values(req, "Require"); len(unknown) > 0 {
		s.edge.refuseExtensions(tx, unknown)
		return
	}
	if !s.acceptable(tx) {
		return
	}
	if req.Method == sip.OPTIONS {
		res := sip.NewResponse(req, 200, "")
		s.capabilities(res)
		s.edge.send(tx, res)
		return
	}
	s.invite(tx)
}

// acceptable checks the body's type and what the caller accepts in return.
func (s *echo) acceptable(tx *sip.ServerTransaction) bool {
	req := tx.Request()
	if accept := values(req, "Accept"); len(accept) > 0 && req.Method == sip.INVITE &&
		!slices.ContainsFunc(accept, func(range_ string) bool {
			mediaType, _, _ := strings.Cut(range_, ";")
			return has([]string{sdpType, "application/*", "*/*"}, strings.TrimSpace(mediaType))
		}) {
		s.edge.respond(tx, 406, "")
		return false
	}
	if len(req.Body()) == 0 {
		return true
	}
	contentType := ""
	if header := req.ContentType(); header != nil {
		contentType, _, _ = strings.Cut(header.Value(), ";")
	}
	encoded := slices.ContainsFunc(values(req, "Content-Encoding"), func(c string) bool { return !strings.EqualFold(c, "identity") })
	if !strings.EqualFold(strings.TrimSpace(contentType), sdpType) || encoded {
		res := sip.NewResponse(req, 415, "")
		res.AppendHeader(sip.NewHeader("Accept", sdpType))
		res.AppendHeader(sip.NewHeader("Accept-Encoding", "identity"))
		s.edge.send(tx, res)
		return false
	}
	return true
}

func (s *echo) refuseMethod(tx *sip.ServerTransaction) {
	if !slices.Contains(known, tx.Request().Method) {
		s.edge.respond(tx, 501, "")
		return
	}
	res := sip.NewResponse(tx.Request(), 405, "")
	s.capabilities(res)
	s.edge.send(tx, res)
}

func (s *echo) capabilities(res *sip.Response) {
	names := make([]string, len(echoAllow))
	for i, method := range echoAllow {
		names[i] = string(method)
	}
	res.AppendHeader(sip.NewHeader("Allow", strings.Join(names, ", ")))
	res.AppendHeader(sip.NewHeader("Accept", sdpType))
}

// invite answers a call. The answer takes a moment, which must not hold up the
// connection's next messages.
func (s *echo) invite(tx *sip.ServerTransaction) {
	req := tx.Request()
	contact := req.Contact()
	if contact == nil || len(req.Body()) == 0 {
		// Without an offer we would have to make one, and then every phone
		// that calls this way would have to be asked what it can do.
		s.edge.respond(tx, 488, "The echo test needs an offer")
		return
	}
	c := &echoCall{
		echo: s, localTag: sip.NewTag(), invite: req, conn: tx.Conn(),
		target: contact.Address, remoteSeq: req.CSeq().SeqNo,
	}
	s.edge.respond(tx, 100, "")
	tx.OnCancel(func(*sip.Request) {
		if c.end() {
			s.edge.send(tx, c.response(req, 487))
		}
	})
	s.mu.Lock()
	s.calls[c.localTag] = c
	s.mu.Unlock()
	go c.answer(tx)
}

func (c *echoCall) answer(tx *sip.ServerTransaction) {
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
	res := c.accepted(c.invite, sdp)
	c.repeat(tx, res, 500*time.Millisecond, c.echo.edge.config.Clock.Now().Add(32*time.Second))
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

// ack takes the ACK to a 200.
func (s *echo) ack(req *sip.Request) {
	c := s.find(req)
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resend != nil {
		c.resend.Stop()
		c.resend = nil
	}
}

func (s *echo) find(req *sip.Request) *echoCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[tag(req.To().Params)]
	if c == nil || c.invite.CallID().Value() != req.CallID().Value() || tag(c.invite.From().Params) != tag(req.From().Params) {
		return nil
	}
	return c
}

// inDialog takes a request within a call (RFC 3261 §12.2.2).
func (s *echo) inDialog(tx *sip.ServerTransaction) {
	req := tx.Request()
	c := s.find(req)
	if c == nil {
		s.edge.respond(tx, 481, "")
		return
	}
	c.mu.Lock()
	late := req.CSeq().SeqNo <= c.remoteSeq
	if !late {
		c.remoteSeq = req.CSeq().SeqNo
		// The caller may have come back over a new connection.
		c.conn = tx.Conn()
		if contact := req.Contact(); contact != nil && (req.Method == sip.INVITE || req.Method == sip.UPDATE) {
			c.target = contact.Address
		}
	}
	session := c.session
	c.mu.Unlock()
	switch {
	case late:
		s.edge.respond(tx, 500, "CSeq out of order")
	case req.Method == sip.BYE:
		s.edge.respond(tx, 200, "")
		c.end()
	case req.Method == sip.INFO, req.Method == sip.OPTIONS, req.Method == sip.UPDATE && len(req.Body()) == 0:
		s.edge.respond(tx, 200, "")
	case req.Method == sip.INVITE || req.Method == sip.UPDATE:
		switch {
		case session == nil:
			s.edge.respond(tx, 491, "")
		case len(req.Body()) == 0:
			s.edge.respond(tx, 488, "The echo test needs an offer")
		case s.acceptable(tx):
			go c.reanswer(tx, session)
		}
	default:
		s.refuseMethod(tx)
	}
}

// reanswer answers a later offer: hold, resume, ICE restart, video.
func (c *echoCall) reanswer(tx *sip.ServerTransaction, session *media.Session) {
	req := tx.Request()
	sdp, err := session.Answer(context.Background(), string(req.Body()))
	if err != nil {
		c.echo.edge.respond(tx, statusOf(err), "")
		return
	}
	res := c.accepted(req, sdp)
	c.mu.Lock()
	if req.Method == sip.INVITE && !c.ended {
		if c.resend != nil {
			c.resend.Stop()
		}
		c.repeat(tx, res, 500*time.Millisecond, c.echo.edge.config.Clock.Now().Add(32*time.Second))
	}
	c.mu.Unlock()
	c.echo.edge.send(tx, res)
}

// response carries the dialog's own tag.
func (c *echoCall) response(req *sip.Request, status int) *sip.Response {
	res := sip.NewResponse(req, status, "")
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", c.localTag)
	return res
}

func (c *echoCall) accepted(req *sip.Request, sdp string) *sip.Response {
	res := c.response(req, 200)
	for _, header := range req.GetHeaders("Record-Route") {
		res.AppendHeader(header)
	}
	uri := sip.URI{Scheme: "sip", User: "echo", Host: c.echo.edge.config.Domains[0]}
	uri.UriParams.Add("transport", "ws")
	res.AppendHeader(&sip.ContactHeader{Address: uri})
	c.echo.capabilities(res)
	contentType := sip.ContentTypeHeader(sdpType)
	res.AppendHeader(&contentType)
	res.SetBody([]byte(sdp))
	return res
}

// hangUp ends a call from our side.
func (c *echoCall) hangUp(reason string) {
	if !c.end() {
		return
	}
	c.mu.Lock()
	conn, target := c.conn, c.target
	c.localSeq++
	cseq := c.localSeq
	c.mu.Unlock()
	bye := sip.NewRequest(sip.BYE, target)
	bye.AppendHeader(c.echo.edge.via(conn, "bye"))
	hops := sip.MaxForwardsHeader(70)
	bye.AppendHeader(&hops)
	local, remote := c.invite.To(), c.invite.From()
	from := &sip.FromHeader{DisplayName: local.DisplayName, Address: local.Address}
	from.Params.Add("tag", c.localTag)
	bye.AppendHeader(from)
	bye.AppendHeader(&sip.ToHeader{DisplayName: remote.DisplayName, Address: remote.Address, Params: remote.Params.Clone()})
	bye.AppendHeader(c.invite.CallID())
	bye.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: sip.BYE})
	bye.AppendHeader(sip.NewHeader("Reason", `SIP;cause=200;text=`+strconv.Quote(reason)))
	bye.SetBody(nil)
	if _, err := c.echo.edge.layer.Request(conn, bye, sip.ClientHandler{}); err != nil {
		c.echo.edge.config.Log.Debug("the echo test could not hang up", "error", err)
	}
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
	c.mu.Unlock()
	c.echo.mu.Lock()
	delete(c.echo.calls, c.localTag)
	c.echo.mu.Unlock()
	if session != nil {
		session.Close()
	}
	return true
}

func (s *echo) shutdown() {
	s.mu.Lock()
	open := make([]*echoCall, 0, len(s.calls))
	for _, c := range s.calls {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		c.hangUp("The server is shutting down")
	}
}
