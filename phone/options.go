package phone

import (
	"slices"
	"strings"

	"webphone/internal/sip"
)

// Bounds of the header fields that a program adds to an INVITE.
const (
	maxHeaders     = 20
	maxHeaderValue = 1024
)

// own are fields of an INVITE that are the phone's, and the compact forms.
var own = strings.Fields(`via v from f to t call-id i cseq contact m route record-route max-forwards
	authorization proxy-authorization e c l allow supported k require proxy-require replaces user-agent`)

// fields are the options as header fields.
func (o callOptions) fields() (headers []sip.Header, err error) {
	bad := fault(ErrUnsupported, "A header of this call is not allowed. Leave it out.")
	if len(o.headers) > maxHeaders {
		return nil, bad
	}
	for _, h := range o.headers {
		name, value := h[0], h[1]
		lower := strings.ToLower(name)
		if !sip.IsToken(name) || slices.Contains(own, lower) || strings.HasPrefix(lower, "content-") ||
			len(value) > maxHeaderValue || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, bad
		}
		headers = append(headers, sip.NewHeader(name, value))
	}
	return headers, nil
}
