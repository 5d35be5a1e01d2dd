package edge

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// viaHost is the sent-by of the edge's Via. Answers come back over the
// connection that carried the request, so that it need not be resolvable
// (RFC 7118 §5).
const viaHost = "edge.invalid"

// forward sends a request to every phone of an account (RFC 3261 §16.5).
func (e *Edge) forward(tx *sip.ServerTransaction, sender store.Account, user string) {
	req := tx.Request()
	var targets []target
	caller := e.callerOf(tx.Conn(), sender.Username)
	for _, b := range e.config.Location.Bindings(user) {
		// A phone that calls its own account means the others.
		if conn := e.conn(b.Conn); conn != nil && conn != tx.Conn() {
			targets = append(targets, target{conn: conn, uri: b.Contact, route: route{Caller: caller, Callee: partyOf(user, b)}})
		}
	}
	if len(targets) == 0 {
		e.notThere(tx, user)
		return
	}
	if req.Method == sip.INVITE {
		e.respond(tx, 100, "")
	}
	forwarded := sip.CloneRequest(req)
	e.forgetCredentials(forwarded)
	e.assertIdentity(forwarded, sender)
	e.fork(tx, forwarded, targets)
}

// notThere answers for an account without a phone: 480 when it exists, 404
// when it does not.
func (e *Edge) notThere(tx *sip.ServerTransaction, user string) {
	if store.ValidateUsername(user) == nil {
		if _, err := e.config.Accounts.Account(context.Background(), user); err == nil {
			e.respond(tx, 480, "")
			return
		}
	}
	e.respond(tx, 404, "")
}

// callerOf says over which flow the caller is reached within the dialog.
func (e *Edge) callerOf(conn sip.Conn, username string) party {
	for _, b := range e.config.Location.Bindings(username) {
		if b.Conn == conn.ID() {
			return partyOf(username, b)
		}
	}
	return party{User: username, Conn: conn.ID()}
}

// assertIdentity tells the callee which account is calling, whatever number
// stands in From (RFC 3325 §5).
func (e *Edge) assertIdentity(req *sip.Request, sender store.Account) {
	removeAll(req, "P-Asserted-Identity")
	req.AppendHeader(sip.NewHeader("P-Asserted-Identity", fmt.Sprintf("<sip:%s@%s>", sender.Username, e.config.Domains[0])))
}

// target is where one branch of a fork goes.
type target struct {
	conn sip.Conn
	uri  sip.URI
	// route is set for a request that begins a dialog.
	route route
}

// fork is a response context (RFC 3261 §16.7): one request, forwarded to
// several targets, that gets one final answer.
type fork struct {
	edge *Edge
	tx   *sip.ServerTransaction

	mu       sync.Mutex
	branches []*branch
	// final is set when the final answer was sent.
	final bool
	// cancelled is set when branches that are still to start are unwanted.
	cancelled bool
}

// branch is one target's client transaction.
type branch struct {
	client *sip.ClientTransaction
	timerC sip.Timer
	// answer is the branch's final answer.
	answer *sip.Response
}

// dialogForming are the methods whose dialogs the edge stays in the path of.
var dialogForming = []sip.Method{sip.INVITE, sip.SUBSCRIBE, sip.REFER, sip.NOTIFY}

// fork forwards a request to all targets at once.
func (e *Edge) fork(tx *sip.ServerTransaction, req *sip.Request, targets []target) {
	f := &fork{edge: e, tx: tx}
	begins := tag(req.To().Params) == "" && slices.Contains(dialogForming, req.Method)
	for range targets {
		f.branches = append(f.branches, &branch{})
	}
	tx.OnCancel(func(cancel *sip.Request) { f.cancel(fields(cancel, "Reason")...) })
	for i, t := range targets {
		out, err := e.prepare(req, t, begins)
		if err != nil {
			f.fail(f.branches[i], 500)
			continue
		}
		f.start(f.branches[i], t.conn, out)
	}
}

// prepare makes the request for one target (RFC 3261 §16.6).
func (e *Edge) prepare(req *sip.Request, t target, begins bool) (*sip.Request, error) {
	out := sip.CloneRequest(req)
	out.Recipient = t.uri
	if hops := out.MaxForwards(); hops != nil {
		hops.Dec()
	} else {
		hops := sip.MaxForwardsHeader(70)
		out.AppendHeader(&hops)
	}
	if begins {
		header, err := e.recordRoute(t.route)
		if err != nil {
			return nil, err
		}
		out.PrependHeader(header)
	}
	out.PrependHeader(e.via(t.conn, loopKey(req)))
	return out, nil
}

func (e *Edge) via(conn sip.Conn, loop string) *sip.ViaHeader {
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: conn.Transport(), Host: viaHost}
	via.Params.Add("branch", sip.NewBranch()+"-"+loop)
	return via
}

// looped tells whether the edge has forwarded this very request before
// (RFC 3261 §16.3, step 4): our Via is there and what decides on the routing is
// the same.
func (e *Edge) looped(req *sip.Request) bool {
	key := "-" + loopKey(req)
	for _, header := range req.GetHeaders("Via") {
		via, ok := header.(*sip.ViaHeader)
		if !ok || via.Host != viaHost {
			continue
		}
		if branch, _ := via.Params.Get("branch"); strings.HasSuffix(branch, key) {
			return true
		}
	}
	return false
}

