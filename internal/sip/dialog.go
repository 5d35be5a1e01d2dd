package sip

import "strings"

// Dialog is one side of a dialog (RFC 3261 §12): what the requests within a call
// are made from, and what becomes of it by those of the other side. It is not
// for concurrent use.
type Dialog struct {
	CallID CallIDHeader
	// Local and Remote are From and To of the requests that this side sends,
	// tags included.
	Local  FromHeader
	Remote ToHeader
	// Target is where the other side is reached: its Contact.
	Target URI
	// Routes are the proxies on the way, nearest first.
	Routes []URI
	// Caller tells that this side sent the INVITE.
	Caller bool
	// LocalSeq is the CSeq number of the last request sent, RemoteSeq of the last
	// one received.
	LocalSeq, RemoteSeq uint32
	// Allow are the methods that the other side takes; Options are the option
	// tags and Info packages that it knows, in lower case.
	Allow, Options []string
}

// NewCallerDialog makes the caller's dialog from a response to its INVITE
// (RFC 3261 §12.1.2). It is nil for a response without a To tag, which makes none.
func NewCallerDialog(res *Response) *Dialog {
	from, to := res.From(), res.To()
	if !to.Params.Has("tag") {
		return nil
	}
	d := &Dialog{
		CallID: *res.CallID(), Caller: true, LocalSeq: res.CSeq().SeqNo, Target: *to.Address.Clone(),
		Local:  FromHeader{DisplayName: from.DisplayName, Address: *from.Address.Clone(), Params: from.Params.Clone()},
		Remote: ToHeader{DisplayName: to.DisplayName, Address: *to.Address.Clone(), Params: to.Params.Clone()},
	}
	routes := recordRoutes(res)
	for i := range routes {
		d.Routes = append(d.Routes, routes[len(routes)-1-i])
	}
	d.Refresh(res)
	return d
}

// NewCalleeDialog makes the callee's dialog from an INVITE and the tag that is
// put on its responses (RFC 3261 §12.1.1).
func NewCalleeDialog(invite *Request, tag string) *Dialog {
	from, to := invite.From(), invite.To()
	d := &Dialog{
		CallID: *invite.CallID(), RemoteSeq: invite.CSeq().SeqNo, Target: *from.Address.Clone(), Routes: recordRoutes(invite),
		Local:  FromHeader{DisplayName: to.DisplayName, Address: *to.Address.Clone(), Params: to.Params.Clone()},
		Remote: ToHeader{DisplayName: from.DisplayName, Address: *from.Address.Clone(), Params: from.Params.Clone()},
	}
	d.Local.Params.Remove("tag")
	d.Local.Params.Add("tag", tag)
	d.Refresh(invite)
	return d
}

func recordRoutes(msg Message) (routes []URI) {
	for _, h := range msg.GetHeaders("Record-Route") {
		if route, ok := h.(*RecordRouteHeader); ok {
			routes = append(routes, *route.Address.Clone())
		}
	}
	return routes
}

// Refresh takes over the Contact of a target refresh (RFC 3261 §12.2.1.2,
// §12.2.2) and what the other side says that it understands.
func (d *Dialog) Refresh(msg Message) {
	for _, h := range msg.GetHeaders("Contact") {
		if contact, ok := h.(*ContactHeader); ok && !contact.Address.Wildcard {
			d.Target = *contact.Address.Clone()
			break
		}
	}
	if allow := Tokens(msg, "Allow"); len(allow) > 0 {
		d.Allow = allow
	}
	if options := append(Tokens(msg, "Supported"), Tokens(msg, "Recv-Info")...); len(options) > 0 {
		for i := range options {
			options[i] = strings.ToLower(options[i])
		}
		d.Options = options
	}
}

// Admit takes a request of the other side; it is false for one that came out of
// order, which is answered 500 (RFC 3261 §12.2.2).
func (d *Dialog) Admit(req *Request) bool {
	number := req.CSeq().SeqNo
	if number < d.RemoteSeq {
		return false
	}
	d.RemoteSeq = number
	return true
}

// RemoteTag is the tag of the other side.
func (d *Dialog) RemoteTag() string { return d.Remote.Params.GetOr("tag", "") }

// Request makes the next request within the dialog, without a Via
// (RFC 3261 §12.2.1.1). Every proxy is taken for a loose router.
func (d *Dialog) Request(method Method) *Request {
	d.LocalSeq++
	return d.request(method, d.LocalSeq)
}

// ACK makes the ACK to a 2xx, without a Via, with the credentials of the INVITE
// (RFC 3261 §13.2.2.4).
func (d *Dialog) ACK(invite *Request) *Request {
	ack := d.request(ACK, invite.CSeq().SeqNo)
	copyHeaders(ack, invite, "Authorization", "Proxy-Authorization")
	return ack
}

func (d *Dialog) request(method Method, number uint32) *Request {
	req := NewRequest(method, *d.Target.Clone())
	for _, route := range d.Routes {
		req.AppendHeader(&RouteHeader{Address: *route.Clone()})
	}
	hops := MaxForwardsHeader(70)
	callID := d.CallID
	from, to := d.Local, d.Remote
	from.Params, to.Params = from.Params.Clone(), to.Params.Clone()
	req.AppendHeader(&hops)
	req.AppendHeader(&from)
	req.AppendHeader(&to)
	req.AppendHeader(&callID)
	req.AppendHeader(&CSeqHeader{SeqNo: number, MethodName: method})
	return req
}

// NewVia makes the Via of a request of this side, with a new branch. A client
// that nobody can reach by name has a host that is none (RFC 7118 §5).
func NewVia(transport, host string) *ViaHeader {
	via := &ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: transport, Host: host}
	via.Params.Add("branch", NewBranch())
	return via
}

// Tokens are the values of a list of tokens such as Supported or Allow.
func Tokens(msg Message, name string) (tokens []string) {
	for _, h := range msg.GetHeaders(name) {
		for token := range strings.SplitSeq(h.Value(), ",") {
			if token = strings.TrimSpace(token); token != "" {
				tokens = append(tokens, token)
			}
		}
	}
	return tokens
}
