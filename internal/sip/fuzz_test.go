package sip_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webphone/internal/sip"
)

// FuzzParse holds the parser to three promises: it never panics; what it accepts
// it writes so that it reads the same again; what it refuses it can answer, in
// lines that hold no line end of the attacker's.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(corpus, "*.dat"))
	if err != nil || len(files) != 49 {
		f.Fatalf("%d files (%v)", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(text(nil)))
	f.Fuzz(func(t *testing.T, data []byte) {
		msg, err := sip.Parse(data)
		if err == nil {
			written := sip.Bytes(msg)
			again, err := sip.Parse(written)
			if err != nil && len(written) <= sip.MaxMessageBytes {
				t.Fatalf("%v:\n%q\nwas written as\n%q", err, data, written)
			}
			if err == nil && string(sip.Bytes(again)) != string(written) {
				t.Fatalf("%q\nbecame\n%q\nand then\n%q", data, written, sip.Bytes(again))
			}
			if req, ok := msg.(*sip.Request); ok {
				if _, err := sip.Parse(sip.Bytes(sip.NewResponse(req, 200, ""))); err != nil {
					t.Fatalf("the answer to\n%q\nis malformed: %v", data, err)
				}
			}
			return
		}
		var refusal *sip.SyntaxError
		if !errors.As(err, &refusal) || (refusal.Request == nil) != (refusal.Status == 0) {
			t.Fatalf("%#v", err)
		}
		if refusal.Status == 0 {
			return
		}
		answer := strings.TrimSuffix(sip.NewResponse(refusal.Request, refusal.Status, refusal.Reason).String(), "\r\n\r\n")
		for _, line := range strings.Split(answer, "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			if strings.ContainsAny(line, "\r\n\x00") || !strings.HasPrefix(line, "SIP/2.0 ") &&
				!strings.Contains(" Via From To Call-ID CSeq Content-Length ", " "+name+" ") {
				t.Fatalf("%q\nis answered\n%q", data, answer)
			}
		}
	})
}

func FuzzParseURI(f *testing.F) {
	for _, seed := range []string{
		"sip:alice:pw@example.com:5060;transport=ws;lr?Subject=x&y=", "sips:[2001:db8::1]:5061", "tel:+1-201;ext=1",
		"sip:sips%3Auser%40example.com@example.net", "soap.beep://192.0.2.103:3002", "*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		uri, err := sip.ParseURI(s)
		if err != nil {
			return
		}
		written := uri.String()
		again, err := sip.ParseURI(written)
		if err != nil || again.String() != written {
			t.Fatalf("%q was written as %q and then as %q (%v)", s, written, again.String(), err)
		}
	})
}

func FuzzCredentials(f *testing.F) {
	f.Add(`Digest username="a\"b", realm="r", nonce="n", uri="sip:r", response="00ff", algorithm=SHA-256-sess, qop=auth, nc=0000000A, cnonce="c", opaque="o"`)
	f.Add(`Digest username=a, realm=r, nonce=n, uri="u", response=x, qop="auth", nc=00000001, cnonce=c`)
	f.Fuzz(func(t *testing.T, s string) {
		creds, err := sip.ParseCredentials(s)
		if err != nil {
			return
		}
		written := creds.String()
		again, err := sip.ParseCredentials(written)
		if err != nil && len(written) <= sip.MaxDigestBytes || err == nil && again != creds {
			t.Fatalf("%q was written as %q and then as %q (%v)", s, written, again, err)
		}
		if creds.Verify(strings.Repeat("0", 64), sip.REGISTER) {
			t.Fatalf("%q was verified", s)
		}
	})
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="a, \"b\"", nonce="n", algorithm=SHA-512-256, qop="auth,auth-int", opaque="o", stale=TRUE`)
	f.Add(`Digest realm="", nonce=n`)
	f.Add("Digest realm=\"\\\x03\",nonce=0")
	f.Fuzz(func(t *testing.T, s string) {
		challenge, err := sip.ParseChallenge(s)
		if err != nil {
			return
		}
		written := challenge.String()
		again, err := sip.ParseChallenge(written)
		if err != nil && len(written) <= sip.MaxDigestBytes || err == nil && again.String() != written {
			t.Fatalf("%q was written as %q and then as %q (%v)", s, written, again, err)
		}
	})
}
