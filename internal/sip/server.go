package sip

import "time"

// ServerTransaction is a request that was received and the answers to it.
//
// INVITE (RFC 3261 figure 7 as amended by RFC 6026 figure 7):
//
//	Proceeding ──2xx──────► Accepted  ──L──────────────────► Terminated
//	  │ 1xx: send            2xx: send                             ▲
//	  │ INVITE: last 1xx     INVITE: absorbed, ACK: pass up        │
//	  └─────────300-699────► Completed ──ACK──► Confirmed ──I─────►┤
//	                          │ G, INVITE: send again              │
//	                          └─H: no ACK came────────────────────►┘
//
// Others (figure 8):
//
//	Trying ──1xx──► Proceeding
//	   └──200-699──────┴──► Completed  ──J──► Terminated
//	                         request: send the answer again
//
// Timer G is for transports that lose messages; elsewhere it does not run, and
// I and J are zero.
type ServerTransaction struct {
	transaction
	last         *Response     // the answer to a retransmission
	interval     time.Duration // until Timer G
	cancel       *Request      // a CANCEL that came before OnCancel was set
	onCancel     func(*Request)
	sender       func() Conn
	onTerminated func()
}

func newServerTransaction(l *Layer, conn Conn, req *Request, key string) *ServerTransaction {
	tx := &ServerTransaction{interval: l.cfg.T1}
	tx.layer, tx.conn, tx.req, tx.key = l, conn, req, key
	tx.state = stateTrying
	if req.Method == INVITE {
		tx.state = stateProceeding
	}
	return tx
}

// Request is the request that was received.
func (tx *ServerTransaction) Request() *Request { return tx.req }

// Conn is the connection by which the request came and by which all answers
// go; where the sender was followed, the one at which it is now.
func (tx *ServerTransaction) Conn() Conn {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.conn
}

// Follow sets how the sender of the request is found once its connection has
// ended: where returns its connection of now, or nil. Answers go there then, and
// the CANCEL of an INVITE is taken from there, matched by branch and sent-by
// (RFC 3261 §9.2). where must not use the transaction.
func (tx *ServerTransaction) Follow(where func() Conn) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.sender = where
}

// follow moves the transaction to conn where its sender is found there.
func (tx *ServerTransaction) follow(conn Conn) (moved bool) {
	tx.do(func() {
		if tx.sender != nil && tx.state != stateTerminated {
			if now := tx.sender(); now != nil && now.ID() == conn.ID() {
				moved = tx.move(conn)
			}
		}
	})
	return moved
}

func (tx *ServerTransaction) move(conn Conn) bool {
	if !tx.layer.moveServer(tx, serverKey(conn, tx.req, tx.req.Method)) {
		return false
	}
	tx.conn = conn
	return true
}

// send sends a response by the connection of the request or, where that has
// ended, by the sender's connection of now (RFC 3261 §18.2.2).
func (tx *ServerTransaction) send(res *Response) error {
	err := tx.conn.Send(res)
	if err == nil || tx.sender == nil {
		return err
	}
	if conn := tx.sender(); conn != nil && conn.ID() != tx.conn.ID() && tx.move(conn) {
		return conn.Send(res)
	}
	return err
}

// Respond sends a response: any number of provisional ones, one final one, and
// after a 2xx to an INVITE the same 2xx again or those of other branches of a
// fork (RFC 6026 §7.1). The response must not be changed afterwards, since it is
// the answer to retransmissions. It returns ErrFinalSent or ErrTerminated where
// nothing may be sent any more, and the connection's error where it was not
// sent; the transaction moves on even so, since a retransmission may fetch it.
func (tx *ServerTransaction) Respond(res *Response) (err error) {
	tx.do(func() { err = tx.respond(res) })
	return err
}

