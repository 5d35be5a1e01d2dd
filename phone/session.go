package phone

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"webphone/internal/sip"
)

const (
	// maxResends bounds how often an INVITE goes out again because its connection
	// was lost.
	maxResends = 4
	// ringsIn is how long a phone rings: proxies end it by then (RFC 3261 §16.6,
	// timer C). After it was without a connection it is lingers, since the caller
	// may have gone meanwhile, and nobody would say so. ringsOut is how long a call
	// may ring at the far end.
	ringsIn  = 3 * time.Minute
	lingers  = time.Minute
	ringsOut = 4 * time.Minute
)

// by is who ended a call.
type by string

const (
	byLocal   by = "local"
	byRemote  by = "remote"
	byNetwork by = "network"
)

// end is how a session ended.
type end struct {
	by by
	// status is the final status of the INVITE, or 0.
	status int
	// cause is the status in a Reason field (RFC 3326), or 0.
	cause int
}

// sessionUser hears of a session, on the loop.
type sessionUser interface {
	// provisional comes with 180 or another sign of life; sdp is empty without
	// early media.
	provisional(status int, sdp string)
	// answered says that the other side answered our INVITE; it was acknowledged.
	answered(sdp string)
	// confirmed says that our answer was acknowledged; sdp is there when our 200
	// held the offer, unless the ACK was lost with a connection.
	confirmed(sdp string)
	// offered takes an offer within the call, or an empty text that asks for ours.
	// An error refuses it with 488.
	offered(sdp string, done func(answer string, err error))
	// refresh says that it is time for an offer that changes nothing, so that the
	// session does not expire (RFC 4028 §7.4).
	refresh()
	// within takes INFO, REFER or NOTIFY within the call.
	within(tx *sip.ServerTransaction)
	// ended comes exactly once.
	ended(e end)
}

// sessionState is where a session stands. cancelled and over have told their
// user; a cancelled INVITE still waits for what the other side makes of it.
// Without a connection for 32 seconds, calling and ringing end.
//
//	calling ──2xx──► confirmed ──BYE──► over
//	   │  hangup        ▲                ▲
//	   ├──► cancelled ──┼──any final─────┤
//	   ├──300-699, no answer─────────────┤
//	                    │ACK             │
//	ringing ──answer──► accepted ─no ACK─┤
//	   └──CANCEL, refusal────────────────┘
type sessionState int

const (
	calling sessionState = iota
	cancelled
	ringing
	accepted
	confirmed
	over
)

var sessionNext = map[sessionState][]sessionState{
	calling:   {confirmed, cancelled, over},
	cancelled: {over},
	ringing:   {accepted, over},
	accepted:  {confirmed, over},
	confirmed: {over},
}

// session is the usage of a dialog that an INVITE sets up (RFC 3261 §13, §14,
// §15): both ends of it, from the first INVITE to BYE. Session descriptions pass
// through as text.
type session struct {
	agent  *agent
	user   sessionUser
	callID string
	tag    string
	forget func()
	state  sessionState
	dialog *sip.Dialog

	// sent is the caller's INVITE while it is under way; resend sends it again, to
	// this URI.
	sent     *sent
	resend   func(sip.URI)
	resends  int
	unsent   bool // it was lost with its connection
	early    string
	targets  redirects
	reliable map[string]uint32 // RSeq by To tag (RFC 3262 §4)

	// limit runs while it rings here, and while there is no connection for our
	// INVITE; rings while it rings at the far end.
	limit, rings *alarm

	invite *sip.ServerTransaction // the callee's
	answer *answer                // a 2xx of ours that waits for its ACK
	// byeDue says that BYE goes out as soon as the ACK is here (RFC 3261 §15).
	byeDue bool
	// offering tells whose offer within the session has no answer yet.
	offering by
	expiry   sessionTimer
}

func newSession(a *agent, user sessionUser, callID, tag string, state sessionState) *session {
	s := &session{agent: a, user: user, callID: callID, tag: tag, state: state, reliable: map[string]uint32{}}
	s.expiry.session = s
	s.forget = a.register(callID, tag, s)
	return s
}

// placeCall sends an INVITE.
func placeCall(a *agent, user sessionUser, uri sip.URI, from *sip.FromHeader, more []sip.Header, sdp string) *session {
	s := newSession(a, user, sip.NewTag(), sip.NewTag(), calling)
	number := uint32(0)
	from.Params.Add("tag", s.tag)
	s.resend = func(target sip.URI) {
		s.sent = a.send(func() *sip.Request {
			number++
			headers := append(s.headers(nil), more...)
			req := newRequest(sip.INVITE, target, &sip.FromHeader{DisplayName: from.DisplayName, Address: from.Address, Params: from.Params.Clone()}, uri, s.callID, number, headers...)
			setBody(req, sdp)
			return req
		}, reply{
			provisional: func(res *sip.Response) { s.provisional(res, &number) },
			final:       func(res *sip.Response, f *failure) { s.final(res, f, number) },
		})
	}
	s.resend(uri)
	return s
}

