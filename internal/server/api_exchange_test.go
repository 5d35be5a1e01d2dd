package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// file is an exported page with these variables, each as JSON.
func file(name, title, variables string) string {
	return `{"format":"webphone-page","version":1,"name":"` + name + `","page":` + string(page(title, phoneComponent, "")) + `,"variables":[` + variables + `]}`
}

func set(a *administrator, page, name, value, flags string) {
	a.t.Helper()
	body := map[string]any{"value": value, "protected": false, "private": false, "locked": false, "default": false}
	for flag := range strings.FieldsSeq(flags) {
		body[flag] = true
	}
	a.call("PUT", "/variables/"+name+"?page="+page, body).is(http.StatusOK)
}

// values are the variables as the store has them, secret or not.
func (a *administrator) values(page string) map[string]string {
	a.t.Helper()
	variables, err := a.server.config.Accounts.Store.Variables(within(a.t), page)
	if err != nil {
		a.t.Fatal(err)
	}
	values := map[string]string{}
	for _, variable := range variables {
		if variable.Set {
			values[variable.Name] = variable.Value
		}
	}
	return values
}

func names(value any) []string {
	var all []string
	items, _ := value.([]any)
	for _, item := range items {
		all = append(all, item.(string))
	}
	return all
}

func TestAPageGoesFromOneServerToAnotherWithoutItsSecrets(t *testing.T) {
	from, to := builder(t, nil), builder(t, nil)
	functions := `{"kind":"action","name":"mounted","code":"if (1 < 2) this.env.GREETING"}`
	from.call("POST", "/pages", map[string]any{"name": "help", "page": page("Hélp <1> & more", phoneComponent, functions)}).is(http.StatusCreated)
	set(from, "help", "SERVER", "wss://sip.example.com", "default")
	set(from, "help", "TOKEN", "a secret to look for", "private locked")
	set(from, "help", "PASSWORD", "a secret to look for", "protected")
	set(from, "", "GREETING", "hello", "")
	set(from, "", "UNUSED", "of other pages", "")

	exported := from.call("GET", "/pages/help/export", nil).is(http.StatusOK)
	if got := exported.header.Get("Content-Disposition"); got != `attachment; filename="help.webphone.json"` {
		t.Errorf("Content-Disposition %s", got)
	}
	if strings.Contains(string(exported.text), "secret") || strings.Contains(string(exported.text), "UNUSED") {
		t.Fatalf("the export holds what it should not: %s", exported.text)
	}

	imported := to.call("POST", "/import", exported.text).is(http.StatusCreated)
	if imported.at("page", "page", "title") != "Hélp <1> & more" || imported.at("page", "name") != "help" {
		t.Errorf("imported %s", imported.text)
	}
	if got := names(imported.at("variables", "set")); !slices.Equal(got, []string{"SERVER", "GREETING"}) {
		t.Errorf("set %v", got)
	}
	if got := names(imported.at("variables", "missing")); !slices.Equal(got, []string{"PASSWORD", "TOKEN"}) {
		t.Errorf("missing %v", got)
	}
	if got := to.values(""); got["GREETING"] != "hello" || len(got) != 1 {
		t.Errorf("variables of all pages: %v", got)
	}
	// A secret that is to come is as secret as where it comes from.
	list := to.call("GET", "/variables?page=help", nil).is(http.StatusOK)
	if list.at("variables", 2, "name") != "TOKEN" || list.at("variables", 2, "set") != false || list.at("variables", 2, "private") != true || list.at("variables", 2, "locked") != true {
		t.Errorf("listed %s", list.text)
	}
	again := to.call("GET", "/pages/help/export", nil).is(http.StatusOK)
	if string(again.text) != string(exported.text) {
		t.Errorf("exported again: %s\nwant %s", again.text, exported.text)
	}
}

func TestAnImportRespectsLockedAndDefault(t *testing.T) {
	a := builder(t, nil)
	a.call("POST", "/import", file("help", "First", "")).is(http.StatusCreated)
	set(a, "help", "LOCKED", "mine", "locked")
	set(a, "help", "MY_DEFAULT", "mine", "default")
	set(a, "help", "FREE", "mine", "protected")
	set(a, "help", "THEIR_DEFAULT", "mine", "")
	set(a, "help", "NO_VALUE", "mine", "")
	imported := a.call("POST", "/import?replace=true", file("help", "Second",
		`{"name":"LOCKED","scope":"page","value":"theirs"},
		{"name":"MY_DEFAULT","scope":"page","value":"theirs"},
		{"name":"FREE","scope":"page","value":"theirs"},
		{"name":"THEIR_DEFAULT","scope":"page","value":"theirs","default":true},
		{"name":"NO_VALUE","scope":"page"},
		{"name":"UNSET","scope":"page","value":"theirs","default":true},
		{"name":"FREE","scope":"all","value":"of all"}`)).is(http.StatusOK)
	want := map[string]string{"LOCKED": "mine", "MY_DEFAULT": "mine", "FREE": "theirs", "THEIR_DEFAULT": "mine", "NO_VALUE": "mine", "UNSET": "theirs"}
	got := a.values("help")
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if got := names(imported.at("variables", "kept")); !slices.Equal(got, []string{"LOCKED", "MY_DEFAULT", "THEIR_DEFAULT", "NO_VALUE"}) {
		t.Errorf("kept %v", got)
	}
	if imported.at("page", "revision") != 2.0 || imported.at("page", "page", "title") != "Second" {
		t.Errorf("imported %s", imported.text)
	}
}

