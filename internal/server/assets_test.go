package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
)

func TestTheRootIsThePhoneUnderAStrictPolicy(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/", "/index.html"} {
		res, body := r.do("GET", path)
		if res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("<title>Phone</title>")) {
			t.Errorf("GET %s: %d %q", path, res.StatusCode, body)
		}
		if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
			t.Errorf("GET %s: Content-Type %q", path, got)
		}
		policy := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self' ws: wss:", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want+";") && !strings.HasSuffix(policy, want) {
				t.Errorf("GET %s: the policy lacks %q: %s", path, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("GET %s: the policy is not strict: %s", path, policy)
		}
		if !strings.Contains(res.Header.Get("Permissions-Policy"), "microphone=(self)") {
			t.Errorf("GET %s: the microphone is not allowed: %q", path, res.Header.Get("Permissions-Policy"))
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("GET %s: headers that every answer carries are missing: %v", path, res.Header)
		}
	}
}

func TestTheServiceWorkerIsAskedForAnewAndMayFetchFromItsServerAlone(t *testing.T) {
	r := start(t, nil)
	res, _ := r.do("GET", "/sw.js")
	for name, want := range map[string]string{
		"Content-Type":                 "text/javascript; charset=utf-8",
		"Cache-Control":                "no-cache",
		"Content-Security-Policy":      "default-src 'none'; connect-src 'self'",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Access-Control-Allow-Origin":  "",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestOtherSitesMayLoadTheComponentAndNothingElse(t *testing.T) {
	r := start(t, nil)
	for path, want := range map[string]struct {
		contentType string
		shared      bool
	}{
		"/webphone.js":          {"text/javascript; charset=utf-8", true},
		"/phone.js":             {"text/javascript; charset=utf-8", true},
		"/phone-extras.js":      {"text/javascript; charset=utf-8", true},
		"/webphone.d.ts":        {"text/plain; charset=utf-8", true},
		"/custom-elements.json": {"application/json", true},
		"/":                     {"text/html; charset=utf-8", false},
		"/page.js":              {"text/javascript; charset=utf-8", true},
		"/page.css":             {"text/css; charset=utf-8", true},
		"/embed.js":             {"text/javascript; charset=utf-8", true},
		"/builder/guard.js":     {"text/javascript; charset=utf-8", true},
		"/builder/builder.js":   {"text/javascript; charset=utf-8", false},
		"/builder/":             {"text/html; charset=utf-8", false},
		"/app.js":               {"text/javascript; charset=utf-8", false},
		"/app.css":              {"text/css; charset=utf-8", false},
		"/manifest.webmanifest": {"application/manifest+json", false},
		"/icons/icon.png":       {"image/png", false},
	} {
		res, _ := r.do("GET", path, "Origin: https://shop.example")
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != want.contentType {
			t.Errorf("%s: %d %q, want %q", path, res.StatusCode, res.Header.Get("Content-Type"), want.contentType)
		}
		origin, policy := "", "same-origin"
		if want.shared {
			origin, policy = "*", "cross-origin"
		}
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != origin {
			t.Errorf("%s: Access-Control-Allow-Origin %q, want %q", path, got, origin)
		}
		if got := res.Header.Get("Cross-Origin-Resource-Policy"); got != policy {
			t.Errorf("%s: Cross-Origin-Resource-Policy %q, want %q", path, got, policy)
		}
	}
}

func TestTheCodingIsTheBestThatTheClientAccepts(t *testing.T) {
	r := start(t, nil)
	for accept, want := range map[string]string{
		"":                           "",
		"identity":                   "",
		"gzip":                       "gzip",
		"gzip, deflate, br, zstd":    "br",
		"BR":                         "br",
		"br;q=0, gzip":               "gzip",
		"br;q=0.000, gzip;q=0.1":     "gzip",
		"br; q=0 , gzip; q=0":        "",
		"br;Q=0":                     "",
		"br;q=1.0, gzip;q=0.5":       "br",
		"deflate, zstd, x-brand-new": "",
	} {
		res, body := r.do("GET", "/webphone.js", "Accept-Encoding: "+accept)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q got %q, want %q", accept, got, want)
			continue
		}
		if res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: a cache is not told that the answer varies", accept)
		}
		if plain := decode(t, want, body); plain != module {
			t.Errorf("Accept-Encoding %q: %d bytes that are not the file", accept, len(plain))
		}
	}
}