// incomingSession takes an INVITE and lets the caller hear that it rings.
func incomingSession(a *agent, user sessionUser, tx *sip.ServerTransaction) *session {
	s := newSession(a, user, tx.Request().CallID().Value(), sip.NewTag(), ringing)
	s.take(tx)
	return s
}

// take takes the caller's INVITE, first or once more: rings, or answers as before.
func (s *session) take(tx *sip.ServerTransaction) {
	if old := s.invite; old != nil {
		s.agent.respond(old, 487, s.tag)
	}
	s.invite = tx
	tx.Follow(func() sip.Conn { return s.agent.live() })
	tx.OnCancel(func(cancel *sip.Request) { s.agent.post(func() { s.cancelled(tx, cancel) }) })
	s.dialog = sip.NewCalleeDialog(tx.Request(), s.tag)
	if a := s.settle(); a != nil {
		s.accept200(tx, a.sdp, true)
		return
	}
	s.ring()
	s.wait(ringsIn, 480)
}

func (s *session) ring() {
	s.agent.respond(s.invite, 180, s.tag, s.contact())
}

// accept sends the callee's 200.
func (s *session) accept(sdp string) {
	if s.state != ringing {
		return
	}
	s.limit.stop()
	s.to(accepted)
	s.accept200(s.invite, sdp, true)
}

// hangUp cancels, declines with status or ends, whatever fits. who is named in
// the record.
func (s *session) hangUp(who by, status int) {
	switch {
	case s.state == ringing:
		s.agent.respond(s.invite, status, s.tag)
		s.end(end{by: who, status: status})
	case s.state == calling:
		if s.unsent {
			s.to(over)
		} else {
			s.to(cancelled)
		}
		s.sent.cancel()
		s.user.ended(end{by: who, status: 487})
	case s.dialog == nil:
		// A cancelled INVITE has no dialog.
	case s.state == accepted:
		s.byeDue = true
		s.answer.restart()
		s.end(end{by: who, status: 200})
	case s.state == confirmed:
		s.bye()
		s.end(end{by: who, status: 200})
	}
}

// lost says that the connection is gone. What is up goes on; what is not waits
// for the next one.
func (s *session) lost() {
	if s.state == ringing {
		s.wait(patience, 0)
	}
	s.answer.stop()
}

// restored says that there is a connection again.
func (s *session) restored() {
	if s.state == ringing {
		s.ring()
		s.wait(lingers, 480)
	} else if s.unsent && s.state == calling {
		s.limit.stop()
		s.unsent = false
		s.resend(s.sent.request.Recipient)
	}
	s.answer.restart()
}

// steady tells that it is confirmed, and no answer of ours waits for its ACK.
func (s *session) steady() bool { return s.state == confirmed && s.answer == nil }

// allows tells that the other side takes requests of this method, supports that
// it knows an option tag or Info package.
func (s *session) allows(method sip.Method) bool {
	return s.dialog != nil && slices.Contains(s.dialog.Allow, string(method))
}

func (s *session) supports(option string) bool {
	return s.dialog != nil && slices.Contains(s.dialog.Options, option)
}

// headers are those of an INVITE or UPDATE of ours, or of our 2xx to req.
func (s *session) headers(req *sip.Request) []sip.Header {
	known := supported
	if req == nil {
		known = append([]string{"100rel"}, supported...)
	}
	return append([]sip.Header{
		s.contact(), allowHeader(), sip.NewHeader("Supported", join(known)), sip.NewHeader("Recv-Info", "trickle-ice"),
	}, s.expiry.headers(req)...)
}

func (s *session) contact() sip.Header { return &sip.ContactHeader{Address: s.agent.contact} }

func (s *session) to(next sessionState) bool {
	if !slices.Contains(sessionNext[s.state], next) {
		return false
	}
	s.state = next
	if next == over {
		s.limit.stop()
		s.rings.stop()
		s.expiry.end()
		if s.answer == nil {
			s.forget()
		}
	}
	return true
}

func (s *session) end(e end) {
	if s.to(over) {
		s.user.ended(e)
	}
}

// wait says that it is over after so long, with this status.
func (s *session) wait(d time.Duration, status int) {
	s.limit.stop()
	s.limit = s.agent.after(d, func() {
		if s.invite != nil {
			s.agent.respond(s.invite, 480, s.tag)
		}
		s.end(end{by: byNetwork, status: status})
	})
}

