package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"webphone/internal/functions"
)

// crm is a server elsewhere that a page's functions call.
func crm(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// near names the loopback address for the functions of pages.
func near(c *Config) { c.FunctionHosts = []string{"127.0.0.1"} }

// calling publishes the page help with one function for a URL.
func (s *site) calling(url string) {
	s.t.Helper()
	s.publish("help", fmt.Sprintf(`{"title":"Help","components":[],"functions":[
		{"kind":"url","name":"crm","method":"POST","url":"%s/{{data.caller}}?key={{env.KEY}}",
		 "headers":[{"name":"Authorization","value":"Bearer {{env.KEY}}"}],"body":"{\"key\":\"{{env.KEY}}\"}"}]}`, url))
	s.set("help", "KEY", secret, true)
}

const helpCRM = "/p/help/functions/crm"

// silentAbout says that neither the answer nor the log holds the secret.
func (s *site) silentAbout(got answer) {
	s.t.Helper()
	for where, text := range map[string]string{"answer": string(got.text), "log": s.log.String()} {
		if strings.Contains(text, secret) {
			s.t.Errorf("the secret is in the %s: %s", where, text)
		}
	}
}

func TestAFunctionHasThePrivateVariablesOfItsPage(t *testing.T) {
	s := newSite(t, near)
	s.calling(crm(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"right": r.Header.Get("Authorization") == "Bearer "+secret && r.URL.Query().Get("key") == secret && string(body) == `{"key":"`+secret+`"}`,
			"path":  r.URL.Path, "long": json.Number("9007199254740993"),
		})
	}))
	got := s.run(helpCRM, `{"data":{"caller":"+43 1"}}`).is(http.StatusOK)
	if want := `{"value":{"long":9007199254740993,"path":"/+43 1","right":true}}`; strings.TrimSpace(string(got.text)) != want {
		t.Errorf("%s, want %s", got.text, want)
	}
	s.silentAbout(got)
}

func TestADraftsFunctionIsForTheDraftsToken(t *testing.T) {
	s := newSite(t, near)
	s.draft("help", fmt.Sprintf(`{"title":"Help","components":[],"functions":[{"kind":"url","name":"crm","url":%q}]}`,
		crm(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "of the draft") })))
	s.run(helpCRM, "").fails(http.StatusNotFound, "Nothing is published")
	if got := s.run(helpCRM, "", "X-Draft-Token: "+s.token("help")).is(http.StatusOK); got.body["value"] != "of the draft" {
		t.Errorf("%s", got.text)
	}
}

func TestWhatAURLDoesWrongIsToldInWordsWithoutTheSecret(t *testing.T) {
	for words, test := range map[string]struct {
		status  int
		handler http.HandlerFunc
	}{
		"not the JSON": {502, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{")
		}},
		"answered 401":      {502, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, secret, http.StatusUnauthorized) }},
		"more than 256 KiB": {502, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat(secret, 30<<10)) }},
		"another host":      {502, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://localhost:1/"+secret, 302) }},
		"ended the conn":    {502, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		s := newSite(t, near)
		s.calling(crm(t, test.handler))
		got := s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(test.status, words).fails(test.status, "The function crm at 127.0.0.1")
		if !strings.Contains(s.log.String(), "a function failed") {
			t.Errorf("%s: the log says %q", words, s.log)
		}
		s.silentAbout(got)
	}
}

func TestAURLThatHangsIsAnsweredAsATimeout(t *testing.T) {
	s := newSite(t, near)
	over := make(chan struct{})
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) { <-over }))
	defer close(over)
	caller, err := functions.New(functions.Config{Hosts: []string{"127.0.0.1"}, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s.server.pages.caller = caller
	s.silentAbout(s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(http.StatusGatewayTimeout, "did not answer in time"))
}

func TestAPrivateHostThatIsNotNamedIsNotReached(t *testing.T) {
	s := newSite(t, nil)
	elsewhere := crm(t, func(http.ResponseWriter, *http.Request) { t.Error("it was reached") })
	s.calling(elsewhere)
	s.silentAbout(s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(http.StatusBadGateway, "not over https"))
	s.publish("tls", fmt.Sprintf(`{"title":"x","components":[],"functions":[{"kind":"url","name":"crm","url":%q}]}`, strings.Replace(elsewhere, "http:", "https:", 1)))
	s.run("/p/tls/functions/crm", "").fails(http.StatusBadGateway, "not public")
}

func TestDataThatAFunctionCannotBeCalledWithIsRefused(t *testing.T) {
	s := newSite(t, near)
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	for body, want := range map[string]struct {
		status int
		words  string
	}{
		``:                         {422, "{{data.caller}} is missing"},
		`{"data":{"caller":null}}`: {422, "{{data.caller}} is missing"},
		`{"data":{"caller":".."}}`: {422, ". or .."},
		`{"data":`:                 {400, "not a JSON object"},
		`{} {}`:                    {400, "not a JSON object"},
		`[]`:                       {400, "not a JSON object"},
		`{"data":"` + strings.Repeat("x", maxFunctionData) + `"}`: {413, "at most 16 KiB"},
	} {
		s.silentAbout(s.run(helpCRM, body).fails(want.status, want.words))
	}
	if err := s.accounts.Store.RemoveVariable(within(t), "help", "KEY"); err != nil {
		t.Fatal(err)
	}
	s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(http.StatusBadGateway, "{{env.KEY}}")
}

func TestOnlyWhatTheServerRunsIsAFunctionOfIt(t *testing.T) {
	s := newSite(t, near)
	s.publish("help", `{"title":"x","components":[],"functions":[
		{"kind":"action","name":"mounted","code":"1"},{"kind":"url","name":"here","runs":"browser","url":"http://127.0.0.1:1"}]}`)
	for _, name := range []string{"mounted", "here", "none", "constructor", "%2e%2e"} {
		s.run("/p/help/functions/"+name, "").fails(http.StatusNotFound, "has no function")
	}
	for _, path := range []string{"/p/other/functions/x", "/p/A/functions/x"} {
		s.run(path, "").fails(http.StatusNotFound, "Nothing is published")
	}
}

func TestAPreviewWithoutAnOriginMayCall(t *testing.T) {
	s := newSite(t, near)
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) {}))
	res, _ := s.do("OPTIONS", helpCRM, "Origin: null", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type,x-draft-token")
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Access-Control-Allow-Origin") != "*" ||
		res.Header.Get("Access-Control-Allow-Headers") != "Content-Type, X-Draft-Token" || res.Header.Get("Access-Control-Allow-Methods") != "POST" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	s.run(helpCRM, `{"data":{"caller":"1"}}`, "Origin: null").is(http.StatusOK)
	res, _ = s.do("GET", helpCRM)
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "OPTIONS, POST" {
		t.Errorf("GET: %d %v", res.StatusCode, res.Header)
	}
}

