package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (a *administrator) add(name string, document json.RawMessage) answer {
	a.t.Helper()
	return a.call("POST", "/pages", map[string]any{"name": name, "page": document}).is(http.StatusCreated)
}

func (a *administrator) save(name string, revision int64, document json.RawMessage) answer {
	a.t.Helper()
	return a.call("PUT", "/pages/"+name+"/draft", map[string]any{"revision": revision, "page": document})
}

func (a *administrator) on(name, operation string, revision int64) answer {
	a.t.Helper()
	return a.call("POST", "/pages/"+name+"/"+operation, map[string]any{"revision": revision})
}

func TestAPageIsMadeSavedAndPublished(t *testing.T) {
	a := builder(t, nil)
	made := a.add("help", page("Help", phoneComponent, ""))
	if made.number("revision") != 1 || made.at("publishedVersion") != nil || made.at("publishedTime") != nil || made.at("page", "title") != "Help" {
		t.Fatalf("made %s", made.text)
	}
	saved := a.save("help", 1, page("Help us", phoneComponent, "")).is(http.StatusOK)
	if saved.number("revision") != 2 || saved.at("page", "title") != "Help us" {
		t.Fatalf("saved %s", saved.text)
	}
	if again := a.call("GET", "/pages/help", nil).is(http.StatusOK); again.at("page", "title") != "Help us" || string(again.text) == "" {
		t.Fatalf("read %s", again.text)
	}
	published := a.on("help", "publish", 2).is(http.StatusOK)
	when, err := time.Parse(time.RFC3339, fmt.Sprint(published.at("publishedTime")))
	if published.number("publishedVersion") != 1 || published.number("revision") != 2 || err != nil || when.IsZero() {
		t.Fatalf("published %s", published.text)
	}
	list := a.call("GET", "/pages", nil).is(http.StatusOK)
	if list.at("pages", 0, "name") != "help" || list.at("pages", 0, "title") != "Help us" || list.at("pages", 0, "publishedVersion") != 1.0 {
		t.Fatalf("listed %s", list.text)
	}
	if got := a.call("POST", "/pages/help/unpublish", nil).is(http.StatusOK); got.at("publishedVersion") != nil {
		t.Fatalf("unpublished %s", got.text)
	}
	// A number is used once.
	if got := a.on("help", "publish", 2).is(http.StatusOK); got.number("publishedVersion") != 2 {
		t.Fatalf("published again %s", got.text)
	}
	a.call("DELETE", "/pages/help", nil).is(http.StatusNoContent)
	a.call("GET", "/pages/help", nil).fails(http.StatusNotFound, "There is no page help.")
}

func TestAChangeOfAnotherWindowIsNotOverwritten(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("Help", "", ""))
	a.save("help", 1, page("First", "", "")).is(http.StatusOK)
	a.save("help", 1, page("Second", "", "")).fails(http.StatusConflict, "changed in another window")
	a.on("help", "publish", 1).fails(http.StatusConflict, "changed in another window")
	a.on("help", "publish", 2).is(http.StatusOK)
	a.on("help", "versions/1/restore", 1).fails(http.StatusConflict, "changed in another window")
	if got := a.call("GET", "/pages/help", nil); got.at("page", "title") != "First" {
		t.Errorf("the draft is %s", got.text)
	}
}