func TestAnImportMakesNoSecretAnOpenValue(t *testing.T) {
	a := builder(t, nil)
	set(a, "", "KEY", "mine", "protected private")
	a.call("POST", "/import", file("help", "Help", `{"name":"KEY","scope":"all","value":"theirs"}`)).is(http.StatusCreated)
	list := a.call("GET", "/variables", nil).is(http.StatusOK)
	if list.at("variables", 0, "protected") != true || list.at("variables", 0, "private") != true || list.at("variables", 0, "value") != nil {
		t.Errorf("listed %s", list.text)
	}
}

func TestAnImportReplacesOnlyWhenItIsToldAndLeavesWhatIsPublished(t *testing.T) {
	a := builder(t, nil)
	a.call("POST", "/import", file("help", "First", "")).is(http.StatusCreated)
	a.call("POST", "/pages/help/publish", map[string]any{"revision": 1}).is(http.StatusOK)
	a.call("POST", "/import", file("help", "Second", `{"name":"A","scope":"all","value":"1"}`)).fails(http.StatusConflict, "There is a page help already; choose another name.")
	if got := a.values(""); len(got) != 0 {
		t.Errorf("the refused import set %v", got)
	}
	a.call("POST", "/import?name=other", file("help", "Second", "")).is(http.StatusCreated)
	if got := a.call("POST", "/import?replace=true", file("help", "Third", "")).is(http.StatusOK); got.at("page", "publishedVersion") != 1.0 {
		t.Errorf("imported %s", got.text)
	}
	published, err := a.server.config.Accounts.Store.PublishedPage(within(t), "help")
	if err != nil || published.Title != "First" {
		t.Errorf("%q is published, %v", published.Title, err)
	}
	a.call("POST", "/import?name=Not+A+Name", file("help", "Second", "")).fails(http.StatusUnprocessableEntity, "small letters")
}

func TestWhatCannotBeImportedIsToldInWordsAndLeavesNothing(t *testing.T) {
	a := builder(t, nil)
	whole := file("help", "Help", `{"name":"A","scope":"all","value":"1"}`)
	for name, c := range map[string]struct{ text, words string }{
		"nothing":             {"", "not JSON that can be read: it ends too early"},
		"truncated":           {whole[:len(whole)-20], "not JSON that can be read"},
		"an image":            {"\x89PNG\r\n\x1a\n\x00", "it is not UTF-8"},
		"two files":           {whole + whole, "not JSON that can be read"},
		"other JSON":          {`{"name":"package","version":"1.0.0"}`, "not a page of the web phone"},
		"a list":              {"[]", "not a page of the web phone"},
		"null":                {"null", "not a page of the web phone"},
		"a page without file": {string(page("Help", "", "")), "not a page of the web phone"},
		"newer":               {strings.Replace(whole, `"version":1`, `"version":2,"more":[]`, 1), "made by a newer web phone: its format has version 2, and this one knows 1"},
		"much newer":          {strings.Replace(whole, `"version":1`, `"version":1e999`, 1), "made by a newer web phone"},
		"no version":          {strings.Replace(whole, `"version":1,`, ``, 1), "lacks version"},
		"bad name":            {strings.Replace(whole, `"help"`, `"../help"`, 1), "name is not in its form"},
		"unknown component":   {strings.Replace(whole, `"web-phone"`, `"fax"`, 1), "of a type that is not known"},
		"ID twice":            {strings.Replace(whole, phoneComponent, phoneComponent+","+phoneComponent, 1), "The ID phone is used twice"},
		"variable twice":      {strings.Replace(whole, `[{"name":"A"`, `[{"name":"A","scope":"all"},{"name":"A"`, 1), "The variable A is there twice"},
		"member twice":        {strings.Replace(whole, `"name":"help"`, `"name":"help","name":"other"`, 1), "the member name twice"},
		"value too long":      {strings.Replace(whole, `"value":"1"`, `"value":"`+strings.Repeat("x", 16385)+`"`, 1), "16384 is the limit"},
		"2 MiB":               {whole + strings.Repeat(" ", 2<<20), "larger than 1024 KiB"},
		"deep":                {strings.Repeat(`{"a":`, 100_000), "nested too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.text == whole {
				t.Fatal("nothing is wrong with it")
			}
			a := *a
			a.running = &running{t: t, server: a.server, client: a.client}
			a.call("POST", "/import", c.text).fails(http.StatusUnprocessableEntity, c.words)
		})
	}
	if got := a.call("GET", "/pages", nil).is(http.StatusOK); string(got.text) != "{\"pages\":[]}\n" {
		t.Errorf("pages: %s", got.text)
	}
	if got := a.values(""); len(got) != 0 {
		t.Errorf("variables: %v", got)
	}
	// The file itself is good, also as an editor on Windows writes it.
	a.call("POST", "/import", "\ufeff"+strings.ReplaceAll(whole, ",", ",\r\n")).is(http.StatusCreated)
}

func TestAPageWhoseVariablesAreTooMuchForAFileIsNotExported(t *testing.T) {
	a := builder(t, nil)
	a.call("POST", "/import", file("help", "Help", "")).is(http.StatusCreated)
	for i := range 70 {
		set(a, "help", "V"+string(rune('A'+i%26))+strings.Repeat("x", i/26), strings.Repeat("v", 16384), "")
	}
	a.call("GET", "/pages/help/export", nil).fails(http.StatusUnprocessableEntity, "Make its variables shorter")
	a.call("GET", "/pages/none/export", nil).fails(http.StatusNotFound, "There is no page none.")
}
