package phone

import "webphone/internal/sip"

// Requests within a session, of both sides.

// send sends another request within the call; a failure is there unless it was
// answered with 2xx.
func (s *session) send(method sip.Method, contentType, body string, done func(*sip.Response, *failure), headers ...sip.Header) {
	if s.dialog == nil {
		done(nil, &failure{status: 481})
		return
	}
	s.agent.send(func() *sip.Request {
		req := s.dialog.Request(method)
		for _, h := range headers {
			req.AppendHeader(h)
		}
		if contentType != "" {
			h := sip.ContentTypeHeader(contentType)
			req.AppendHeader(&h)
			req.SetBody([]byte(body))
		}
		return req
	}, reply{final: func(res *sip.Response, f *failure) {
		if f != nil {
			s.refused(f)
		}
		done(res, f)
	}})
}

// reinvite sends an offer that describe makes within the call (RFC 3261 §14.1).
// Until it is answered, offers of the other side meet 491.
func (s *session) reinvite(describe func(func(sdp string, err error)), done func(answer string, err error)) {
	if s.dialog == nil || !s.steady() || s.offering != "" {
		done("", &failure{status: 491})
		return
	}
	s.offering = byLocal
	finish := func(answer string, err error) {
		s.offering = ""
		done(answer, err)
	}
	describe(func(sdp string, err error) {
		if err != nil || !s.steady() {
			finish("", cmpError(err, &failure{status: 481}))
			return
		}
		var again func()
		var out *sent
		out = s.agent.send(func() *sip.Request {
			req := s.dialog.Request(sip.INVITE)
			for _, h := range s.headers(nil) {
				req.AppendHeader(h)
			}
			setBody(req, sdp)
			return req
		}, reply{final: func(res *sip.Response, f *failure) {
			switch {
			case again != nil:
				if f == nil {
					again()
				}
			case f != nil:
				s.refused(f)
				finish("", f)
			default:
				s.dialog.Refresh(res)
				again = s.agent.acknowledge(s.dialog.ACK(out.request))
				s.expiry.agreed(res)
				finish(string(res.Body()), nil)
			}
		}})
	})
}

func cmpError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// request takes a request within the dialog.
func (s *session) request(tx *sip.ServerTransaction) {
	req := tx.Request()
	switch {
	case s.dialog == nil || s.dialog.RemoteTag() != req.From().Params.GetOr("tag", ""):
		// Another fork shares our tag: its requests are not this call's.
		s.agent.respond(tx, 481, "")
		return
	case !s.dialog.Admit(req):
		s.agent.respond(tx, 500, "")
		return
	}
	// Only who had our answer goes on so: its ACK was lost with a connection.
	if s.answer != nil && req.CSeq().SeqNo > s.answer.number && req.Method != sip.BYE && req.Method != sip.UPDATE {
		s.confirm("")
	}
	switch req.Method {
	case sip.BYE:
		s.agent.respond(tx, 200, "")
		status := 200
		if s.state == ringing {
			status = 487
			s.agent.respond(s.invite, 487, s.tag)
		}
		s.settle()
		s.end(end{byRemote, status, causeOf(req)})
	case sip.INVITE, sip.UPDATE:
		s.takeOffer(tx)
	case sip.INFO, sip.NOTIFY, sip.REFER:
		s.user.within(tx)
	case sip.OPTIONS:
		s.agent.respond(tx, 200, "", allowHeader())
	default:
		s.agent.respond(tx, 405, "", allowHeader())
	}
}

// takeOffer takes an INVITE (RFC 3261 §14.2) or UPDATE (RFC 3311 §5.2).
func (s *session) takeOffer(tx *sip.ServerTransaction) {
	req := tx.Request()
	update := req.Method == sip.UPDATE
	if s.expiry.tooShort(tx) {
		return
	}
	switch {
	case update && len(req.Body()) == 0:
		s.dialog.Refresh(req)
		s.agent.respond(tx, 200, "", s.headers(req)...)
		return
	case s.offering == byLocal:
		s.agent.respond(tx, 491, "")
		return
	case s.offering != "" || !s.steady():
		s.agent.respond(tx, 500, "", sip.NewHeader("Retry-After", "1"))
		return
	}
	s.offering = byRemote
	if !update {
		tx.Follow(func() sip.Conn { return s.agent.live() })
	}
	s.user.offered(string(req.Body()), func(sdp string, err error) {
		s.offering = ""
		switch {
		case err != nil:
			s.agent.respond(tx, 488, "")
		case !s.steady():
			s.agent.respond(tx, 487, "")
		case update:
			s.dialog.Refresh(req)
			s.agent.answer(tx, 200, "", sdp, s.headers(req)...)
		default:
			s.dialog.Refresh(req)
			s.accept200(tx, sdp, false)
		}
	})
}

func (s *session) acknowledged(ack *sip.Request) {
	if s.answer != nil && s.answer.number == ack.CSeq().SeqNo {
		s.confirm(string(ack.Body()))
	}
}

func (s *session) cancelled(tx *sip.ServerTransaction, cancel *sip.Request) {
	if s.state == ringing && s.invite == tx {
		s.agent.respond(tx, 487, s.tag)
		s.end(end{byRemote, 487, causeOf(cancel)})
	}
}

// invited takes the INVITE that its caller sends again, over another connection
// say, while it rings here or our answer to it waits for its ACK.
func (s *session) invited(tx *sip.ServerTransaction) bool {
	if s.invite == nil || s.state != ringing && (s.answer == nil || !s.answer.initial) {
		return false
	}
	was, now := s.invite.Request(), tx.Request()
	if was.CallID().Value() != now.CallID().Value() || was.From().Params.GetOr("tag", "") != now.From().Params.GetOr("tag", "") {
		return false
	}
	s.take(tx)
	return true
}
