package functions

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"webphone/internal/pages"
)

// vectors are what a page that calls URLs itself is held to as well.
type vectors struct {
	Env     map[string]string
	Data    json.RawMessage
	Vectors []struct {
		Name, Stands, Template, Header, Type string
		Data                                 json.RawMessage
		Filled, Refused                      *string
	}
}

func TestPlaceholdersAreFilledInAsThePageDoes(t *testing.T) {
	text, err := os.ReadFile("../../test/conformance/placeholders.json")
	if err != nil {
		t.Fatal(err)
	}
	var given vectors
	if err := json.Unmarshal(text, &given); err != nil {
		t.Fatal(err)
	}
	if len(given.Vectors) == 0 {
		t.Fatal("there are no vectors")
	}
	for _, vector := range given.Vectors {
		t.Run(vector.Name, func(t *testing.T) {
			function := pages.Function{Kind: pages.KindURL, Name: "crm", URL: "https://h/"}
			switch vector.Stands {
			case "url":
				function.URL = vector.Template
			case "header":
				function.Headers = []pages.Header{{Name: vector.Header, Value: vector.Template}}
			case "body":
				function.Body = vector.Template
				if vector.Type != "" {
					function.Headers = []pages.Header{{Name: "content-type", Value: vector.Type}}
				}
			default:
				t.Fatalf("nothing stands in %q", vector.Stands)
			}
			data := given.Data
			if vector.Data != nil {
				data = vector.Data
			}
			req, err := build(t.Context(), Request{Function: function, Env: given.Env, Data: data})
			if vector.Refused != nil {
				var failure *Error
				if !errors.As(err, &failure) || !strings.Contains(failure.What, *vector.Refused) {
					t.Fatalf("%+v, %v, want words like %q", req, err, *vector.Refused)
				}
				for _, hidden := range []string{given.Env["KEY"], "secret", "Evil"} {
					if strings.Contains(failure.What, hidden) {
						t.Errorf("the failure holds what it should not: %v", failure)
					}
				}
				return
			}
			if err != nil || vector.Filled == nil {
				t.Fatalf("%v", err)
			}
			var got string
			switch vector.Stands {
			case "url":
				got = req.URL.String()
			case "header":
				got = req.Header.Get(vector.Header)
			case "body":
				content, err := io.ReadAll(req.Body)
				if err != nil {
					t.Fatal(err)
				}
				got = string(content)
			}
			if got != *vector.Filled {
				t.Errorf("%q, want %q", got, *vector.Filled)
			}
		})
	}
}

func TestAGETHasNoBody(t *testing.T) {
	for _, function := range []pages.Function{{URL: "https://h/", Method: "GET", Body: "{{data.a}}"}, {URL: "https://h/"}} {
		req, err := build(t.Context(), Request{Function: function})
		if err != nil || req.Method != "GET" || req.Body != nil || req.Header.Get("Content-Type") != "" {
			t.Errorf("%+v, %v", req, err)
		}
	}
}

func TestAFilledRequestIsBounded(t *testing.T) {
	long := values{data: encoded(t, strings.Repeat("x", maxURL))}
	if _, err := long.url("https://h/{{data}}"); err == nil {
		t.Error("a URL of more than its bound is taken")
	}
	if _, err := long.header(pages.Header{Name: "X-A", Value: "x{{data}}"}); err == nil {
		t.Error("a header of more than its bound is taken")
	}
	if _, err := long.body("text/plain", strings.Repeat("{{data}}", 33)); err == nil {
		t.Error("a body of more than its bound is taken")
	}
}

func encoded(t *testing.T, value any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// FuzzFill holds the promise of each place for any template and value.
func FuzzFill(f *testing.F) {
	for _, seed := range []string{"", "..", "\r\n", `"`, `\`, "a/b?c#d", "{{data.x}}", "\xff", "\u2028", `","b":"`} {
		f.Add(seed, "x")
		f.Add("x", seed)
	}
	f.Fuzz(func(t *testing.T, text, around string) {
		v := values{data: encoded(t, map[string]any{"x": text}), env: map[string]string{"x": text}}
		if u, err := v.url("https://host.example/a/{{data.x}}/b?c={{env.x}}&d=e"); err == nil {
			if u.Host != "host.example" || strings.Count(u.EscapedPath(), "/") != 3 || len(u.Query()) != 2 || u.Query().Get("c") != text {
				t.Fatalf("%q leads elsewhere: %s", text, u)
			}
		}
		if got, err := v.header(pages.Header{Value: around + "{{data.x}}"}); err == nil && strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q makes a header of two lines", text)
		}
		if utf8.ValidString(text) {
			var object map[string]any
			got, err := v.json(`{"in":"{{data.x}}","out":{{data.x}}}`)
			if err != nil || json.Unmarshal([]byte(got), &object) != nil || len(object) != 2 || object["in"] != text || object["out"] != text {
				t.Fatalf("%q becomes %s, %v", text, got, err)
			}
			got, err = v.body("application/x-www-form-urlencoded", "a={{data.x}}&b=1")
			form, parseErr := url.ParseQuery(got)
			if err != nil || parseErr != nil || len(form) != 2 || form.Get("a") != text {
				t.Fatalf("%q becomes %s, %v", text, got, err)
			}
		}
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "text/plain"} {
			_, _ = v.body(kind, around)
		}
		_, _ = v.url(around)
		_, _ = values{data: json.RawMessage(around)}.body("text/plain", "{{data.x.0}}{{data}}")
	})
}
