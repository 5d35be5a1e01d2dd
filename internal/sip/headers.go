package sip

import (
	"net/http"
	"strings"
	"time"
)

// headerParser turns the value of one header field into headers: several where
// the field is a list. It returns nil for a value that the grammar refuses.
type headerParser func(value string) []Header

// headerParsers are the header fields that this package reads. All others are
// kept as text (RFC 3261 §8.2: what is not needed is not judged).
var headerParsers = map[string]headerParser{
	"Via":            parseVia,
	"From":           parseFrom,
	"To":             parseTo,
	"Contact":        parseContact,
	"Route":          parseRoute,
	"Record-Route":   parseRecordRoute,
	"Call-ID":        parseCallID,
	"CSeq":           parseCSeq,
	"Max-Forwards":   parseMaxForwards,
	"Content-Length": parseContentLength,
	"Content-Type":   parseContentType,
	"Date":           parseDate,
}

// singular are the header fields that may stand once (RFC 3261 §7.3.1).
var singular = map[string]bool{
	"From": true, "To": true, "Call-ID": true, "CSeq": true, "Max-Forwards": true,
	"Content-Length": true, "Content-Type": true, "Date": true, "Expires": true,
	"Min-Expires": true, "Event": true, "Refer-To": true, "Content-Disposition": true,
}

// compactForms are the one-letter names (RFC 3261 §7.3.3 and the extensions'
// registrations with IANA).
var compactForms = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
	"e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
	"l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
	"s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
}

// canonicalNames gives the names that code asks for their usual spelling:
// sipgo compares names with case when it removes or replaces a header.
var canonicalNames = func() map[string]string {
	names := map[string]string{}
	for _, name := range []string{
		"Accept", "Allow", "Authorization", "Call-ID", "CSeq", "Expires", "Max-Forwards", "Min-Expires",
		"Path", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require", "Reason", "Record-Route",
		"Replaces", "Require", "Retry-After", "Route", "Server", "Timestamp", "Unsupported", "User-Agent",
		"WWW-Authenticate", "Warning", "Content-Disposition", "Date", "P-Asserted-Identity", "P-Preferred-Identity",
		"Privacy", "RAck", "RSeq", "Service-Route", "Authentication-Info", "Max-Breadth", "Join", "Min-SE",
	} {
		names[strings.ToLower(name)] = name
	}
	for short, name := range compactForms {
		names[short] = name
		names[strings.ToLower(name)] = name
	}
	return names
}()

func canonicalName(name string) string {
	if canonical, ok := canonicalNames[strings.ToLower(name)]; ok {
		return canonical
	}
	return name
}

// commaList applies one to each value of a comma-separated header field.
func commaList(value string, one func(*scanner) Header) []Header {
	sc := scanner{s: value}
	var headers []Header
	for {
		sc.skipSpace()
		h := one(&sc)
		if h == nil {
			return nil
		}
		headers = append(headers, h)
		sc.skipSpace()
		if sc.done() {
			return headers
		}
		if !sc.take(',') {
			return nil
		}
	}
}

// address is a name-addr or an addr-spec with the parameters behind it.
type address struct {
	name   string
	uri    URI
	params HeaderParams
}

// address consumes ( name-addr / addr-spec ) *( SEMI param ). Where angle is
// set, only a name-addr will do. Without <> a comma, question mark or semicolon
// ends the URI (RFC 3261 §20), and a question mark is then refused.
func (sc *scanner) address(angle bool) (a address, ok bool) {
	start := sc.pos
	if name, quoted := sc.quoted(); quoted {
		a.name, angle = name, true
		sc.skipSpace()
	} else {
		var words []string
		for word := sc.run(classToken); word != ""; word = sc.run(classToken) {
			words = append(words, word)
			sc.skipSpace()
		}
		a.name = strings.Join(words, " ")
	}
	var text string
	switch {
	case sc.peek() == '<':
		sc.pos++
		text = sc.until(">")
		if sc.done() {
			return a, false
		}
		sc.pos++
	case angle:
		return a, false
	default:
		sc.pos, a.name = start, ""
		text = sc.until(";,? \t")
	}
	uri, err := ParseURI(text)
	if err != nil {
		return a, false
	}
	a.uri = uri
	a.params, ok = sc.params()
	return a, ok
}

// whole is an address that is all of a header field's value.
func whole(value string) (address, bool) {
	sc := scanner{s: value}
	a, ok := sc.address(false)
	sc.skipSpace()
	return a, ok && sc.done()
}

