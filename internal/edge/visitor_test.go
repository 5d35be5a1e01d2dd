package edge

import (
	"context"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
	"webphone/internal/store"
)

// A visitor's account may call 1002 and ends after ten minutes; another's may
// call the echo test.

const (
	guest     = "visitor-a"
	echoGuest = "visitor-b"
	visit     = 10 * time.Minute
)

// lobby is a directory in which visitors' accounts end.
type lobby struct {
	directory
	clock sip.Clock
	ends  time.Time
}

func (l lobby) Account(ctx context.Context, username string) (store.Account, error) {
	account, err := l.directory.Account(ctx, username)
	if destination := map[string]string{guest: "1002", echoGuest: "echo"}[username]; destination != "" {
		account.Destination, account.Expires = destination, l.ends
		if !l.clock.Now().Before(l.ends) {
			return store.Account{}, store.ErrNotFound
		}
	}
	return account, err
}

// withVisitors stops the time, which the visitors' accounts follow.
func withVisitors(clock sip.Clock) func(*Config) {
	return func(c *Config) {
		withClock(clock)(c)
		c.Accounts = lobby{directory{"1001": true, "1002": true, guest: true, echoGuest: true}, clock, clock.Now().Add(visit)}
	}
}

// visiting is a visitor and the phone that it may call, registered.
func visiting(t *testing.T) (h *harness, clock *siptest.Clock, visitor, callee *client) {
	t.Helper()
	clock = siptest.NewClock()
	h = newHarness(t, withVisitors(clock))
	visitor, callee = h.dial(), h.dial()
	visitor.register(guest, instance)
	callee.register("1002", otherInstance)
	return h, clock, visitor, callee
}

// connected is a visitor in a call.
func connected(t *testing.T) (clock *siptest.Clock, visitor, callee *client, sent message, ok *sip.Response) {
	t.Helper()
	_, clock, visitor, callee = visiting(t)
	sent, invite := visitor.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok = visitor.response(200)
	visitor.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	return clock, visitor, callee, sent, ok
}

func TestAVisitorCallsItsDestination(t *testing.T) {
	_, visitor, callee, sent, ok := connected(t)
	visitor.send(inDialog("INVITE", sent, ok))
	callee.reply(callee.request(sip.INVITE), 200, "Contact: "+callee.contact())
	visitor.response(200)
	visitor.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	for _, method := range []string{"INFO", "UPDATE", "BYE"} {
		visitor.send(inDialog(method, sent, ok))
		callee.reply(callee.request(sip.Method(method)), 200)
		visitor.response(200)
	}
}

func TestAVisitorForTheEchoTestReachesItUnderBothNames(t *testing.T) {
	h := newHarness(t, withVisitors(siptest.NewClock()), withEcho(t))
	c := h.dial()
	c.register(echoGuest, instance)
	for _, address := range []string{"sip:echo@" + domain, "sip:*43@" + domain} {
		sent := c.callEcho(address, offer(t))
		c.response(100)
		ok := c.response(200)
		c.send(inDialog("ACK", sent, ok))
		c.send(inDialog("BYE", sent, ok))
		c.response(200)
	}
	c.authorized(message{method: "INVITE", uri: "sip:1002@" + domain, to: "sip:1002@" + domain})
	c.response(403)
}

