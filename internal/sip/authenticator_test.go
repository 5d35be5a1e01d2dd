package sip_test

import (
	"fmt"
	"strings"
	"testing"

	"webphone/internal/sip"
)

func authenticator(username, password string) *sip.Authenticator {
	return sip.NewAuthenticator(func() (string, string) { return username, password })
}

// challenged is a 401 or 407 with challenges.
func challenged(t *testing.T, status int, challenges ...sip.Challenge) *sip.Response {
	t.Helper()
	res := sip.NewResponse(request(t, sip.REGISTER, ""), status, "")
	name := map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}[status]
	for _, c := range challenges {
		res.AppendHeader(sip.NewHeader(name, c.String()))
	}
	return res
}

func challenge(realm, nonce string, algorithm sip.DigestAlgorithm) sip.Challenge {
	return sip.Challenge{Realm: realm, Nonce: nonce, Algorithm: algorithm, QOP: []string{"auth"}}
}

// authorized is a request with what the authenticator adds of a field.
func authorized(t *testing.T, a *sip.Authenticator, method sip.Method, name string) (*sip.Request, []sip.Credentials) {
	t.Helper()
	req := request(t, method, "")
	a.Authorize(req)
	var all []sip.Credentials
	for _, h := range sip.Fields(req, name) {
		c, err := sip.ParseCredentials(h.Value())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return req, all
}

func TestTheStrongestChallengeOfARealmIsAnswered(t *testing.T) {
	a := authenticator("1001", "secret")
	if !a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401,
		challenge("a", "n1", sip.MD5), challenge("a", "n2", sip.SHA256), challenge("b", "n3", sip.MD5))) {
		t.Fatal("it is not worth another attempt")
	}
	req, got := authorized(t, a, sip.REGISTER, "Authorization")
	if len(got) != 2 || got[0].Algorithm != sip.SHA256 || got[0].Nonce != "n2" || got[1].Realm != "b" {
		t.Fatalf("%v", got)
	}
	if !got[0].Verify(sip.HA1(sip.SHA256, "1001", "a", "secret"), sip.REGISTER) || got[0].URI != req.Recipient.String() {
		t.Error("the answer is wrong")
	}
}

func TestWithoutCredentialsNothingIsAnswered(t *testing.T) {
	for _, a := range []*sip.Authenticator{authenticator("", "x"), authenticator("x", "")} {
		if a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge("a", "n", sip.MD5))) {
			t.Error("it was taken")
		}
		if _, got := authorized(t, a, sip.REGISTER, "Authorization"); len(got) != 0 {
			t.Errorf("%v", got)
		}
	}
}

func TestANonceIsUsedAgainWithTheNextCount(t *testing.T) {
	a := authenticator("1001", "secret")
	a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge("a", "n", sip.SHA256)))
	seen := map[string]bool{}
	for want := uint32(1); want <= 3; want++ {
		_, got := authorized(t, a, sip.REGISTER, "Authorization")
		if len(got) != 1 || got[0].NC != want || seen[got[0].CNonce] {
			t.Fatalf("%+v, want count %d", got, want)
		}
		seen[got[0].CNonce] = true
	}
}

func TestCredentialsThatWereRefusedAreNotTriedAgain(t *testing.T) {
	a := authenticator("1001", "wrong")
	a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge("a", "n1", sip.SHA256)))
	req, _ := authorized(t, a, sip.REGISTER, "Authorization")
	if a.Challenged(req, challenged(t, 401, challenge("a", "n2", sip.SHA256))) {
		t.Error("the same password is tried again")
	}
}

func TestAnOldNonceIsWorthAnotherAttempt(t *testing.T) {
	stale := challenge("a", "n2", sip.SHA256)
	stale.Stale = true
	a := authenticator("1001", "secret")
	a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge("a", "n1", sip.SHA256)))
	req, _ := authorized(t, a, sip.REGISTER, "Authorization")
	if !a.Challenged(req, challenged(t, 401, stale)) {
		t.Error("a stale nonce is no refusal")
	}
	authorized(t, a, sip.REGISTER, "Authorization")
	req, _ = authorized(t, a, sip.REGISTER, "Authorization")
	if !a.Challenged(req, challenged(t, 401, challenge("a", "n3", sip.SHA256))) {
		t.Error("a nonce that had been good before may be of a server that was started anew")
	}
}

func TestChallengesOfREGISTERAndOfOthersAreApart(t *testing.T) {
	a := authenticator("1001", "secret")
	a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge("a", "n1", sip.SHA256)))
	a.Challenged(request(t, sip.INVITE, ""), challenged(t, 407, challenge("a", "n2", sip.SHA256)))
	for method, want := range map[sip.Method]string{sip.REGISTER: "Authorization n1", sip.INVITE: "Proxy-Authorization n2", sip.BYE: "Proxy-Authorization n2"} {
		name, nonce, _ := strings.Cut(want, " ")
		_, got := authorized(t, a, method, name)
		if len(got) != 1 || got[0].Nonce != nonce {
			t.Errorf("%s: %+v", method, got)
		}
		for _, other := range []string{"Authorization", "Proxy-Authorization"} {
			if _, got := authorized(t, a, method, other); other != name && len(got) != 0 {
				t.Errorf("%s carries %s", method, other)
			}
		}
	}
}

func TestForgottenChallengesAreNotAnsweredUnasked(t *testing.T) {
	a := authenticator("1001", "secret")
	a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge("a", "n", sip.SHA256)))
	a.Forget()
	if _, got := authorized(t, a, sip.REGISTER, "Authorization"); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestWhatCannotBeAnsweredIsNotWorthAnotherAttempt(t *testing.T) {
	res := challenged(t, 401)
	for _, text := range []string{`Basic realm="a"`, `Digest realm="a", nonce="n", algorithm=SHA-1`, `Digest realm="a", nonce="n", qop="auth-int"`, `Digest`} {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", text))
	}
	if authenticator("1001", "secret").Challenged(request(t, sip.REGISTER, ""), res) {
		t.Error("it was taken")
	}
}

func TestTheChallengesRememberedAreBounded(t *testing.T) {
	a := authenticator("1001", "secret")
	for i := range 20 {
		a.Challenged(request(t, sip.REGISTER, ""), challenged(t, 401, challenge(fmt.Sprint(i), "n", sip.MD5)))
	}
	if _, got := authorized(t, a, sip.REGISTER, "Authorization"); len(got) != 8 {
		t.Errorf("%d are answered", len(got))
	}
}
