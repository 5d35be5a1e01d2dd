package edge

import (
	"time"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// takesOver are the headers by which an INVITE takes the place of another call
// or enters it (RFC 3891, RFC 3911): a visitor could get at calls between
// others.
var takesOver = []string{"Replaces", "Join"}

// withinACall are the methods that a visitor's call needs. Others are refused
// rather than REFER alone: methods are case-sensitive (RFC 3261 §7.1), and a phone
// that is not strict would take refer for it.
var withinACall = map[sip.Method]bool{
	sip.INVITE: true, sip.ACK: true, sip.BYE: true, sip.CANCEL: true, sip.INFO: true, sip.MESSAGE: true,
	sip.NOTIFY: true, sip.OPTIONS: true, sip.PRACK: true, sip.UPDATE: true,
}

// visitorCalls tells whether a visitor's request that belongs to no dialog is an
// INVITE to the account's one destination. Any other it has refused.
func (e *Edge) visitorCalls(tx *sip.ServerTransaction, visitor store.Account, ours bool, user string) bool {
	allowed := ours && (user == visitor.Destination || e.echo.is(user) && e.echo.is(visitor.Destination))
	if tx.Request().Method == sip.INVITE && allowed && !takesOverACall(tx.Request()) {
		return true
	}
	e.respond(tx, 403, "This account may call one destination and nothing else")
	return false
}

// visitorContinues tells whether a visitor's request that carries a route token
// may go to the other side. It has to be within the call: the token outlives the
// account, and must not let the visitor call anew. A REFER would have the phone
// that was called dial for the visitor (RFC 3515).
func (e *Edge) visitorContinues(tx *sip.ServerTransaction) bool {
	req := tx.Request()
	if tag(req.To().Params) != "" && withinACall[req.Method] && !takesOverACall(req) {
		return true
	}
	e.respond(tx, 403, "This account may not do that in a call")
	return false
}

func takesOverACall(req *sip.Request) bool {
	for _, name := range takesOver {
		if len(fields(req, name)) > 0 {
			return true
		}
	}
	return false
}

// longest is how long a registration of an account may last: not beyond the
// account, but never under the least that is granted to anybody.
func (e *Edge) longest(account store.Account) time.Duration {
	if account.Expires.IsZero() {
		return e.config.MaxExpires
	}
	left := account.Expires.Sub(e.config.Clock.Now())
	return min(e.config.MaxExpires, max(left, e.config.MinExpires))
}
