package pages

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// document is a page with these components and functions, each as JSON.
func document(components, functions string) string {
	return `{"title":"Help","components":[` + components + `],"functions":[` + functions + `]}`
}

const phone = `{"type":"web-phone","id":"phone"}`

// whole uses every part of the schema.
const whole = `{"title":"Help","language":"pt-BR","theme":"ocean","appearance":"dark","layout":"full","installable":true,
"embedding":["https://*.example.com:8443","*"],"css":"p{}","components":[
{"type":"web-phone","id":"phone","hidden":false,"width":"320","showDialpad":true,"showDialledNumber":{"env":"A"},"showAnswer":true,
 "showHangUp":true,"showHold":true,"showMute":true,"showDial":true,"showStatus":true,"autoRegister":{"function":"load","field":"a.b"},
 "sipServer":{"env":"A"},"realm":"r","displayName":"d","cli":"c","username":{"function":"visit","field":"username"},"password":"p",
 "actions":{"onAnswer":"mounted","onRingingOut":"refresh","onRingingIn":"own","onEnd":"own","onRegistered":"own","onUnregistered":"own","onError":"own"}},
{"type":"heading","id":"h","level":1,"text":"Hello"},{"type":"text","id":"t","text":{"env":"A"}},
{"type":"input","id":"i","label":"Name","kind":"select","value":"a","placeholder":"p","options":["a","b"],"onChange":"own"},
{"type":"button","id":"b","label":"Call","look":"call","onClick":"own"},{"type":"html","id":"x","html":"<b>x</b>"},
{"type":"columns","id":"c","columns":[{"share":2,"components":[{"type":"text","id":"in","text":"x"}]},{"components":[]}]}],
"functions":[{"kind":"action","name":"own","code":"this.env.A"},
{"kind":"url","name":"load","runs":"server","method":"POST","url":"https://api.example.com/{{data.a}}?b={{env.A}}","headers":[{"name":"X-Key","value":"{{env.SECRET}}"}],"body":"{}"},
{"kind":"visitor","name":"visit","destination":{"env":"SECRET"},"lifetime":60}]}`

var known = map[string]bool{"A": false, "SECRET": true}

func TestAPageThatUsesAllOfTheSchemaIsTaken(t *testing.T) {
	parsed, problems := Parse([]byte(whole))
	if problems != nil {
		t.Fatal(problems)
	}
	if len(parsed.Components) != 7 || parsed.Functions[1].Headers[0].Name != "X-Key" || parsed.Functions[2].Destination.Env != "SECRET" {
		t.Errorf("read as %+v", parsed)
	}
	if problems := Check([]byte(whole), known); problems != nil {
		t.Error(problems)
	}
}

