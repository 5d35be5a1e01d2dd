package phone

import (
	"slices"
	"time"

	"webphone/internal/sip"
)

const (
	// maxAttempts bounds the attempts at one request: a challenge, a stale nonce,
	// and one more of each from a second proxy.
	maxAttempts = 4
	// patience is how long a request that must not be lost waits for a
	// connection: 64*T1 (RFC 3261 §17.1.1.2).
	patience = 32 * time.Second
	// agentName is the User-Agent.
	agentName = "webphone"
)

var allowed = []sip.Method{sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.INFO, sip.NOTIFY, sip.OPTIONS, sip.REFER, sip.UPDATE}

// agentUser is who an agent works for, on the loop.
type agentUser interface {
	closed()
	moved()
	pulse()
	probe(answered func())
	// invited takes an INVITE outside a dialog.
	invited(tx *sip.ServerTransaction)
}

// dialogUser takes the requests of one Call-ID and local tag.
type dialogUser interface {
	request(tx *sip.ServerTransaction)
	acknowledged(ack *sip.Request)
	// invited takes an INVITE outside a dialog; it is true when that belongs to a
	// call that is there, which has dealt with it.
	invited(tx *sip.ServerTransaction) bool
}

// reply hears of a request that was sent. Fields may be left out.
type reply struct {
	provisional func(*sip.Response)
	// final gets the final response, for INVITE each further 2xx too, or what
	// took its place.
	final func(*sip.Response, *failure)
}

// sent is a request under way.
type sent struct {
	request *sip.Request // the last attempt
	tx      *sip.ClientTransaction
	cancel  func()
}

// agent is the user agent core (RFC 3261 §8): it sends requests with
// credentials over one connection, and gives incoming ones to the dialog they
// belong to.
type agent struct {
	*loop
	user    agentUser
	layer   *sip.Layer
	conn    *connection
	auth    *sip.Authenticator
	trace   func(direction string, msg sip.Message)
	host    string
	contact sip.URI
	// flow is another number for each connection.
	flow    int
	dialogs map[string]dialogUser
	// waiting is sent as soon as there is a connection again.
	waiting []*waiting
	patient int
	drained []func()
}

type waiting struct{ send func() }

// register gives the requests of this Call-ID to this local tag to user.
func (a *agent) register(callID, tag string, user dialogUser) (forget func()) {
	key := callID + " " + tag
	a.dialogs[key] = user
	return func() { delete(a.dialogs, key) }
}

// send sends the request that make makes, and again with credentials when it is
// challenged (RFC 3261 §22). make gives each attempt a CSeq number of its own.
// An INVITE that was under way when its connection was lost is cancelled over
// the next one, so that it does not ring on for nobody.
func (a *agent) send(make func() *sip.Request, r reply) *sent {
	s := &sent{}
	cancelled := false
	s.cancel = func() {
		cancelled = true
		if s.tx != nil {
			s.tx.Cancel()
		}
	}
	var attempt func(tries int)
	attempt = func(tries int) {
		req := a.finish(make())
		s.request = req
		flow, proceeding, over := a.flow, false, false
		fail := func(status int) {
			a.post(func() {
				if over {
					return
				}
				over = true
				if proceeding && flow != a.flow {
					a.patiently(func(heard func(*sip.Response, *failure)) {
						a.transact(sip.NewCancel(req), reply{final: heard})
					})
				}
				r.final(nil, &failure{status: status, local: true})
			})
		}
		s.tx = a.start(req, sip.ClientHandler{
			OnResponse: func(res *sip.Response) {
				a.post(func() {
					switch status := res.StatusCode; {
					case over:
					case status < 200:
						proceeding = req.Method == sip.INVITE
						if status > 100 && r.provisional != nil {
							r.provisional(res)
						}
					case (status == 401 || status == 407) && !cancelled && tries < maxAttempts && a.auth.Challenged(req, res):
						over = true
						attempt(tries + 1)
					default:
						over = status >= 300 || req.Method != sip.INVITE
						r.final(res, failureOf(res))
					}
				})
			},
			OnTimeout:        func() { fail(408) },
			OnTransportError: func(error) { fail(503) },
		})
		if s.tx == nil {
			fail(503)
		}
	}
	attempt(1)
	return s
}

// failureOf is nil for a 2xx.
func failureOf(res *sip.Response) *failure {
	if res.StatusCode < 300 {
		return nil
	}
	return &failure{status: res.StatusCode, reason: res.Reason}
}

// transact sends a request as it is.
func (a *agent) transact(req *sip.Request, r reply) {
	fail := func(status int) {
		a.post(func() { r.final(nil, &failure{status: status, local: true}) })
	}
	if a.start(req, sip.ClientHandler{
		OnResponse: func(res *sip.Response) {
			if res.StatusCode >= 200 {
				a.post(func() { r.final(res, failureOf(res)) })
			}
		},
		OnTimeout:        func() { fail(408) },
		OnTransportError: func(error) { fail(503) },
	}) == nil {
		fail(503)
	}
}

// start is nil where there is no connection.
func (a *agent) start(req *sip.Request, h sip.ClientHandler) *sip.ClientTransaction {
	if a.conn.conn == nil {
		return nil
	}
	tx, err := a.layer.Request(a.tracing(a.conn.conn), req, h)
	if err != nil {
		return nil
	}
	return tx
}

// finish adds what every attempt at a request has anew.
func (a *agent) finish(req *sip.Request) *sip.Request {
	req.PrependHeader(sip.NewVia(a.transport(), a.host))
	req.AppendHeader(sip.NewHeader("User-Agent", agentName))
	if req.Method != sip.ACK {
		a.auth.Authorize(req)
	}
	if req.Body() == nil {
		req.SetBody(nil)
	}
	return req
}