func TestAVisitorDoesNothingElse(t *testing.T) {
	h, _, visitor, callee := visiting(t)
	other := h.dial()
	other.register("1001", strings.Replace(otherInstance, "e129", "e130", 1))
	for name, m := range map[string]message{
		"another account":            {method: "INVITE", uri: "sip:1001@" + domain},
		"nobody":                     {method: "INVITE", uri: "sip:1009@" + domain},
		"the destination elsewhere":  {method: "INVITE", uri: "sip:1002@elsewhere.example"},
		"the echo test":              {method: "INVITE", uri: "sip:*43@" + domain},
		"in the place of a call":     {method: "INVITE", uri: "sip:1002@" + domain, headers: []string{"Replaces: a@b;to-tag=1;from-tag=2"}},
		"into a call":                {method: "INVITE", uri: "sip:1002@" + domain, headers: []string{"Join: a@b;to-tag=1;from-tag=2"}},
		"a message":                  {method: "MESSAGE", uri: "sip:1002@" + domain},
		"a transfer out of a call":   {method: "REFER", uri: "sip:1002@" + domain, headers: []string{"Refer-To: <sip:1001@" + domain + ">"}},
		"a subscription":             {method: "SUBSCRIBE", uri: "sip:1002@" + domain},
		"OPTIONS to somebody":        {method: "OPTIONS", uri: "sip:1002@" + domain},
		"a request of no known call": {method: "BYE", uri: "sip:1002@" + domain},
	} {
		t.Run(name, func(t *testing.T) {
			visitor.t = t
			m.to = m.uri
			m.headers = append(m.headers, "Contact: "+visitor.contact())
			visitor.authorized(m)
			if res := visitor.response(403); !strings.Contains(res.Reason, "one destination") {
				t.Errorf("the reason is %q", res.Reason)
			}
		})
	}
	visitor.t = t
	visitor.silent()
	callee.silent()
	other.silent()
}

func TestTheDestinationIsOneHoweverItIsWritten(t *testing.T) {
	for uri, status := range map[string]int{
		"sip:%31002@" + domain:                  100,
		"sips:1002@" + domain:                   100,
		"sip:1002@" + domain + ";maddr=1.2.3.4": 100,
		"tel:1-002;phone-context=elsewhere":     100,
		"sip:1002;user=phone@" + domain:         403,
		"sip:1002%00@" + domain:                 403,
		"sip:+1002@" + domain:                   403,
		"sip:%2a43@" + domain:                   403,
		"sip:ECHO@" + domain:                    403,
		"tel:1001;phone-context=1002":           403,
	} {
		t.Run(uri, func(t *testing.T) {
			_, _, visitor, callee := visiting(t)
			visitor.authorized(message{method: "INVITE", uri: uri, to: uri, headers: []string{"Contact: " + visitor.contact()}})
			visitor.response(status)
			if status == 403 {
				callee.silent()
			} else if at := callee.request(sip.INVITE).Recipient; at.Host != "client.invalid" || at.User != "1002" {
				t.Errorf("it rings at %s", at.String())
			}
		})
	}
}

func TestNobodyCallsAVisitor(t *testing.T) {
	h, clock, visitor, callee := visiting(t)
	for _, at := range []string{"while it is registered", "just after it has gone", "after its end"} {
		callee.authorized(message{method: "INVITE", uri: "sip:" + guest + "@" + domain, to: "sip:" + guest + "@" + domain,
			headers: []string{"Contact: " + callee.contact()}})
		callee.response(404)
		switch at {
		case "while it is registered":
			visitor.silent()
			h.leave(visitor)
		case "just after it has gone":
			clock.Advance(visit)
		}
	}
}

func TestAVisitorsRegistrationEndsWithItsAccount(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withVisitors(clock))
	c := h.dial()
	c.user = guest
	register := func(expires string) *sip.Response {
		c.authorized(message{method: "REGISTER", uri: "sip:" + domain, to: "sip:" + guest + "@" + domain,
			headers: []string{"Contact: " + c.contact() + instance, "Expires: " + expires}})
		return c.response(200)
	}
	for _, step := range []struct {
		after        time.Duration
		asked, given string
	}{{0, "3600", "600"}, {0, "120", "120"}, {400 * time.Second, "3600", "200"}, {190 * time.Second, "3600", "60"}} {
		clock.Advance(step.after)
		if got, _ := register(step.asked).Contact().Params.Get("expires"); got != step.given {
			t.Errorf("%s seconds were asked and %s given, want %s", step.asked, got, step.given)
		}
	}
	clock.Advance(10 * time.Second)
	c.authorized(message{method: "REGISTER", uri: "sip:" + domain, to: "sip:" + guest + "@" + domain,
		headers: []string{"Contact: " + c.contact() + instance, "Expires: 600"}})
	c.response(401)
}

