package edge

import (
	"strings"
	"testing"

	"webphone/internal/sip"
)

// pair is two phones, registered.
func pair(t *testing.T, h *harness) (caller, callee *client) {
	caller, callee = h.dial(), h.dial()
	caller.register("1001", instance)
	callee.register("1002", otherInstance)
	return caller, callee
}

// inDialog makes a request within the dialog that a 2xx has confirmed.
func inDialog(method string, sent message, ok *sip.Response) message {
	m := message{
		method: method, uri: ok.Contact().Address.String(), to: ok.To().Value(), callID: sent.callID, fromTag: sent.fromTag,
		headers: routes(ok.GetHeaders("Record-Route"), true),
	}
	return m
}

func routes(recorded []sip.Header, reverse bool) []string {
	var lines []string
	for _, header := range recorded {
		line := "Route: " + header.Value()
		if reverse {
			lines = append([]string{line}, lines...)
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestACallIsMadeAndEnded(t *testing.T) {
	caller, callee := pair(t, newHarness(t))
	sent, invite := caller.call(callee)
	callee.reply(invite, 180, "Contact: "+callee.contact())
	caller.response(180)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", message{method: "ACK", callID: sent.callID, fromTag: sent.fromTag}, ok))
	callee.request(sip.ACK)
	caller.send(inDialog("BYE", sent, ok))
	callee.reply(callee.request(sip.BYE), 200)
	caller.response(200)
	caller.silent()
	callee.silent()
}

func TestTheCalleeCanEndACallToo(t *testing.T) {
	caller, callee := pair(t, newHarness(t))
	sent, invite := caller.call(callee)
	answer := callee.reply(invite, 200, "Contact: "+callee.contact())
	ok := caller.response(200)
	caller.send(inDialog("ACK", sent, ok))
	callee.request(sip.ACK)
	callee.send(message{
		method: "BYE", uri: invite.Contact().Address.String(), callID: sent.callID,
		from: "<sip:1002@" + domain + ">", fromTag: tag(answer.To().Params), to: invite.From().Value(),
		headers: routes(invite.GetHeaders("Record-Route"), false),
	})
	caller.reply(caller.request(sip.BYE), 200)
	callee.response(200)
}

func TestAForwardedRequestCarriesWhatRFC3261Asks(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	mobile := h.dial()
	mobile.register("1002", strings.Replace(otherInstance, "e129", "e130", 1))
	_, invite := caller.call(callee)
	if got := invite.Recipient.String(); got != "sip:1002@client.invalid;transport=ws" {
		t.Errorf("Request-URI %s is not the contact", got)
	}
	for _, at := range []*sip.Request{invite, mobile.request(sip.INVITE)} {
		if got := at.MaxForwards().Val(); got != 69 {
			t.Errorf("Max-Forwards: %d, want 69", got)
		}
	}
	if got := len(invite.GetHeaders("Via")); got != 2 {
		t.Errorf("%d Via, want 2", got)
	}
	if invite.RecordRoute() == nil {
		t.Error("no Record-Route")
	}
	if invite.GetHeader("Proxy-Authorization") != nil {
		t.Error("the caller's credentials reached the callee")
	}
	if got := invite.GetHeader("P-Asserted-Identity"); got == nil || got.Value() != "<sip:1001@example.com>" {
		t.Errorf("P-Asserted-Identity: %v", got)
	}
}

func TestACallWithoutCredentialsIsChallenged(t *testing.T) {
	c := newHarness(t).dial()
	for _, method := range []string{"INVITE", "MESSAGE", "SUBSCRIBE", "PUBLISH", "BYE", "NEWMETHOD"} {
		m := c.send(message{method: method, uri: "sip:1002@" + domain, to: "sip:1002@" + domain})
		c.response(407)
		if method == "INVITE" {
			c.ack(m, m.to)
		}
	}
}

func TestEveryPhoneRingsAndTheFirstAnswerWins(t *testing.T) {
	h := newHarness(t)
	caller, desk := pair(t, h)
	mobile := h.dial()
	mobile.register("1002", strings.Replace(otherInstance, "e129", "e130", 1))
	_, atDesk := caller.call(desk)
	atMobile := mobile.request(sip.INVITE)
	desk.reply(atDesk, 180)
	caller.response(180)
	mobile.reply(atMobile, 180)
	caller.response(180)
	mobile.reply(atMobile, 200, "Contact: "+mobile.contact())
	caller.response(200)
	cancel := desk.request(sip.CANCEL)
	if reason := cancel.GetHeader("Reason"); reason == nil || !strings.Contains(reason.Value(), "cause=200") {
		t.Errorf("the other phone is not told that the call was taken: %v", reason)
	}
	desk.reply(cancel, 200)
	desk.reply(atDesk, 487)
	desk.request(sip.ACK)
	caller.silent()
}

func TestTheBestOfSeveralRefusalsIsForwarded(t *testing.T) {
	for name, test := range map[string]struct{ desk, mobile, want int }{
		"busy over not there":    {486, 480, 486},
		"not there over failure": {480, 500, 480},
		"decline over busy":      {486, 603, 603},
		"redirection over busy":  {486, 302, 302},
		"overload is not ours":   {503, 503, 500},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			caller, desk := pair(t, h)
			mobile := h.dial()
			mobile.register("1002", strings.Replace(otherInstance, "e129", "e130", 1))
			_, atDesk := caller.call(desk)
			atMobile := mobile.request(sip.INVITE)
			desk.reply(atDesk, test.desk)
			desk.request(sip.ACK)
			mobile.reply(atMobile, test.mobile)
			mobile.request(sip.ACK)
			caller.response(test.want)
		})
	}
}

func TestADeclineStopsTheOtherPhones(t *testing.T) {
	h := newHarness(t)
	caller, desk := pair(t, h)
	mobile := h.dial()
	mobile.register("1002", strings.Replace(otherInstance, "e129", "e130", 1))
	_, atDesk := caller.call(desk)
	atMobile := mobile.request(sip.INVITE)
	mobile.reply(atMobile, 180)
	caller.response(180)
	desk.reply(atDesk, 603)
	desk.request(sip.ACK)
	mobile.reply(mobile.request(sip.CANCEL), 200)
	mobile.reply(atMobile, 487)
	mobile.request(sip.ACK)
	caller.response(603)
}

func TestACancelReachesTheCallee(t *testing.T) {
	caller, callee := pair(t, newHarness(t))
	sent, invite := caller.call(callee)
	callee.reply(invite, 180)
	caller.response(180)
	cancel := sent
	cancel.method, cancel.body, cancel.contentType, cancel.headers = "CANCEL", "", "", nil
	caller.send(cancel)
	caller.response(200)
	callee.reply(callee.request(sip.CANCEL), 200)
	callee.reply(invite, 487)
	callee.request(sip.ACK)
	caller.response(487)
}

func TestWhoIsNotThere(t *testing.T) {
	caller, _ := pair(t, newHarness(t))
	for address, want := range map[string]int{
		"sip:1003@" + domain:                  480,
		"sip:1001@" + domain:                  480,
		"sip:nobody@" + domain:                404,
		"sip:1002@elsewhere.example":          404,
		"sip:" + domain:                       404,
		"sip:%00@" + domain:                   404,
		"tel:+1-201-555-0123;phone-context=x": 404,
	} {
		caller.authorized(message{method: "MESSAGE", uri: address, to: address})
		if res, ok := caller.next().(*sip.Response); !ok || res.StatusCode != want {
			t.Errorf("%s: %v, want %d", address, res, want)
		}
	}
}

func TestATelURIReachesTheAccountOfThatNumber(t *testing.T) {
	caller, callee := pair(t, newHarness(t))
	caller.authorized(message{method: "MESSAGE", uri: "tel:10-02", to: "tel:1002"})
	callee.reply(callee.request(sip.MESSAGE), 200)
	caller.response(200)
}

func TestHopsAndLoops(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	m := message{method: "MESSAGE", uri: "sip:1002@" + domain, to: "sip:1002@" + domain, headers: []string{"Max-Forwards: 0"}}
	caller.send(m)
	caller.response(483)

	// The callee sends the request back as it got it.
	_, invite := caller.call(callee)
	back := invite.Clone()
	back.Recipient = sip.URI{Scheme: "sip", User: "1002", Host: domain}
	back.RemoveHeader("Record-Route")
	back.PrependHeader(&sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "WS", Host: "client.invalid",
		Params: sip.HeaderParams{{K: "branch", V: sip.NewBranch()}}})
	callee.write(string(sip.Bytes(back)))
	callee.response(482)
}

