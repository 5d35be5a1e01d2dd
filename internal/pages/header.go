package pages

import (
	"net/textproto"
	"strings"
)

// ReservedHeader tells whether a function for a URL cannot set a header: one
// that belongs to the connection (RFC 9110 §7.6.1), says where the request goes,
// or would change how the answer is read.
func ReservedHeader(name string) bool {
	switch name = textproto.CanonicalMIMEHeaderKey(name); name {
	case "Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	default:
		return strings.HasPrefix(name, "Proxy-")
	}
}

// browsersHeader tells whether a browser drops a header that is not reserved
// when a page sets it: a forbidden request-header of the Fetch Standard, §2.2.2.
func browsersHeader(name string) bool {
	switch name = textproto.CanonicalMIMEHeaderKey(name); name {
	case "Accept-Charset", "Access-Control-Request-Headers", "Access-Control-Request-Method", "Cookie", "Cookie2", "Date", "Dnt", "Origin", "Referer", "Set-Cookie", "Via":
		return true
	default:
		return strings.HasPrefix(name, "Sec-")
	}
}

// IsJSON tells whether a content type is one of JSON (RFC 6839 §3.1).
func IsJSON(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}
