package pages

import "encoding/json"

// Document is a page as the builder writes it; page.schema.json is its
// authority. What only the page itself looks at stays as it was written.
type Document struct {
	Title       string      `json:"title"`
	Language    string      `json:"language,omitempty"`
	Theme       string      `json:"theme,omitempty"`
	Appearance  string      `json:"appearance,omitempty"`
	Layout      string      `json:"layout,omitempty"`
	Installable bool        `json:"installable,omitempty"`
	Embedding   []string    `json:"embedding,omitempty"`
	CSS         string      `json:"css,omitempty"`
	Components  []Component `json:"components"`
	Functions   []Function  `json:"functions"`
}

// Component is a component as it was written.
type Component json.RawMessage

// MarshalJSON returns the component as it was written.
func (c Component) MarshalJSON() ([]byte, error) { return json.RawMessage(c).MarshalJSON() }

// UnmarshalJSON keeps the component as it is written.
func (c *Component) UnmarshalJSON(text []byte) error {
	return (*json.RawMessage)(c).UnmarshalJSON(text)
}

// Kinds of functions.
const (
	// KindAction is JavaScript that runs in the page.
	KindAction = "action"
	// KindURL is a function elsewhere, reached over HTTP.
	KindURL = "url"
	// KindVisitor makes a short-lived account for a visitor.
	KindVisitor = "visitor"
)

// RunsInBrowser is the value of Function.Runs with which the page itself calls a
// URL; the server does otherwise.
const RunsInBrowser = "browser"

// Function is an action of the page, a URL, or a maker of visitors' accounts.
type Function struct {
	Kind string `json:"kind"`
	Name string `json:"name"`

	// Code is what an action does.
	Code string `json:"code,omitempty"`

	// Runs, Method, URL, Headers and Body belong to a URL. {{env.NAME}} and
	// {{data.member}} are filled in.
	Runs    string   `json:"runs,omitempty"`
	Method  string   `json:"method,omitempty"`
	URL     string   `json:"url,omitempty"`
	Headers []Header `json:"headers,omitempty"`
	Body    string   `json:"body,omitempty"`

	// Destination and Lifetime (in seconds) belong to a maker of accounts.
	Destination *Text `json:"destination,omitempty"`
	Lifetime    int   `json:"lifetime,omitempty"`
}

// Header is a header field of a request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Text is a constant or the name of an environment variable.
type Text struct {
	Constant string
	Env      string
}

// MarshalJSON writes a string or {"env": name}.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.Env != "" {
		return json.Marshal(map[string]string{"env": t.Env})
	}
	return json.Marshal(t.Constant)
}

// UnmarshalJSON reads a string or {"env": name}.
func (t *Text) UnmarshalJSON(text []byte) error {
	*t = Text{}
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &t.Constant)
	}
	var dynamic struct{ Env string }
	err := json.Unmarshal(text, &dynamic)
	t.Env = dynamic.Env
	return err
}