func (a *agent) transport() string {
	if a.conn.conn == nil {
		return "WSS"
	}
	return a.conn.conn.Transport()
}

// live is the connection of now, or nil, for any goroutine.
func (a *agent) live() sip.Conn {
	if conn := a.conn.now.Load(); conn != nil {
		return a.tracing(*conn)
	}
	return nil
}

// acknowledge sends the ACK of a 2xx, which is no transaction (RFC 3261
// §13.2.2.4), and gives what sends it again.
func (a *agent) acknowledge(ack *sip.Request) (again func()) {
	ack = a.finish(ack)
	again = func() {
		if a.conn.conn != nil {
			// Where it is lost, the 2xx comes again.
			_ = a.tracing(a.conn.conn).Send(ack)
		}
	}
	again()
	return again
}

// sendPatiently is send, but waits up to 32 seconds for a connection, and
// outlives its loss.
func (a *agent) sendPatiently(make func() *sip.Request) {
	a.patiently(func(heard func(*sip.Response, *failure)) { a.send(make, reply{final: heard}) })
}

func (a *agent) patiently(attempt func(heard func(*sip.Response, *failure))) {
	until := a.clock.Now().Add(patience)
	a.patient++
	w := &waiting{}
	var limit *alarm
	over := func() {
		limit.stop()
		a.waiting = slices.DeleteFunc(a.waiting, func(other *waiting) bool { return other == w })
		if a.patient--; a.patient == 0 {
			drained := a.drained
			a.drained = nil
			for _, run := range drained {
				run()
			}
		}
	}
	wait := func() {
		if a.clock.Now().Before(until) {
			a.waiting = append(a.waiting, w)
		} else {
			over()
		}
	}
	w.send = func() {
		attempt(func(_ *sip.Response, f *failure) {
			if f != nil && f.lost() {
				wait()
			} else {
				over()
			}
		})
	}
	limit = a.after(patience, func() {
		if slices.Contains(a.waiting, w) {
			over()
		}
	})
	if a.conn.server() != "" {
		w.send()
	} else {
		wait()
	}
}

// whenDrained runs f once no patient request is under way.
func (a *agent) whenDrained(f func()) {
	if a.patient > 0 {
		a.drained = append(a.drained, f)
	} else {
		f()
	}
}

func (a *agent) opened() {
	waiting := a.waiting
	a.waiting = nil
	for _, w := range waiting {
		w.send()
	}
}

func (a *agent) closed(conn sip.Conn) {
	a.lost(conn)
	a.user.closed()
}

func (a *agent) moved(old sip.Conn) {
	a.lost(old)
	a.opened()
	a.user.moved()
}

func (a *agent) lost(conn sip.Conn) {
	a.flow++
	a.layer.ConnClosed(conn)
}

func (a *agent) pulse()                { a.user.pulse() }
func (a *agent) probe(answered func()) { a.user.probe(answered) }

func (a *agent) received(conn sip.Conn, msg sip.Message) {
	if a.trace != nil {
		a.trace("in", msg)
	}
	a.layer.Receive(a.tracing(conn), msg)
}

// request takes each new request; the layer calls it on the loop or on a timer's
// goroutine.
func (a *agent) request(tx *sip.ServerTransaction, _ sip.Conn, req *sip.Request) {
	a.post(func() { a.take(tx, req) })
}

func (a *agent) take(tx *sip.ServerTransaction, req *sip.Request) {
	tag := req.To().Params.GetOr("tag", "")
	user := a.dialogs[req.CallID().Value()+" "+tag]
	switch {
	case tx == nil:
		if user != nil {
			user.acknowledged(req)
		}
	case len(unknownOptions(req)) > 0:
		a.respond(tx, 420, "", sip.NewHeader("Unsupported", join(unknownOptions(req))))
	case tag != "" && user != nil:
		user.request(tx)
	case tag != "":
		a.respond(tx, 481, "")
	case req.Method == sip.INVITE:
		for _, other := range a.dialogs {
			if other.invited(tx) {
				return
			}
		}
		a.user.invited(tx)
	case req.Method == sip.OPTIONS:
		a.respond(tx, 200, "", allowHeader(), sip.NewHeader("Accept", sdpType))
	default:
		a.respond(tx, 405, "", allowHeader())
	}
}

// respond answers a request; tag is put into To where it is not empty. A
// response that can't be sent is lost with its connection.
func (a *agent) respond(tx *sip.ServerTransaction, status int, tag string, headers ...sip.Header) {
	a.answer(tx, status, tag, "", headers...)
}

func (a *agent) answer(tx *sip.ServerTransaction, status int, tag, body string, headers ...sip.Header) *sip.Response {
	res := sip.NewResponse(tx.Request(), status, "")
	if tag != "" {
		res.To().Params.Remove("tag")
		res.To().Params.Add("tag", tag)
	}
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if body != "" {
		contentType := sip.ContentTypeHeader(sdpType)
		res.AppendHeader(&contentType)
		res.SetBody([]byte(body))
	}
	_ = tx.Respond(res)
	return res
}

const sdpType = "application/sdp"

func allowHeader() sip.Header {
	names := make([]string, len(allowed))
	for i, method := range allowed {
		names[i] = string(method)
	}
	return sip.NewHeader("Allow", join(names))
}

// supported are the option tags that the phone knows.
var supported = []string{"replaces", "timer", "trickle-ice"}

func unknownOptions(req *sip.Request) (unknown []string) {
	for _, option := range sip.Tokens(req, "Require") {
		if !slices.Contains(supported, option) {
			unknown = append(unknown, option)
		}
	}
	return unknown
}