func (tx *ServerTransaction) respond(res *Response) error {
	invite := tx.req.Method == INVITE
	success := res.StatusCode/100 == 2
	switch tx.state {
	case stateTerminated:
		return ErrTerminated
	case stateAccepted:
		if !success {
			return ErrFinalSent
		}
		return tx.send(res)
	case stateTrying, stateProceeding:
	default:
		return ErrFinalSent
	}
	tx.last = res
	err := tx.send(res)
	switch {
	case res.StatusCode < 200:
		tx.state = stateProceeding
	case !invite:
		tx.state = stateCompleted
		tx.set(&tx.deadline, tx.unlessReliable(64*tx.layer.cfg.T1), tx.terminate)
	case success:
		tx.state = stateAccepted
		tx.set(&tx.deadline, 64*tx.layer.cfg.T1, tx.terminate)
	default:
		tx.state = stateCompleted
		if !tx.reliable() {
			tx.set(&tx.retransmit, tx.interval, tx.sendAgain)
		}
		tx.set(&tx.deadline, 64*tx.layer.cfg.T1, tx.terminate)
	}
	return err
}

// sendAgain is Timer G. A connection that has ended gets nothing more.
func (tx *ServerTransaction) sendAgain() {
	if tx.resend() {
		tx.interval = min(2*tx.interval, tx.layer.cfg.T2)
		tx.set(&tx.retransmit, tx.interval, tx.sendAgain)
	}
}

func (tx *ServerTransaction) resend() bool {
	if err := tx.send(tx.last); err != nil {
		tx.layer.cfg.Log.Debug("a response was not sent again", "conn", tx.conn.ID(), "error", err)
		return false
	}
	return true
}

// receive takes a retransmission or an ACK. It is false for an ACK that is the
// transaction user's: one that came for a 2xx under the INVITE's own branch.
func (tx *ServerTransaction) receive(req *Request) (absorbed bool) {
	absorbed = true
	tx.do(func() {
		switch {
		case req.Method == ACK:
			absorbed = tx.acknowledge(req)
		case tx.state == stateProceeding || tx.state == stateCompleted:
			if tx.last != nil {
				tx.resend()
			}
		}
	})
	return absorbed
}

func (tx *ServerTransaction) acknowledge(ack *Request) bool {
	switch tx.state {
	case stateAccepted, stateTerminated:
		return false
	case stateCompleted:
		// Without a branch the To tag tells whose ACK it is (RFC 3261 §17.2.3).
		if !hasCookie(ack.Via()) && ack.To().Params.GetOr("tag", "") != tx.last.To().Params.GetOr("tag", "") {
			return true
		}
		tx.state = stateConfirmed
		tx.retransmit.stop()
		tx.set(&tx.deadline, tx.unlessReliable(tx.layer.cfg.T4), tx.terminate)
	}
	return true
}

// OnCancel sets what happens when an INVITE is cancelled before its final
// response. The CANCEL itself is answered by the layer; f ends the work on the
// INVITE and has it answered, with 487 as a rule. A CANCEL that came already is
// passed to f at once.
func (tx *ServerTransaction) OnCancel(f func(cancel *Request)) {
	tx.do(func() {
		tx.onCancel = f
		if cancel := tx.cancel; cancel != nil && tx.state == stateProceeding {
			tx.cancel = nil
			tx.callbacks.put(func() { f(cancel) })
		}
	})
}

// cancelled takes the CANCEL that matches this INVITE. After the final response
// it has no effect (RFC 3261 §9.2).
func (tx *ServerTransaction) cancelled(cancel *Request) {
	tx.do(func() {
		if tx.state != stateProceeding {
			return
		}
		if f := tx.onCancel; f != nil {
			tx.callbacks.put(func() { f(cancel) })
		} else {
			tx.cancel = cancel
		}
	})
}

// OnTerminated sets what happens at the transaction's end; where that has
// passed, f is called at once.
func (tx *ServerTransaction) OnTerminated(f func()) {
	tx.do(func() {
		if tx.state == stateTerminated {
			tx.callbacks.put(f)
			return
		}
		tx.onTerminated = f
	})
}

func (tx *ServerTransaction) abandon() { tx.do(tx.terminate) }

func (tx *ServerTransaction) terminate() {
	if tx.state == stateTerminated {
		return
	}
	tx.state = stateTerminated
	tx.retransmit.stop()
	tx.deadline.stop()
	tx.layer.removeServer(tx)
	if f := tx.onTerminated; f != nil {
		tx.callbacks.put(f)
	}
}
