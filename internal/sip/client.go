package sip

import "time"

// ClientHandler receives what happens to a client transaction, in order and one
// at a time, never with a lock held. Each field may be left out.
type ClientHandler struct {
	// OnResponse takes every provisional response and the final one; for an
	// INVITE every 2xx, however often it comes (RFC 6026 §7.2). The ACK to a
	// refusal is sent by the transaction, the ACK to a 2xx is the caller's.
	OnResponse func(*Response)
	// OnTimeout says that no final response came: Timer B or F, or that a
	// cancelled INVITE got none within 64*T1 (RFC 3261 §9.1).
	OnTimeout func()
	// OnTransportError says that the request can no longer be answered, since
	// its connection has ended.
	OnTransportError func(error)
	// OnConnClosed takes the place of OnTransportError when the connection ends
	// while there is no final response. The transaction lives on then, under the
	// timers that run: the peer may answer over its next connection. Abandon
	// ends it.
	OnConnClosed func()
	// OnTerminated is the last call of all.
	OnTerminated func()
}

// ClientTransaction is a request that was sent and what becomes of it.
//
// INVITE (RFC 3261 figure 5 as amended by RFC 6026 figure 5):
//
//	Calling ───1xx──► Proceeding
//	   │ A: send again    │
//	   │ B: timeout ──────┼──────────────────────► Terminated
//	   ├──2xx─────────────┴──► Accepted   ──M─────────►┤
//	   │                        2xx: pass up           │
//	   └──300-699: ACK────┴──► Completed  ──D─────────►┘
//	                            300-699: ACK again
//
// Others (figure 6):
//
//	Trying ───1xx──► Proceeding
//	   │ E: send again   │ E: send again, each T2
//	   │ F: timeout ─────┴───────────────────────► Terminated
//	   └──200-699────────┴───► Completed  ──K─────────►┘
//
// Timers A, D, E and K are for transports that lose messages; elsewhere A and E
// do not run, and D and K are zero.
type ClientTransaction struct {
	transaction
	handler   ClientHandler
	interval  time.Duration // until the next retransmission
	ack       *Request      // sent for each copy of a refusal
	cancel    *Request      // waits for the first provisional response
	sent      *Request      // the CANCEL that was sent
	cancelled bool
}

func newClientTransaction(l *Layer, conn Conn, req *Request, h ClientHandler) *ClientTransaction {
	tx := &ClientTransaction{handler: h, interval: l.cfg.T1}
	tx.layer, tx.conn, tx.req = l, conn, req
	tx.key = clientKey(req.Via(), req.Method)
	tx.state = stateTrying
	if req.Method == INVITE {
		tx.state = stateCalling
	}
	return tx
}

// Request is the request that was sent.
func (tx *ClientTransaction) Request() *Request { return tx.req }

func (tx *ClientTransaction) start() (err error) {
	tx.do(func() {
		if tx.state == stateTerminated {
			err = ErrLayerClosed
			return
		}
		if err = tx.conn.Send(tx.req); err != nil {
			tx.handler = ClientHandler{}
			tx.terminate()
			return
		}
		if !tx.reliable() {
			tx.set(&tx.retransmit, tx.interval, tx.sendAgain)
		}
		tx.set(&tx.deadline, 64*tx.layer.cfg.T1, tx.timeOut)
	})
	return err
}

// sendAgain is Timer A, which doubles without end, and Timer E, which doubles up
// to T2 and is T2 once a provisional response came (RFC 3261 §17.1.1.2, §17.1.2.2).
func (tx *ClientTransaction) sendAgain() {
	if err := tx.conn.Send(tx.req); err != nil {
		tx.fail(err)
		return
	}
	tx.interval *= 2
	if tx.req.Method != INVITE && (tx.interval > tx.layer.cfg.T2 || tx.state == stateProceeding) {
		tx.interval = tx.layer.cfg.T2
	}
	tx.set(&tx.retransmit, tx.interval, tx.sendAgain)
}

