package functions

import (
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
// they are, as they do in a function that the page itself calls.
var placeholder = regexp.MustCompile(`\{\{\s*((?:env|data)(?:\.[A-Za-z0-9_$-]+)*)\s*\}\}`)

// values are what placeholders stand for.
type values struct {
	env  map[string]string
	data any
}

// value is what one placeholder stands for: trusted from the environment,
// anything from the visitor.
type value struct {
	content any
	trusted bool
}

// find looks up a placeholder's name.
func (v values) find(name string) (value, error) {
	source, rest, _ := strings.Cut(name, ".")
	if source == "env" {
		text, set := v.env[rest]
		if !set {
			return value{}, &Error{Kind: Unset, What: fmt.Sprintf("{{%s}}: that environment variable has no value", name)}
		}
		return value{text, true}, nil
	}
	at := v.data
	for member := range strings.SplitSeq(rest, ".") {
		var next any
		if rest == "" {
			break
		}
		switch holder := at.(type) {
		case map[string]any:
			next = holder[member]
		case []any:
			if i, err := strconv.Atoi(member); err == nil && i >= 0 && i < len(holder) {
				next = holder[i]
			}
		}
		at = next
	}
	if at == nil {
		return value{}, &Error{Kind: Input, What: fmt.Sprintf("{{%s}} is missing in the data that it was called with", name)}
	}
	return value{at, false}, nil
}

// text is a value where only text can stand: a string as it is, anything else
// as JSON.
func (v value) text() (string, error) {
	if text, is := v.content.(string); is {
		return text, nil
	}
	encoded, err := json.Marshal(v.content)
	return string(encoded), err
}

// fill replaces every placeholder of a template by what write makes of its
// value; before is the template up to there.
func (v values) fill(template string, most int, write func(value value, before string) (string, error)) (string, error) {
	var filled strings.Builder
	rest := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(template, -1) {
		found, err := v.find(template[at[2]:at[3]])
		if err != nil {
			return "", err
		}
		text, err := write(found, template[:at[0]])
		if err != nil {
			return "", err
		}
		filled.WriteString(template[rest:at[0]])
		filled.WriteString(text)
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

// url fills a URL. A value becomes one path segment or one part of the query,
// whatever is in it, so that it leads to no other place of the host.
func (v values) url(template string) (*url.URL, error) {
	origin, rest := splitURL(template)
	if strings.Contains(origin, "{{") {
		return nil, &Error{Kind: Unset, What: "placeholders of a URL stand behind its host"}
	}
	rest, _, _ = strings.Cut(rest, "#")
	filled, err := v.fill(rest, maxURL, func(found value, before string) (string, error) {
		text, err := found.text()
		if strings.Contains(before, "?") {
			return url.QueryEscape(text), err
		}
		return url.PathEscape(text), err
	})
	if err != nil {
		return nil, err
	}
	path, _, _ := strings.Cut(filled, "?")
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && (plain == "." || plain == "..") {
			return nil, &Error{Kind: Input, What: "a segment of the URL's path is . or .."}
		}
	}
	parsed, err := url.Parse(origin + filled)
	// The parser's own error would hold the URL.
	if err != nil || parsed.Host == "" {
		return nil, &Error{Kind: Unset, What: "its URL cannot be read"}
	}
	if parsed.User != nil {
		return nil, &Error{Kind: Unset, What: "a password stands in its URL; put it into the header Authorization"}
	}
	return parsed, nil
}

// header fills a header's value.
func (v values) header(header pages.Header) (string, error) {
	filled, err := v.fill(header.Value, maxHeader, func(found value, _ string) (string, error) { return found.text() })
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

// json fills a JSON body. Within a string a value is escaped; elsewhere it
// stands as a value of its own, so that none adds a member. A variable that
// is JSON itself, such as a number, stays it.
func (v values) json(template string) (string, error) {
	filled, err := v.fill(template, maxBody, func(found value, before string) (string, error) {
		if !quoted(before) {
			if text, is := found.content.(string); is && found.trusted && json.Valid([]byte(text)) {
				return text, nil
			}
			encoded, err := json.Marshal(found.content)
			return string(encoded), err
		}
		text, err := found.text()
		if err != nil {
			return "", err
		}
		encoded, err := json.Marshal(text)
		return string(encoded[1 : len(encoded)-1]), err
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

// form fills a body of application/x-www-form-urlencoded.
func (v values) form(template string) (string, error) {
	return v.fill(template, maxBody, func(found value, _ string) (string, error) {
		text, err := found.text()
		return url.QueryEscape(text), err
	})
}

// plain fills a body of any other type.
func (v values) plain(template string) (string, error) {
	return v.fill(template, maxBody, func(found value, _ string) (string, error) { return found.text() })
}
