package sip_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"webphone/internal/sip"
	"webphone/internal/sip/siptest"
)

func TestDigestMatchesTheVectorsOfTheRFCs(t *testing.T) {
	const (
		mufasa   = `username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
		password = "Circle of Life"
	)
	for _, vector := range []struct{ source, username, realm, password, header string }{
		{
			"RFC 7616 §3.9.1, MD5", "Mufasa", "http-auth@example.org", password,
			`Digest ` + mufasa + `, algorithm=MD5, response="8ca523f5e9506fed4657c9700eebdbec"`,
		},
		{
			"RFC 7616 §3.9.1, SHA-256", "Mufasa", "http-auth@example.org", password,
			`Digest ` + mufasa + `, algorithm=SHA-256, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`,
		},
		{
			// No RFC has a vector for -sess; this one was computed apart from this code.
			"RFC 7616 §3.4.2, SHA-256-sess", "Mufasa", "http-auth@example.org", password,
			`Digest ` + mufasa + `, algorithm=SHA-256-sess, response="2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7"`,
		},
		{
			// The value is that of erratum 4897; the RFC prints another hash's.
			"RFC 7616 §3.9.2, SHA-512-256", "Jäsøn Doe", "api@example.org", "Secret, or not?",
			`Digest username="Jäsøn Doe", realm="api@example.org", uri="/doe.json", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", nc=00000001, cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", qop=auth, response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"`,
		},
		{
			"RFC 2617 §3.5, no algorithm", "Mufasa", "testrealm@host.com", "Circle Of Life",
			`Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
		},
	} {
		creds, err := sip.ParseCredentials(vector.header)
		if err != nil {
			t.Fatalf("%s: %v", vector.source, err)
		}
		if !creds.Verify(sip.HA1(creds.Algorithm, vector.username, vector.realm, vector.password), "GET") {
			t.Errorf("%s: refused", vector.source)
		}
		if creds.Verify(sip.HA1(creds.Algorithm, vector.username, vector.realm, "wrong"), "GET") {
			t.Errorf("%s: a wrong password was accepted", vector.source)
		}
		if creds.Verify(sip.HA1(creds.Algorithm, vector.username, vector.realm, vector.password), "POST") {
			t.Errorf("%s: another method was accepted", vector.source)
		}
	}
}

func TestEveryAlgorithmVerifiesWhatItAnswers(t *testing.T) {
	for _, alg := range []sip.DigestAlgorithm{sip.SHA512256, sip.SHA256, sip.MD5} {
		for _, session := range []bool{false, true} {
			offered := sip.Challenge{
				Realm: `a "realm" \ more`, Nonce: "n", Opaque: "o",
				Algorithm: alg, Session: session, QOP: []string{"auth", "auth-int"}, Stale: true,
			}
			challenge, err := sip.ParseChallenge(offered.String())
			if err != nil || challenge.String() != offered.String() {
				t.Fatalf("%s was read as %s (%v)", offered, challenge, err)
			}
			answer, err := challenge.Answer("alice", "secret", sip.REGISTER, "sip:example.com", "c", 0xabc)
			if err != nil {
				t.Fatal(err)
			}
			creds, err := sip.ParseCredentials(answer.String())
			if err != nil {
				t.Fatalf("%s: %v", answer, err)
			}
			if creds.NC != 0xabc || !creds.Verify(sip.HA1(alg, "alice", offered.Realm, "secret"), sip.REGISTER) {
				t.Errorf("%s (session: %v) does not verify:\n%s", alg, session, creds)
			}
		}
	}
}

func TestTheCountIsHashedAsItWasWritten(t *testing.T) {
	creds := sip.Credentials{
		Username: "alice", Realm: "r", Nonce: "n", URI: "sip:r", Algorithm: sip.SHA256, QOP: "auth", CNonce: "c", NC: 10,
	}
	text := strings.Replace(creds.String(), "nc=0000000a", "nc=0000000A", 1)
	text = strings.Replace(text, `response=""`, `response="e"`, 1)
	read, err := sip.ParseCredentials(text)
	if err != nil || read.NC != 10 || !strings.Contains(read.String(), "nc=0000000A") {
		t.Errorf("%s was read as %s (%v)", text, read, err)
	}
}

func TestCredentialsThatCannotBeCheckedAreRefused(t *testing.T) {
	const good = `Digest username="a", realm="r", nonce="n", uri="u", response="x", cnonce="c", nc=00000001, qop=auth`
	if _, err := sip.ParseCredentials(good); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		"":                                      sip.ErrDigestScheme,
		"Digest":                                sip.ErrDigestSyntax,
		"NoOneKnowsThisScheme opaque-data=here": sip.ErrDigestScheme,
		good + `, nonce="twice"`:                sip.ErrDigestSyntax,
		good + `,`:                              sip.ErrDigestSyntax,
		good + ` rest`:                          sip.ErrDigestSyntax,
		good + `, opaque="unterminated`:         sip.ErrDigestSyntax,
		good + `, opaque="` + strings.Repeat("o", 4096) + `"`: sip.ErrDigestSyntax,
		good + ", opaque=\"\x00\"":                            sip.ErrDigestSyntax,
		good + `, algorithm=SHA-1`:                            sip.ErrDigestUnsupported,
		good + `, userhash=true`:                              sip.ErrDigestUnsupported,
		strings.Replace(good, "qop=auth", "qop=auth-int", 1):  sip.ErrDigestUnsupported,
		strings.Replace(good, ", qop=auth", "", 1):            sip.ErrDigestUnsupported,
		strings.Replace(good, "00000001", "1", 1):             sip.ErrDigestSyntax,
		strings.Replace(good, "00000001", "0000000g", 1):      sip.ErrDigestSyntax,
		strings.Replace(good, `username="a", `, "", 1):        sip.ErrDigestSyntax,
		strings.Replace(good, `cnonce="c", `, "", 1):          sip.ErrDigestSyntax,
		strings.Replace(good, `nonce="n", `, "", 1):           sip.ErrDigestSyntax,
	} {
		if creds, err := sip.ParseCredentials(text); !errors.Is(err, want) {
			t.Errorf("%.80q: %v (%v), want %v", text, err, creds, want)
		}
	}
}