func decode(t *testing.T, coding string, body []byte) string {
	t.Helper()
	var reader io.Reader = bytes.NewReader(body)
	switch coding {
	case "br":
		reader = brotli.NewReader(reader)
	case "gzip":
		var err error
		if reader, err = gzip.NewReader(reader); err != nil {
			t.Fatal(err)
		}
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestSmallFilesAndImagesAreNotCompressed(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/app.css", "/icons/icon.png"} {
		if res, _ := r.do("GET", path, "Accept-Encoding: br, gzip"); res.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s came as %s", path, res.Header.Get("Content-Encoding"))
		}
	}
}

func TestAnUnchangedFileIsNotSentAgain(t *testing.T) {
	r := start(t, nil)
	tags := map[string]bool{}
	for _, coding := range []string{"br", "gzip", "identity"} {
		res, _ := r.do("GET", "/webphone.js", "Accept-Encoding: "+coding)
		tag := res.Header.Get("ETag")
		if len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
			t.Fatalf("%s: ETag %q is no quoted string", coding, tag)
		}
		tags[tag] = true
		if res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: a browser is not told to ask again: %q", coding, res.Header.Get("Cache-Control"))
		}
		for _, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			res, body := r.do("GET", "/webphone.js", "Accept-Encoding: "+coding, "If-None-Match: "+known)
			if res.StatusCode != http.StatusNotModified || len(body) > 0 {
				t.Errorf("%s: If-None-Match %s got %d with %d bytes", coding, known, res.StatusCode, len(body))
			}
			if res.Header.Get("ETag") != tag || res.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: the 304 lacks its headers: %v", coding, res.Header)
			}
		}
		if res, _ := r.do("GET", "/webphone.js", "Accept-Encoding: "+coding, `If-None-Match: "other"`); res.StatusCode != http.StatusOK {
			t.Errorf("%s: a changed file got %d", coding, res.StatusCode)
		}
	}
	if len(tags) != 3 {
		t.Errorf("forms of different bytes share a strong ETag (RFC 9110 §8.8.3): %v", tags)
	}
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	r := start(t, nil)
	for _, coding := range []string{"br", "identity"} {
		head, body := r.do("HEAD", "/phone.js", "Accept-Encoding: "+coding)
		if head.StatusCode != http.StatusOK || len(body) > 0 {
			t.Errorf("HEAD got %d with %d bytes", head.StatusCode, len(body))
		}
		get, body := r.do("GET", "/phone.js", "Accept-Encoding: "+coding)
		for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "ETag"} {
			if head.Header.Get(name) != get.Header.Get(name) {
				t.Errorf("%s: HEAD says %q, GET %q", name, head.Header.Get(name), get.Header.Get(name))
			}
		}
		if get.ContentLength != int64(len(body)) {
			t.Errorf("%s: Content-Length %d of %d bytes", coding, get.ContentLength, len(body))
		}
	}
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/nothing", "/icons", "/icons/", "/webphone.js/x", "/%2e%2e/go.mod", "/sip/x", "/webphone.db"} {
		if res, _ := r.do("GET", path); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, res.StatusCode)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	r := start(t, nil)
	for _, path := range []string{"/", "/webphone.js", "/healthz", "/readyz"} {
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			res, _ := r.do(method, path)
			if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q", method, path, res.StatusCode, res.Header.Get("Allow"))
			}
		}
	}
}

func TestABuildWithoutThePhoneIsRefused(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	_, err := New(within(t), Config{Listen: "127.0.0.1:0", Accounts: accounts, Dist: fstest.MapFS{}})
	if err == nil || !strings.Contains(err.Error(), "built pages are missing") {
		t.Fatalf("got %v", err)
	}
}

func TestTheBuilderIsUnderAPolicyOfItsOwn(t *testing.T) {
	r := start(t, nil)
	res, _ := r.do("GET", "/builder/")
	want := map[string]string{
		"default-src": "'none'", "script-src": "'self'", "style-src": "'self' 'unsafe-inline'", "img-src": "'self' data: blob: https:",
		"connect-src": "'self' ws: wss:", "frame-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
	}
	if diff := cmp.Diff(want, policyOf(t, res)); diff != "" {
		t.Error(diff)
	}
	if got := res.Header.Get("Cross-Origin-Opener-Policy"); got != "same-origin" {
		t.Errorf("a page could hold the builder's window: %q", got)
	}
}
