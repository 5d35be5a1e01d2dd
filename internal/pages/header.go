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
