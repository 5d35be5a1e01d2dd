package sip

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	sipgo "github.com/emiago/sipgo/sip"
)

func newResponse(status int, reason string) *Response { return sipgo.NewResponse(status, reason) }

// NewResponse builds the answer to a request (RFC 3261 §8.2.6): it shares all
// Vias, From, Call-ID and CSeq with the request, none of which may be changed
// then, and gets a To of its own; the answers between 101 and 299 that may make
// a dialog carry its Record-Route too (§12.1.1), and 100 the Timestamp
// (§8.2.6.1). An empty reason means the standard phrase.
//
// A To without a tag gets one, except in a 100. The tag is a keyed hash of what
// names the request, so that it is the same in every answer to one request, in
// the answers to its retransmissions and in the answer to its CANCEL
// (§8.2.6.2, §9.2).
func NewResponse(req *Request, status int, reason string) *Response {
	if reason == "" {
		reason = ReasonPhrase(status)
	}
	res := newResponse(status, reason)
	shareHeaders(res, req, "Via")
	if status > 100 && status < 300 && req.Method != REGISTER {
		shareHeaders(res, req, "Record-Route")
	}
	shareHeaders(res, req, "From")
	for _, h := range req.Headers() {
		switch {
		case h.Name() != "To":
		case status > 100:
			res.AppendHeader(tagged(h, req))
		default:
			res.AppendHeader(cloneHeader(h))
		}
	}
	shareHeaders(res, req, "Call-ID")
	shareHeaders(res, req, "CSeq")
	if status == 100 {
		shareHeaders(res, req, "Timestamp")
	}
	res.SetBody(nil)
	return res
}

func shareHeaders(to *Response, from *Request, name string) {
	for _, h := range from.Headers() {
		if h.Name() == name {
			to.AppendHeader(h)
		}
	}
}

func copyHeaders(to Message, from Message, names ...string) {
	for _, name := range names {
		for _, h := range headersOf(from) {
			if h.Name() == name {
				to.AppendHeader(cloneHeader(h))
			}
		}
	}
}

// cloneHeader is sipgo's clone for the headers that it shares instead.
func cloneHeader(h Header) Header {
	switch h := h.(type) {
	case *MaxForwardsHeader:
		c := *h
		return &c
	case *ContentLengthHeader:
		c := *h
		return &c
	case *CallIDHeader:
		c := *h
		return &c
	case *ContentTypeHeader:
		c := *h
		return &c
	}
	return sipgo.HeaderClone(h)
}

// CloneRequest copies a request so that nothing in the copy is shared with it
// but the body, which is never changed in place. (sipgo's Clone shares
// Max-Forwards, and counts it down in both.)
func CloneRequest(req *Request) *Request {
	clone := NewRequest(req.Method, *req.Recipient.Clone())
	for _, h := range req.Headers() {
		clone.AppendHeader(cloneHeader(h))
	}
	if body := req.Body(); len(body) > 0 {
		clone.SetBody(body)
	}
	return clone
}

// tagged is the To of an answer. In a request that was refused it may be text.
func tagged(h Header, req *Request) Header {
	to, ok := h.(*ToHeader)
	if !ok {
		if strings.Contains(strings.ToLower(h.Value()), "tag") {
			return cloneHeader(h)
		}
		return NewHeader("To", h.Value()+";tag="+requestTag(req))
	}
	clone := cloneHeader(to).(*ToHeader)
	if !clone.Params.Has("tag") {
		clone.Params.Add("tag", requestTag(req))
	}
	return clone
}

// tagMACs live as long as the process, as does their key: a tag has to stay the
// same for a request and be none that others can foresee (RFC 3261 §19.3).
var tagMACs = sync.OnceValue(func() *macs {
	key := make([]byte, 32)
	rand.Read(key)
	return newMACs(key)
})

func requestTag(req *Request) string {
	buffer := outgoing.Get().(*[]byte)
	defer outgoing.Put(buffer)
	text := (*buffer)[:0]
	for _, name := range [...]string{"Via", "From", "Call-ID"} {
		if h := Field(req, name); h != nil {
			text = appendValue(text, h)
		}
		text = append(text, 0)
	}
	if h := Field(req, "CSeq"); h != nil {
		start := len(text)
		text = appendValue(text, h)
		if end := bytes.IndexByte(text[start:], ' '); end >= 0 {
			text = text[:start+end]
		}
	}
	*buffer = text
	var sum [sha256.Size]byte
	return hex.EncodeToString(tagMACs().sum(sum[:0], text)[:10])
}

// NewBranch makes the branch of a new client transaction (RFC 3261 §8.1.1.7).
func NewBranch() string { return MagicCookie + rand.Text() }

// NewTag makes a From or To tag, 128 bits of randomness (RFC 3261 §19.3).
func NewTag() string { return strings.ToLower(rand.Text()) }

// reasonPhrases are those of RFC 3261 §21 and its extensions that HTTP does not
// have, or has under another phrase.
var reasonPhrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued",
	183: "Session Progress", 199: "Early Dialog Terminated",
	202: "Accepted", 204: "No Notification",
	302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
	410: "Gone", 412: "Conditional Request Failed", 413: "Request Entity Too Large",
	414: "Request-URI Too Long", 416: "Unsupported URI Scheme", 417: "Unknown Resource-Priority",
	420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
	423: "Interval Too Brief", 428: "Use Identity Header", 429: "Provide Referrer Identity",
	430: "Flow Failed", 433: "Anonymity Disallowed", 436: "Bad Identity-Info",
	437: "Unsupported Certificate", 438: "Invalid Identity Header", 439: "First Hop Lacks Outbound Support",
	440: "Max-Breadth Exceeded", 469: "Bad Info Package", 470: "Consent Needed",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	493: "Undecipherable", 494: "Security Agreement Required",
	500: "Server Internal Error", 504: "Server Time-out", 505: "Version Not Supported",
	513: "Message Too Large", 580: "Precondition Failure",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
	607: "Unwanted", 608: "Rejected",
}

// ReasonPhrase is the standard phrase of a status, or that of its class.
func ReasonPhrase(status int) string {
	if phrase, ok := reasonPhrases[status]; ok {
		return phrase
	}
	if phrase := http.StatusText(status); phrase != "" {
		return phrase
	}
	if status/100 == 6 {
		return "Global Failure"
	}
	return http.StatusText(status / 100 * 100)
}