// receive takes a response. One that comes over another connection tells where
// the peer is now: it alone knows the branch.
func (tx *ClientTransaction) receive(conn Conn, res *Response) {
	tx.do(func() {
		tx.move(conn)
		switch invite := tx.req.Method == INVITE; {
		case res.StatusCode < 200:
			tx.provisional(res, invite)
		case invite && res.StatusCode < 300:
			tx.accept(res)
		case invite:
			tx.refuse(res)
		default:
			tx.complete(res)
		}
	})
}

func (tx *ClientTransaction) provisional(res *Response, invite bool) {
	switch tx.state {
	case stateCalling, stateTrying, stateProceeding:
	default:
		return
	}
	first := tx.state != stateProceeding
	tx.state = stateProceeding
	if invite && first {
		tx.retransmit.stop()
		tx.deadline.stop()
	}
	tx.pass(res)
	if invite && tx.cancel != nil {
		tx.sendCancel()
	}
}

// accept passes a 2xx up, each time that it comes, until Timer M.
func (tx *ClientTransaction) accept(res *Response) {
	switch tx.state {
	case stateCalling, stateProceeding:
		tx.state = stateAccepted
		tx.retransmit.stop()
		tx.pass(res)
		tx.set(&tx.deadline, 64*tx.layer.cfg.T1, tx.terminate)
	case stateAccepted:
		tx.pass(res)
	}
}

// refuse acknowledges a final response that is no 2xx; copies of it get the ACK
// again until Timer D.
func (tx *ClientTransaction) refuse(res *Response) {
	switch tx.state {
	case stateCalling, stateProceeding:
		tx.state = stateCompleted
		tx.retransmit.stop()
		tx.ack = newACK(tx.req, res)
		tx.pass(res)
		if err := tx.conn.Send(tx.ack); err != nil {
			tx.layer.cfg.Log.Debug("an ACK was not sent", "conn", tx.conn.ID(), "error", err)
		}
		tx.set(&tx.deadline, tx.unlessReliable(64*tx.layer.cfg.T1), tx.terminate)
	case stateCompleted:
		if err := tx.conn.Send(tx.ack); err != nil {
			tx.terminate()
		}
	}
}

// complete takes the final response of a request that is no INVITE; copies of it
// are absorbed until Timer K.
func (tx *ClientTransaction) complete(res *Response) {
	if tx.state != stateTrying && tx.state != stateProceeding {
		return
	}
	tx.state = stateCompleted
	tx.retransmit.stop()
	tx.pass(res)
	tx.set(&tx.deadline, tx.unlessReliable(tx.layer.cfg.T4), tx.terminate)
}

func (tx *ClientTransaction) pass(res *Response) {
	if f := tx.handler.OnResponse; f != nil {
		tx.callbacks.put(func() { f(res) })
	}
}

// Cancel asks for the end of an INVITE that has no final response yet
// (RFC 3261 §9.1). The CANCEL leaves at once or, since it must not overtake the
// INVITE, upon the first provisional response. Its final response still comes by
// OnResponse, a 487 as a rule; if none comes within 64*T1, OnTimeout does. The
// headers, a Reason for instance, are added to the CANCEL. Anything but an
// INVITE is left alone, and so is a transaction that was cancelled or answered.
func (tx *ClientTransaction) Cancel(headers ...Header) {
	tx.do(func() {
		waiting := tx.state == stateCalling || tx.state == stateProceeding
		if tx.req.Method != INVITE || !waiting || tx.cancelled {
			return
		}
		tx.cancelled = true
		tx.cancel = newCancel(tx.req, headers)
		if tx.state == stateProceeding {
			tx.sendCancel()
		}
	})
}

