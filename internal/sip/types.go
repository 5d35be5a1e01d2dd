package sip

import sipgo "github.com/emiago/sipgo/sip"

// The message types are aliases, so that sipgo is named in this package alone.
type (
	Message      = sipgo.Message
	Request      = sipgo.Request
	Response     = sipgo.Response
	Method       = sipgo.RequestMethod
	URI          = sipgo.Uri
	HeaderParams = sipgo.HeaderParams
	HeaderKV     = sipgo.HeaderKV

	Header              = sipgo.Header
	ViaHeader           = sipgo.ViaHeader
	FromHeader          = sipgo.FromHeader
	ToHeader            = sipgo.ToHeader
	ContactHeader       = sipgo.ContactHeader
	CallIDHeader        = sipgo.CallIDHeader
	CSeqHeader          = sipgo.CSeqHeader
	MaxForwardsHeader   = sipgo.MaxForwardsHeader
	ContentLengthHeader = sipgo.ContentLengthHeader
	ContentTypeHeader   = sipgo.ContentTypeHeader
	RouteHeader         = sipgo.RouteHeader
	RecordRouteHeader   = sipgo.RecordRouteHeader
)

// The methods that this project speaks. Others pass through unchanged.
const (
	INVITE    = sipgo.INVITE
	ACK       = sipgo.ACK
	CANCEL    = sipgo.CANCEL
	BYE       = sipgo.BYE
	REGISTER  = sipgo.REGISTER
	OPTIONS   = sipgo.OPTIONS
	SUBSCRIBE = sipgo.SUBSCRIBE
	NOTIFY    = sipgo.NOTIFY
	REFER     = sipgo.REFER
	INFO      = sipgo.INFO
	MESSAGE   = sipgo.MESSAGE
	PRACK     = sipgo.PRACK
	UPDATE    = sipgo.UPDATE
	PUBLISH   = sipgo.PUBLISH
)

// MagicCookie begins the branch of every RFC 3261 element (§8.1.1.7).
const MagicCookie = sipgo.RFC3261BranchMagicCookie

// NewHeader makes a header field that has no type of its own.
func NewHeader(name, value string) Header { return sipgo.NewHeader(name, value) }

// NewRequest makes a request without header fields.
func NewRequest(method Method, uri URI) *Request { return sipgo.NewRequest(method, uri) }
