package edge

import (
	"slices"
	"sync"

	"webphone/internal/sip"
)

// fork is a response context (RFC 3261 §16.7): one request, forwarded to
// several targets, that gets one final answer.
type fork struct {
	edge *Edge
	tx   *sip.ServerTransaction
	req  *sip.Request
	// begins is set for a request that begins a dialog.
	begins bool

	mu       sync.Mutex
	branches []*branch
	// final is set when the final answer was sent.
	final bool
	// cancelled is set when branches that are still to start are unwanted, and
	// reason is what their phones are told.
	cancelled bool
	reason    []sip.Header
	// orphan runs while the caller is away.
	orphan sip.Timer
}

// dialogForming are the methods whose dialogs the edge stays in the path of.
var dialogForming = []sip.Method{sip.INVITE, sip.SUBSCRIBE, sip.REFER, sip.NOTIFY}

// fork forwards a request to all targets at once.
func (e *Edge) fork(tx *sip.ServerTransaction, req *sip.Request, sender party, targets []target) {
	f := &fork{edge: e, tx: tx, req: req}
	f.begins = tag(req.To().Params) == "" && slices.Contains(dialogForming, req.Method)
	for _, t := range targets {
		f.branches = append(f.branches, &branch{fork: f, target: t})
	}
	tx.Follow(func() sip.Conn { return e.flow(sender) })
	tx.OnCancel(func(cancel *sip.Request) { f.cancel(fields(cancel, "Reason")...) })
	if f.invite() {
		e.callers.add(f)
	}
	// Others may join meanwhile.
	for _, b := range slices.Clone(f.branches) {
		b.start()
	}
}

// join adds a phone of an account that had none.
func (f *fork) join(binding Binding, conn sip.Conn, absent target) {
	p := partyOf(absent.party.User, binding)
	b := &branch{fork: f, target: target{conn: conn, uri: binding.Contact, party: p, route: route{Caller: absent.route.Caller, Callee: p}}}
	f.mu.Lock()
	known := slices.ContainsFunc(f.branches, func(other *branch) bool {
		return !other.target.anyPhone && (other.target.conn == conn || p.Instance != "" && other.target.party.Instance == p.Instance)
	})
	if known || f.final || f.cancelled || conn == f.tx.Conn() {
		f.mu.Unlock()
		return
	}
	f.branches = append(f.branches, b)
	f.mu.Unlock()
	b.start()
}

func (f *fork) response(status int) *sip.Response {
	return sip.NewResponse(f.tx.Request(), status, "")
}

func (f *fork) invite() bool { return f.req.Method == sip.INVITE }

// within tells whether the request is part of a dialog.
func (f *fork) within() bool { return tag(f.req.To().Params) != "" }

// answered handles one answer of one branch (RFC 3261 §16.7).
func (f *fork) answered(b *branch, attempt int, res *sip.Response) {
	up := res.Clone()
	up.RemoveHeader("Via")
	switch {
	case res.StatusCode == 100:
	case res.StatusCode < 200:
		f.mu.Lock()
		pass := !f.final && b.answer == nil
		if pass && f.invite() {
			b.setTimerC()
		}
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
		if first && f.invite() {
			// From this moment on no phone that comes back rings anew.
			f.cancelled, f.reason = true, completedElsewhere()
		}
		others := b.finish(up, attempt)
		f.mu.Unlock()
		abandon(others)
		if first || f.invite() {
			f.edge.send(f.tx, up)
		}
		if first && f.invite() {
			f.cancel(completedElsewhere()...)
		}
	default:
		if f.done(b, attempt, up) && res.StatusCode >= 600 && f.invite() {
			f.cancel()
		}
	}
}

// completedElsewhere tells a phone why it is cancelled (RFC 3326 §2).
func completedElsewhere() []sip.Header {
	return []sip.Header{sip.NewHeader("Reason", `SIP;cause=200;text="Call completed elsewhere"`)}
}

// fail counts a branch that cannot answer as answered with status.
func (f *fork) fail(b *branch, status int) {
	f.done(b, 0, f.response(status))
}

// done keeps a branch's final answer and, with the last one, sends the best.
// It tells whether others are still pending. attempt is the one that answered,
// or 0.
func (f *fork) done(b *branch, attempt int, res *sip.Response) (pending bool) {
	f.mu.Lock()
	return f.settle(b, attempt, res)
}

// settle is done, entered with f.mu held and left without.
func (f *fork) settle(b *branch, attempt int, res *sip.Response) (pending bool) {
	if b.answer != nil {
		f.mu.Unlock()
		return false
	}
	others := b.finish(res, attempt)
	pending = slices.ContainsFunc(f.branches, func(b *branch) bool { return b.answer == nil })
	send := !pending && !f.final
	f.final = f.final || send
	f.mu.Unlock()
	abandon(others)
	if send {
		f.edge.send(f.tx, f.best())
	}
	return pending
}

// cancel cancels every branch that has not answered. A phone that is away
// counts as having ended its part at once; it is told when it is back.
func (f *fork) cancel(headers ...sip.Header) {
	f.mu.Lock()
	f.cancelled, f.reason = true, headers
	var pending []*sip.ClientTransaction
	var away []*branch
	for _, b := range f.branches {
		switch {
		case b.answer != nil:
		case b.state == branchAway:
			away = append(away, b)
		case b.latest() != nil:
			pending = append(pending, b.latest())
		}
	}
	f.mu.Unlock()
	for _, client := range pending {
		client.Cancel(headers...)
	}
	for _, b := range away {
		f.fail(b, 487)
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