func (s *session) provisional(res *sip.Response, number *uint32) {
	if s.state != calling || !s.acknowledgeReliable(res, number) {
		return
	}
	if s.rings == nil {
		s.rings = s.agent.after(ringsOut, func() { s.hangUp(byNetwork, 0) })
	}
	// Of several forks with early media the first is heard; 199 says that one is
	// over (RFC 6228).
	fork, sdp := res.To().Params.GetOr("tag", ""), ""
	if len(res.Body()) > 0 && (s.early == "" || s.early == fork) {
		s.early, sdp = fork, string(res.Body())
	}
	if res.StatusCode != 199 {
		s.user.provisional(res.StatusCode, sdp)
	}
}

// final takes a final response to the first INVITE, and 2xx of other forks or
// once more.
func (s *session) final(res *sip.Response, f *failure, number uint32) {
	if f != nil {
		s.failed(res, f)
		return
	}
	dialog := sip.NewCallerDialog(res)
	if dialog == nil {
		return
	}
	dialog.LocalSeq = number
	same := s.dialog != nil && s.dialog.RemoteTag() == dialog.RemoteTag()
	// A 2xx that comes again is acknowledged again (RFC 3261 §13.2.2.4).
	if same {
		s.agent.acknowledge(s.dialog.ACK(s.sent.request))
		return
	}
	s.agent.acknowledge(dialog.ACK(s.sent.request))
	if s.dialog != nil || s.state != calling {
		// Another fork answered too, or the CANCEL came too late.
		s.agent.send(func() *sip.Request { return dialog.Request(sip.BYE) }, reply{final: func(*sip.Response, *failure) {}})
		if s.state == cancelled {
			s.to(over)
		}
		return
	}
	s.dialog = dialog
	s.rings.stop()
	s.to(confirmed)
	s.expiry.agreed(res)
	s.user.answered(string(res.Body()))
}

func (s *session) failed(res *sip.Response, f *failure) {
	if s.state == cancelled {
		s.to(over)
		return
	}
	if res != nil && s.state == calling {
		if f.status == 422 && s.expiry.longer(res) {
			s.resend(s.sent.request.Recipient)
			return
		}
		if next, ok := s.targets.next(res, s.sent.request.Recipient); ok {
			s.resend(next)
			return
		}
	}
	switch {
	case res != nil:
		s.end(end{by: byRemote, status: f.status})
	case f.status == 503 && s.state == calling && s.resends < maxResends:
		s.resends++
		s.unsent = true
		s.wait(patience, 0)
	case f.status == 408:
		s.end(end{by: byNetwork, status: 408})
	default:
		s.end(end{by: byNetwork})
	}
}

func (s *session) accept200(tx *sip.ServerTransaction, sdp string, initial bool) {
	s.answer = newAnswer(s, tx, sdp, initial, func() {
		s.answer = nil
		s.bye()
		s.end(end{by: byNetwork, status: 200})
	})
}

// settle says that the 200 waits no longer for its ACK.
func (s *session) settle() *answer {
	a := s.answer
	a.stop()
	s.answer = nil
	return a
}

func (s *session) confirm(sdp string) {
	a := s.settle()
	if s.byeDue {
		s.bye()
	}
	if a != nil && a.initial {
		s.to(confirmed)
	}
	if s.state == confirmed {
		s.user.confirmed(sdp)
	}
}

func (s *session) bye() {
	s.byeDue = false
	if s.dialog != nil {
		s.agent.sendPatiently(func() *sip.Request { return s.dialog.Request(sip.BYE) })
	}
	s.forget()
}

// refused takes a failure: after 481 the other side no longer knows the dialog
// (RFC 3261 §12.2.1.2).
func (s *session) refused(f *failure) {
	if f.status == 481 && !f.local && s.state == confirmed {
		s.bye()
		s.end(end{by: byRemote, status: 200})
	}
}

var causeForm = regexp.MustCompile(`(?i)^SIP\s*;.*?cause\s*=\s*(\d{3})`)

// causeOf is the SIP status of a Reason field (RFC 3326), or 0.
func causeOf(req *sip.Request) int {
	for _, h := range req.GetHeaders("Reason") {
		if m := causeForm.FindStringSubmatch(h.Value()); m != nil {
			n, _ := strconv.Atoi(m[1])
			return n
		}
	}
	return 0
}

func setBody(req *sip.Request, sdp string) {
	if sdp == "" {
		return
	}
	contentType := sip.ContentTypeHeader(sdpType)
	req.AppendHeader(&contentType)
	req.SetBody([]byte(sdp))
}

func headerValue(msg sip.Message, name string) string {
	for _, h := range msg.GetHeaders(name) {
		return strings.TrimSpace(h.Value())
	}
	return ""
}