// loopKey hashes what decides on a request's routing (RFC 3261 §16.6, step 8).
func loopKey(req *sip.Request) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%d %s\n", req.Recipient.String(), tag(req.From().Params), tag(req.To().Params),
		req.CallID().Value(), req.CSeq().SeqNo, req.CSeq().MethodName)
	if top := req.Route(); top != nil {
		h.Write([]byte(top.Address.String()))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:9])
}

func (f *fork) start(b *branch, conn sip.Conn, req *sip.Request) {
	invite := req.Method == sip.INVITE
	client, err := f.edge.layer.Request(conn, req, sip.ClientHandler{
		OnResponse: func(res *sip.Response) { f.answered(b, res) },
		OnTimeout:  func() { f.fail(b, 408) },
		// The flow to the phone has failed: the account is there and the phone
		// is not (RFC 5626 §5.3 has the edge find another; the fork did).
		OnTransportError: func(error) { f.fail(b, 480) },
	})
	if err != nil {
		f.fail(b, 480)
		return
	}
	f.mu.Lock()
	b.client = client
	cancel := f.cancelled
	f.mu.Unlock()
	if cancel && invite {
		client.Cancel()
	} else if invite {
		f.setTimerC(b)
	}
}

// setTimerC bounds how long a phone rings (RFC 3261 §16.8).
func (f *fork) setTimerC(b *branch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b.answer != nil || f.final {
		return
	}
	if b.timerC != nil {
		b.timerC.Stop()
	}
	b.timerC = f.edge.config.Clock.AfterFunc(f.edge.config.TimerC, func() {
		b.client.Cancel()
		f.fail(b, 408)
	})
}

// answered handles one answer of one branch (RFC 3261 §16.7).
func (f *fork) answered(b *branch, res *sip.Response) {
	up := res.Clone()
	up.RemoveHeader("Via")
	invite := f.tx.Request().Method == sip.INVITE
	switch {
	case res.StatusCode == 100:
	case res.StatusCode < 200:
		if invite {
			f.setTimerC(b)
		}
		f.mu.Lock()
		pass := !f.final && b.answer == nil
		f.mu.Unlock()
		if pass {
			f.edge.send(f.tx, up)
		}
	case res.StatusCode < 300:
		// Every 2xx goes to the caller, also a second one: it is an answered
		// phone, and only the caller can end that call.
		f.mu.Lock()
		first := !f.final
		f.final = true
		f.finish(b, up)
		f.mu.Unlock()
		if first || invite {
			f.edge.send(f.tx, up)
		}
		if first && invite {
			f.cancel(sip.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`))
		}
	default:
		if f.done(b, up) && res.StatusCode >= 600 && invite {
			f.cancel()
		}
	}
}

// fail counts a branch that cannot answer as answered with status.
func (f *fork) fail(b *branch, status int) {
	f.done(b, sip.NewResponse(f.tx.Request(), status, ""))
}

// done keeps a branch's final answer and, with the last one, sends the best.
// It tells whether others are still pending.
func (f *fork) done(b *branch, res *sip.Response) (pending bool) {
	f.mu.Lock()
	if b.answer != nil {
		f.mu.Unlock()
		return false
	}
	f.finish(b, res)
	pending = slices.ContainsFunc(f.branches, func(b *branch) bool { return b.answer == nil })
	send := !pending && !f.final
	f.final = f.final || send
	f.mu.Unlock()
	if send {
		f.edge.send(f.tx, f.best())
	}
	return pending
}

// finish marks a branch as answered. f.mu is held.
func (f *fork) finish(b *branch, res *sip.Response) {
	b.answer = res
	if b.timerC != nil {
		b.timerC.Stop()
	}
}

// cancel cancels every branch that has not answered.
func (f *fork) cancel(headers ...sip.Header) {
	f.mu.Lock()
	f.cancelled = true
	var pending []*sip.ClientTransaction
	for _, b := range f.branches {
		if b.answer == nil && b.client != nil {
			pending = append(pending, b.client)
		}
	}
	f.mu.Unlock()
	for _, client := range pending {
		client.Cancel(headers...)
	}
}

// telling are the answers of class 4xx that help the caller to try again
// (RFC 3261 §16.7, step 6).
var telling = []int{401, 407, 415, 420, 484}

// best chooses the answer that goes to the caller (RFC 3261 §16.7, step 6).
func (f *fork) best() *sip.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	rank := func(b *branch) int {
		code := b.answer.StatusCode
		switch {
		case code >= 600:
			return 0
		case slices.Contains(telling, code):
			return code/100*1000 + 1
		case code == 408, code == 480:
			// A phone that was not there says less than one that declined.
			return code/100*1000 + 3
		default:
			return code/100*1000 + 2
		}
	}
	best := slices.MinFunc(f.branches, func(a, b *branch) int { return rank(a) - rank(b) }).answer
	if best.StatusCode == 503 {
		// It is that phone which is overloaded, not we (§16.7, step 6).
		return sip.NewResponse(f.tx.Request(), 500, "")
	}
	return best
}