func (tx *ClientTransaction) sendCancel() {
	cancel, conn := tx.cancel, tx.conn
	tx.cancel, tx.sent = nil, cancel
	tx.set(&tx.deadline, 64*tx.layer.cfg.T1, tx.timeOut)
	tx.callbacks.put(func() {
		if _, err := tx.layer.Request(conn, cancel, ClientHandler{}); err != nil {
			tx.layer.cfg.Log.Debug("a CANCEL was not sent", "conn", conn.ID(), "error", err)
		}
	})
}

// Move says at which connection the peer is now: what follows goes there, and a
// CANCEL that was sent while there is no final response is sent there again.
func (tx *ClientTransaction) Move(conn Conn) {
	tx.do(func() {
		moved := tx.move(conn)
		if !moved || tx.sent == nil || tx.state != stateProceeding {
			return
		}
		if err := conn.Send(tx.sent); err != nil {
			tx.layer.cfg.Log.Debug("a CANCEL was not sent again", "conn", conn.ID(), "error", err)
		}
	})
}

func (tx *ClientTransaction) move(conn Conn) bool {
	if tx.state == stateTerminated || conn.ID() == tx.conn.ID() {
		return false
	}
	tx.layer.moveClient(tx, tx.conn, conn)
	tx.conn = conn
	return true
}

// Abandon ends a transaction that has no final response: one that comes later
// is dropped. An INVITE that was answered is left to its timers.
func (tx *ClientTransaction) Abandon() {
	tx.do(func() {
		switch tx.state {
		case stateCalling, stateTrying, stateProceeding:
			tx.terminate()
		}
	})
}

func (tx *ClientTransaction) timeOut() {
	if f := tx.handler.OnTimeout; f != nil {
		tx.callbacks.put(f)
	}
	tx.terminate()
}

func (tx *ClientTransaction) fail(err error) {
	if f := tx.handler.OnTransportError; f != nil {
		tx.callbacks.put(func() { f(err) })
	}
	tx.terminate()
}

// connClosed leaves alone what has its final response: nothing more is needed
// from the connection.
func (tx *ClientTransaction) connClosed() {
	tx.do(func() {
		switch tx.state {
		case stateCalling, stateTrying, stateProceeding:
			if f := tx.handler.OnConnClosed; f != nil {
				tx.retransmit.stop()
				tx.callbacks.put(f)
				return
			}
			tx.fail(ErrConnClosed)
		}
	})
}

func (tx *ClientTransaction) abandon() { tx.do(tx.terminate) }

func (tx *ClientTransaction) terminate() {
	if tx.state == stateTerminated {
		return
	}
	tx.state = stateTerminated
	tx.retransmit.stop()
	tx.deadline.stop()
	tx.layer.removeClient(tx)
	if f := tx.handler.OnTerminated; f != nil {
		tx.callbacks.put(f)
	}
}

// newACK builds the ACK to a refusal (RFC 3261 §17.1.1.3).
func newACK(invite *Request, res *Response) *Request {
	ack := sibling(invite, ACK)
	copyHeaders(ack, invite, "From")
	copyHeaders(ack, res, "To")
	return finish(ack, invite)
}

// newCancel builds the CANCEL of an INVITE (RFC 3261 §9.1).
func newCancel(invite *Request, headers []Header) *Request {
	cancel := sibling(invite, CANCEL)
	copyHeaders(cancel, invite, "From", "To")
	for _, h := range headers {
		cancel.AppendHeader(h)
	}
	return finish(cancel, invite)
}

// sibling starts a request that goes the way of the INVITE: the same
// Request-URI, the top Via alone, and the Routes.
func sibling(invite *Request, method Method) *Request {
	req := NewRequest(method, *invite.Recipient.Clone())
	req.AppendHeader(invite.Via().Clone())
	copyHeaders(req, invite, "Route")
	hops := MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	return req
}

func finish(req, invite *Request) *Request {
	copyHeaders(req, invite, "Call-ID")
	req.AppendHeader(&CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: req.Method})
	req.SetBody(nil)
	return req
}
