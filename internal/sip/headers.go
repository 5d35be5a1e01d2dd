package sip

import (
	"net/http"
	"strings"
	"time"
)

// fieldKind tells apart the header fields that this package has rules for.
type fieldKind uint8

const (
	otherField fieldKind = iota
	// Those up to lastSingular may stand once (RFC 3261 §7.3.1).
	fieldFrom
	fieldTo
	fieldCallID
	fieldCSeq
	fieldMaxForwards
	fieldContentLength
	fieldContentType
	fieldDate
	fieldExpires
	fieldMinExpires
	fieldEvent
	fieldReferTo
	fieldContentDisposition
	fieldVia
	fieldContact
	fieldRoute
	fieldRecordRoute
	fieldKinds

	lastSingular = fieldContentDisposition
)

var kindNames = [fieldKinds]string{
	fieldFrom: "From", fieldTo: "To", fieldCallID: "Call-ID", fieldCSeq: "CSeq", fieldMaxForwards: "Max-Forwards",
	fieldContentLength: "Content-Length", fieldContentType: "Content-Type", fieldDate: "Date", fieldExpires: "Expires",
	fieldMinExpires: "Min-Expires", fieldEvent: "Event", fieldReferTo: "Refer-To",
	fieldContentDisposition: "Content-Disposition", fieldVia: "Via", fieldContact: "Contact", fieldRoute: "Route",
	fieldRecordRoute: "Record-Route",
}

// mandatory stand in every message (RFC 3261 §8.1.1, §8.2.6.2).
var mandatory = [...]fieldKind{fieldVia, fieldFrom, fieldTo, fieldCallID, fieldCSeq}

// fieldSet are the kinds that were seen.
type fieldSet uint32

func (s fieldSet) has(kind fieldKind) bool { return s&(1<<kind) != 0 }
func (s *fieldSet) add(kind fieldKind)     { *s |= 1 << kind }

// headerParser adds the headers that the value of one field means to the message:
// several where the field is a list, of most at most and one. It returns how many,
// and 0 for a value that the grammar refuses.
type headerParser func(msg Message, usual *usualHeaders, value string, most int) int

// usualHeaders are those of every message, in one allocation. A message is kept or
// dropped as a whole, and so are they.
type usualHeaders struct {
	via           ViaHeader
	from          FromHeader
	to            ToHeader
	callID        CallIDHeader
	cseq          CSeqHeader
	maxForwards   MaxForwardsHeader
	contentLength ContentLengthHeader
	contentType   ContentTypeHeader
	contact       ContactHeader
	viaTaken      bool
	contactTaken  bool
	params        arena
	few           [12]HeaderKV
}

// headerParsers are of the header fields that this package reads. All others are
// kept as text (RFC 3261 §8.2: what is not needed is not judged).
var headerParsers = [fieldKinds]headerParser{
	fieldVia:           parseVia,
	fieldFrom:          parseFrom,
	fieldTo:            parseTo,
	fieldContact:       parseContact,
	fieldRoute:         parseRoute,
	fieldRecordRoute:   parseRecordRoute,
	fieldCallID:        parseCallID,
	fieldCSeq:          parseCSeq,
	fieldMaxForwards:   parseMaxForwards,
	fieldContentLength: parseContentLength,
	fieldContentType:   parseContentType,
	fieldDate:          parseDate,
}

// compactForms are the one-letter names (RFC 3261 §7.3.3 and the extensions'
// registrations with IANA).
var compactForms = map[string]string{
	"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
	"e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
	"l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
	"s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
}

// namedField is a header field under its usual spelling.
type namedField struct {
	kind fieldKind
	name string
}

// namedFields gives the names that code asks for their usual spelling: sipgo
// compares names with case when it removes or replaces a header.
var namedFields = func() map[string]namedField {
	names := map[string]namedField{}
	add := func(name string) namedField {
		known := namedField{name: name}
		for kind, own := range kindNames {
			if own == name {
				known.kind = fieldKind(kind)
			}
		}
		// The usual spelling is found at once, others in lower case.
		names[name], names[strings.ToLower(name)] = known, known
		return known
	}
	for _, name := range []string{
		"Accept", "Allow", "Authorization", "Call-ID", "CSeq", "Expires", "Max-Forwards", "Min-Expires",
		"Path", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require", "Reason", "Record-Route",
		"Replaces", "Require", "Retry-After", "Route", "Server", "Timestamp", "Unsupported", "User-Agent",
		"WWW-Authenticate", "Warning", "Content-Disposition", "Date", "P-Asserted-Identity", "P-Preferred-Identity",
		"Privacy", "RAck", "RSeq", "Service-Route", "Authentication-Info", "Max-Breadth", "Join", "Min-SE",
	} {
		add(name)
	}
	for short, name := range compactForms {
		names[short] = add(name)
	}
	return names
}()

