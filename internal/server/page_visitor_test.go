package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webphone/internal/sip"
	"webphone/internal/store"
)

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

func TestAnAddressHasAHundredVisitorsAtMost(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", guestPage)
	s.server.pages.gate.visitors, s.server.pages.gate.calls = newRates(0, 1000), newRates(0, 1000)
	for range 100 {
		s.run("/p/help/functions/brief", "").is(http.StatusOK)
	}
	s.run("/p/help/functions/brief", "").fails(http.StatusTooManyRequests, "Too many visitors are here from your network at the moment. Try again in a few minutes.")
	if strings.Contains(s.log.String(), "127.0.0.1") {
		t.Errorf("the address is in the log: %s", s.log.String())
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
	if err := s.accounts.Store.AddVisitor(within(t), ended, "192.0.2.17"); err != nil {
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

func TestTheAddressOfTheServerIsAsTheVisitorsBrowserHasIt(t *testing.T) {
	over := func(state *tls.ConnectionState, forwarded string) *http.Request {
		return &http.Request{Host: "phone.example:8443", TLS: state, Header: http.Header{"X-Forwarded-Proto": {forwarded}}}
	}
	for want, r := range map[string]*http.Request{
		"wss://phone.example:8443":  over(&tls.ConnectionState{}, ""),
		"wss://phone.example:8443 ": over(nil, "HTTPS"),
		"ws://phone.example:8443":   over(nil, "http, https"),
		// A proxy cannot take TLS away.
		"wss://phone.example:8443  ": over(&tls.ConnectionState{}, "http"),
	} {
		if at, err := originOf(r); err != nil || at.ws() != strings.TrimSpace(want) {
			t.Errorf("%v: %s, %v, want %s", r.Header, at.ws(), err, want)
		}
	}
}
