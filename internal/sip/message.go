package sip

import "errors"

// SyntaxError says why a message was refused and how to answer it.
type SyntaxError struct {
	// Status is the answer: 400, 414, 505 and so on. 0 means that the message
	// is dropped in silence: it is a response or an ACK, or it names nobody to
	// answer.
	Status int
	// Reason is one sentence for the answer's reason phrase and for the log.
	Reason string
	// Request holds what an answer is built from (Via, From, To, Call-ID, CSeq),
	// as they stood in the message; nil when Status is 0.
	Request *Request
}

func (e *SyntaxError) Error() string { return "sip: " + e.Reason }

// Parse reads one message strictly.
func Parse(data []byte) (Message, error) { return nil, errors.New("sip: not yet") }

// ParseURI reads a URI strictly (RFC 3261 §19.1.1).
func ParseURI(s string) (URI, error) { return URI{}, errors.New("sip: not yet") }

// Bytes is the message as it goes over the wire.
func Bytes(msg Message) []byte { return []byte(msg.String()) }

// NewResponse builds the answer to a request (RFC 3261 §8.2.6).
func NewResponse(req *Request, status int, reason string) *Response { return nil }

// ReasonPhrase is the standard phrase of a status.
func ReasonPhrase(status int) string { return "" }

// NewBranch makes a branch for a new client transaction (RFC 3261 §8.1.1.7).
func NewBranch() string { return "" }

// NewTag makes a From or To tag (RFC 3261 §19.3).
func NewTag() string { return "" }
