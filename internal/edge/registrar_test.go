package edge

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

const (
	instance      = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>";reg-id=1`
	otherInstance = `;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e129>";reg-id=1`
)

func TestAChallengeOffersSHA256FirstAndMD5Last(t *testing.T) {
	c := newHarness(t).dial()
	c.user = "1001"
	c.send(message{method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain})
	res := c.response(401)
	var got []sip.DigestAlgorithm
	for _, line := range res.GetHeaders("WWW-Authenticate") {
		challenge, err := sip.ParseChallenge(line.Value())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, challenge.Algorithm)
	}
	if len(got) != 2 || got[0] != sip.SHA256 || got[1] != sip.MD5 {
		t.Fatalf("offered %v", got)
	}
}

func TestARegistrationListsItsBindings(t *testing.T) {
	h := newHarness(t)
	h.dial().register("1001", instance)
	res := h.dial().register("1001", otherInstance)
	contacts := res.GetHeaders("Contact")
	if len(contacts) != 2 {
		t.Fatalf("%d contacts, want 2", len(contacts))
	}
	for _, contact := range contacts {
		if !strings.Contains(contact.Value(), "expires=") || !strings.Contains(contact.Value(), "+sip.instance=") {
			t.Errorf("Contact: %s", contact.Value())
		}
	}
}

func TestAPhoneThatComesBackReplacesItsBinding(t *testing.T) {
	h := newHarness(t)
	first := h.dial()
	first.register("1001", instance)
	second := h.dial()
	if n := len(second.register("1001", instance).GetHeaders("Contact")); n != 1 {
		t.Fatalf("%d contacts, want 1", n)
	}
	// The end of the old connection must not take the new binding along.
	first.close()
	third := h.dial()
	third.register("1002", otherInstance)
	third.call(second)
}

func TestABindingGoesWithItsConnection(t *testing.T) {
	h := newHarness(t)
	callee := h.dial()
	callee.register("1002", instance)
	h.leave(callee)
	caller := h.dial()
	caller.register("1001", otherInstance)
	caller.authorized(message{method: "MESSAGE", uri: "sip:1002@" + domain, to: "sip:1002@" + domain})
	caller.response(480)
}

func TestTooBriefARegistrationIsToldTheLeast(t *testing.T) {
	c := newHarness(t).dial()
	c.user = "1001"
	c.authorized(message{
		method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain,
		headers: []string{"Contact: " + c.contact() + ";expires=59"},
	})
	if least := c.response(423).GetHeader("Min-Expires"); least == nil || least.Value() != "60" {
		t.Fatalf("Min-Expires: %v", least)
	}
}

func TestTooLongARegistrationIsShortened(t *testing.T) {
	c := newHarness(t).dial()
	c.user = "1001"
	c.authorized(message{
		method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain,
		headers: []string{"Contact: " + c.contact(), "Expires: 4294967295"},
	})
	if got, _ := c.response(200).Contact().Params.Get("expires"); got != "3600" {
		t.Fatalf("expires=%s, want 3600", got)
	}
}

func TestARegistrationEnds(t *testing.T) {
	t.Run("with Expires 0", func(t *testing.T) {
		c := newHarness(t).dial()
		c.register("1001", instance)
		c.authorized(message{
			method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain,
			headers: []string{"Contact: " + c.contact() + instance, "Expires: 0"},
		})
		if contacts := c.response(200).GetHeaders("Contact"); len(contacts) != 0 {
			t.Fatalf("left: %v", contacts)
		}
	})
	t.Run("with Contact *", func(t *testing.T) {
		c := newHarness(t).dial()
		c.register("1001", instance)
		c.authorized(message{
			method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain,
			headers: []string{"Contact: *", "Expires: 0"},
		})
		if contacts := c.response(200).GetHeaders("Contact"); len(contacts) != 0 {
			t.Fatalf("left: %v", contacts)
		}
	})
	t.Run("at its time", func(t *testing.T) {
		clock := siptest.NewClock()
		l := NewMemoryLocation(clock)
		b := Binding{Contact: sip.URI{Scheme: "sip", Host: "a.invalid"}, Conn: "c", Expires: clock.Now().Add(time.Minute)}
		if err := l.Update("1001", nil, []Binding{b}, 10); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute - time.Nanosecond)
		if n := len(l.Bindings("1001")); n != 1 {
			t.Fatalf("%d bindings before the end", n)
		}
		clock.Advance(time.Nanosecond)
		if n := len(l.Bindings("1001")); n != 0 || len(l.conns) != 0 {
			t.Fatalf("%d bindings after the end", n)
		}
	})
}

func TestContactStarGoesAloneAndWithExpires0(t *testing.T) {
	c := newHarness(t).dial()
	c.register("1001", instance)
	for _, headers := range [][]string{{"Contact: *"}, {"Contact: *", "Expires: 60"}, {"Contact: *", "Contact: " + c.contact(), "Expires: 0"}} {
		c.authorized(message{method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain, headers: headers})
		c.response(400)
	}
}