func TestUnknownExtensionsForProxiesAreRefused(t *testing.T) {
	c := newHarness(t).dial()
	c.send(message{method: "OPTIONS", uri: "sip:1002@" + domain, to: "sip:1002@" + domain, headers: []string{"Proxy-Require: foo, bar"}})
	if got := c.response(420).GetHeader("Unsupported"); got == nil || got.Value() != "foo, bar" {
		t.Fatalf("Unsupported: %v", got)
	}
}

func TestAForgedRouteLeadsNowhere(t *testing.T) {
	h := newHarness(t)
	caller, callee := pair(t, h)
	sent, invite := caller.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	bye := inDialog("BYE", sent, caller.response(200))
	token := bye.headers[0][strings.Index(bye.headers[0], "sip:")+4 : strings.Index(bye.headers[0], "@")]
	stranger := h.dial()
	for name, forged := range map[string]string{
		"flipped": "A" + token[1:], "unsigned": strings.Split(token, ".")[0], "empty signature": strings.Split(token, ".")[0] + ".",
		"long": strings.Repeat("A", maxToken+1),
	} {
		m := bye
		m.headers = []string{"Route: <sip:" + forged + "@" + domain + ";lr>"}
		stranger.send(m)
		if res, ok := stranger.next().(*sip.Response); !ok || res.StatusCode != 403 {
			t.Errorf("%s: %v, want 403", name, res)
		}
	}
}

func TestACallOutlivesTheEdge(t *testing.T) {
	first := newHarness(t)
	caller, callee := pair(t, first)
	sent, invite := caller.call(callee)
	callee.reply(invite, 200, "Contact: "+callee.contact())
	ok := caller.response(200)

	// Another edge with the same keys, which has never heard of the call.
	caller, callee = pair(t, newHarness(t))
	caller.send(inDialog("BYE", sent, ok))
	callee.reply(callee.request(sip.BYE), 200)
	caller.response(200)
}

func FuzzToken(f *testing.F) {
	key := tokens{key: make([]byte, 32)}
	valid, err := key.sign(route{Caller: party{User: "1001", Conn: "a"}, Callee: party{User: "1002", Conn: "b"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(valid)
	f.Add(".")
	f.Add(valid + "\n")
	f.Fuzz(func(t *testing.T, token string) {
		r, err := key.read(token)
		if err != nil {
			return
		}
		// What is accepted was signed here.
		if again, err := key.sign(r); err != nil || again != token {
			t.Fatalf("%q was accepted and is signed as %q (%v)", token, again, err)
		}
	})
}