func TestAVisitorWhoseAccountHasEndedCallsNobody(t *testing.T) {
	_, clock, visitor, callee := visiting(t)
	clock.Advance(visit)
	visitor.authorized(message{method: "INVITE", uri: "sip:1002@" + domain, to: "sip:1002@" + domain,
		headers: []string{"Contact: " + visitor.contact()}})
	visitor.response(407)
	callee.silent()
}

func TestACallGoesOnWhenTheVisitorsAccountEnds(t *testing.T) {
	clock, visitor, callee, sent, ok := connected(t)
	clock.Advance(2 * visit)
	for _, method := range []string{"INFO", "BYE"} {
		visitor.send(inDialog(method, sent, ok))
		callee.reply(callee.request(sip.Method(method)), 200)
		visitor.response(200)
	}
}

func TestTheOtherSideEndsACallWhoseVisitorsAccountHasEnded(t *testing.T) {
	_, clock, visitor, callee := visiting(t)
	sent, invite := visitor.call(callee)
	answer := callee.reply(invite, 200, "Contact: "+callee.contact())
	visitor.send(inDialog("ACK", sent, visitor.response(200)))
	callee.request(sip.ACK)
	clock.Advance(2 * visit)
	callee.send(message{
		method: "BYE", uri: invite.Contact().Address.String(), callID: sent.callID,
		from: "<sip:1002@" + domain + ">", fromTag: tag(answer.To().Params), to: invite.From().Value(),
		headers: routes(invite.GetHeaders("Record-Route"), false),
	})
	visitor.reply(visitor.request(sip.BYE), 200)
	callee.response(200)
}

func TestAVisitorHasNobodyDialWithinACall(t *testing.T) {
	for _, after := range []time.Duration{0, 2 * visit} {
		clock, visitor, callee, sent, ok := connected(t)
		clock.Advance(after)
		refer := inDialog("REFER", sent, ok)
		refer.headers = append(refer.headers, "Refer-To: <sip:1001@"+domain+">")
		replacing := inDialog("INVITE", sent, ok)
		replacing.headers = append(replacing.headers, "Replaces: a@b;to-tag=1;from-tag=2")
		lax := inDialog("refer", sent, ok)
		lax.headers = append(lax.headers, "Refer-To: <sip:1001@"+domain+">")
		for _, m := range []message{refer, replacing, lax, inDialog("SUBSCRIBE", sent, ok)} {
			visitor.send(m)
			visitor.response(403)
		}
		callee.silent()
	}
}

func TestTheRouteOfAVisitorsCallMakesNoOther(t *testing.T) {
	_, visitor, callee, sent, ok := connected(t)
	for _, method := range []string{"INVITE", "MESSAGE", "SUBSCRIBE"} {
		m := inDialog(method, sent, ok)
		m.to, m.callID = "sip:1002@"+domain, ""
		visitor.send(m)
		visitor.response(403)
	}
	callee.silent()
}

func TestTheOtherSideMayTransferAVisitor(t *testing.T) {
	_, _, visitor, callee := visiting(t)
	sent, invite := visitor.call(callee)
	answer := callee.reply(invite, 200, "Contact: "+callee.contact())
	visitor.send(inDialog("ACK", sent, visitor.response(200)))
	callee.request(sip.ACK)
	callee.send(message{
		method: "REFER", uri: invite.Contact().Address.String(), callID: sent.callID,
		from: "<sip:1002@" + domain + ">", fromTag: tag(answer.To().Params), to: invite.From().Value(),
		headers: append(routes(invite.GetHeaders("Record-Route"), false), "Refer-To: <sip:1001@"+domain+">"),
	})
	visitor.reply(visitor.request(sip.REFER), 202)
	callee.response(202)
}
