package functions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"webphone/internal/pages"
)

// Bounds of a filled request.
const (
	maxURL    = 8 << 10
	maxHeader = 8 << 10
	maxBody   = 256 << 10
)

// placeholder is {{env.NAME}}, {{data.member.member}} or {{data}} for all of it,
// with or without blanks inside the braces. Braces around anything else stay as
// they are. A page that calls a URL itself fills in the same way:
// test/conformance/placeholders.json holds both to it.
var placeholder = regexp.MustCompile(`\{\{\s*((?:env|data)(?:\.[A-Za-z0-9_$-]+)*)\s*\}\}`)

// values are what placeholders stand for.
type values struct {
	env map[string]string
	// data is JSON, as the visitor sent it, or nothing.
	data json.RawMessage
}

// value is what one placeholder stands for.
type value struct {
	// text stands where only text can: a string as it is, anything else as JSON.
	text string
	// json stands outside of quotes in JSON.
	json string
}

// find looks up a placeholder's name.
func (v values) find(name string) (value, error) {
	source, rest, more := strings.Cut(name, ".")
	if source == "env" {
		text, set := v.env[rest]
		switch {
		case !set:
			return value{}, &Error{Kind: Unset, What: fmt.Sprintf("{{%s}}: that environment variable has no value", name)}
		case json.Valid([]byte(text)):
			// Unlike a visitor's, a variable that is JSON itself stays it.
			return value{text, text}, nil
		}
		return value{text, quote(text)}, nil
	}
	at := v.data
	if more {
		for key := range strings.SplitSeq(rest, ".") {
			at = member(at, key)
		}
	}
	var text string
	var compact bytes.Buffer
	switch err := json.Compact(&compact, at); {
	case err != nil, compact.String() == "null":
		return value{}, &Error{Kind: Input, What: fmt.Sprintf("{{%s}} is missing in the data that it was called with", name)}
	case json.Unmarshal(at, &text) == nil:
		return value{text, quote(text)}, nil
	}
	return value{compact.String(), compact.String()}, nil
}

