package load

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"webphone/internal/sip"
)

// maxAttempts bounds the requests that one operation takes: the first, one with
// credentials, and one more where the nonce was too old.
const maxAttempts = 3

type phoneState int

// A phone goes from left to right, and is away for good once its connection has
// ended:
//
//	idle ─► connecting ─► connected ─► registered ─► away
//	             └─────────────┴──────────────────────▲
const (
	phoneIdle phoneState = iota
	phoneConnecting
	phoneConnected
	phoneRegistered
	phoneAway
)

// phone is one phone: a connection and a registration.
type phone struct {
	run     *runner
	index   int
	account Account
	auth    *sip.Authenticator
	callID  string
	tag     string

	mu      sync.Mutex
	state   phoneState
	conn    sip.ClientConn
	socket  net.Conn
	cseq    uint32
	asking  bool // a REGISTER is on its way
	leaving bool // this side ends the connection
}

func newPhone(r *runner, index int, account Account) *phone {
	p := &phone{run: r, index: index, account: account, callID: sip.NewTag(), tag: sip.NewTag()}
	p.auth = sip.NewAuthenticator(func() (string, string) { return p.account.Username, p.account.Password })
	return p
}

// start connects and registers. done is called once, when the phone is
// registered or will never be.
func (p *phone) start(ctx context.Context, done func()) {
	r := p.run
	p.mu.Lock()
	p.state = phoneConnecting
	p.mu.Unlock()
	r.stats.begin(opConnect)
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, dialing{}, p), r.cfg.Timeout)
	defer cancel()
	conn, err := r.network.dialer.Dial(ctx, r.cfg.Server)
	if err != nil {
		if why := reasonOf(err); why == "stopped" {
			r.stats.giveUp()
		} else {
			r.stats.fail("connect", why)
		}
		p.mu.Lock()
		p.state, p.socket = phoneAway, nil
		p.mu.Unlock()
		done()
		return
	}
	r.stats.done(opConnect, time.Since(began))
	if !r.connected(p, conn) {
		done()
		return
	}
	p.register(opRegister, r.cfg.Expires, done)
}

// register sends a REGISTER and answers its challenge. done is called once.
func (p *phone) register(op operation, expires time.Duration, done func()) {
	r := p.run
	p.mu.Lock()
	if p.asking || p.state != phoneConnected && p.state != phoneRegistered {
		p.mu.Unlock()
		done()
		return
	}
	p.asking = true
	p.mu.Unlock()
	r.stats.begin(op)
	began := time.Now()
	x := &exchange{phone: p, build: func() *sip.Request { return p.newRegister(expires) }}
	x.finish = func(_ *sip.Request, res *sip.Response, why string) {
		if why == "" {
			r.stats.done(op, time.Since(began))
		} else {
			r.stats.fail(operationNames[op], why)
		}
		p.asked(why == "", expires > 0)
		done()
	}
	x.send()
}

// asked takes note of how a REGISTER ended. What was registered before stays so
// when a refresh fails: the server has not removed it.
func (p *phone) asked(done, present bool) {
	p.mu.Lock()
	p.asking = false
	was := p.state == phoneRegistered
	if done && p.state != phoneAway {
		p.state = phoneConnected
		if present {
			p.state = phoneRegistered
		}
	}
	is := p.state == phoneRegistered
	p.mu.Unlock()
	p.run.count(was, is)
}

func (p *phone) isRegistered() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state == phoneRegistered
}

func (p *phone) connection() sip.ClientConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conn
}

// lossReason tells an end by this side from others.
func (p *phone) lossReason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leaving {
		return "stopped"
	}
	return "connection lost"
}

// leave ends the connection.
func (p *phone) leave() {
	p.mu.Lock()
	p.leaving = true
	conn := p.conn
	p.mu.Unlock()
	if conn != nil {
		conn.Close("The load has ended")
	}
}

// cut ends the connection without a word.
func (p *phone) cut() {
	p.mu.Lock()
	p.leaving = true
	socket := p.socket
	p.mu.Unlock()
	if socket != nil {
		_ = socket.Close()
	}
}

// gone takes note of the connection's end.
func (p *phone) gone() {
	p.mu.Lock()
	was, lost := p.state == phoneRegistered, !p.leaving
	p.state, p.conn, p.socket = phoneAway, nil, nil
	p.mu.Unlock()
	if lost {
		p.run.stats.fail("connection", "closed by the server")
	}
	p.run.count(was, false)
}

