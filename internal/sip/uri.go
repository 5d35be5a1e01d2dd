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
	scheme, rest, found := strings.Cut(s, ":")
	if len(s) > MaxURIBytes || !found || !isScheme(scheme) {
		return URI{}, errURI
	}
	scheme = strings.ToLower(scheme)
	if scheme == "sip" || scheme == "sips" {
		return parseSIPURI(scheme, rest)
	}
	if !allEscaped(classURI, rest) {
		return URI{}, errURI
	}
	// sipgo reads letters alone in a scheme, so it gets one and loses it again.
	var uri URI
	if err := sipgo.ParseUri("urn:"+rest, &uri); err != nil {
		return URI{}, errURI
	}
	uri.Scheme = scheme
	return uri, nil
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

func parseSIPURI(scheme, rest string) (URI, error) {
	uri := URI{Scheme: scheme}
	if user, after, found := strings.Cut(rest, "@"); found {
		rest = after
		user, password, hasPassword := strings.Cut(user, ":")
		if !allEscaped(classUser, user) || hasPassword && password != "" && !allEscaped(classPass, password) {
			return URI{}, errURI
		}
		uri.User, uri.Password = user, password
	}
	rest, headers, hasHeaders := strings.Cut(rest, "?")
	hostport, params, hasParams := strings.Cut(rest, ";")
	var ok bool
	if uri.Host, uri.Port, ok = splitHostPort(hostport); !ok {
		return URI{}, errURI
	}
	if hasParams {
		for param := range strings.SplitSeq(params, ";") {
			name, value, hasValue := strings.Cut(param, "=")
			if !strings.Contains(name, "%") {
				name = strings.ToLower(name)
			}
			if !allEscaped(classParam, name) || hasValue && !allEscaped(classParam, value) || uri.UriParams.Has(name) {
				return URI{}, errURI
			}
			uri.UriParams = append(uri.UriParams, HeaderKV{K: name, V: value})
		}
	}
	if hasHeaders {
		for header := range strings.SplitSeq(headers, "&") {
			// sipgo writes no equals sign before an empty value, so none is asked for.
			name, value, _ := strings.Cut(header, "=")
			if !allEscaped(classHeader, name) || value != "" && !allEscaped(classHeader, value) {
				return URI{}, errURI
			}
			uri.Headers = append(uri.Headers, HeaderKV{K: name, V: value})
		}
	}
	return uri, nil
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
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		for i := range len(label) {
			if !is(classToken, label[i]) || strings.IndexByte("!%*+`'~", label[i]) >= 0 {
				return false
			}
		}
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		last = label
	}
	if allDigits(last) || isDigit(last[0]) && strings.Count(name, ".") == 3 {
		addr, err := netip.ParseAddr(s)
		return err == nil && addr.Is4()
	}
	return true
}
