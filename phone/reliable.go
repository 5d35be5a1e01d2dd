package phone

import (
	"fmt"
	"strconv"

	"webphone/internal/sip"
)

// acknowledgeReliable sends the PRACK of a reliable provisional response
// (RFC 3262 §4); it is false for a copy, and for one out of order.
func (s *session) acknowledgeReliable(res *sip.Response, number *uint32) bool {
	required := false
	for _, option := range sip.Tokens(res, "Require") {
		required = required || option == "100rel"
	}
	rseq, err := strconv.ParseUint(headerValue(res, "RSeq"), 10, 32)
	if !required || err != nil {
		return true
	}
	dialog := sip.NewCallerDialog(res)
	if dialog == nil {
		return true
	}
	last, known := s.reliable[dialog.RemoteTag()]
	if known && uint32(rseq) != last+1 || !known && len(s.reliable) >= maxTargets {
		return false
	}
	s.reliable[dialog.RemoteTag()] = uint32(rseq)
	cseq := res.CSeq()
	s.agent.send(func() *sip.Request {
		*number++
		dialog.LocalSeq = *number - 1
		req := dialog.Request(sip.PRACK)
		req.AppendHeader(sip.NewHeader("RAck", fmt.Sprintf("%d %d %s", rseq, cseq.SeqNo, cseq.MethodName)))
		return req
	}, reply{final: func(*sip.Response, *failure) {}})
	return true
}