func TestAnOvertakenRegisterChangesNothing(t *testing.T) {
	h := newHarness(t)
	c := h.dial()
	c.user = "1001"
	register := func(cseq int) {
		c.authorized(message{
			method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain, callID: "one", cseq: cseq,
			headers: []string{"Contact: " + c.contact() + instance},
		})
	}
	register(20)
	c.response(200)
	register(20)
	c.response(400)
	register(21)
	c.response(200)
}

func TestPhonesOfAnAccountAreBounded(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxBindings = 2 })
	for i := range 2 {
		h.dial().register("1001", strings.Replace(instance, "reg-id=1", "reg-id="+strconv.Itoa(i+1), 1))
	}
	c := h.dial()
	c.user = "1001"
	c.authorized(message{
		method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain, headers: []string{"Contact: " + c.contact() + otherInstance},
	})
	c.response(403)
}

func TestNobodyRegistersForAnother(t *testing.T) {
	c := newHarness(t).dial()
	c.user = "1001"
	c.authorized(message{
		method: "REGISTER", uri: "sip:" + domain, to: "sip:1002@" + domain, headers: []string{"Contact: " + c.contact()},
	})
	c.response(403)
}

func TestAnAddressOfAnotherDomainIsNotFound(t *testing.T) {
	c := newHarness(t).dial()
	c.send(message{method: "REGISTER", uri: "sip:elsewhere.example", to: "sip:1001@elsewhere.example"})
	c.response(404)
}

// TestCredentialsAreRefused goes through what is not a valid proof of the
// password. The answer is a challenge each time: nothing is learnt from it.
func TestCredentialsAreRefused(t *testing.T) {
	c := newHarness(t).dial()
	c.user = "1001"
	register := message{method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain}
	challenge := func() { c.learn(c.response(401), "WWW-Authenticate") }
	c.send(register)
	challenge()
	try := func(name, header string) {
		t.Helper()
		with := register
		with.headers = []string{header}
		c.send(with)
		challenge()
		if c.challenge.Stale {
			t.Errorf("%s: stale=true tells that the password was right", name)
		}
	}
	try("wrong password", c.authorization("Authorization", "REGISTER", register.uri, "wrong horse"))
	try("wrong method", c.authorization("Authorization", "INVITE", register.uri, password))
	try("other URI", c.authorization("Authorization", "REGISTER", "sip:elsewhere.example", password))
	try("Basic", "Authorization: Basic MTAwMTpjb3JyZWN0IGhvcnNl")
	try("malformed", "Authorization: Digest username=")
	try("for a proxy", c.authorization("Proxy-Authorization", "REGISTER", register.uri, password))
	c.user = "nobody"
	try("unknown account", c.authorization("Authorization", "REGISTER", register.uri, password))
}

func TestANonceIsNotReplayedAndEnds(t *testing.T) {
	clock := siptest.NewClock()
	c := newHarness(t, func(c *Config) { c.Clock, c.NonceLifetime = clock, 10*time.Second }).dial()
	c.user = "1001"
	register := message{method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain}
	c.send(register)
	c.learn(c.response(401), "WWW-Authenticate")
	first := register
	first.headers = []string{c.authorization("Authorization", "REGISTER", register.uri, password)}
	c.send(first)
	c.response(200)

	c.send(first)
	res := c.response(401)
	if challenge, _ := sip.ParseChallenge(res.GetHeader("WWW-Authenticate").Value()); !challenge.Stale {
		t.Error("a replay by who knows the password is told stale=true")
	}

	second := register
	second.headers = []string{c.authorization("Authorization", "REGISTER", register.uri, password)}
	clock.Advance(11 * time.Second)
	c.send(second)
	c.learn(c.response(401), "WWW-Authenticate")
	if !c.challenge.Stale {
		t.Error("an old nonce is told stale=true")
	}
	third := register
	third.headers = []string{c.authorization("Authorization", "REGISTER", register.uri, password)}
	c.send(third)
	c.response(200)
}

func TestGuessingAPasswordIsStopped(t *testing.T) {
	c := newHarness(t).dial()
	c.user = "1001"
	register := message{method: "REGISTER", uri: "sip:" + domain, to: "sip:1001@" + domain}
	c.send(register)
	c.learn(c.response(401), "WWW-Authenticate")
	for range maxWrongPasswords {
		with := register
		with.headers = []string{c.authorization("Authorization", "REGISTER", register.uri, "wrong horse")}
		c.send(with)
		c.learn(c.response(401), "WWW-Authenticate")
	}
	with := register
	with.headers = []string{c.authorization("Authorization", "REGISTER", register.uri, password)}
	c.send(with)
	c.response(403)
	// Another account from the same address is not locked out.
	c.register("1002", instance)
}

func TestAFloodOfGuessesIsBounded(t *testing.T) {
	g := newGuards()
	for i := range maxGuards + 100 {
		g.count(strconv.Itoa(i))
	}
	if n := len(g.limiters); n > maxGuards {
		t.Fatalf("%d limiters, at most %d", n, maxGuards)
	}
	if !g.closed("somebody new") {
		t.Fatal("a flood must not open the door")
	}
}
