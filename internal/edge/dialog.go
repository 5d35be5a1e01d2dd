package edge

import (
	"webphone/internal/sip"
)

// inDialog routes a request that carries one of our route tokens, and tells
// whether it did.
func (e *Edge) inDialog(tx *sip.ServerTransaction) bool {
	req := tx.Request()
	r, found, err := e.takeRoute(tx.Conn(), req)
	if err != nil {
		e.respond(tx, 403, "The route was not made by this server")
		return true
	}
	if !found {
		return false
	}
	if req.Route() != nil {
		e.respond(tx, 403, "No relaying to other servers")
		return true
	}
	sender, other, known := e.sides(tx.Conn(), req, r)
	if known && sender.Visitor && !e.visitorContinues(tx) {
		return true
	}
	t := target{conn: e.flow(other), uri: req.Recipient, party: other}
	if !known || t.conn == nil && other.Instance == "" {
		e.respond(tx, 480, "")
		return true
	}
	e.fork(tx, req, sender, []target{t})
	return true
}

// routeACK forwards the ACK to a 2xx. It has no answer, so that one which
// cannot be routed is dropped.
func (e *Edge) routeACK(conn sip.Conn, req *sip.Request) {
	r, found, err := e.takeRoute(conn, req)
	if err != nil {
		return
	}
	if !found {
		e.echo.ack(req)
		return
	}
	_, party, _ := e.sides(conn, req, r)
	other := e.flow(party)
	if hops := req.MaxForwards(); other == nil || req.Route() != nil || hops != nil && hops.Val() == 0 || e.looped(req) {
		return
	}
	if out, err := e.prepare(req, target{conn: other, uri: req.Recipient}, false); err == nil {
		_ = other.Send(out)
	}
}

// takeRoute removes our own entries from a request's Route and returns what
// the token in them says. A Route entry to one of our hosts without a token is
// an outbound proxy's (RFC 3261 §8.1.2).
func (e *Edge) takeRoute(conn sip.Conn, req *sip.Request) (r route, found bool, err error) {
	for {
		top := req.Route()
		if top == nil || !e.isOurs(conn, top.Address) {
			return r, found, nil
		}
		if user := top.Address.User; user != "" {
			if r, err = e.tokens.read(user); err != nil {
				return r, false, err
			}
			found = true
		}
		req.RemoveHeader("Route")
	}
}

// sides tells who sent a request and who is meant.
func (e *Edge) sides(from sip.Conn, req *sip.Request, r route) (sender, other party, known bool) {
	switch {
	case e.isParty(from, r.Caller):
		return r.Caller, r.Callee, true
	case e.isParty(from, r.Callee):
		return r.Callee, r.Caller, true
	}
	// The sender came back over a new connection and has not registered yet:
	// the Request-URI is the contact of the one it means.
	for _, p := range [][2]party{{r.Callee, r.Caller}, {r.Caller, r.Callee}} {
		sender, other = p[0], p[1]
		for _, b := range e.config.Location.Bindings(other.User) {
			if b.Conn != from.ID() && contactKey(b.Contact) == contactKey(req.Recipient) {
				other.Conn = b.Conn
				return sender, other, true
			}
		}
	}
	return party{}, party{}, false
}

// isParty tells whether a connection belongs to one side of a dialog: it is
// the one of the call's start, or the same phone has registered over it since.
func (e *Edge) isParty(conn sip.Conn, p party) bool {
	if conn.ID() == p.Conn {
		return true
	}
	for _, b := range e.config.Location.Bindings(p.User) {
		if b.Conn == conn.ID() && p.Instance != "" && instanceHash(b.Instance) == p.Instance {
			return true
		}
	}
	return false
}

// flow finds the connection to one side of a dialog: the one over which the
// phone is registered now, since a phone that comes back leaves its old
// connection behind before that is seen to be dead (RFC 5626 §4.2); else the one
// of the call's start.
func (e *Edge) flow(p party) sip.Conn {
	if _, conn := e.bindingOf(p); conn != nil {
		return conn
	}
	return e.conn(p.Conn)
}

// bindingOf finds the newest binding of a phone and its connection, or nil.
func (e *Edge) bindingOf(p party) (Binding, sip.Conn) {
	if p.Instance == "" {
		return Binding{}, nil
	}
	for _, b := range e.config.Location.Bindings(p.User) {
		if instanceHash(b.Instance) == p.Instance {
			if conn := e.conn(b.Conn); conn != nil {
				return b, conn
			}
		}
	}
	return Binding{}, nil
}
