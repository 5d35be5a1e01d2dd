package edge

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

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
	caller := e.callerOf(tx.Conn(), sender)
	for _, b := range e.config.Location.Bindings(user) {
		// A phone that calls its own account means the others.
		if conn := e.conn(b.Conn); conn != nil && conn != tx.Conn() && !b.Visitor {
			callee := partyOf(user, b)
			targets = append(targets, target{conn: conn, uri: b.Contact, party: callee, route: route{Caller: caller, Callee: callee}})
		}
	}
	switch {
	case len(targets) > 0:
	case !e.exists(user):
		e.respond(tx, 404, "")
		return
	case req.Method == sip.INVITE && e.recent.mayReturn(tx.Conn(), user):
		targets = []target{{party: party{User: user}, anyPhone: true, route: route{Caller: caller}}}
	default:
		e.respond(tx, 480, "")
		return
	}
	if req.Method == sip.INVITE {
		e.respond(tx, 100, "")
	}
	forwarded := sip.CloneRequest(req)
	e.forgetCredentials(forwarded)
	e.assertIdentity(forwarded, sender)
	e.fork(tx, forwarded, caller, targets)
}

// exists tells whether there is an account of that name that may be called.
func (e *Edge) exists(user string) bool {
	if store.ValidateUsername(user) != nil {
		return false
	}
	account, err := e.config.Accounts.Account(context.Background(), user)
	return err == nil && !account.Visitor()
}

// callerOf says over which flow the caller is reached within the dialog.
func (e *Edge) callerOf(conn sip.Conn, account store.Account) party {
	caller := party{User: account.Username, Conn: conn.ID()}
	for _, b := range e.config.Location.Bindings(account.Username) {
		if b.Conn == conn.ID() {
			caller = partyOf(account.Username, b)
			break
		}
	}
	caller.Visitor = account.Visitor()
	return caller
}

// assertIdentity tells the callee which account is calling, whatever number
// stands in From (RFC 3325 §5).
func (e *Edge) assertIdentity(req *sip.Request, sender store.Account) {
	removeAll(req, "P-Asserted-Identity")
	req.AppendHeader(sip.NewHeader("P-Asserted-Identity", fmt.Sprintf("<sip:%s@%s>", sender.Username, e.config.Domains[0])))
}

// target is where one branch of a fork goes.
type target struct {
	// conn is nil while the phone is away.
	conn sip.Conn
	uri  sip.URI
	// party is whose phone it is.
	party party
	// anyPhone is set where the account has no phone now: each that registers
	// in time is a target of its own.
	anyPhone bool
	// route is set for a request that begins a dialog.
	route route
}

// at is the same target after its phone has registered over another connection.
func (t target) at(conn sip.Conn, contact sip.URI, begins bool) target {
	t.conn = conn
	t.party.Conn, t.route.Callee.Conn = conn.ID(), conn.ID()
	if begins {
		t.uri = contact
	}
	return t
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
	for _, header := range req.Headers() {
		via, ok := header.(*sip.ViaHeader)
		if !ok || via.Host != viaHost {
			continue
		}
		if branch, _ := via.Params.Get("branch"); strings.HasSuffix(branch, "-"+loopKey(req)) {
			return true
		}
	}
	return false
}

// loopKey hashes what decides on a request's routing (RFC 3261 §16.6, step 8).
func loopKey(req *sip.Request) string {
	cseq := req.CSeq()
	text := make([]byte, 0, 512)
	for _, part := range [...]string{
		sip.URIString(&req.Recipient), tag(req.From().Params), tag(req.To().Params), req.CallID().Value(),
		strconv.Itoa(int(cseq.SeqNo)) + " " + string(cseq.MethodName),
	} {
		text = append(append(text, part...), '\n')
	}
	if top := req.Route(); top != nil {
		text = append(text, sip.URIString(&top.Address)...)
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
