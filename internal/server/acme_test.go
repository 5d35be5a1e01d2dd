package server

import (
	"strings"
	"testing"
)

func TestCertificatesAreFetchedForANamedDomainAlone(t *testing.T) {
	if _, _, err := TLSAuto(ACME{Listen: ":443"}); err == nil || !strings.Contains(err.Error(), "--domain") {
		t.Fatalf("got %v, want a word about --domain", err)
	}
	if _, _, err := TLSAuto(ACME{Domains: []string{"phone.example.com"}, Listen: "443"}); err == nil {
		t.Fatal("a listener without a port was taken")
	}
}

func FuzzRequestHeaders(f *testing.F) {
	f.Add("br;q=0.5, gzip", `W/"a", *`)
	f.Add(";;,=", `"`)
	f.Fuzz(func(t *testing.T, encoding, match string) {
		if accepts(encoding, "br") && !strings.Contains(strings.ToLower(encoding), "br") {
			t.Fatalf("%q does not name br", encoding)
		}
		if matches(match, `"tag"`) && !strings.ContainsAny(match, "t*") {
			t.Fatalf("%q does not name the tag", match)
		}
	})
}
