package edge

import (
	"net/url"
	"strings"

	"webphone/internal/sip"
)

// values returns the comma-separated values of a header field in order, for
// fields whose values are tokens.
func values(msg sip.Message, name string) []string {
	var all []string
	for _, header := range fields(msg, name) {
		for value := range strings.SplitSeq(header.Value(), ",") {
			if value = strings.TrimSpace(value); value != "" {
				all = append(all, value)
			}
		}
	}
	return all
}

// fields returns a header field's lines. Compact forms were resolved by the parser.
func fields(msg sip.Message, name string) []sip.Header {
	return sip.Fields(msg, name)
}

// removeAll removes every line of a header field.
func removeAll(msg interface {
	sip.Message
	RemoveHeader(name string) bool
}, name string) {
	for _, line := range fields(msg, name) {
		msg.RemoveHeader(line.Name())
	}
}

func has(list []string, token string) bool {
	for _, item := range list {
		if strings.EqualFold(item, token) {
			return true
		}
	}
	return false
}

func tag(params sip.HeaderParams) string {
	value, _ := params.Get("tag")
	return value
}

// userOf is the user of a sip: or sips: URI unescaped, or the number of a tel:
// URI without its visual separators (RFC 3966 §5).
func userOf(uri sip.URI) string {
	if strings.EqualFold(uri.Scheme, "tel") {
		number, _, _ := strings.Cut(uri.Raw(), ";")
		return strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(number)
	}
	if user, err := url.PathUnescape(uri.User); err == nil {
		return user
	}
	return uri.User
}

// contactKey is a contact URI in the form by which two are compared; the host
// is not case-sensitive (RFC 3261 §19.1.4).
func contactKey(uri sip.URI) string {
	uri.Host = strings.ToLower(uri.Host)
	uri.Headers = nil
	return sip.URIString(&uri)
}

func hostOf(uri sip.URI) string {
	return strings.ToLower(strings.Trim(uri.Host, "[]"))
}
