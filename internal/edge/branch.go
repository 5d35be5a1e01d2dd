package edge

import (
	"errors"
	"time"

	"webphone/internal/sip"
)

const (
	// ringingAway is how long an INVITE waits for a phone whose connection
	// ended while it rang, within Timer C.
	ringingAway = 32 * time.Second
	// dialogAway is how long a request within a dialog waits for its phone, and
	// a call for an account whose phones may be back in a moment.
	dialogAway = 8 * time.Second
	// maxAttempts bounds how often a request is sent to a phone that comes and
	// goes.
	maxAttempts = 10
)

type branchState int

const (
	branchSent branchState = iota
	// branchAway waits for the phone to register again.
	branchAway
	// branchTelling has its answer, and waits to tell the phone that the call
	// was cancelled while it was away.
	branchTelling
	branchDone
)

// branch is one target of a fork:
//
//	           connection ended          cancelled
//	start ─► sent ───────────────► away ───────────► telling
//	          │ ▲──────registered───┘ │                 │ registered,
//	          │ final answer          │ too long        │ too long
//	          └───────────────────────┴─► done ◄────────┘
//
// Each time that the phone comes back it gets the request anew, under a branch
// parameter of its own. The transactions of earlier attempts live on until the
// branch is done, since the phone may answer any of them.
type branch struct {
	fork *fork
	// The fork's lock guards what follows.
	target target
	state  branchState
	// clients are the transactions of all attempts; nil is one that failed.
	clients []*sip.ClientTransaction
	timerC  sip.Timer
	away    sip.Timer
	// answer is the branch's final answer, and by the attempt that brought it;
	// 0 is none.
	answer *sip.Response
	by     int
}

// start sends the request or, while its phone is away, waits for it.
func (b *branch) start() {
	if b.mayWait() {
		b.fork.edge.returns.list(b)
	}
	if b.target.conn != nil {
		b.send(b.target)
	} else {
		b.lost(0)
	}
}

// mayWait tells whether a request waits for its phone: one that rings or is
// part of a dialog, for a phone that can be told from others.
func (b *branch) mayWait() bool {
	return b.target.anyPhone || b.target.party.Instance != "" && (b.fork.invite() || b.fork.within())
}

// latest is the transaction of the last attempt, or nil. f.mu is held.
func (b *branch) latest() *sip.ClientTransaction {
	if len(b.clients) == 0 {
		return nil
	}
	return b.clients[len(b.clients)-1]
}

// send sends the request to the target, under a new branch parameter.
func (b *branch) send(t target) {
	f := b.fork
	out, err := f.edge.prepare(f.req, t, f.begins)
	if err != nil {
		f.fail(b, 500)
		return
	}
	f.mu.Lock()
	if b.answer != nil {
		f.mu.Unlock()
		return
	}
	b.target = t
	b.clients = append(b.clients, nil)
	attempt := len(b.clients)
	f.mu.Unlock()
	handler := sip.ClientHandler{
		OnResponse: func(res *sip.Response) { f.answered(b, attempt, res) },
		OnTimeout:  func() { b.timedOut(attempt) },
		// The flow to the phone has failed: the account is there and the phone
		// is not (RFC 5626 §5.3 has the edge find another; the fork did).
		OnTransportError: func(error) { f.fail(b, 480) },
	}
	if b.mayWait() {
		handler.OnConnClosed = func() { b.lost(attempt) }
	}
	client, err := f.edge.layer.Request(t.conn, out, handler)
	switch {
	case errors.Is(err, sip.ErrConnClosed), errors.Is(err, sip.ErrConnSlow):
		b.lost(attempt)
	case err != nil:
		f.fail(b, 480)
	default:
		b.sent(attempt, client)
	}
}

// sent takes note of a transaction, which may have been answered already.
func (b *branch) sent(attempt int, client *sip.ClientTransaction) {
	f := b.fork
	f.mu.Lock()
	b.clients[attempt-1] = client
	pending, by := b.answer == nil, b.by
	unwanted, reason := f.cancelled, f.reason
	if pending && f.invite() && b.timerC == nil {
		b.setTimerC()
	}
	f.mu.Unlock()
	switch {
	case pending && unwanted, !pending && by == 0:
		client.Cancel(reason...)
	case !pending && by != attempt:
		// The phone has answered an earlier attempt: to its user it is one call.
		client.Abandon()
	}
}

func (b *branch) timedOut(attempt int) {
	f := b.fork
	f.mu.Lock()
	if b.state != branchSent || attempt != len(b.clients) {
		f.mu.Unlock()
		return
	}
	f.settle(b, 0, f.response(408))
}

