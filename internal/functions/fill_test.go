package functions

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"webphone/internal/pages"
)

// sample is what the placeholders of these tests stand for.
var sample = values{
	env: map[string]string{"KEY": `s"e\c`, "NUMBER": "5", "EMPTY": "", "LINES": "a\r\nX-Evil: 1", "NESTED": "{{env.KEY}}"},
	data: map[string]any{
		"name": `Ann "O'Hara" & Co/../?x=1#`, "count": json.Number("12"), "ok": true, "none": nil, "dots": "..",
		"user": map[string]any{"tags": []any{"a", "b"}}, "evil": `1,"admin":true`,
	},
}

func TestAValueIsOnePartOfTheURLWhateverIsInIt(t *testing.T) {
	for template, want := range map[string]string{
		"https://h/u/{{data.name}}/x":         "https://h/u/Ann%20%22O%27Hara%22%20&%20Co%2F..%2F%3Fx=1%23/x",
		"https://h/?q={{data.name}}&n=2":      "https://h/?q=Ann+%22O%27Hara%22+%26+Co%2F..%2F%3Fx%3D1%23&n=2",
		"https://h?n={{ data.count }}":        "https://h?n=12",
		"https://h/{{data.user.tags.1}}":      "https://h/b",
		"https://h/?t={{data.user.tags}}#top": "https://h/?t=%5B%22a%22%2C%22b%22%5D",
		"https://h:8443/{{env.EMPTY}}":        "https://h:8443/",
		"https://h/{{env.NESTED}}":            "https://h/%7B%7Benv.KEY%7D%7D",
		"https://h/{not} {{a placeholder}}":   "https://h/%7Bnot%7D%20%7B%7Ba%20placeholder%7D%7D",
		"https://h/{{other.KEY}}":             "https://h/%7B%7Bother.KEY%7D%7D",
	} {
		got, err := sample.url(template)
		if err != nil || got.String() != want {
			t.Errorf("%s: %v, %v, want %s", template, got, err, want)
		}
	}
}

func TestAURLThatCannotBeFilledIsRefusedInWords(t *testing.T) {
	for template, words := range map[string]string{
		"https://{{data.name}}/":          "behind its host",
		"https://h.{{env.KEY}}:1/":        "behind its host",
		"https://user:secret@h/":          "header Authorization",
		"https://h/{{data.dots}}/x":       ". or ..",
		"https://h/a/{{data.dots}}?x":     ". or ..",
		"https://h/{{env.ABSENT}}":        "{{env.ABSENT}}",
		"https://h/{{data.user.absent}}":  "{{data.user.absent}} is missing",
		"https://h/{{data.user.tags.9}}":  "{{data.user.tags.9}}",
		"https://h/{{data.user.tags.-1}}": "{{data.user.tags.-1}}",
		"https://h/{{data.none}}":         "{{data.none}}",
		"https://h/{{env.}}{{env}}":       "{{env}}",
		"https://h/%zz":                   "cannot be read",
		"https://":                        "cannot be read",
	} {
		_, err := sample.url(template)
		var failure *Error
		if !errors.As(err, &failure) || !strings.Contains(failure.What, words) {
			t.Errorf("%s: %v, want words like %q", template, err, words)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}

func TestAJSONBodyTakesNoMembersFromAValue(t *testing.T) {
	for template, want := range map[string]string{
		`{"a":"{{data.name}}!"}`:       `{"a":"Ann \"O'Hara\" \u0026 Co/../?x=1#!"}`,
		`{"a":{{data.evil}}}`:          `{"a":"1,\"admin\":true"}`,
		`{"a":"{{data.evil}}"}`:        `{"a":"1,\"admin\":true"}`,
		`{"a":{{data.count}}}`:         `{"a":12}`,
		`{"a":{{data.ok}},"b":"\""}`:   `{"a":true,"b":"\""}`,
		`{"b":"\"","a":{{data.user}}}`: `{"b":"\"","a":{"tags":["a","b"]}}`,
		`{"a":"{{env.KEY}}"}`:          `{"a":"s\"e\\c"}`,
		`{"a":{{env.KEY}}}`:            `{"a":"s\"e\\c"}`,
		`{"a":{{env.NUMBER}}}`:         `{"a":5}`,
		`{"a":"{{env.NUMBER}}"}`:       `{"a":"5"}`,
		`"{{env.LINES}}"`:              `"a\r\nX-Evil: 1"`,
	} {
		got, err := sample.json(template)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", template, got, err, want)
		}
	}
	if _, err := sample.json(`{"a":}`); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("a body that is not JSON: %v", err)
	}
}

func TestBodiesOfOtherTypesAreEscapedAsTheirTypeAsks(t *testing.T) {
	for _, test := range []struct{ contentType, template, want string }{
		{"application/x-www-form-urlencoded", "a={{data.evil}}&b=1", "a=1%2C%22admin%22%3Atrue&b=1"},
		{"text/plain; charset=utf-8", "{{data.evil}} {{data.user}}", `1,"admin":true {"tags":["a","b"]}`},
		{"application/problem+json", `"{{data.evil}}"`, `"1,\"admin\":true"`},
		{"text/plain", "{{data}}", "whole"},
		{"", "", ""},
	} {
		from := sample
		if test.want == "whole" {
			from.data = "whole"
		}
		got, err := from.body(test.contentType, test.template)
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v, want %q", test.contentType, got, err, test.want)
		}
	}
}

func TestAHeaderTakesNoLineEnd(t *testing.T) {
	if got, err := sample.header(pages.Header{Name: "X-Key", Value: "Bearer {{env.KEY}}"}); err != nil || got != `Bearer s"e\c` {
		t.Errorf("%q, %v", got, err)
	}
	_, err := sample.header(pages.Header{Name: "X-Key", Value: "{{env.LINES}}"})
	if err == nil || !strings.Contains(err.Error(), "X-Key") || strings.Contains(err.Error(), "Evil") {
		t.Errorf("%v", err)
	}
}

func TestAFilledRequestIsBounded(t *testing.T) {
	long := values{data: map[string]any{"x": strings.Repeat("x", maxURL)}}
	if _, err := long.url("https://h/{{data.x}}"); err == nil {
		t.Error("a URL of more than its bound is taken")
	}
	if _, err := long.plain(strings.Repeat("{{data.x}}", 1400)); err == nil {
		t.Error("a body of more than its bound is taken")
	}
}

// FuzzFill holds the promise of each place for any template and value.
func FuzzFill(f *testing.F) {
	for _, seed := range []string{"", "..", "\r\n", `"`, `\`, "a/b?c#d", "{{data.x}}", "\xff", "\u2028", `","b":"`} {
		f.Add(seed, "x")
		f.Add("x", seed)
	}
	f.Fuzz(func(t *testing.T, text, around string) {
		v := values{data: map[string]any{"x": text}, env: map[string]string{"x": text}}
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
			got, err = v.form("a={{data.x}}&b=1")
			form, parseErr := url.ParseQuery(got)
			if err != nil || parseErr != nil || len(form) != 2 || form.Get("a") != text {
				t.Fatalf("%q becomes %s, %v", text, got, err)
			}
		}
		for _, fill := range []func(string) (string, error){v.json, v.form, v.plain} {
			_, _ = fill(around)
		}
		_, _ = v.url(around)
	})
}
