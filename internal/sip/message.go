package sip

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"
)

// Bounds of a message. A message beyond them is refused with 513 or 400.
const (
	// MaxMessageBytes is the largest message, header and body together.
	MaxMessageBytes = 65536
	// MaxHeaders is the largest number of header field values, those of a
	// comma-separated list counted one by one, and of continuation lines.
	MaxHeaders = 128
)

// SyntaxError says why a message was refused and how to answer it.
type SyntaxError struct {
	// Status is the answer: 400, 414, 505 or 513. 0 means that the message is
	// dropped in silence: it is a response or an ACK, or it has no Via.
	Status int
	// Reason is one sentence for the answer's reason phrase and for the log. It
	// holds nothing of the message but the names of header fields.
	Reason string
	// Request holds what the answer is built from (Via, From, To, Call-ID and
	// CSeq), as far as they stood in the message; nil when Status is 0.
	Request *Request
}

func (e *SyntaxError) Error() string { return "sip: " + e.Reason }

// Parse reads one message, which is all of data as in a datagram or a WebSocket
// message (RFC 3261 §18.3, RFC 7118 §5): octets beyond Content-Length are
// ignored, and a missing Content-Length means all the rest. It is strict in
// everything that RFC 4475 calls invalid. An error is a *SyntaxError.
//
// Compact and odd spellings of header names become the usual ones, a list of
// addresses or Vias becomes one header per value, and folded lines become one.
func Parse(data []byte) (Message, error) { return parse(data, MaxHeaders) }

func parse(data []byte, maxHeaders int) (Message, error) {
	p := parsers.Get().(*parser)
	p.maxHeaders = maxHeaders
	msg, err := p.parse(data)
	// What it read is not kept from being freed.
	clear(p.fields)
	*p = parser{fields: p.fields[:0]}
	parsers.Put(p)
	if err != nil {
		return nil, err
	}
	return msg, nil
}

var parsers = sync.Pool{New: func() any { return &parser{fields: make([]field, 0, 24)} }}

// parser holds what was read so far, so that a refusal can be answered.
type parser struct {
	maxHeaders int
	startLine  string
	fields     []field
	// visible is set where the header is plain without a closer look.
	visible bool
}

// field is one header field, unfolded, under its usual name.
type field struct {
	kind        fieldKind
	name, value string
}

func (p *parser) parse(data []byte) (Message, *SyntaxError) {
	// CRLFs before the start line are leftovers of keep-alives (RFC 3261 §7.5).
	for bytes.HasPrefix(data, []byte("\r\n")) {
		data = data[2:]
	}
	body, problem := p.split(data)
	if len(data) > MaxMessageBytes {
		return nil, p.refuse(513, "Message Too Large")
	}
	msg, refusal := p.parseStartLine()
	if refusal != nil {
		return nil, refusal
	}
	if problem != "" {
		return nil, p.refuse(400, problem)
	}
	if err := p.addHeaders(msg); err != nil {
		return nil, err
	}
	if err := p.addBody(msg, body); err != nil {
		return nil, err
	}
	return msg, nil
}

// split cuts the message into the start line, unfolded fields and the body. It
// goes on after a problem, so that what there is can be used in an answer.
func (p *parser) split(data []byte) (body []byte, problem string) {
	note := func(what string) {
		if problem == "" {
			problem = what
		}
	}
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end >= 0 {
		data, body = data[:end], data[end+4:]
	} else {
		note("No Empty Line After The Header")
	}
	// One copy for all lines: the message outlives the buffer that it was read into.
	text := string(data)
	p.visible = true
	folds := 0
	for first := true; text != ""; first = false {
		var line string
		line, text = cutLine(text)
		seen := visible(line)
		p.visible = p.visible && seen
		switch {
		case first:
			p.startLine = line
			if !seen && !plain(line) {
				note("Control Character In The Start Line")
			}
		case isSpace(line[0]):
			if len(p.fields) == 0 {
				note("Space Before The First Header Field")
				break
			}
			// Each line copies those before it, so they are counted.
			if folds++; folds > p.maxHeaders {
				note("Too Many Continuation Lines")
				return nil, problem
			}
			last := &p.fields[len(p.fields)-1]
			last.value = trim(last.value + " " + trim(line))
		default:
			if len(p.fields) == p.maxHeaders {
				note("Too Many Header Fields")
				return nil, problem
			}
			name, value, found := strings.Cut(line, ":")
			if name != "" && isSpace(name[len(name)-1]) {
				name = trim(name)
			}
			if !found || !all(classToken, name) {
				note("Malformed Header Field Name")
				continue
			}
			kind, name := kindOf(name)
			p.fields = append(p.fields, field{kind, name, trim(value)})
		}
	}
	return body, problem
}

// plain reports whether text holds no control character but in a quoted pair
// (RFC 3261 §25.1), and is UTF-8.
func plain[T string | []byte](text T) bool {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(text) && text[i+1] != '\r' && text[i+1] != '\n':
			i++
		case c < ' ' && c != '\t' || c == 0x7f:
			return false
		}
	}
	return utf8.ValidString(string(text))
}

