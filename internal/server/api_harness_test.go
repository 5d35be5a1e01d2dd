package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

const adminPassword = "administrator's own"

// administrator is a browser of the administrator's, signed in or not.
type administrator struct {
	*running
	cookie, csrf string
}

// answer is what the API says.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	text   []byte
	body   map[string]any
}

// builder starts a server with an administrator who is signed in.
func builder(t *testing.T, change func(*Config)) *administrator {
	t.Helper()
	r := start(t, change)
	if err := NewAdministrator(r.server.config.Accounts.Store).SetPassword(within(t), adminPassword); err != nil {
		t.Fatal(err)
	}
	admin := &administrator{running: r}
	admin.signIn(adminPassword).is(http.StatusOK)
	return admin
}

// signIn begins a session and keeps it.
func (a *administrator) signIn(password string) answer {
	a.t.Helper()
	got := a.call("POST", "/session", map[string]any{"password": password})
	if got.status == http.StatusOK {
		a.cookie, _, _ = strings.Cut(got.header.Get("Set-Cookie"), ";")
		a.csrf, _ = got.body["csrf"].(string)
	}
	return got
}

// call makes a request as the builder does. body is JSON when it is a string or
// bytes, and made JSON otherwise. A header without a value is left out.
func (a *administrator) call(method, path string, body any, headers ...string) answer {
	a.t.Helper()
	var content []byte
	switch body := body.(type) {
	case nil:
	case string:
		content = []byte(body)
	case []byte:
		content = body
	default:
		var err error
		if content, err = json.Marshal(body); err != nil {
			a.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(within(a.t), method, a.url("/api/v1"+path), bytes.NewReader(content))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if a.cookie != "" {
		req.Header.Set("Cookie", a.cookie)
	}
	if a.csrf != "" {
		req.Header.Set("X-CSRF-Token", a.csrf)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ":")
		req.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := a.client.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	got := answer{t: a.t, status: res.StatusCode, header: res.Header}
	if got.text, err = io.ReadAll(res.Body); err != nil {
		a.t.Fatal(err)
	}
	if len(got.text) > 0 {
		_ = json.Unmarshal(got.text, &got.body)
	}
	return got
}

// is says that a request ends with this status.
func (g answer) is(status int) answer {
	g.t.Helper()
	if g.status != status {
		g.t.Fatalf("status %d, want %d: %s", g.status, status, g.text)
	}
	return g
}

// fails says that a request is refused with problem details whose sentence holds
// the words.
func (g answer) fails(status int, words string) answer {
	g.t.Helper()
	detail, _ := g.body["detail"].(string)
	if g.status != status || g.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(detail, words) {
		g.t.Fatalf("status %d, %s: %s; want %d and %q", g.status, g.header.Get("Content-Type"), g.text, status, words)
	}
	return g
}

// number returns a member that is a number.
func (g answer) number(name string) int64 {
	g.t.Helper()
	number, ok := g.body[name].(float64)
	if !ok {
		g.t.Fatalf("%s is no number in %s", name, g.text)
	}
	return int64(number)
}

// at returns what is at a path of members and places in lists, or nil.
func (g answer) at(path ...any) any {
	var value any = g.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			items, _ := value.([]any)
			if step >= len(items) {
				return nil
			}
			value = items[step]
		}
	}
	return value
}

// page is a document with these components and functions, each as JSON.
func page(title, components, functions string) json.RawMessage {
	return json.RawMessage(`{"title":"` + title + `","components":[` + components + `],"functions":[` + functions + `]}`)
}

const phoneComponent = `{"type":"web-phone","id":"phone"}`