func parseFrom(value string) []Header {
	a, ok := whole(value)
	if !ok {
		return nil
	}
	return []Header{&FromHeader{DisplayName: a.name, Address: a.uri, Params: a.params}}
}

func parseTo(value string) []Header {
	a, ok := whole(value)
	if !ok {
		return nil
	}
	return []Header{&ToHeader{DisplayName: a.name, Address: a.uri, Params: a.params}}
}

func parseContact(value string) []Header {
	if value == "*" {
		return []Header{&ContactHeader{Address: URI{Host: "*", Wildcard: true}}}
	}
	return commaList(value, func(sc *scanner) Header {
		a, ok := sc.address(false)
		if !ok {
			return nil
		}
		return &ContactHeader{DisplayName: a.name, Address: a.uri, Params: a.params}
	})
}

// parseRoute drops display names and parameters behind the <>: nothing is
// registered for either.
func parseRoute(value string) []Header {
	return commaList(value, func(sc *scanner) Header {
		a, ok := sc.address(true)
		if !ok {
			return nil
		}
		return &RouteHeader{Address: a.uri}
	})
}

func parseRecordRoute(value string) []Header {
	return commaList(value, func(sc *scanner) Header {
		a, ok := sc.address(true)
		if !ok {
			return nil
		}
		return &RecordRouteHeader{Address: a.uri}
	})
}

func parseVia(value string) []Header {
	return commaList(value, func(sc *scanner) Header {
		var part [3]string
		for i := range part {
			part[i] = sc.run(classToken)
			if part[i] == "" || i < 2 && !sc.take('/') {
				return nil
			}
		}
		if !isSpace(sc.peek()) {
			return nil
		}
		sc.skipSpace()
		sentBy := sc.until(";, \t")
		if !strings.Contains(sentBy[strings.LastIndexByte(sentBy, ']')+1:], ":") && sc.take(':') {
			sentBy += ":" + sc.run(classToken)
		}
		host, port, ok := splitHostPort(sentBy)
		if !ok {
			return nil
		}
		params, ok := sc.params()
		if !ok || !validBranch(params) {
			return nil
		}
		return &ViaHeader{
			ProtocolName: part[0], ProtocolVersion: part[1], Transport: part[2],
			Host: host, Port: port, Params: params,
		}
	})
}

// validBranch refuses a branch that is no token: it is the key of a transaction.
func validBranch(params HeaderParams) bool {
	branch, has := params.Get("branch")
	return !has || all(classToken, branch)
}

func parseCallID(value string) []Header {
	local, host, hasHost := strings.Cut(value, "@")
	if !all(classWord, local) || hasHost && !all(classWord, host) {
		return nil
	}
	h := CallIDHeader(value)
	return []Header{&h}
}

// parseCSeq bounds the number to 31 bits (RFC 3261 §8.1.1.5).
func parseCSeq(value string) []Header {
	digits, method, _ := strings.Cut(strings.ReplaceAll(value, "\t", " "), " ")
	n, ok := number(digits, 1<<31-1)
	method = strings.TrimLeft(method, " ")
	if !ok || !all(classToken, method) {
		return nil
	}
	return []Header{&CSeqHeader{SeqNo: uint32(n), MethodName: Method(method)}}
}

// parseMaxForwards bounds the number to 255 (RFC 3261 §20.22).
func parseMaxForwards(value string) []Header {
	n, ok := number(value, 255)
	if !ok {
		return nil
	}
	h := MaxForwardsHeader(n)
	return []Header{&h}
}

func parseContentLength(value string) []Header {
	n, ok := number(value, 1<<32-1)
	if !ok {
		return nil
	}
	h := ContentLengthHeader(n)
	return []Header{&h}
}

func parseContentType(value string) []Header {
	sc := scanner{s: value}
	kind := sc.run(classToken)
	if kind == "" || !sc.take('/') || sc.run(classToken) == "" {
		return nil
	}
	if _, ok := sc.params(); !ok || !sc.done() {
		return nil
	}
	h := ContentTypeHeader(value)
	return []Header{&h}
}

// parseDate takes GMT alone (RFC 3261 §20.17).
func parseDate(value string) []Header {
	if _, err := time.Parse(http.TimeFormat, value); err != nil {
		return nil
	}
	return []Header{NewHeader("Date", value)}
}