// lost is the end of the connection of an attempt: the branch waits for its
// phone, where it may. A phone that leaves after it was cancelled is not asked
// again.
func (b *branch) lost(attempt int) {
	f := b.fork
	f.mu.Lock()
	switch {
	case b.state != branchSent || attempt != len(b.clients):
		f.mu.Unlock()
		return
	case f.cancelled && f.invite():
		f.settle(b, 0, f.response(487))
		return
	case !b.mayWait() || attempt >= maxAttempts || !f.edge.returns.enter(b):
		f.settle(b, 0, f.response(480))
		return
	}
	limit := ringingAway
	if f.within() || b.target.anyPhone {
		limit = dialogAway
	}
	b.state = branchAway
	b.away = f.edge.config.Clock.AfterFunc(limit, b.gaveUp)
	party, anyPhone := b.target.party, b.target.anyPhone
	f.mu.Unlock()
	// It may be back already.
	for _, binding := range f.edge.config.Location.Bindings(party.User) {
		if conn := f.edge.conn(binding.Conn); conn != nil && (anyPhone || instanceHash(binding.Instance) == party.Instance) {
			b.returned(conn, binding, nil)
		}
	}
}

// returned goes on with a phone that has registered over conn; replaced are
// the connections of the bindings that this one replaces.
func (b *branch) returned(conn sip.Conn, binding Binding, replaced map[string]bool) {
	f := b.fork
	f.mu.Lock()
	if b.target.anyPhone {
		absent := b.target
		f.mu.Unlock()
		f.join(binding, conn, absent)
		return
	}
	if b.state == branchAway && f.cancelled {
		f.settle(b, 0, f.response(487))
		f.mu.Lock()
	}
	target, client := b.target.at(conn, binding.Contact, f.begins), b.latest()
	moved := b.target.conn != nil && b.target.conn.ID() != conn.ID() && replaced[b.target.conn.ID()]
	again, tell := false, false
	switch {
	case b.state == branchAway:
		b.leave(branchSent)
		again = true
	case b.state == branchTelling:
		b.leave(branchDone)
		tell = true
	case b.state == branchSent && moved:
		// The old connection is open still, as far as one can see from here.
		tell = f.cancelled && f.invite()
		again = !tell && len(b.clients) < maxAttempts
	}
	reason := f.reason
	f.mu.Unlock()
	switch {
	case again:
		b.send(target)
	case tell && client != nil:
		client.Move(conn)
		client.Cancel(reason...)
	}
}

// gaveUp ends the wait for a phone.
func (b *branch) gaveUp() {
	f := b.fork
	f.mu.Lock()
	if b.state == branchAway {
		f.settle(b, 0, f.response(480))
		return
	}
	f.mu.Unlock()
	b.drop()
}

// drop ends the wait for a phone without a word.
func (b *branch) drop() {
	f := b.fork
	f.mu.Lock()
	waiting := b.state == branchAway || b.state == branchTelling
	if waiting {
		b.leave(branchDone)
	}
	clients := b.clients
	f.mu.Unlock()
	if waiting {
		abandon(clients)
	}
}

// setTimerC bounds how long a phone rings (RFC 3261 §16.8). f.mu is held.
func (b *branch) setTimerC() {
	f := b.fork
	if b.timerC != nil {
		b.timerC.Stop()
	}
	b.timerC = f.edge.config.Clock.AfterFunc(f.edge.config.TimerC, func() {
		f.mu.Lock()
		attempt, client := len(b.clients), b.latest()
		f.mu.Unlock()
		if client != nil {
			client.Cancel()
		}
		f.done(b, attempt, f.response(408))
	})
}

// finish marks a branch as answered, by one of its attempts or by none (0), and
// returns the transactions of the others, which are to be abandoned. f.mu is held.
func (b *branch) finish(res *sip.Response, attempt int) (others []*sip.ClientTransaction) {
	b.answer, b.by = res, attempt
	if b.timerC != nil {
		b.timerC.Stop()
	}
	if b.state == branchAway && b.fork.cancelled && attempt == 0 && b.latest() != nil {
		b.state = branchTelling
		return nil
	}
	b.leave(branchDone)
	for i, client := range b.clients {
		if i+1 != attempt {
			others = append(others, client)
		}
	}
	return others
}

// leave ends a wait, if there is one. f.mu is held.
func (b *branch) leave(next branchState) {
	returns := b.fork.edge.returns
	if b.state == branchAway || b.state == branchTelling {
		b.away.Stop()
		returns.leave(b)
	}
	if b.state = next; next == branchDone {
		returns.unlist(b)
	}
}

func abandon(clients []*sip.ClientTransaction) {
	for _, client := range clients {
		if client != nil {
			client.Abandon()
		}
	}
}
