package edge

import (
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

const (
	timed     = "Supported: timer"
	takesAll  = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"
	inTwoMins = "Session-Expires: 120"
)

func sessionExpires(res *sip.Response) string {
	if header := res.GetHeader("Session-Expires"); header != nil {
		return header.Value()
	}
	return ""
}

func TestTheCallerRefreshesItsCallToTheEchoTest(t *testing.T) {
	for asked, want := range map[string]string{
		inTwoMins:                             "120;refresher=uac",
		inTwoMins + ";refresher=uac":          "120;refresher=uac",
		inTwoMins + " ; Refresher=uas":        "120;refresher=uas",
		"x: 4294967295;refresher=uac":         "4294967295;refresher=uac",
		"X-Nothing: asked":                    "",
		"session-expires: 90 ; refresher=uac": "90;refresher=uac",
	} {
		t.Run(asked, func(t *testing.T) {
			c := newHarness(t, withEcho(t)).dial()
			_, ok := c.echoed(offer(t), timed, takesAll, asked)
			if got := sessionExpires(ok); got != want {
				t.Errorf("Session-Expires: %s, want %s", got, want)
			}
			if must := has(values(ok, "Require"), "timer"); must != strings.HasSuffix(want, "uac") {
				t.Errorf("Require: timer is %v (RFC 4028 §9 asks for it where the caller refreshes)", must)
			}
		})
	}
}

func TestACallerThatCannotHasNoSessionTimer(t *testing.T) {
	for name, headers := range map[string][]string{
		"does not know it":               {inTwoMins},
		"wants refreshes, takes no such": {timed, inTwoMins + ";refresher=uas"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newHarness(t, withEcho(t)).dial()
			_, ok := c.echoed(offer(t), headers...)
			if got := sessionExpires(ok); got != "" {
				t.Errorf("Session-Expires: %s", got)
			}
		})
	}
}

func TestTooShortASessionIsToldTheLeast(t *testing.T) {
	c := newHarness(t, withEcho(t)).dial()
	c.register("1001", instance)
	c.callEcho("sip:echo@"+domain, offer(t), timed, "Session-Expires: 89")
	if least := c.response(422).GetHeader("Min-SE"); least == nil || least.Value() != "90" {
		t.Errorf("Min-SE: %v", least)
	}
	c.callEcho("sip:echo@"+domain, offer(t), timed, "Session-Expires: soon")
	c.response(400)
}

// timedCall is a call to the echo test whose session expires after two minutes.
func timedCall(t *testing.T, headers ...string) (clock *siptest.Clock, h *harness, c *client, sent message, ok *sip.Response) {
	clock = siptest.NewClock()
	h = newHarness(t, withEcho(t), withClock(clock))
	c = h.dial()
	sent, ok = c.echoed(offer(t), append([]string{timed, takesAll}, headers...)...)
	c.silent()
	return clock, h, c, sent, ok
}

func TestACallThatIsNoLongerRefreshedEnds(t *testing.T) {
	clock, h, c, _, _ := timedCall(t, inTwoMins)
	// A little before the expiry (RFC 4028 §10): 32 s.
	clock.Advance(88*time.Second - 1)
	c.silent()
	clock.Advance(1)
	c.reply(c.request(sip.BYE), 200)
	if n := h.edge.config.Media.Sessions(); n != 0 {
		t.Errorf("%d media sessions left over", n)
	}
}

func TestARefreshStartsTheIntervalAnew(t *testing.T) {
	clock, _, c, sent, ok := timedCall(t, inTwoMins)
	refresh := inDialog("UPDATE", sent, ok)
	refresh.headers = append(refresh.headers, timed, inTwoMins+";refresher=uac", "Contact: "+c.contact())
	for range 3 {
		clock.Advance(60 * time.Second)
		c.send(refresh)
		if got := sessionExpires(c.response(200)); got != "120;refresher=uac" {
			t.Fatalf("Session-Expires: %s", got)
		}
	}
	clock.Advance(60 * time.Second)
	if got := sessionExpires(c.reoffers(sent, ok, sent.body, timed, inTwoMins)); got != "120;refresher=uac" {
		t.Fatalf("Session-Expires: %s", got)
	}
	c.silent()
	clock.Advance(88 * time.Second)
	c.request(sip.BYE)
}

func TestARefreshWithoutAnIntervalEndsTheTimer(t *testing.T) {
	clock, _, c, sent, ok := timedCall(t, inTwoMins)
	c.reoffers(sent, ok, sent.body, timed)
	c.silent()
	clock.Advance(10 * time.Minute)
	c.silent()
}

func TestTheEchoTestRefreshesWhereTheCallerAsksItTo(t *testing.T) {
	clock, _, c, _, _ := timedCall(t, inTwoMins+";refresher=uas")
	for range 3 {
		clock.Advance(60 * time.Second)
		refresh := c.request(sip.UPDATE)
		if got := refresh.GetHeader("Session-Expires"); got == nil || got.Value() != "120;refresher=uac" {
			t.Errorf("Session-Expires: %v", got)
		}
		c.reply(refresh, 200)
		c.silent()
	}
	clock.Advance(60 * time.Second)
	c.reply(c.request(sip.UPDATE), 500)
	c.silent()
	// It is tried again, and in the end given up.
	clock.Advance(5 * time.Second)
	c.request(sip.UPDATE)
	clock.Advance(23 * time.Second)
	c.request(sip.BYE)
}

func TestACallerThatDoesNotKnowTheCallIsHungUpOn(t *testing.T) {
	clock, h, c, _, _ := timedCall(t, inTwoMins+";refresher=uas")
	clock.Advance(60 * time.Second)
	c.reply(c.request(sip.UPDATE), 481)
	c.request(sip.BYE)
	if n := len(h.edge.echo.calls); n != 0 {
		t.Errorf("%d calls left over", n)
	}
}