func TestWhatBreaksTheSchemaIsToldWhereItIs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{}`, "|||The page lacks title, components, functions."},
		{`{"title":"a","components":[],"functions":[],"titel":"b"}`, "|||The page has a member that is not known here: titel."},
		{`{"title":1,"components":[],"functions":[]}`, "/title|||title has to be text."},
		{`{"title":"a","theme":"pink","components":[],"functions":[]}`, "/theme|||theme has to be one of: default paper ocean contrast."},
		{`{"title":"a","language":"x","components":[],"functions":[]}`, "/language|||language is not in its form: it is a language such as en or pt-BR."},
		{`{"title":"a","embedding":["https://a.b/path"],"components":[],"functions":[]}`, "/embedding/0|||embedding is not in its form: it is a site"},
		{`{"title":"a","embedding":["*","*"],"components":[],"functions":[]}`, "/embedding|||embedding names one thing twice."},
		{document(`{"id":"a"}`, ""), "/components/0|||components lacks type"},
		{document(`{"type":"fax","id":"a"}`, ""), "/components/0|a||components is of a type that is not known here."},
		{document(`{"type":"web-phone","id":"1"}`, ""), "/components/0/id|1||id is not in its form: it begins with a letter"},
		{document(`{"type":"web-phone","id":"a","colour":"red"}`, ""), "/components/0|a||components has a member that is not known here: colour."},
		{document(`{"type":"web-phone","id":"a","realm":7}`, ""), "/components/0/realm|a||realm has to be text, or come from a variable or a function."},
		{document(`{"type":"web-phone","id":"a","showDial":"no"}`, ""), "/components/0/showDial|a||showDial has to be true or false, or come from"},
		{document(`{"type":"web-phone","id":"a","realm":{"env":"1"}}`, ""), "/components/0/realm/env|a||env is not in its form: it begins with a letter or _"},
		{document(`{"type":"web-phone","id":"a","realm":{}}`, ""), "/components/0/realm|a||realm lacks env."},
		{document(`{"type":"web-phone","id":"a","realm":{"function":"f","field":".."}}`, ""), "/components/0/realm/field|a||field is not in its form: it names members"},
		{document(`{"type":"web-phone","id":"a","actions":{"onEnd":"a b"}}`, ""), "/components/0/actions/onEnd|a||onEnd is not in its form"},
		{document(`{"type":"web-phone","id":"a","realm":"`+strings.Repeat("x", 4097)+`"}`, ""), "/components/0/realm|a||realm has 4097 characters; 4096 is the limit."},
		{document(`{"type":"heading","id":"a","text":"x","level":5}`, ""), "/components/0/level|a||level has to be 4 at most."},
		{document(`{"type":"columns","id":"c","columns":[{"components":[{"type":"text","id":"in"}]}]}`, ""), "/components/0/columns/0/components/0|in||components lacks text."},
		{document(`{"type":"columns","id":"c","columns":[]}`, ""), "/components/0/columns|c||columns needs at least 1."},
		{document("", `{"kind":"url","name":"a","url":"ftp://a"}`), "/functions/0/url||a|url is not in its form: it begins with https://"},
		{document("", `{"kind":"visitor","name":"a","destination":""}`), "/functions/0/destination||a|destination may not be empty."},
		{document("", `{"kind":"visitor","name":"a","destination":"1","lifetime":5}`), "/functions/0/lifetime||a|lifetime has to be 60 at least."},
		{document("", `{"kind":"visitor","name":"a","destination":"1","lifetime":60.0}`), "|||The page has a whole number that is not written as one"},
		{document("", `{"kind":"script","name":"a"}`), "/functions/0||a|functions is of a type that is not known here."},
		{document(phone+","+phone, ""), "/components/1/id|phone||The ID phone is used twice"},
		{`{"title":"a","title":"b","components":[],"functions":[]}`, "|||The page is not JSON that can be read: it has the member title twice."},
		{"{\"title\":\"\xff\"}", "|||The page is not JSON that can be read: it is not UTF-8."},
		{"{\n\"a\":1,\n]", "|||The page is not JSON that can be read: invalid character ']'"},
		{"", "|||The page is not JSON that can be read: it ends too early."},
	} {
		_, problems := Parse([]byte(c.text))
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%s|%s|%s|%s", p.Path, p.Component, p.Function, p.Message))
		}
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%.200s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestAPageIsBounded(t *testing.T) {
	nested := func(depth int) string {
		text := phone
		for i := range depth {
			text = fmt.Sprintf(`{"type":"columns","id":"c%d","columns":[{"components":[%s]}]}`, i, text)
		}
		return document(text, "")
	}
	if _, problems := Parse([]byte(nested(maxColumns))); problems != nil {
		t.Errorf("columns %d deep: %v", maxColumns, problems)
	}
	many := func(count int) string {
		var columns []string
		id := 0
		for count > 0 {
			var inside []string
			for ; count > 1 && len(inside) < 150; count-- {
				inside = append(inside, fmt.Sprintf(`{"type":"text","id":"t%d","text":"x"}`, id))
				id++
			}
			columns = append(columns, fmt.Sprintf(`{"type":"columns","id":"c%d","columns":[{"components":[%s]}]}`, id, strings.Join(inside, ",")))
			count--
		}
		return document(strings.Join(columns, ","), "")
	}
	if _, problems := Parse([]byte(many(maxComponents))); problems != nil {
		t.Errorf("%d components: %v", maxComponents, problems)
	}
	for words, text := range map[string]string{
		"Columns stand in columns 4 deep at most.":       nested(maxColumns + 1),
		"it is nested too deeply":                        nested(20),
		"nested too deeply":                              strings.Repeat("[", 100_000),
		"The page has 501 components; 500 is the limit.": many(maxComponents + 1),
		"524288 is the limit":                            document("", "") + strings.Repeat(" ", MaxDocument),
		"components has 201 items; 200 is the limit":     document(strings.Repeat(phone+",", 200)+phone, ""),
	} {
		if _, problems := Parse([]byte(text)); len(problems) == 0 || !strings.Contains(problems[0].Message, words) {
			t.Errorf("want %q, got %.200v", words, problems)
		}
	}
	if _, problems := Parse([]byte(document(strings.Repeat(`{"type":"fax","id":"a"},`, 199)+phone, ""))); len(problems) != maxProblems {
		t.Errorf("%d problems are told at once, want %d", len(problems), maxProblems)
	}
}

func TestWhatHindersPublishingIsToldWhereItIs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{document(`{"type":"text","id":"a","text":{"env":"NONE"}}`, ""), "/components/0/text|a||The environment variable NONE is not set."},
		{document(`{"type":"text","id":"a","text":{"env":"SECRET"}}`, ""), "/components/0/text|a||The environment variable SECRET is private"},
		{document(`{"type":"text","id":"a","hidden":{"function":"none"},"text":""}`, ""), "/components/0/hidden|a||There is no function none."},
		{document(`{"type":"button","id":"a","label":"","onClick":"none"}`, ""), "/components/0/onClick|a||There is no action none."},
		{document(`{"type":"input","id":"a","label":"","onChange":"u"}`, `{"kind":"url","name":"u","url":"https://a.b"}`), "/components/0/onChange|a||u is no action; choose an action"},
		{document(`{"type":"web-phone","id":"a","actions":{"onEnd":"none"}}`, ""), "/components/0/actions/onEnd|a||There is no action none."},
		{document(`{"type":"columns","id":"c","columns":[{"components":[{"type":"button","id":"a","label":"","onClick":"none"}]}]}`, ""), "/components/0/columns/0/components/0/onClick|a||There is no action none."},
		{document("", `{"kind":"action","name":"a","code":""},{"kind":"url","name":"a","url":"https://a.b"}`), "/functions/1/name||a|The function a is there twice"},
		{document("", `{"kind":"url","name":"mounted","url":"https://a.b"}`), "/functions/0/name||mounted|mounted is an action that the page itself runs"},
		{document("", `{"kind":"visitor","name":"a","destination":{"env":"NONE"}}`), "/functions/0/destination||a|The environment variable NONE is not set."},
	} {
		if _, problems := Parse([]byte(c.text)); problems != nil {
			t.Errorf("%s cannot be a draft: %v", c.text, problems)
		}
		var got []string
		for _, p := range Check([]byte(c.text), known) {
			got = append(got, fmt.Sprintf("%s|%s|%s|%s", p.Path, p.Component, p.Function, p.Message))
		}
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func TestWhatHasTooManyPartsIsNotHeldToTheSchema(t *testing.T) {
	few := func(count int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", count), ",") }
	members := make([]string, 1001)
	for i := range members {
		members[i] = fmt.Sprintf(`"%d":0`, i)
	}
	many := "{" + strings.Join(members, ",") + "}"
	lists := `{"title":"a","functions":[],"components":[` + few(150, `{"type":"input","id":"a","label":"b","options":[`+few(999, "0")+`]}`) + `]}`
	for _, c := range []struct{ text, want string }{
		{document(few(1001, "{}"), ""), "a list or object of more than 1000"},
		{`{"title":"a","components":[],"functions":[],"css":` + many + `}`, "a list or object of more than 1000"},
		{lists, "more than 100000 values"},
	} {
		_, problems := Parse([]byte(c.text))
		if len(problems) != 1 || !strings.Contains(problems[0].Message, c.want) {
			t.Errorf("%.60s…: %+v, want %q", c.text, problems, c.want)
		}
	}
}

func TestWhatADocumentMayUseIsFound(t *testing.T) {
	used := MayUse([]byte(whole))
	for name, want := range map[string]bool{"A": true, "SECRET": true, "B": false, "Hello": false} {
		if used[name] != want {
			t.Errorf("%s: %v", name, used[name])
		}
	}
}

func TestAFileIsReadAsItIsWritten(t *testing.T) {
	value := "1 < 2 & \u2028"
	in := File{Name: "help", Page: json.RawMessage(whole), Variables: []Variable{
		{Name: "A", Scope: ScopePage, Value: &value, Default: true}, {Name: "SECRET", Scope: ScopeAll, Private: true},
	}}
	text, err := WriteFile(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	if out.Name != "help" || *out.Variables[0].Value != value || !slices.Equal([]bool{out.Variables[0].Default, out.Variables[1].Private, out.Variables[1].Value == nil}, []bool{true, true, true}) {
		t.Errorf("read %+v", out)
	}
	if out.Document.Title != "Help" || !slices.Contains(out.Document.Embedding, "*") {
		t.Errorf("read %+v", out.Document)
	}
}

func TestTheSchemaIsOneThatOthersRead(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil || schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Error(err, schema["$schema"])
	}
}