func TestAnUnknownAlgorithmInAChallengeIsTold(t *testing.T) {
	if _, err := sip.ParseChallenge(`Digest realm="r", nonce="n", algorithm=SHA-1`); !errors.Is(err, sip.ErrDigestUnsupported) {
		t.Error(err)
	}
	challenge, err := sip.ParseChallenge(`Digest realm="r", nonce="n"`)
	if err != nil || challenge.Algorithm != sip.MD5 {
		t.Errorf("without an algorithm MD5 is meant, read %v (%v)", challenge, err)
	}
	challenge.QOP = []string{"auth-int"}
	if _, err := challenge.Answer("a", "b", sip.REGISTER, "sip:r", "c", 1); !errors.Is(err, sip.ErrDigestUnsupported) {
		t.Errorf("a challenge for auth-int alone was answered (%v)", err)
	}
}

// The example of RFC 2069 §2.4 with its erratum 749.
func TestAChallengeWithoutQualityOfProtectionIsAnsweredTheOldWay(t *testing.T) {
	challenge, err := sip.ParseChallenge(`Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`)
	if err != nil {
		t.Fatal(err)
	}
	creds, err := challenge.Answer("Mufasa", "CircleOfLife", "GET", "/dir/index.html", "c", 1)
	if err != nil || creds.Response != "1949323746fe6a43ef61f9606e7febea" {
		t.Errorf("response %q (%v)", creds.Response, err)
	}
	for _, field := range []string{"qop", "nc=", "cnonce"} {
		if strings.Contains(creds.String(), field) {
			t.Errorf("%s has %s", creds, field)
		}
	}
}

func TestCredentialsAreNotLogged(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "credentials", sip.Credentials{Username: "alice", Response: "c0ffee"})
	if !strings.Contains(out.String(), "alice") || strings.Contains(out.String(), "c0ffee") {
		t.Error(out.String())
	}
}

func TestANonceMayBeUsedOncePerCountUntilItIsStale(t *testing.T) {
	clock := siptest.NewClock()
	nonces := sip.NewNonces([]byte("key"), clock, time.Minute)
	nonce := nonces.Issue()
	check := func(nc uint32, want sip.NonceState) {
		t.Helper()
		if got := nonces.Check(nonce, nc); got != want {
			t.Errorf("count %d: state %d, want %d", nc, got, want)
		}
	}
	check(0, sip.NonceStale)
	check(1, sip.NonceFresh)
	check(1, sip.NonceReplayed)
	check(4, sip.NonceFresh)
	check(3, sip.NonceFresh)
	check(3, sip.NonceReplayed)
	check(1, sip.NonceReplayed)
	check(100, sip.NonceFresh)
	check(36, sip.NonceReplayed)
	check(37, sip.NonceFresh)
	check(1<<32-1, sip.NonceFresh)
	check(100, sip.NonceReplayed)
	clock.Advance(time.Minute - 1)
	check(1<<32-2, sip.NonceFresh)
	clock.Advance(1)
	check(1<<32-3, sip.NonceStale)
}

func TestANonceOutlivesARestartThatKeepsTheKey(t *testing.T) {
	clock := siptest.NewClock()
	nonce := sip.NewNonces([]byte("key"), clock, time.Minute).Issue()
	if got := sip.NewNonces([]byte("key"), clock, time.Minute).Check(nonce, 1); got != sip.NonceFresh {
		t.Errorf("state %d", got)
	}
	if got := sip.NewNonces([]byte("another"), clock, time.Minute).Check(nonce, 1); got != sip.NonceStale {
		t.Errorf("a nonce of another key: state %d", got)
	}
	for _, forged := range []string{"", "x", nonce + "A", strings.ToUpper(nonce), nonce[:len(nonce)-1]} {
		if got := sip.NewNonces([]byte("key"), clock, time.Minute).Check(forged, 1); got != sip.NonceStale {
			t.Errorf("%q: state %d", forged, got)
		}
	}
}

func TestAForgottenNonceIsStaleAndNeverFreshAgain(t *testing.T) {
	clock := siptest.NewClock()
	nonces := sip.NewNonces([]byte("key"), clock, time.Hour)
	first, unused := nonces.Issue(), nonces.Issue()
	nonces.Check(first, 1)
	clock.Advance(time.Nanosecond)
	for range sip.MaxUsedNonces {
		if got := nonces.Check(nonces.Issue(), 1); got != sip.NonceFresh {
			t.Fatalf("state %d", got)
		}
	}
	for _, nonce := range []string{first, unused} {
		if got := nonces.Check(nonce, 1); got != sip.NonceStale {
			t.Errorf("state %d", got)
		}
	}
	if got := nonces.Check(nonces.Issue(), 1); got != sip.NonceFresh {
		t.Errorf("a new nonce: state %d", got)
	}
}
