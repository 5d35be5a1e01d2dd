package server

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const noFlags = `"protected":false,"private":false,"locked":false,"default":false`

func TestAPagesVariableGoesBeforeOneOfAllPages(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("Help", "", ""))
	set(a, "", "A", "of all", "")
	set(a, "", "B", "of all", "private")
	set(a, "help", "A", "of the page", "")
	set(a, "help", "C", "", "")
	list := a.call("GET", "/variables?page=help", nil).is(http.StatusOK)
	var got []string
	for i := range 4 {
		got = append(got, fmt.Sprint(list.at("variables", i, "name"), list.at("variables", i, "scope"), list.at("variables", i, "value")))
	}
	if want := "[Apageof the page Cpage Aallof all Ballof all]"; fmt.Sprint(got) != want {
		t.Errorf("listed %v, want %s", got, want)
	}
	if all := a.call("GET", "/variables", nil).is(http.StatusOK); all.at("variables", 1, "name") != "B" || all.at("variables", 2) != nil {
		t.Errorf("of all pages: %s", all.text)
	}
	source, err := newPageStore(within(t), a.server.config.Accounts.Store)
	if err != nil {
		t.Fatal(err)
	}
	public, all, err := source.Environment(within(t), "help")
	if err != nil || fmt.Sprint(public) != "map[A:of the page C:]" || fmt.Sprint(all) != "map[A:of the page B:of all C:]" {
		t.Errorf("the page has %v and %v, %v", public, all, err)
	}
	// Another page sees nothing of it.
	if _, all, err := source.Environment(within(t), "other"); err != nil || fmt.Sprint(all) != "map[A:of all B:of all]" {
		t.Errorf("another page has %v, %v", all, err)
	}
}

func TestAProtectedValueIsNeverReadBack(t *testing.T) {
	a := builder(t, nil)
	shown := a.call("PUT", "/variables/A", `{"value":"secret","protected":true,"private":true,"locked":false,"default":false}`).is(http.StatusOK)
	if shown.at("value") != nil || shown.at("set") != true || shown.at("protected") != true {
		t.Errorf("set %s", shown.text)
	}
	if list := a.call("GET", "/variables", nil).is(http.StatusOK); list.at("variables", 0, "value") != nil {
		t.Errorf("listed %s", list.text)
	}
	a.call("PUT", "/variables/A", `{`+noFlags+`}`).fails(http.StatusUnprocessableEntity, "Give it a new value to take the protection away.")
	a.call("PUT", "/variables/A", `{"protected":true,"private":false,"locked":false,"default":false}`).fails(http.StatusUnprocessableEntity, "Give it a new value to make it public.")
	// Its other flags change without.
	if got := a.call("PUT", "/variables/A", `{"protected":true,"private":true,"locked":true,"default":false}`).is(http.StatusOK); got.at("locked") != true {
		t.Errorf("changed %s", got.text)
	}
	if got := a.values(""); got["A"] != "secret" {
		t.Errorf("the value became %q", got["A"])
	}
	if got := a.call("PUT", "/variables/A", `{"value":"public",`+noFlags+`}`).is(http.StatusOK); got.at("value") != "public" {
		t.Errorf("changed %s", got.text)
	}
}

func TestVariablesAreBoundedAndNamed(t *testing.T) {
	a := builder(t, nil)
	for _, name := range []string{"1A", "A-B", "A.B", "%C3%84", "A%20B", "__proto__%00"} {
		a.call("PUT", "/variables/"+name, `{"value":"x",`+noFlags+`}`).fails(http.StatusUnprocessableEntity, "variable's name")
	}
	a.call("PUT", "/variables/"+strings.Repeat("A", 65), `{"value":"x",`+noFlags+`}`).is(http.StatusUnprocessableEntity)
	a.call("PUT", "/variables/A", `{`+noFlags+`}`).fails(http.StatusUnprocessableEntity, "needs a value")
	a.call("PUT", "/variables/A", `{"value":"x"}`).is(http.StatusUnprocessableEntity)
	a.call("PUT", "/variables/A", `{"value":"`+strings.Repeat("é", 16385)+`",`+noFlags+`}`).is(http.StatusUnprocessableEntity)
	a.call("PUT", "/variables/A", `{"value":"`+strings.Repeat(`\ud83d\ude00`, 16384)+`",`+noFlags+`}`).is(http.StatusOK)
	a.call("PUT", "/variables/A?page=none", `{"value":"x",`+noFlags+`}`).fails(http.StatusNotFound, "There is no page none.")
	a.call("GET", "/variables?page=none", nil).fails(http.StatusNotFound, "There is no page none.")
	a.call("DELETE", "/variables/A", nil).is(http.StatusNoContent)
	a.call("DELETE", "/variables/A", nil).fails(http.StatusNotFound, "There is no variable A.")
	for i := range 500 {
		set(a, "", fmt.Sprint("V", i), "x", "")
	}
	a.call("PUT", "/variables/V500", `{"value":"x",`+noFlags+`}`).fails(http.StatusUnprocessableEntity, "500 variables, which is the limit")
	set(a, "", "V499", "changed", "")
}

func TestALostKeyIsToldAndTheKeyBroughtBackHelps(t *testing.T) {
	folder := t.TempDir()
	a := builder(t, func(c *Config) { c.Accounts = openAccounts(t, folder, domain) })
	a.add("help", page("Help", "", ""))
	set(a, "", "A", "secret", "")
	path := filepath.Join(folder, "variables.key")
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for words, content := range map[string][]byte{
		"is missing": nil,
		"is not the key they were encrypted with": bytes.Repeat([]byte{1}, 32),
		"not the key they were encrypted with":    key[:31],
	} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		a.call("GET", "/variables", nil).fails(http.StatusInternalServerError, words)
		a.call("PUT", "/variables/B", `{"value":"x",`+noFlags+`}`).fails(http.StatusInternalServerError, "variables.key")
		a.call("POST", "/import?name=other", file("help", "Help", `{"name":"C","scope":"all","value":"1"}`)).fails(http.StatusInternalServerError, "variables.key")
		// Pages are built on meanwhile.
		a.call("GET", "/pages/help", nil).is(http.StatusOK)
		a.call("GET", "/pages/other", nil).is(http.StatusNotFound)
		if err := os.WriteFile(path, key, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := a.values(""); len(got) != 1 || got["A"] != "secret" {
			t.Errorf("with the key back: %v", got)
		}
	}
}