func (p *phone) newRegister(expires time.Duration) *sip.Request {
	p.mu.Lock()
	p.cseq++
	number := p.cseq
	p.mu.Unlock()
	req := sip.NewRequest(sip.REGISTER, sip.URI{Scheme: "sip", Host: p.run.cfg.Domain})
	from := &sip.FromHeader{Address: p.aor()}
	from.Params.Add("tag", p.tag)
	p.head(req, from, &sip.ToHeader{Address: p.aor()}, p.callID, number)
	req.AppendHeader(p.contact())
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	return req
}

// head adds what stands in every request of a phone.
func (p *phone) head(req *sip.Request, from *sip.FromHeader, to *sip.ToHeader, callID string, number uint32) {
	hops := sip.MaxForwardsHeader(70)
	id := sip.CallIDHeader(callID)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: number, MethodName: req.Method})
	req.AppendHeader(&hops)
}

func (p *phone) aor() sip.URI {
	return sip.URI{Scheme: "sip", User: p.account.Username, Host: p.run.cfg.Domain}
}

// host stands in Via and Contact. It is none that can be reached
// (RFC 7118 §5), and each phone's own.
func (p *phone) host() string { return fmt.Sprintf("load%d.invalid", p.index) }

func (p *phone) contact() *sip.ContactHeader {
	h := &sip.ContactHeader{Address: sip.URI{Scheme: "sip", User: p.account.Username, Host: p.host()}}
	h.Address.UriParams.Add("transport", "ws")
	return h
}

// exchange is a request and its final response, challenges answered.
type exchange struct {
	phone *phone
	// build makes the request of each attempt, without a Via.
	build func() *sip.Request
	// provisional takes responses from 101 to 199, and again each copy of a 2xx.
	provisional func(*sip.Response)
	// finish is called once: with the 2xx and what it answers, or with why there
	// is none.
	finish func(req *sip.Request, res *sip.Response, why string)

	mu        sync.Mutex
	attempts  int
	client    *sip.ClientTransaction
	cancelled bool
	over      bool
}

func (x *exchange) send() {
	p := x.phone
	conn := p.connection()
	if conn == nil {
		x.end(nil, nil, "connection lost")
		return
	}
	req := x.build()
	req.PrependHeader(sip.NewVia(conn.Transport(), p.host()))
	p.auth.Authorize(req)
	x.mu.Lock()
	x.attempts++
	attempt := x.attempts
	x.mu.Unlock()
	client, err := p.run.layer.Request(conn, req, sip.ClientHandler{
		OnResponse:       func(res *sip.Response) { x.answered(req, res) },
		OnTimeout:        func() { x.end(req, nil, "timeout") },
		OnTransportError: func(error) { x.end(req, nil, p.lossReason()) },
		OnTerminated:     func() { x.stopped(attempt) },
	})
	if err != nil {
		x.end(req, nil, "connection lost")
		return
	}
	x.mu.Lock()
	// It may have been answered meanwhile, and sent anew.
	if x.attempts == attempt {
		x.client = client
	}
	cancelled := x.cancelled
	x.mu.Unlock()
	if cancelled {
		client.Cancel()
	}
}

// stopped ends what the transaction layer has given up. After a challenge
// another transaction has taken the place of the one that ended.
func (x *exchange) stopped(attempt int) {
	x.mu.Lock()
	last := x.attempts == attempt
	x.mu.Unlock()
	if last {
		x.end(nil, nil, "stopped")
	}
}

// cancel gives an INVITE up.
func (x *exchange) cancel() {
	x.mu.Lock()
	x.cancelled = true
	client := x.client
	x.mu.Unlock()
	if client != nil {
		client.Cancel()
	}
}

func (x *exchange) answered(req *sip.Request, res *sip.Response) {
	x.mu.Lock()
	over, again := x.over, x.attempts < maxAttempts && !x.cancelled && !x.over
	x.mu.Unlock()
	switch status := res.StatusCode; {
	case status == 100:
	case status < 200, status < 300 && over:
		if x.provisional != nil {
			x.provisional(res)
		}
	case status < 300:
		x.end(req, res, "")
	case (status == 401 || status == 407) && again && x.phone.auth.Challenged(req, res):
		x.send()
	default:
		x.end(req, nil, strconv.Itoa(status))
	}
}

func (x *exchange) end(req *sip.Request, res *sip.Response, why string) {
	x.mu.Lock()
	over := x.over
	x.over = true
	x.mu.Unlock()
	if !over {
		x.finish(req, res, why)
	}
}
