package edge

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

// offer is a browser-like offer of one audio section.
func offer(t *testing.T) string {
	t.Helper()
	pc, err := webrtc.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	description, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	return description.SDP
}

func (c *client) callEcho(address, sdp string, headers ...string) message {
	c.t.Helper()
	return c.authorized(message{
		method: "INVITE", uri: address, to: address, headers: append(headers, "Contact: "+c.contact()),
		contentType: "application/sdp", body: sdp,
	})
}

func TestTheEchoTestAnswersUnderBothNames(t *testing.T) {
	h := newHarness(t, withEcho(t))
	for _, address := range []string{"sip:*43@" + domain, "sip:echo@" + domain, "sip:%2A43@" + domain} {
		c := h.dial()
		c.register("1001", instance)
		sent := c.callEcho(address, offer(t))
		c.response(100)
		ok := c.response(200)
		if !strings.Contains(string(ok.Body()), "m=audio") {
			t.Fatalf("no answer in\n%s", ok)
		}
		c.send(inDialog("ACK", sent, ok))

		hold := inDialog("INVITE", sent, ok)
		hold.contentType, hold.body = "application/sdp", strings.Replace(sent.body, "a=sendrecv", "a=sendonly", 1)
		hold.headers = append(hold.headers, "Contact: "+c.contact())
		c.send(hold)
		held := c.response(200)
		if !strings.Contains(string(held.Body()), "a=recvonly") {
			t.Fatalf("a hold is answered with\n%s", held.Body())
		}
		c.send(inDialog("ACK", hold, held))

		c.send(inDialog("INFO", sent, ok))
		c.response(200)
		c.send(inDialog("BYE", sent, ok))
		c.response(200)
		c.send(inDialog("BYE", sent, ok))
		c.response(481)
	}
	if n := len(h.edge.echo.calls); n != 0 {
		t.Fatalf("%d calls left over", n)
	}
	if n := h.edge.config.Media.Sessions(); n != 0 {
		t.Fatalf("%d media sessions left over", n)
	}
}

func TestTheEchoTestRefusesWhatAUASRefuses(t *testing.T) {
	h := newHarness(t, withEcho(t))
	c := h.dial()
	c.register("1001", instance)
	echo := "sip:echo@" + domain
	for name, test := range map[string]struct {
		method  string
		headers []string
		kind    string
		body    string
		want    int
	}{
		"an unknown method":             {"NEWMETHOD", nil, "", "", 501},
		"a method that is not for it":   {"MESSAGE", nil, "text/plain", "hi", 405},
		"an unknown extension":          {"INVITE", []string{"Require: foo"}, "application/sdp", "v=0\r\n", 420},
		"an unknown body":               {"INVITE", nil, "application/unknown", "?", 415},
		"a compressed body":             {"INVITE", []string{"Content-Encoding: gzip"}, "application/sdp", "?", 415},
		"a caller that takes no SDP":    {"INVITE", []string{"Accept: text/plain"}, "application/sdp", "v=0\r\n", 406},
		"no offer":                      {"INVITE", nil, "", "", 488},
		"a request of no dialog":        {"BYE", nil, "", "", 481},
		"the OPTIONS that it does take": {"OPTIONS", nil, "", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			headers := append(test.headers, "Contact: "+c.contact())
			c.authorized(message{method: test.method, uri: echo, to: echo, headers: headers, contentType: test.kind, body: test.body})
			c.response(test.want)
		})
	}
	c.t = t
	c.callEcho(echo, "this is no SDP")
	c.response(100)
	c.response(488)
}

func TestTheEchoTestGivesUpACallThatIsNeverAcknowledged(t *testing.T) {
	clock := siptest.NewClock()
	h := newHarness(t, withEcho(t), withClock(clock))
	c := h.dial()
	c.register("1001", instance)
	c.callEcho("sip:echo@"+domain, offer(t))
	c.response(100)
	c.response(200)
	clock.Advance(500 * time.Millisecond)
	c.response(200)
	clock.Advance(32 * time.Second)
	for {
		if req, is := c.next().(*sip.Request); is {
			if req.Method != sip.BYE {
				t.Fatalf("got %s, want BYE", req.Method)
			}
			return
		}
	}
}

func TestShutdownHangsUp(t *testing.T) {
	h := newHarness(t, withEcho(t))
	c := h.dial()
	c.register("1001", instance)
	sent := c.callEcho("sip:echo@"+domain, offer(t))
	c.response(100)
	c.send(inDialog("ACK", sent, c.response(200)))
	if err := h.edge.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.request(sip.BYE)
	<-c.gone
}
