package sip

// NewCancel makes the CANCEL of an INVITE (RFC 3261 §9.1), for a sender whose
// INVITE has lost its transaction with its connection.
func NewCancel(invite *Request) *Request { return newCancel(invite, nil) }