// kindOf gives a name its usual spelling.
func kindOf(name string) (fieldKind, string) {
	// Those of nearly every message, without a look into the map.
	switch name {
	case "Via":
		return fieldVia, name
	case "From":
		return fieldFrom, name
	case "To":
		return fieldTo, name
	case "Call-ID":
		return fieldCallID, name
	case "CSeq":
		return fieldCSeq, name
	case "Contact":
		return fieldContact, name
	case "Max-Forwards":
		return fieldMaxForwards, name
	case "Content-Length":
		return fieldContentLength, name
	case "Content-Type":
		return fieldContentType, name
	case "Record-Route":
		return fieldRecordRoute, name
	case "Route":
		return fieldRoute, name
	case "Expires":
		return fieldExpires, name
	case "Allow", "Supported", "User-Agent", "Authorization", "Proxy-Authorization", "Server", "Accept":
		return otherField, name
	}
	known, ok := namedFields[name]
	if !ok {
		known, ok = namedFields[strings.ToLower(name)]
	}
	if !ok {
		return otherField, name
	}
	return known.kind, known.name
}

// commaList adds what one makes of each value of a comma-separated header field,
// and stops beyond most.
func commaList(msg Message, usual *usualHeaders, value string, most int, one func(*scanner) Header) (count int) {
	sc := scanner{s: value, kept: &usual.params}
	for count <= most {
		sc.skipSpace()
		h := one(&sc)
		if h == nil {
			return 0
		}
		msg.AppendHeader(h)
		count++
		sc.skipSpace()
		if sc.done() {
			return count
		}
		if !sc.take(',') {
			return 0
		}
	}
	return count
}

// address consumes ( name-addr / addr-spec ) *( SEMI param ), in place. Where angle
// is set, only a name-addr will do. Without <> a comma, question mark or semicolon
// ends the URI (RFC 3261 §20), and a question mark is then refused.
func (sc *scanner) address(angle bool, name *string, uri *URI, params *HeaderParams) (ok bool) {
	start := sc.pos
	if text, quoted := sc.quoted(); quoted {
		*name, angle = text, true
		sc.skipSpace()
	} else {
		words := 0
		for sc.run(classToken) != "" {
			words++
			*name = sc.s[start:sc.pos]
			sc.skipSpace()
		}
		if words > 1 {
			*name = strings.Join(strings.Fields(*name), " ")
		}
	}
	var text string
	switch {
	case sc.peek() == '<':
		sc.pos++
		text = sc.until('>')
		if sc.done() {
			return false
		}
		sc.pos++
	case angle:
		return false
	default:
		sc.pos, *name = start, ""
		text = sc.untilSeparator(true)
	}
	if !readURI(text, uri, sc.kept) {
		return false
	}
	*params, ok = sc.params()
	return ok
}

// whole is an address that is all of a header field's value.
func whole(usual *usualHeaders, value string, name *string, uri *URI, params *HeaderParams) bool {
	sc := scanner{s: value, kept: &usual.params}
	if !sc.address(false, name, uri, params) {
		return false
	}
	sc.skipSpace()
	return sc.done()
}

func parseFrom(msg Message, usual *usualHeaders, value string, _ int) int {
	h := &usual.from
	if !whole(usual, value, &h.DisplayName, &h.Address, &h.Params) {
		return 0
	}
	msg.AppendHeader(h)
	return 1
}

func parseTo(msg Message, usual *usualHeaders, value string, _ int) int {
	h := &usual.to
	if !whole(usual, value, &h.DisplayName, &h.Address, &h.Params) {
		return 0
	}
	msg.AppendHeader(h)
	return 1
}

