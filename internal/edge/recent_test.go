package edge

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// An account has no phone at the moment of a call.

// calls sends an INVITE and takes its 100.
func (c *client) calls(user string) message {
	c.t.Helper()
	to := "sip:" + user + "@" + domain
	sent := c.authorized(message{
		method: "INVITE", uri: to, to: to,
		headers: []string{"Contact: " + c.contact()}, contentType: "application/sdp", body: "v=0\r\n",
	})
	c.response(100)
	// The edge has done with the INVITE what it does at first.
	c.silent()
	return sent
}

// absent is an edge under a stopped clock with a phone that called nobody yet.
func absent(t *testing.T) (*siptest.Clock, *harness, *client) {
	clock := siptest.NewClock()
	h := newHarness(t, withClock(clock))
	caller := h.dial()
	caller.register("1001", instance)
	return clock, h, caller
}

func TestACallWaitsForAPhoneThatHasJustLostItsConnection(t *testing.T) {
	clock, h, caller := absent(t)
	callee := h.back("1002", otherInstance)
	clock.Advance(newcomer)
	h.leave(callee)
	sent := caller.calls("1002")
	clock.Advance(dialogAway - 1)
	callee = h.back("1002", otherInstance)
	callee.reply(callee.request(sip.INVITE), 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	caller.send(inDialog("BYE", sent, ok))
	callee.reply(callee.request(sip.BYE), 200)
	caller.response(200)
}

func TestACallOfAPhoneThatHasJustComeWaitsForThoseThatComeAfterIt(t *testing.T) {
	_, h, caller := absent(t)
	caller.calls("1002")
	desk := h.back("1002", otherInstance)
	atDesk := desk.request(sip.INVITE)
	mobile := h.back("1002", strings.Replace(otherInstance, "e129", "e130", 1))
	atMobile := mobile.request(sip.INVITE)
	// A phone that registers again rings once.
	desk.register("1002", otherInstance)
	desk.silent()
	desk.reply(atDesk, 486)
	desk.request(sip.ACK)
	mobile.reply(atMobile, 200, "Contact: "+mobile.contact())
	caller.response(200)
	mobile.silent()
	if n := h.edge.returns.total; n != 0 {
		t.Errorf("%d waits are left", n)
	}
}

func TestACallForWhichNoPhoneComesEnds(t *testing.T) {
	clock, h, caller := absent(t)
	caller.calls("1002")
	clock.Advance(dialogAway - 1)
	caller.silent()
	clock.Advance(1)
	caller.response(480)
	h.back("1002", otherInstance).silent()
}

func TestACallThatWaitsForAPhoneIsCancelled(t *testing.T) {
	_, h, caller := absent(t)
	sent := caller.calls("1002")
	caller.send(cancelOf(sent))
	caller.response(200)
	caller.response(487)
	h.back("1002", otherInstance).silent()
}

func TestACallForAnAccountWithoutPhonesIsRefusedAtOnce(t *testing.T) {
	for name, leave := range map[string]func(h *harness, clock *siptest.Clock){
		"never registered": func(*harness, *siptest.Clock) {},
		"unregistered": func(h *harness, _ *siptest.Clock) {
			c := h.back("1002", otherInstance)
			c.authorized(message{
				method: "REGISTER", uri: "sip:" + domain, to: "sip:1002@" + domain,
				headers: []string{"Contact: " + c.contact() + otherInstance, "Expires: 0"},
			})
			c.response(200)
			h.leave(c)
		},
		"lost long ago": func(h *harness, clock *siptest.Clock) {
			h.leave(h.back("1002", otherInstance))
			clock.Advance(dialogAway)
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock, h, caller := absent(t)
			clock.Advance(newcomer)
			leave(h, clock)
			caller.authorized(message{method: "INVITE", uri: "sip:1002@" + domain, to: "sip:1002@" + domain})
			caller.response(480)
		})
	}
}

func TestWhatIsRecentIsBounded(t *testing.T) {
	clock := siptest.NewClock()
	r := newRecent(clock)
	conn := siptest.NewConn("a", "WS")
	for i := range maxLost + 10 {
		r.closed(conn, []string{strconv.Itoa(i)})
	}
	if len(r.lost) != maxLost {
		t.Errorf("%d accounts are remembered, at most %d", len(r.lost), maxLost)
	}
	clock.Advance(time.Minute)
	r.closed(conn, []string{"1002"})
	if len(r.lost) != 1 {
		t.Errorf("%d accounts are remembered, want the one of now", len(r.lost))
	}
}