// member returns what stands under a key of an object or at an index of a list,
// or nothing.
func member(at json.RawMessage, key string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(at, &object) == nil {
		return object[key]
	}
	var list []json.RawMessage
	i, err := strconv.Atoi(key)
	if err != nil || strconv.Itoa(i) != key || json.Unmarshal(at, &list) != nil || i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

// unescape takes back what encoding/json escapes though JSON does not ask for it
// (RFC 8259 §7), so that text is written as JSON.stringify() does in a page. A
// backslash of the text comes first: what follows it is no escape.
var unescape = strings.NewReplacer(`\\`, `\\`, `\u0026`, "&", `\u003c`, "<", `\u003e`, ">", `\u2028`, "\u2028", `\u2029`, "\u2029")

// quote writes text as a JSON string.
func quote(text string) string {
	// A string always has a form in JSON.
	encoded, _ := json.Marshal(text)
	return unescape.Replace(string(encoded))
}

// fill replaces every placeholder of a template by what write makes of its
// value; before is the template up to there.
func (v values) fill(template string, most int, write func(value value, before string) string) (string, error) {
	var filled strings.Builder
	rest := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(template, -1) {
		found, err := v.find(template[at[2]:at[3]])
		if err != nil {
			return "", err
		}
		filled.WriteString(template[rest:at[0]])
		filled.WriteString(write(found, template[:at[0]]))
		rest = at[1]
		if filled.Len() > most {
			break
		}
	}
	filled.WriteString(template[rest:])
	if filled.Len() > most {
		return "", &Error{Kind: Input, What: fmt.Sprintf("a filled part of the request has more than %d bytes", most)}
	}
	return filled.String(), nil
}

// splitURL cuts a URL's template behind the host.
func splitURL(template string) (origin, rest string) {
	_, after, _ := strings.Cut(template, "://")
	end := strings.IndexAny(after, "/?#")
	if end < 0 {
		return template, ""
	}
	end += len(template) - len(after)
	return template[:end], template[end:]
}

// asText is a value where nothing has to be escaped.
func asText(found value, _ string) string { return found.text }

// asPart is a value as one part of a URL or a form: all but the unreserved
// characters of RFC 3986 §2.3 is percent-encoded.
func asPart(found value, _ string) string {
	return strings.ReplaceAll(url.QueryEscape(found.text), "+", "%20")
}

// foreign is what a URL's path and query do not take (RFC 3986 §3.3, §3.4), and
// ', which browsers encode in a query.
var foreign = regexp.MustCompile(`[^!$&()*+,\-./0-9:;=?@A-Z_a-z~%]+`)

// halfEscape is a percent sign that encodes nothing.
var halfEscape = regexp.MustCompile(`%(?:[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)`)

// dots is a path segment that leads elsewhere (RFC 3986 §5.2.4).
var dots = regexp.MustCompile(`^(?:\.|%2[Ee]){1,2}$`)

// url fills a URL. A value becomes one path segment or one part of the query,
// whatever is in it, so that it leads to no other place of the host.
func (v values) url(template string) (*url.URL, error) {
	origin, rest := splitURL(template)
	switch {
	case strings.Contains(origin, "{{"):
		return nil, &Error{Kind: Unset, What: "placeholders of a URL stand behind its host"}
	case strings.Contains(origin, "@"):
		return nil, &Error{Kind: Unset, What: "a password stands in its URL; put it into the header Authorization"}
	}
	rest, _, _ = strings.Cut(rest, "#")
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	filled, err := v.fill(rest, maxURL, asPart)
	if err != nil {
		return nil, err
	}
	filled = foreign.ReplaceAllStringFunc(filled, url.PathEscape)
	path, _, _ := strings.Cut(filled, "?")
	for segment := range strings.SplitSeq(path, "/") {
		if dots.MatchString(segment) {
			return nil, &Error{Kind: Input, What: "a segment of the URL's path is . or .."}
		}
	}
	parsed, err := url.Parse(origin + filled)
	// The parser's own error would hold the URL.
	if err != nil || !pages.IsHost(parsed.Hostname()) || halfEscape.MatchString(rest) {
		return nil, &Error{Kind: Unset, What: "its URL cannot be read"}
	}
	return parsed, nil
}

// header fills a header's value.
func (v values) header(header pages.Header) (string, error) {
	filled, err := v.fill(header.Value, maxHeader, asText)
	if err != nil {
		return "", err
	}
	for _, c := range []byte(filled) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", &Error{Kind: Input, What: fmt.Sprintf("the header %s would have a line end or a control character", header.Name)}
		}
	}
	return filled, nil
}

// body fills a body as its content type asks.
func (v values) body(contentType, template string) (string, error) {
	kind, _, _ := strings.Cut(contentType, ";")
	switch {
	case template == "":
		return "", nil
	case pages.IsJSON(contentType):
		return v.json(template)
	case strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded"):
		return v.fill(template, maxBody, asPart)
	default:
		return v.fill(template, maxBody, asText)
	}
}

// json fills a JSON body. Within a string a value is escaped; elsewhere it
// stands as a value of its own, so that none adds a member.
func (v values) json(template string) (string, error) {
	filled, err := v.fill(template, maxBody, func(found value, before string) string {
		if !quoted(before) {
			return found.json
		}
		text := quote(found.text)
		return text[1 : len(text)-1]
	})
	if err == nil && !json.Valid([]byte(filled)) {
		err = &Error{Kind: Unset, What: "its body is not JSON, as its content type says"}
	}
	return filled, err
}

// quoted tells whether a JSON string is open at the end of text.
func quoted(text string) bool {
	open := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			open = !open
		case text[i] == '\\' && open:
			i++
		}
	}
	return open
}
