package sip

import (
	"strconv"
	"strings"
)

// hasCookie reports whether the branch names a transaction (RFC 3261 §17.2.3).
// The cookie alone is no name: RFC 4475 §3.2.1.
func hasCookie(via *ViaHeader) bool {
	branch, _ := via.Params.Get("branch")
	return len(branch) > len(MagicCookie) && strings.EqualFold(branch[:len(MagicCookie)], MagicCookie)
}

// clientKey is what a response shares with its request (RFC 3261 §17.1.3).
// The connection is no part of it, so that a peer that lost its connection
// can answer over the next one; it alone knows the branch.
func clientKey(via *ViaHeader, method Method) string {
	branch, _ := via.Params.Get("branch")
	return branch + " " + string(method)
}

// inviteKey is what names an INVITE and its CANCEL whatever the connection: the
// branch and the sent-by (RFC 3261 §9.2). It is empty where the branch is no name.
func inviteKey(req *Request) string {
	via := req.Via()
	if !hasCookie(via) {
		return ""
	}
	branch, _ := via.Params.Get("branch")
	return branch + "\n" + sentBy(via)
}

// sentBy is compared without case.
func sentBy(via *ViaHeader) string {
	if via.Port == 0 {
		return strings.ToLower(via.Host)
	}
	return strings.ToLower(via.Host) + ":" + strconv.Itoa(via.Port)
}

// serverKey is what the requests of one transaction share: the branch, the
// sent-by and the method (RFC 3261 §17.2.3), and the connection, so that one
// peer can't reach into the transactions of another; ServerTransaction.Follow
// tells where a sender came back. The ACK of a refusal
// belongs to its INVITE. Without the cookie it is what RFC 2543 compares, as far
// as it stands in every request of the transaction: all but the To tag.
func serverKey(conn Conn, req *Request, method Method) string {
	if method == ACK {
		method = INVITE
	}
	via := req.Via()
	if hasCookie(via) {
		branch, _ := via.Params.Get("branch")
		return conn.ID() + "\n" + string(method) + "\n" + branch + "\n" + sentBy(via)
	}
	cseq := *req.CSeq()
	cseq.MethodName = ""
	return strings.Join([]string{
		conn.ID(), string(method), "RFC 2543", req.Recipient.String(), req.From().Params.GetOr("tag", ""),
		string(*req.CallID()), cseq.Value(), via.Value(),
	}, "\n")
}