func TestCallsAreBoundedByAddressAndPage(t *testing.T) {
	s := newSite(t, near)
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) {}))
	s.publish("other", `{"title":"x","components":[],"functions":[{"kind":"url","name":"crm","url":"http://127.0.0.1:1"}]}`)
	s.server.pages.gate.calls = newRates(0, 2)
	for range 2 {
		s.run(helpCRM, `{"data":{"caller":"1"}}`).is(http.StatusOK)
	}
	if got := s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(http.StatusTooManyRequests, "called too often"); got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.run("/p/other/functions/crm", "").is(http.StatusBadGateway)
}

func TestCallsAtOnceAreBounded(t *testing.T) {
	s := newSite(t, near)
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) {}))
	s.publish("guests", `{"title":"x","components":[],"functions":[{"kind":"visitor","name":"guest","destination":"1001"}]}`)
	slots := &s.server.pages.gate.slots
	for i := range maxCalls {
		if err := slots.take(fmt.Sprint(i)); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if got := s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(http.StatusServiceUnavailable, "Too many functions"); got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// A visitor signs in all the same.
	s.run("/p/guests/functions/guest", "").is(http.StatusOK)
	slots.free("0")
	for range 3 {
		s.run(helpCRM, `{"data":{"caller":"1"}}`).is(http.StatusOK)
	}
	if slots.taken != maxCalls-1 || len(slots.byAddress) != maxCalls-1 {
		t.Errorf("a call that has ended holds its place: %d, %d addresses", slots.taken, len(slots.byAddress))
	}
}

func TestOneAddressDoesNotTakeThePlacesOfAllOthers(t *testing.T) {
	s := newSite(t, near)
	hanging, over := make(chan struct{}, maxCalls), make(chan struct{})
	end := sync.OnceFunc(func() { close(over) })
	defer end()
	s.calling(crm(t, func(http.ResponseWriter, *http.Request) { hanging <- struct{}{}; <-over }))
	s.publish("guests", `{"title":"x","components":[],"functions":[{"kind":"visitor","name":"guest","destination":"1001"}]}`)
	s.server.pages.gate.calls = newRates(0, 100)
	var calls sync.WaitGroup
	for range maxCallsPerAddress {
		calls.Go(func() {
			if got := s.run(helpCRM, `{"data":{"caller":"1"}}`); got.status != http.StatusOK {
				t.Errorf("%d %s", got.status, got.text)
			}
		})
	}
	patience := within(t)
	for range maxCallsPerAddress {
		select {
		case <-hanging:
		case <-patience.Done():
			t.Fatal("a call does not come through")
		}
	}
	if got := s.run(helpCRM, `{"data":{"caller":"1"}}`).fails(http.StatusTooManyRequests, "for your network"); got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	slots := &s.server.pages.gate.slots
	if err := slots.take("192.0.2.1"); err != nil {
		t.Errorf("another address: %v", err)
	}
	slots.free("192.0.2.1")
	s.run("/p/guests/functions/guest", "").is(http.StatusOK)
	end()
	calls.Wait()
	if slots.taken != 0 || len(slots.byAddress) != 0 {
		t.Errorf("calls that have ended hold their places: %d, %d addresses", slots.taken, len(slots.byAddress))
	}
}

func TestAFloodOfAddressesSharesOneCount(t *testing.T) {
	r := newRates(0, 2)
	for i := range maxCounted {
		if !r.allow(fmt.Sprint(i)) {
			t.Fatal("a first call is refused")
		}
	}
	if !r.allow("a") || !r.allow("b") || r.allow("c") || len(r.counted) != maxCounted {
		t.Errorf("%d addresses are counted", len(r.counted))
	}
	if !r.allow("7") || r.allow("7") {
		t.Error("an address that is counted is no longer counted by itself")
	}
}

func TestAnAddressIsCountedByWhatASubscriberHas(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1", "[::ffff:192.0.2.1]:5": "192.0.2.1", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2::/64", "[fe80::1%eth0]:5": "fe80::/64",
	} {
		if got := addressOf(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestTheBoundsOfCallsAreTheDocumentedOnes(t *testing.T) {
	gate := newFunctionGate()
	if gate.calls.perSecond != 10 || gate.calls.burst != 20 || gate.visitors.perSecond != 1 || gate.visitors.burst != 10 || maxCalls != 64 || maxCallsPerAddress != 16 {
		t.Errorf("%+v, %+v", gate.calls, gate.visitors)
	}
}
