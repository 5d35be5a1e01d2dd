package sip

import (
	"errors"
	"net/netip"
	"strings"

	sipgo "github.com/emiago/sipgo/sip"
)

// MaxURIBytes bounds every URI. A longer Request-URI is answered with 414.
const MaxURIBytes = 2048

var errURI = errors.New("sip: the URI is malformed")

// ParseURI reads a URI strictly: SIP and SIPS URIs by RFC 3261 §19.1.1, any
// other by the characters that RFC 3986 allows, its part after the scheme kept
// as it is (URI.Raw). Escapes are checked and left as they stand. The scheme and
// the names of parameters come back in lower case, an IPv6 host in its brackets.
func ParseURI(s string) (URI, error) {
	var uri URI
	if !readURI(s, &uri, new(arena)) {
		return URI{}, errURI
	}
	return uri, nil
}

// readURI is ParseURI in place: a URI is large to be handed around.
func readURI(s string, uri *URI, params *arena) bool {
	scheme, rest, found := strings.Cut(s, ":")
	if len(s) > MaxURIBytes || !found || !isScheme(scheme) {
		return false
	}
	scheme = strings.ToLower(scheme)
	if scheme == "sip" || scheme == "sips" {
		uri.Scheme = scheme
		return readSIPURI(rest, uri, params)
	}
	if !allEscaped(classURI, rest) {
		return false
	}
	// sipgo reads letters alone in a scheme, so it gets one and loses it again.
	if err := sipgo.ParseUri("urn:"+rest, uri); err != nil {
		return false
	}
	uri.Scheme = scheme
	return true
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || !isDigit(c) && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

func readSIPURI(rest string, uri *URI, kept *arena) bool {
	if user, after, found := strings.Cut(rest, "@"); found {
		rest = after
		user, password, hasPassword := strings.Cut(user, ":")
		if !allEscaped(classUser, user) || hasPassword && password != "" && !allEscaped(classPass, password) {
			return false
		}
		uri.User, uri.Password = user, password
	}
	rest, headers, hasHeaders := strings.Cut(rest, "?")
	hostport, params, hasParams := strings.Cut(rest, ";")
	var ok bool
	if uri.Host, uri.Port, ok = splitHostPort(hostport); !ok {
		return false
	}
	if hasParams {
		kept.begin()
		for more := true; more; {
			var param string
			param, params, more = strings.Cut(params, ";")
			name, value, hasValue := strings.Cut(param, "=")
			if strings.IndexByte(name, '%') < 0 {
				name = strings.ToLower(name)
			}
			if !allEscaped(classParam, name) || hasValue && !allEscaped(classParam, value) || kept.has(name) {
				return false
			}
			kept.add(name, value)
		}
		uri.UriParams = kept.end()
	}
	if hasHeaders {
		for header := range strings.SplitSeq(headers, "&") {
			// sipgo writes no equals sign before an empty value, so none is asked for.
			name, value, _ := strings.Cut(header, "=")
			if !allEscaped(classHeader, name) || value != "" && !allEscaped(classHeader, value) {
				return false
			}
			uri.Headers = append(uri.Headers, HeaderKV{K: name, V: value})
		}
	}
	return true
}

// splitHostPort reads host [ ":" port ] (RFC 3261 §25.1). port is 0 where none stands.
func splitHostPort(s string) (host string, port int, ok bool) {
	host, digits, hasPort := s, "", false
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, digits, hasPort = s[:i], s[i+1:], true
	}
	if hasPort {
		n, ok := number(digits, 65535)
		if !ok || n == 0 {
			return "", 0, false
		}
		port = int(n)
	}
	return host, port, isHost(host)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isHost accepts a host name, an IPv4 address and an IPv6 address in brackets.
// An underscore is let through: it stands in host names of real networks.
func isHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	name := strings.TrimSuffix(s, ".")
	start, dots := 0, 0 // of the label, and before it
	for i := range len(name) {
		switch c := name[i]; {
		case c == '.':
			if i == start || name[i-1] == '-' {
				return false
			}
			start, dots = i+1, dots+1
		case !is(classHost, c) || c == '-' && i == start:
			return false
		}
	}
	last := name[start:]
	if last == "" || last[len(last)-1] == '-' {
		return false
	}
	if isDigit(last[0]) && (dots == 3 || allDigits(last)) {
		addr, err := netip.ParseAddr(s)
		return err == nil && addr.Is4()
	}
	return true
}
