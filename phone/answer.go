package phone

import (
	"time"

	"webphone/internal/sip"
)

// T1 and T2 of RFC 3261 §17.1.1.1.
const (
	timerT1 = 500 * time.Millisecond
	timerT2 = 4 * time.Second
)

// answer is a 2xx of ours to an INVITE, until its ACK is here (RFC 3261
// §13.3.1.4).
type answer struct {
	session *session
	tx      *sip.ServerTransaction
	res     *sip.Response
	sdp     string
	// initial tells that it sets the session up.
	initial bool
	// number is the CSeq number of the INVITE, and of the ACK.
	number uint32
	timer  *alarm
	failed func()
}

// newAnswer sends it. failed is called where no ACK comes for 64*T1.
func newAnswer(s *session, tx *sip.ServerTransaction, sdp string, initial bool, failed func()) *answer {
	req := tx.Request()
	a := &answer{session: s, tx: tx, sdp: sdp, initial: initial, number: req.CSeq().SeqNo, failed: failed}
	a.res = s.agent.answer(tx, 200, s.tag, sdp, s.headers(req)...)
	a.repeat(timerT1, s.agent.clock.Now().Add(patience))
	return a
}

// restart sends it over a new connection: its time begins anew.
func (a *answer) restart() {
	if a == nil {
		return
	}
	a.stop()
	_ = a.tx.Respond(a.res)
	a.repeat(timerT1, a.session.agent.clock.Now().Add(patience))
}

func (a *answer) stop() {
	if a != nil {
		a.timer.stop()
	}
}

func (a *answer) repeat(wait time.Duration, until time.Time) {
	clock := a.session.agent.clock
	a.timer = a.session.agent.after(min(wait, until.Sub(clock.Now())), func() {
		if !clock.Now().Before(until) {
			a.failed()
			return
		}
		_ = a.tx.Respond(a.res)
		a.repeat(min(2*wait, timerT2), until)
	})
}