// parseStartLine reads Request-Line and Status-Line (RFC 3261 §7.1, §7.2).
func (p *parser) parseStartLine() (Message, *SyntaxError) {
	if p.isResponse() {
		version, rest, _ := strings.Cut(p.startLine, " ")
		digits, reason, spaced := strings.Cut(rest, " ")
		status, ok := number(digits, 699)
		if !strings.EqualFold(version, "SIP/2.0") || !ok || len(digits) != 3 || status < 100 || !spaced {
			return nil, p.refuse(400, "Malformed Status Line")
		}
		return newResponse(int(status), reason), nil
	}
	method, rest, _ := strings.Cut(p.startLine, " ")
	target, version, found := strings.Cut(rest, " ")
	if !found || !all(classToken, method) || strings.IndexByte(version, ' ') >= 0 {
		return nil, p.refuse(400, "Malformed Request Line")
	}
	if !strings.EqualFold(version, "SIP/2.0") {
		if isVersion(version) {
			return nil, p.refuse(505, "Version Not Supported")
		}
		return nil, p.refuse(400, "Malformed Request Line")
	}
	if len(target) > MaxURIBytes {
		return nil, p.refuse(414, "Request-URI Too Long")
	}
	req := NewRequest(Method(method), URI{})
	if !readURI(target, &req.Recipient, new(arena)) {
		return nil, p.refuse(400, "Malformed Request-URI")
	}
	if len(req.Recipient.Headers) > 0 {
		return nil, p.refuse(400, "Header Fields In The Request-URI")
	}
	return req, nil
}

func isVersion(s string) bool {
	if len(s) < 4 || !strings.EqualFold(s[:4], "SIP/") {
		return false
	}
	major, minor, _ := strings.Cut(s[4:], ".")
	_, ok1 := number(major, 1<<32)
	_, ok2 := number(minor, 1<<32)
	return ok1 && ok2
}

func (p *parser) isResponse() bool {
	return len(p.startLine) >= 4 && strings.EqualFold(p.startLine[:4], "SIP/")
}

// addHeaders judges the fields and hands them to the message.
func (p *parser) addHeaders(msg Message) *SyntaxError {
	var seen fieldSet
	count := 0
	usual := &usualHeaders{}
	usual.params.kept = usual.few[:0]
	for i := range p.fields {
		f := &p.fields[i]
		if !p.visible && !plain(f.value) {
			return p.refuse(400, "Control Character In "+f.name)
		}
		if f.kind != otherField {
			if seen.has(f.kind) && f.kind <= lastSingular {
				return p.refuse(400, "More Than One "+f.name)
			}
			seen.add(f.kind)
		}
		added := 1
		if read := headerParsers[f.kind]; read == nil {
			msg.AppendHeader(NewHeader(f.name, f.value))
		} else if added = read(msg, usual, f.value, p.maxHeaders-count); added == 0 {
			return p.refuse(400, "Malformed "+f.name)
		}
		if count += added; count > p.maxHeaders {
			return p.refuse(400, "Too Many Header Fields")
		}
	}
	for _, kind := range mandatory {
		if !seen.has(kind) {
			return p.refuse(400, "Missing "+kindNames[kind])
		}
	}
	if req, ok := msg.(*Request); ok && req.CSeq().MethodName != req.Method {
		return p.refuse(400, "CSeq Names Another Method")
	}
	return nil
}

func (p *parser) addBody(msg Message, body []byte) *SyntaxError {
	if length := msg.ContentLength(); length != nil {
		if uint64(*length) > uint64(len(body)) {
			return p.refuse(400, "Content-Length Beyond The End")
		}
		body = body[:*length]
	}
	if len(body) > 0 {
		// The message outlives the buffer that it was read into.
		msg.SetBody(bytes.Clone(body))
	}
	return nil
}

// refuse makes the error, with all that an answer can be built from.
func (p *parser) refuse(status int, reason string) *SyntaxError {
	e := &SyntaxError{Reason: reason}
	method, _, _ := strings.Cut(p.startLine, " ")
	if p.isResponse() || method == string(ACK) {
		return e
	}
	req := NewRequest(Method(method), URI{})
	answerable := false
	seen := map[string]bool{}
	for _, f := range p.fields {
		switch f.name {
		case "Via":
			answerable = true
		case "From", "To", "Call-ID", "CSeq":
			if seen[f.name] {
				continue
			}
		default:
			continue
		}
		seen[f.name] = true
		req.AppendHeader(NewHeader(f.name, printable(f.value)))
	}
	if !answerable {
		return e
	}
	e.Status, e.Request = status, req
	return e
}

// visible reports whether text is ASCII without control characters: then it needs
// no closer look. It looks at eight characters at once.
func visible(text string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := uint64(text[i]) | uint64(text[i+1])<<8 | uint64(text[i+2])<<16 | uint64(text[i+3])<<24 |
			uint64(text[i+4])<<32 | uint64(text[i+5])<<40 | uint64(text[i+6])<<48 | uint64(text[i+7])<<56
		// The high bit of a byte is set where it was, or where the byte is below
		// space or is DEL; a borrow or carry only ever sets more.
		if (w|(w-ones*' ')|(w+ones))&high != 0 {
			return false
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// printable replaces what must not be sent back: control characters, with which
// a malformed field could write lines of its own into the answer.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
