package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webphone/internal/functions"
	"webphone/internal/sip"
	"webphone/internal/store"
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
	s.publish("help", `{"title":"x","components":[],"functions":[{"kind":"visitor","name":"guest","destination":"1001"}]}`)
	gate := s.server.pages.gate
	for range maxCalls {
		gate.slots <- struct{}{}
	}
	s.run("/p/help/functions/guest", "").fails(http.StatusServiceUnavailable, "Too many functions")
	<-gate.slots
	s.run("/p/help/functions/guest", "").is(http.StatusOK)
	if len(gate.slots) != maxCalls-1 {
		t.Errorf("a call that has ended holds its place: %d", len(gate.slots))
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

// guestOf calls a visitor function and returns its value.
func (s *site) guestOf(path string, headers ...string) visitor {
	s.t.Helper()
	got := s.run(path, "", headers...).is(http.StatusOK)
	var body struct{ Value visitor }
	if err := json.Unmarshal(got.text, &body); err != nil {
		s.t.Fatal(err)
	}
	return body.Value
}

const guestPage = `{"title":"x","components":[],"functions":[
	{"kind":"visitor","name":"guest","destination":{"env":"WHERE"},"lifetime":120},{"kind":"visitor","name":"brief","destination":"1001"}]}`

func TestAVisitorGetsAnAccountOfItsOwn(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", guestPage)
	s.set("help", "WHERE", "1002", true)
	first, second := s.guestOf("/p/help/functions/guest"), s.guestOf("/p/help/functions/guest")
	if first.Username == second.Username || first.Password == second.Password || !strings.HasPrefix(first.Username, "visitor-") || len(first.Username) < 30 {
		t.Errorf("%+v, %+v", first, second)
	}
	if first.Realm != domain || first.Destination != "1002" || first.Expires != 120 {
		t.Errorf("%+v", first)
	}
	at, _ := url.Parse(s.server.URL())
	if len(first.WSServers) != 1 || first.WSServers[0] != "ws://"+at.Host+"/sip" {
		t.Errorf("%v", first.WSServers)
	}
	if got := s.guestOf("/p/help/functions/brief", "Host: phone.example", "X-Forwarded-Proto: https, http"); got.WSServers[0] != "wss://phone.example/sip" || got.Expires != 600 {
		t.Errorf("behind a proxy with TLS: %+v", got)
	}
	account, err := s.accounts.Store.Account(within(t), first.Username)
	if left := time.Until(account.Expires); err != nil || account.Destination != "1002" || left > 2*time.Minute || left < time.Minute {
		t.Errorf("%+v, %v", account, err)
	}
	if all, err := s.accounts.Store.Accounts(within(t)); err != nil || len(all) != 0 {
		t.Errorf("visitors are listed: %v, %v", all, err)
	}
}

func TestAVisitorWithoutADestinationIsToldToTheOperator(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", guestPage)
	s.run("/p/help/functions/guest", "").fails(http.StatusBadGateway, "no destination")
	s.set("help", "WHERE", strings.Repeat("1", 65), false)
	s.run("/p/help/functions/guest", "").fails(http.StatusBadGateway, "no destination")
}

func TestVisitorsAreBoundedByAddress(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", guestPage)
	s.server.pages.gate.visitors = newRates(0, 1)
	s.run("/p/help/functions/brief", "").is(http.StatusOK)
	s.run("/p/help/functions/brief", "").fails(http.StatusTooManyRequests, "called too often")
}

func TestTheBoundsOfCallsAreTheDocumentedOnes(t *testing.T) {
	gate := newFunctionGate()
	if gate.calls.perSecond != 10 || gate.calls.burst != 20 || gate.visitors.perSecond != 1 || gate.visitors.burst != 10 || cap(gate.slots) != 64 {
		t.Errorf("%+v", gate)
	}
}

// authorized sends a request from user, answers its challenge and returns the
// final status.
func (p *phone) authorized(method, uri string, as visitor, headers ...string) int {
	p.t.Helper()
	res := p.request(method, uri, as.Username, headers...)
	challenge, credentials := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		challenge, credentials = "Proxy-Authenticate", "Proxy-Authorization"
	} else if res.StatusCode != 401 {
		return res.StatusCode
	}
	asked, err := sip.ParseChallenge(res.GetHeader(challenge).Value())
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := asked.Answer(as.Username, as.Password, sip.Method(method), uri, "0a4f113b", 1)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.request(method, uri, as.Username, append(headers, credentials+": "+answer.String())...).StatusCode
}

// busy is a phone of an account that declines every call.
func (s *site) busy(user string) {
	s.t.Helper()
	p := s.phone("/sip")
	if got := p.register(user, password); got != 200 {
		s.t.Fatalf("REGISTER: %d", got)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			_, data, err := p.ws.Read(context.Background())
			if err != nil {
				return
			}
			msg, err := sip.Parse(data)
			if invite, is := msg.(*sip.Request); err == nil && is && invite.Method == sip.INVITE {
				_ = p.ws.Write(context.Background(), websocket.MessageText, sip.Bytes(sip.NewResponse(invite, 486, "")))
			}
		}
	}()
	s.t.Cleanup(func() { _ = p.ws.CloseNow(); <-gone })
}

func TestAVisitorRegistersAndReachesItsDestinationAlone(t *testing.T) {
	s := newSite(t, nil)
	add(t, s.accounts, "1001")
	add(t, s.accounts, "1002")
	s.publish("help", guestPage)
	s.set("help", "WHERE", "1002", false)
	guest := s.guestOf("/p/help/functions/guest")
	at, err := url.Parse(guest.WSServers[0])
	if err != nil {
		t.Fatal(err)
	}
	p := s.phone(at.Path)
	if got := p.register(guest.Username, guest.Password); got != 200 {
		t.Fatalf("REGISTER: %d", got)
	}
	s.busy("1002")
	contact := "Contact: <sip:" + guest.Username + "@client.invalid;transport=ws>"
	for to, want := range map[string]int{"1002": 486, "1001": 403, "*43": 403, guest.Username: 403} {
		uri := "sip:" + to + "@" + domain
		if got := p.authorized("INVITE", uri, guest, contact); got != want {
			t.Errorf("%s: %d, want %d", to, got, want)
		}
	}
	ended := store.Account{
		Username: "visitor-ended", Realm: domain, Hashes: mustHash(t, s.accounts, "visitor-ended"), Destination: "1002", Expires: time.Now().Add(-time.Second),
	}
	if err := s.accounts.Store.AddVisitor(within(t), ended); err != nil {
		t.Fatal(err)
	}
	if got := p.register("visitor-ended", password); got != 401 {
		t.Errorf("an account that has ended registers: %d", got)
	}
}

func mustHash(t *testing.T, accounts *Accounts, username string) map[string]string {
	t.Helper()
	hashes, err := accounts.hashes(username, password)
	if err != nil {
		t.Fatal(err)
	}
	return hashes
}