func TestTheLastGoodDraftStays(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("Good", phoneComponent, ""))
	for words, document := range map[string]json.RawMessage{
		"The ID phone is used twice":     page("Bad", phoneComponent+`,{"type":"columns","id":"c","columns":[{"components":[`+phoneComponent+`]}]}`, ""),
		"id is not in its form":          page("Bad", `{"type":"web-phone","id":"1st"}`, ""),
		"is of a type that is not known": page("Bad", `{"type":"fax","id":"a"}`, ""),
		"lacks text":                     page("Bad", `{"type":"heading","id":"a"}`, ""),
		"showDial has to be true or":     page("Bad", `{"type":"web-phone","id":"a","showDial":"no"}`, ""),
		"title may not be empty":         page("", "", ""),
		"524288 is the limit":            page(strings.Repeat("x", 530<<10), "", ""),
		"has to be an object":            json.RawMessage(`[]`),
	} {
		got := a.save("help", 1, document).fails(http.StatusUnprocessableEntity, words)
		if errors, _ := got.body["errors"].([]any); len(errors) == 0 {
			t.Errorf("%s: no places in %s", words, got.text)
		}
		a.call("POST", "/pages", map[string]any{"name": "other", "page": document}).fails(http.StatusUnprocessableEntity, words)
	}
	if got := a.call("GET", "/pages/help", nil); got.number("revision") != 1 || got.at("page", "title") != "Good" {
		t.Errorf("the draft is %s", got.text)
	}
}

func TestAPageWithProblemsIsKeptAsADraftAndNotPublished(t *testing.T) {
	a := builder(t, nil)
	set(a, "", "SECRET", "x", "private")
	a.add("help", page("Help", `{"type":"web-phone","id":"phone","username":{"env":"NOBODY"},"password":{"env":"SECRET"},"realm":{"function":"none"},"actions":{"onEnd":"ended","onAnswer":"refresh"}}`, ""))
	want := []string{
		"/components/0/actions/onEnd|phone|There is no action ended.",
		"/components/0/password|phone|The environment variable SECRET is private",
		"/components/0/realm|phone|There is no function none.",
		"/components/0/username|phone|The environment variable NOBODY is not set.",
	}
	told := func(problems any) {
		t.Helper()
		items, _ := problems.([]any)
		if len(items) != len(want) {
			t.Fatalf("problems %v", problems)
		}
		for i, item := range items {
			problem := item.(map[string]any)
			if got := fmt.Sprintf("%s|%s|%s", problem["path"], problem["component"], problem["message"]); !strings.HasPrefix(got, want[i]) {
				t.Errorf("problem %s, want %s", got, want[i])
			}
		}
	}
	told(a.call("GET", "/pages/help", nil).is(http.StatusOK).at("problems"))
	told(a.on("help", "publish", 1).fails(http.StatusUnprocessableEntity, "cannot be published yet").at("errors"))
	set(a, "help", "NOBODY", "1001", "")
	set(a, "help", "SECRET", "a password that the page may have", "protected")
	a.save("help", 1, page("Help", `{"type":"web-phone","id":"phone","username":{"env":"NOBODY"},"password":{"env":"SECRET"},"realm":{"function":"none"},"actions":{"onEnd":"ended"}}`,
		`{"kind":"action","name":"ended","code":""},{"kind":"url","name":"none","url":"https://example.com/"}`)).is(http.StatusOK)
	if got := a.on("help", "publish", 2).is(http.StatusOK); fmt.Sprint(got.at("problems")) != "[]" {
		t.Errorf("published with %s", got.text)
	}
}

func TestNamesArePartOfAnAddress(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("Help", "", ""))
	for _, name := range []string{"", "-a", "a-", "A", "a b", "a/b", "../a", "ä", strings.Repeat("a", 65)} {
		a.call("POST", "/pages", map[string]any{"name": name, "page": page("Help", "", "")}).fails(http.StatusUnprocessableEntity, "small letters")
		a.call("POST", "/pages/help/duplicate", map[string]any{"name": name}).fails(http.StatusUnprocessableEntity, "small letters")
	}
	a.add(strings.Repeat("a", 64), page("Help", "", ""))
	a.call("POST", "/pages", map[string]any{"name": "help", "page": page("Help", "", "")}).fails(http.StatusConflict, "There is a page help already")
	a.call("POST", "/pages/help/duplicate", map[string]any{"name": "help"}).fails(http.StatusConflict, "There is a page help already")
}

