package server

import (
	"net/http"
	"testing"
)

func TestAPageIsMadeSavedAndPublished(t *testing.T) {
	a := builder(t, nil)
	made := a.call("POST", "/pages", map[string]any{"name": "help", "page": page("Help", phoneComponent, "")}).is(http.StatusCreated)
	if made.number("revision") != 1 || made.at("publishedVersion") != nil || made.at("page", "title") != "Help" {
		t.Fatalf("made %s", made.text)
	}
	saved := a.call("PUT", "/pages/help/draft", map[string]any{"revision": 1, "page": page("Help us", phoneComponent, "")}).is(http.StatusOK)
	if saved.number("revision") != 2 || saved.at("page", "title") != "Help us" {
		t.Fatalf("saved %s", saved.text)
	}
	published := a.call("POST", "/pages/help/publish", map[string]any{"revision": 2}).is(http.StatusOK)
	if published.number("publishedVersion") != 1 || published.at("publishedTime") == nil {
		t.Fatalf("published %s", published.text)
	}
	list := a.call("GET", "/pages", nil).is(http.StatusOK)
	if list.at("pages", 0, "name") != "help" || list.at("pages", 0, "title") != "Help us" || list.at("pages", 0, "publishedVersion") != 1.0 {
		t.Fatalf("listed %s", list.text)
	}
}
