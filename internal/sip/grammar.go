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

var classes = func() (table [256]uint8) {
	const alphanum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	add := func(class uint8, chars string) {
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
	return table
}()

func is(class uint8, c byte) bool { return classes[c]&class != 0 }

func all(class uint8, s string) bool {
	for i := range len(s) {
		if !is(class, s[i]) {
			return false
		}
	}
	return s != ""
}

// allEscaped is all, where %HH may stand for any character.
func allEscaped(class uint8, s string) bool {
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

// scanner walks over one unfolded header field value.
type scanner struct {
	s   string
	pos int
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
func (sc *scanner) run(class uint8) string {
	start := sc.pos
	for sc.pos < len(sc.s) && is(class, sc.s[sc.pos]) {
		sc.pos++
	}
	return sc.s[start:sc.pos]
}

// until consumes up to the first of the characters, or to the end.
func (sc *scanner) until(chars string) string {
	start := sc.pos
	for sc.pos < len(sc.s) && strings.IndexByte(chars, sc.s[sc.pos]) < 0 {
		sc.pos++
	}
	return sc.s[start:sc.pos]
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
	var params HeaderParams
	for sc.take(';') {
		name := strings.ToLower(sc.run(classToken))
		if name == "" || params.Has(name) || len(params) == maxParams {
			return nil, false
		}
		var value string
		if sc.take('=') {
			if text, ok := sc.quoted(); ok {
				value = `"` + text + `"`
				if strings.ContainsAny(text, " \t") {
					value = text
				}
			} else if value = sc.run(classValue); value == "" {
				return nil, false
			}
		}
		params = append(params, HeaderKV{K: name, V: value})
	}
	return params, true
}
