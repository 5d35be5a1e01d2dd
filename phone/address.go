package phone

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"webphone/internal/sip"
)

// maxAddress bounds an address, in characters.
const maxAddress = 256

var (
	separators = regexp.MustCompile(`[\s.()\-\x{2010}-\x{2015}\x{a0}]`)
	numberForm = regexp.MustCompile(`(?i)^\+?[0-9*#a-d]+$`)
	dialable   = regexp.MustCompile(`[0-9]|^[*#]`)
)

// toURI makes the URI for a number, user@host, a sip:, sips: or tel: URI, or a
// service name. Visual separators of numbers (RFC 3966 §5.1.1) and header fields
// of URIs are left out.
func toURI(address, realm string) (sip.URI, error) {
	undiallable := fault(ErrUnsupported, "This is not a number or an address. Check it and dial again.")
	text := strings.TrimSpace(address)
	if text == "" || len([]rune(text)) > maxAddress || strings.ContainsFunc(text, unicode.IsControl) {
		return sip.URI{}, undiallable
	}
	parse := func(text string) (sip.URI, error) {
		uri, err := sip.ParseURI(text)
		if err != nil || uri.User == "" {
			return sip.URI{}, undiallable
		}
		return uri, nil
	}
	scheme, rest, _ := strings.Cut(text, ":")
	scheme = strings.ToLower(scheme)
	if scheme == "sip" || scheme == "sips" {
		text, _, _ = strings.Cut(text, "?")
		return parse(text)
	}
	number, isTel := text, scheme == "tel"
	if isTel {
		number, _, _ = strings.Cut(rest, ";")
	}
	number = separators.ReplaceAllString(number, "")
	switch {
	case numberForm.MatchString(number) && (isTel || dialable.MatchString(number)):
		phone := ""
		if isTel {
			phone = ";user=phone"
		}
		return parse("sip:" + escapeUser(number) + "@" + realm + phone)
	case isTel || strings.ContainsFunc(text, unicode.IsSpace):
		return sip.URI{}, undiallable
	}
	user, host := text, realm
	if i := strings.LastIndexByte(text, '@'); i > 0 && i < len(text)-1 {
		user, host = text[:i], text[i+1:]
	}
	return parse("sip:" + escapeUser(user) + "@" + host)
}

// shown is what a person calls this address within the realm: the number alone,
// or user@host.
func shown(uri sip.URI, realm string) string {
	if uri.Host == "" {
		return uri.String()
	}
	user, err := url.PathUnescape(uri.User)
	if err != nil {
		user = uri.User
	}
	host := strings.ToLower(uri.Host)
	switch {
	case user == "":
		return host
	case host == strings.ToLower(realm):
		return user
	}
	return user + "@" + host
}

// escapeUser escapes what a user part may not hold (RFC 3261 §25.1).
func escapeUser(text string) string {
	const kept = "-_.!~*'()&=+$,"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c < 0x80 && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(kept, c) >= 0) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	return b.String()
}