func parseContact(msg Message, usual *usualHeaders, value string, most int) int {
	if value == "*" {
		msg.AppendHeader(&ContactHeader{Address: URI{Host: "*", Wildcard: true}})
		return 1
	}
	return commaList(msg, usual, value, most, func(sc *scanner) Header {
		contact := &usual.contact
		if usual.contactTaken {
			contact = &ContactHeader{}
		}
		usual.contactTaken = true
		if !sc.address(false, &contact.DisplayName, &contact.Address, &contact.Params) {
			return nil
		}
		return contact
	})
}

// parseRoute drops display names and parameters behind the <>: nothing is
// registered for either.
func parseRoute(msg Message, usual *usualHeaders, value string, most int) int {
	return commaList(msg, usual, value, most, func(sc *scanner) Header {
		var name string
		var params HeaderParams
		h := &RouteHeader{}
		if !sc.address(true, &name, &h.Address, &params) {
			return nil
		}
		return h
	})
}

func parseRecordRoute(msg Message, usual *usualHeaders, value string, most int) int {
	return commaList(msg, usual, value, most, func(sc *scanner) Header {
		var name string
		var params HeaderParams
		h := &RecordRouteHeader{}
		if !sc.address(true, &name, &h.Address, &params) {
			return nil
		}
		return h
	})
}

func parseVia(msg Message, usual *usualHeaders, value string, most int) int {
	return commaList(msg, usual, value, most, func(sc *scanner) Header {
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
		sentBy := sc.untilSeparator(false)
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
		via := &usual.via
		if usual.viaTaken {
			via = &ViaHeader{}
		}
		usual.viaTaken = true
		*via = ViaHeader{
			ProtocolName: part[0], ProtocolVersion: part[1], Transport: part[2],
			Host: host, Port: port, Params: params,
		}
		return via
	})
}

// validBranch refuses a branch that is no token: it is the key of a transaction.
func validBranch(params HeaderParams) bool {
	branch, has := params.Get("branch")
	return !has || all(classToken, branch)
}

func parseCallID(msg Message, usual *usualHeaders, value string, _ int) int {
	local, host, hasHost := strings.Cut(value, "@")
	if !all(classWord, local) || hasHost && !all(classWord, host) {
		return 0
	}
	usual.callID = CallIDHeader(value)
	msg.AppendHeader(&usual.callID)
	return 1
}

// parseCSeq bounds the number to 31 bits (RFC 3261 §8.1.1.5).
func parseCSeq(msg Message, usual *usualHeaders, value string, _ int) int {
	digits, method, _ := strings.Cut(strings.ReplaceAll(value, "\t", " "), " ")
	n, ok := number(digits, 1<<31-1)
	method = strings.TrimLeft(method, " ")
	if !ok || !all(classToken, method) {
		return 0
	}
	usual.cseq = CSeqHeader{SeqNo: uint32(n), MethodName: Method(method)}
	msg.AppendHeader(&usual.cseq)
	return 1
}

// parseMaxForwards bounds the number to 255 (RFC 3261 §20.22).
func parseMaxForwards(msg Message, usual *usualHeaders, value string, _ int) int {
	n, ok := number(value, 255)
	if !ok {
		return 0
	}
	usual.maxForwards = MaxForwardsHeader(n)
	msg.AppendHeader(&usual.maxForwards)
	return 1
}

func parseContentLength(msg Message, usual *usualHeaders, value string, _ int) int {
	n, ok := number(value, 1<<32-1)
	if !ok {
		return 0
	}
	usual.contentLength = ContentLengthHeader(n)
	msg.AppendHeader(&usual.contentLength)
	return 1
}

func parseContentType(msg Message, usual *usualHeaders, value string, _ int) int {
	sc := scanner{s: value, kept: &usual.params}
	kind := sc.run(classToken)
	if kind == "" || !sc.take('/') || sc.run(classToken) == "" {
		return 0
	}
	if _, ok := sc.params(); !ok || !sc.done() {
		return 0
	}
	usual.contentType = ContentTypeHeader(value)
	msg.AppendHeader(&usual.contentType)
	return 1
}

// parseDate takes GMT alone (RFC 3261 §20.17).
func parseDate(msg Message, _ *usualHeaders, value string, _ int) int {
	if _, err := time.Parse(http.TimeFormat, value); err != nil {
		return 0
	}
	msg.AppendHeader(NewHeader("Date", value))
	return 1
}
