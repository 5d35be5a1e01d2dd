package edge

import (
	"slices"
	"strings"
	"sync"

	"webphone/internal/sip"
	"webphone/internal/store"
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

func newEcho(e *Edge) *echo { return &echo{edge: e, calls: map[string]*echoCall{}} }

func (s *echo) is(user string) bool {
	return s.edge.config.Media != nil && slices.Contains(echoUsers, strings.ToLower(user))
}

// echoSupports are the extensions that the echo test knows: session timers
// (RFC 4028) and trickle ICE (RFC 8840).
var echoSupports = []string{"timer", trickle}

// request takes a request outside of any dialog (RFC 3261 §8.2).
func (s *echo) request(tx *sip.ServerTransaction, sender store.Account) {
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
	if unknown := unsupported(values(req, "Require"), echoSupports...); len(unknown) > 0 {
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
	s.invite(tx, s.edge.callerOf(tx.Conn(), sender))
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
	return len(req.Body()) == 0 || s.bodyIs(tx, sdpType)
}

// bodyIs refuses a body of another type or in another coding (RFC 3261 §8.2.3).
func (s *echo) bodyIs(tx *sip.ServerTransaction, wanted string) bool {
	req := tx.Request()
	contentType := ""
	if header := req.ContentType(); header != nil {
		contentType, _, _ = strings.Cut(header.Value(), ";")
	}
	encoded := slices.ContainsFunc(values(req, "Content-Encoding"), func(c string) bool { return !strings.EqualFold(c, "identity") })
	if !strings.EqualFold(strings.TrimSpace(contentType), wanted) || encoded {
		res := sip.NewResponse(req, 415, "")
		res.AppendHeader(sip.NewHeader("Accept", wanted))
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
	res.AppendHeader(allowHeader())
	s.edge.send(tx, res)
}

func (s *echo) capabilities(res *sip.Response) {
	res.AppendHeader(allowHeader())
	res.AppendHeader(sip.NewHeader("Accept", sdpType))
	res.AppendHeader(sip.NewHeader("Supported", strings.Join(echoSupports, ", ")))
	res.AppendHeader(sip.NewHeader("Recv-Info", trickle))
}

func allowHeader() sip.Header {
	names := make([]string, len(echoAllow))
	for i, method := range echoAllow {
		names[i] = string(method)
	}
	return sip.NewHeader("Allow", strings.Join(names, ", "))
}

// invite answers a call. The answer takes a moment, which must not hold up the
// connection's next messages.
func (s *echo) invite(tx *sip.ServerTransaction, caller party) {
	req := tx.Request()
	contact := req.Contact()
	if contact == nil || len(req.Body()) == 0 {
		// Without an offer we would have to make one, and then every phone
		// that calls this way would have to be asked what it can do.
		s.edge.respond(tx, 488, "The echo test needs an offer")
		return
	}
	timer, ok := s.sessionTimer(tx)
	if !ok {
		return
	}
	c := &echoCall{
		echo: s, localTag: sip.NewTag(), invite: req, caller: caller, conn: tx.Conn(),
		target: contact.Address, remoteSeq: req.CSeq().SeqNo,
	}
	s.edge.respond(tx, 100, "")
	tx.Follow(func() sip.Conn { return s.edge.flow(caller) })
	tx.OnCancel(func(*sip.Request) {
		if c.end() {
			s.edge.send(tx, c.response(req, 487))
		}
	})
	s.mu.Lock()
	s.calls[c.localTag] = c
	s.mu.Unlock()
	go c.answer(tx, timer)
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
	case req.Method == sip.INFO:
		c.info(tx, session)
	case req.Method == sip.OPTIONS:
		res := c.response(req, 200)
		s.capabilities(res)
		s.edge.send(tx, res)
	case req.Method == sip.UPDATE && len(req.Body()) == 0:
		if timer, ok := s.sessionTimer(tx); ok {
			c.accept(tx, c.accepted(req, "", timer), timer)
		}
	case req.Method == sip.INVITE || req.Method == sip.UPDATE:
		switch {
		case session == nil:
			s.edge.respond(tx, 491, "")
		case len(req.Body()) == 0:
			s.edge.respond(tx, 488, "The echo test needs an offer")
		case s.acceptable(tx):
			if timer, ok := s.sessionTimer(tx); ok {
				go c.reanswer(tx, session, timer)
			}
		}
	default:
		s.refuseMethod(tx)
	}
}

func (s *echo) shutdown() {
	s.mu.Lock()
	all := make([]*echoCall, 0, len(s.calls))
	for _, c := range s.calls {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.hangUp("The server is shutting down")
	}
}