func TestACopyHasTheDraftAndTheVariables(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("Help", phoneComponent, ""))
	set(a, "help", "A", "secret", "protected")
	a.on("help", "publish", 1).is(http.StatusOK)
	copied := a.call("POST", "/pages/help/duplicate", map[string]any{"name": "copy"}).is(http.StatusCreated)
	if copied.at("publishedVersion") != nil || copied.at("page", "title") != "Help" || copied.number("revision") != 1 {
		t.Errorf("copied %s", copied.text)
	}
	if got := a.values("copy"); got["A"] != "secret" {
		t.Errorf("the copy's variables are %v", got)
	}
	a.call("DELETE", "/pages/help", nil).is(http.StatusNoContent)
	if got := a.values("help"); len(got) != 0 {
		t.Errorf("a deleted page's variables are %v", got)
	}
	if got := a.values("copy"); len(got) != 1 {
		t.Errorf("the copy's variables went with the original: %v", got)
	}
	a.call("POST", "/pages/none/duplicate", map[string]any{"name": "more"}).fails(http.StatusNotFound, "There is no page none.")
}

func TestAVersionIsRestoredAsTheDraft(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("One", "", ""))
	a.on("help", "publish", 1).is(http.StatusOK)
	a.save("help", 1, page("Two", "", "")).is(http.StatusOK)
	a.on("help", "publish", 2).is(http.StatusOK)
	list := a.call("GET", "/pages/help/versions", nil).is(http.StatusOK)
	if list.at("versions", 0, "number") != 2.0 || list.at("versions", 0, "title") != "Two" || list.at("versions", 0, "published") != true ||
		list.at("versions", 1, "number") != 1.0 || list.at("versions", 1, "published") != false {
		t.Fatalf("versions %s", list.text)
	}
	restored := a.on("help", "versions/1/restore", 2).is(http.StatusOK)
	if restored.number("revision") != 3 || restored.at("page", "title") != "One" || restored.number("publishedVersion") != 2 {
		t.Errorf("restored %s", restored.text)
	}
	a.on("help", "versions/9/restore", 3).fails(http.StatusNotFound, "There is no version 9 of page help.")
	a.on("help", "versions/x/restore", 3).is(http.StatusUnprocessableEntity)
	a.call("GET", "/pages/none/versions", nil).fails(http.StatusNotFound, "There is no page none.")
}

func TestAHundredVersionsAreKept(t *testing.T) {
	a := builder(t, nil)
	a.add("help", page("Help", "", ""))
	for range 102 {
		a.on("help", "publish", 1).is(http.StatusOK)
	}
	list := a.call("GET", "/pages/help/versions", nil).is(http.StatusOK)
	versions, _ := list.at("versions").([]any)
	if len(versions) != 100 || list.at("versions", 0, "number") != 102.0 || list.at("versions", 99, "number") != 3.0 || list.at("versions", 0, "published") != true {
		t.Errorf("%d versions: %.200s", len(versions), list.text)
	}
}

func TestADraftTokenIsForOneDraftAndAnHour(t *testing.T) {
	a := builder(t, nil)
	token, _ := a.add("help", page("Help", "", "")).at("draftToken").(string)
	source, err := newPageStore(within(t), a.server.config.Accounts.Store)
	if err != nil {
		t.Fatal(err)
	}
	if !source.verifyDraft(token, "help") {
		t.Fatal("the token is refused")
	}
	changed := []byte(token)
	for i := range changed {
		changed[i] ^= 1
		if source.verifyDraft(string(changed), "help") {
			t.Errorf("a token that was changed at %d is taken", i)
		}
		changed[i] ^= 1
	}
	for _, wrong := range []string{"", "a", token + "A", token[:len(token)-1], strings.Repeat("A", 1<<20)} {
		if source.verifyDraft(wrong, "help") {
			t.Errorf("%.60q is taken", wrong)
		}
	}
	if source.verifyDraft(token, "other") {
		t.Error("the token is taken for another page")
	}
	source.now = func() time.Time { return time.Now().Add(draftTime + time.Second) }
	if source.verifyDraft(token, "help") {
		t.Error("the token is taken after an hour")
	}
}
