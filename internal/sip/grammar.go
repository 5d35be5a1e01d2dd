package sip

import "strings"

// Character classes of RFC 3261 §25.1.
const (
	classToken  = 1 << iota // token
	classWord               // word, of which a Call-ID is made
	classUser               // user, without escapes
	classPass               // password, without escapes
	classParam              // uri-parameter, without escapes
	classHeader             // uri header, without escapes
	classURI                // what follows the scheme of an absoluteURI, without escapes
	classValue              // a parameter's value that is not quoted: token or host
)

// classHost is a token's character that may stand in a label of a host name. It is
// apart from the others, of which there are eight.
const classHost = 1 << 8

var classes = func() (table [256]uint16) {
	const alphanum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	add := func(class uint16, chars string) {
		for _, c := range []byte(alphanum + chars) {
			table[c] |= class
		}
	}
	const mark = "-_.!~*'()"
	add(classToken, "-.!%*_+`'~")
	add(classWord, "-.!%*_+`'~()<>:\\\"/[]?{}")
	add(classUser, mark+"&=+$,;?/")
	add(classPass, mark+"&=+$,")
	add(classParam, mark+"[]/:&+$")
	add(classHeader, mark+"[]/?:+$")
	add(classURI, mark+";/?:@&=+$,[]")
	add(classValue, "-.!%*_+`'~[]:")
	add(classHost, "-_")
	return table
}()

func is(class uint16, c byte) bool { return classes[c]&class != 0 }

func all(class uint16, s string) bool {
	for i := range len(s) {
		if !is(class, s[i]) {
			return false
		}
	}
	return s != ""
}

// allEscaped is all, where %HH may stand for any character.
func allEscaped(class uint16, s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			if !is(class, s[i]) {
				return false
			}
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return false
		}
		i += 2
	}
	return s != ""
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// trim cuts white space from both ends.
func trim(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// cutLine cuts at the first CRLF.
func cutLine(s string) (line, rest string) {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '\r')
		if i < 0 {
			return s, ""
		}
		if i += from; i+1 < len(s) && s[i+1] == '\n' {
			return s[:i], s[i+2:]
		}
		from = i + 1
	}
}

// number reads decimal digits up to limit; longer or other text is refused.
func number(s string, limit uint64) (uint64, bool) {
	var n uint64
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
		if n > limit {
			return 0, false
		}
	}
	return n, s != ""
}

// arena holds parameters of several values, one after the other, in few
// allocations. What was taken from it is never changed by what comes later.
type arena struct {
	kept  []HeaderKV
	start int
}

func (a *arena) begin()                 { a.start = len(a.kept) }
func (a *arena) add(name, value string) { a.kept = append(a.kept, HeaderKV{K: name, V: value}) }
func (a *arena) len() int               { return len(a.kept) - a.start }
func (a *arena) has(name string) bool   { return HeaderParams(a.kept[a.start:]).Has(name) }

// end returns what was added since begin; one who appends to it gets a copy.
func (a *arena) end() HeaderParams {
	if a.len() == 0 {
		return nil
	}
	return HeaderParams(a.kept[a.start:len(a.kept):len(a.kept)])
}

// scanner walks over one unfolded header field value.
type scanner struct {
	s    string
	pos  int
	kept *arena // for parameters
}

func (sc *scanner) skipSpace() {
	for sc.pos < len(sc.s) && isSpace(sc.s[sc.pos]) {
		sc.pos++
	}
}

// peek is the next character, or 0 at the end; no rule here accepts a null.
func (sc *scanner) peek() byte {
	if sc.pos < len(sc.s) {
		return sc.s[sc.pos]
	}
	return 0
}

func (sc *scanner) done() bool { return sc.pos >= len(sc.s) }

// take consumes c with the white space around it: SEMI, COMMA, EQUAL, SLASH and COLON.
func (sc *scanner) take(c byte) bool {
	start := sc.pos
	sc.skipSpace()
	if sc.peek() != c || sc.done() {
		sc.pos = start
		return false
	}
	sc.pos++
	sc.skipSpace()
	return true
}

// run consumes characters of a class; it is empty where there are none.
func (sc *scanner) run(class uint16) string {
	start := sc.pos
	for sc.pos < len(sc.s) && is(class, sc.s[sc.pos]) {
		sc.pos++
	}
	return sc.s[start:sc.pos]
}

// until consumes up to a character, or to the end.
func (sc *scanner) until(c byte) string {
	rest := sc.s[sc.pos:]
	if i := strings.IndexByte(rest, c); i >= 0 {
		rest = rest[:i]
	}
	sc.pos += len(rest)
	return rest
}

// untilSeparator consumes up to a semicolon, a comma, white space or, where asked
// for, a question mark, or to the end.
func (sc *scanner) untilSeparator(question bool) string {
	start := sc.pos
	for ; sc.pos < len(sc.s); sc.pos++ {
		switch c := sc.s[sc.pos]; {
		case c == ';', c == ',', c == ' ', c == '\t', c == '?' && question:
			return sc.s[start:sc.pos]
		}
	}
	return sc.s[start:]
}

// quoted consumes a quoted-string and returns what stands between the quotes,
// with its backslashes.
func (sc *scanner) quoted() (string, bool) {
	if sc.peek() != '"' {
		return "", false
	}
	start := sc.pos + 1
	for i := start; i < len(sc.s); i++ {
		switch sc.s[i] {
		case '\\':
			i++
		case '"':
			sc.pos = i + 1
			return sc.s[start:i], true
		}
	}
	return "", false
}

// maxParams bounds the parameters of one value. No header field has nearly as
// many, and looking for twins takes the square of their number.
const maxParams = 64

// params consumes *( SEMI name [ EQUAL value ] ). Names come back in lower case.
// A quoted value keeps its quotes, unless it holds white space: sipgo writes
// quotes around such a value itself.
func (sc *scanner) params() (HeaderParams, bool) {
	sc.kept.begin()
	for sc.take(';') {
		name := strings.ToLower(sc.run(classToken))
		if name == "" || sc.kept.has(name) || sc.kept.len() == maxParams {
			return nil, false
		}
		var value string
		if sc.take('=') {
			if text, ok := sc.quoted(); ok {
				// With its quotes, which stand in the text around it.
				value = sc.s[sc.pos-len(text)-2 : sc.pos]
				if strings.ContainsAny(text, " \t") {
					value = text
				}
			} else if value = sc.run(classValue); value == "" {
				return nil, false
			}
		}
		sc.kept.add(name, value)
	}
	return sc.kept.end(), true
}
