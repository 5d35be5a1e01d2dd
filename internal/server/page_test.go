package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// minimal is a document of nothing but what is required.
const minimal = `{"title":"Help","components":[],"functions":[]}`

func TestAPublishedPageIsShownWithItsData(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", `{"title":"Help & <b>more</b>","language":"ar-EG","theme":"ocean","appearance":"dark","layout":"full",
		"installable":true,"components":[{"type":"text","id":"t","text":"</script><script>alert(1)</script>\u2028"}],"functions":[
		{"kind":"action","name":"mounted","code":"this.refresh()"},
		{"kind":"url","name":"crm","url":"https://crm.example/{{env.KEY}}","headers":[{"name":"X","value":"a-header"}]},
		{"kind":"url","name":"here","runs":"browser","url":"https://api.example/v1"},
		{"kind":"visitor","name":"guest","destination":"1001"}]}`)
	s.set("help", "GREETING", "<Hello>", false)
	s.set("", "KEY", secret, true)
	res, html, data := s.open("/p/help")
	want := map[string]any{
		"name": "help", "functionsURL": "/p/help/functions/", "env": map[string]any{"GREETING": "<Hello>"},
		"page": map[string]any{
			"title": "Help & <b>more</b>", "language": "ar-EG", "theme": "ocean", "appearance": "dark", "layout": "full", "installable": true,
			"components": []any{map[string]any{"type": "text", "id": "t", "text": "</script><script>alert(1)</script>\u2028"}},
			"functions": []any{
				map[string]any{"kind": "action", "name": "mounted", "code": "this.refresh()"},
				map[string]any{"kind": "remote", "name": "crm"},
				map[string]any{"kind": "url", "name": "here", "runs": "browser", "url": "https://api.example/v1"},
				map[string]any{"kind": "remote", "name": "guest"},
			},
		},
	}
	if diff := cmp.Diff(want, data); diff != "" {
		t.Error(diff)
	}
	for _, piece := range []string{
		`<html lang="ar-EG" dir="rtl" data-appearance="dark" data-layout="full">`, `<title>Help &amp; &lt;b&gt;more&lt;/b&gt;</title>`,
		`<meta name="color-scheme" content="dark" />`, `viewport-fit=cover`, `<main id="page"></main>`, `<noscript>`,
		`<link rel="stylesheet" href="/page.css" />`, `<link rel="stylesheet" href="/themes/ocean.css" />`,
		`<link rel="manifest" href="/p/help/manifest.webmanifest" />`,
	} {
		if !strings.Contains(html, piece) {
			t.Errorf("the page lacks %s:\n%s", piece, html)
		}
	}
	for _, piece := range []string{secret, "crm.example", "a-header", "alert(1)</script>", "\u2028", "1001"} {
		if strings.Contains(html, piece) {
			t.Errorf("the page has %q:\n%s", piece, html)
		}
	}
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache", "Cross-Origin-Opener-Policy": "unsafe-none",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Permissions-Policy": "microphone=(self), camera=(self), display-capture=(self), geolocation=()",
	} {
		if got := res.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

func TestAPageWithoutSettingsTakesTheDefaults(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", minimal)
	_, html, _ := s.open("/p/help")
	if !strings.Contains(html, `<html lang="en" dir="ltr" data-appearance="system" data-layout="page">`) ||
		!strings.Contains(html, `content="light dark"`) || strings.Contains(html, "manifest") || strings.Contains(html, "/themes/") {
		t.Error(html)
	}
}

func TestEveryAnswerHasANonceOfItsOwn(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", minimal)
	seen := map[string]bool{}
	for range 3 {
		res, html, _ := s.open("/p/help")
		found := nonceOf.FindStringSubmatch(html)
		if found == nil || seen[found[1]] {
			t.Fatalf("no nonce, or one that was used before:\n%s", html)
		}
		seen[found[1]] = true
		if got, want := policyOf(t, res)["script-src"], "'nonce-"+found[1]+"' 'strict-dynamic'"; got != want {
			t.Errorf("script-src %s, want %s", got, want)
		}
	}
}

func TestThePolicyOfAPageLetsItReachWhatItNeedsAndNotTheAPI(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", `{"title":"Help","components":[],"embedding":["https://shop.example","https://*.example.org:8443"],"functions":[
		{"kind":"url","name":"a","runs":"browser","url":"https://api.example:8443/v1?x=1"},
		{"kind":"url","name":"b","runs":"browser","url":"http://plain.example"},
		{"kind":"url","name":"c","url":"https://server.example/"},
		{"kind":"url","name":"d","runs":"browser","url":"https://evil.example;script-src *"},
		{"kind":"url","name":"e","runs":"browser","url":"https://a.example https://b.example/"},
		{"kind":"url","name":"h","runs":"browser","url":"https://evil.example;form-action"},
		{"kind":"url","name":"i","runs":"browser","url":"https://*/"},
		{"kind":"url","name":"f","runs":"browser","url":"https://{{env.X}}.example/"},
		{"kind":"url","name":"g","runs":"browser","url":"https://PHONE.example:444/api/v1/pages"}]}`)
	res, _ := s.do("GET", "/p/help", "Host: phone.example:444", "X-Forwarded-Proto: https")
	got := policyOf(t, res)
	delete(got, "script-src")
	const here = "https://phone.example:444"
	want := map[string]string{
		"default-src": "'none'", "style-src": "'self' " + here + " 'unsafe-inline'", "img-src": "'self' " + here + " data: blob: https:",
		"media-src":    "'self' " + here + " blob: https:",
		"connect-src":  "ws: wss: " + here + "/p/help/functions/ " + here + "/themes/ https://api.example:8443 http://plain.example",
		"manifest-src": "'self'", "worker-src": "'none'", "frame-src": "'none'", "form-action": "'none'", "base-uri": "'none'",
		"frame-ancestors": "https://shop.example https://*.example.org:8443",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := res.Header.Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
		t.Errorf("Cross-Origin-Resource-Policy: %q", got)
	}
	s.publish("alone", minimal)
	res, _ = s.do("GET", "/p/alone", "Host: phone.example")
	if got := policyOf(t, res); got["frame-ancestors"] != "'none'" || !strings.Contains(got["connect-src"], " http://phone.example/p/alone/functions/ ") {
		t.Errorf("%v", got)
	}
}

func TestNoSpellingOfThisServerLetsAPageReachTheAPI(t *testing.T) {
	s := newSite(t, nil)
	for i, c := range []struct{ at, proto, url, allowed string }{
		{"phone.example", "https", "https://phone.example:443/api", ""},
		{"phone.example", "https", "https://phone.example:0443/api", ""},
		{"phone.example", "https", "https://PHONE.example:/api", ""},
		{"phone.example:443", "https", "https://phone.example/api", ""},
		// What allows http:// allows https:// too.
		{"phone.example", "https", "http://phone.example:80/api", ""},
		{"phone.example", "https", "http://phone.example/api", ""},
		// A proxy has TLS and does not say so.
		{"phone.example", "http", "https://phone.example:443/api", ""},
		{"phone.example:8080", "http", "http://phone.example:08080/api", ""},
		{"phone.example:8080", "http", "https://phone.example:8080/api", ""},
		{"[::1]:8080", "http", "http://[::1]:08080/api", ""},
		{"phone.example:8080", "http", "http://phone.example:99999/api", ""},
		// Other servers on the same host, and their ports as a browser takes them.
		{"phone.example:8080", "http", "http://phone.example:03000/x", "http://phone.example:3000"},
		{"phone.example:8080", "http", "https://phone.example:443/x", "https://phone.example"},
		{"phone.example", "https", "https://phone.example:8443/x", "https://phone.example:8443"},
	} {
		name := fmt.Sprintf("p%d", i)
		s.publish(name, `{"title":"Help","components":[],"functions":[{"kind":"url","name":"a","runs":"browser","url":"`+c.url+`"}]}`)
		res, _ := s.do("GET", "/p/"+name, "Host: "+c.at, "X-Forwarded-Proto: "+c.proto)
		here := c.proto + "://" + c.at
		want := strings.TrimSpace("ws: wss: " + here + "/p/" + name + "/functions/ " + here + "/themes/ " + c.allowed)
		if got := policyOf(t, res)["connect-src"]; got != want {
			t.Errorf("%s at %s: %q, want %q", c.url, here, got, want)
		}
	}
}

func TestAHostThatIsNoneIsRefused(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", minimal)
	for _, host := range []string{"a;b", "a,b", "a'b", "[::1", "a:b", "a:1:2"} {
		res, body := s.do("GET", "/p/help", "Host: "+host)
		if res.StatusCode != http.StatusBadRequest || strings.Contains(res.Header.Get("Content-Security-Policy"), host) {
			t.Errorf("%s: %d %s %v", host, res.StatusCode, body, res.Header)
		}
	}
	if res, _ := s.do("GET", "/p/help", "Host: [::1]:8080"); res.StatusCode != http.StatusOK {
		t.Errorf("an IPv6 address: %d", res.StatusCode)
	}
}

func TestWhatIsNotPublishedIsNotThere(t *testing.T) {
	s := newSite(t, nil)
	s.draft("help", minimal)
	for _, path := range []string{"/p/", "/p/help", "/p/other", "/p/HELP", "/p/a%2Fb", "/p/help/more", "/p/help/manifest.webmanifest", "/p/-"} {
		res, body := s.do("GET", path)
		if res.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "Nothing is published at this address") ||
			!strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s %v", path, res.StatusCode, body, res.Header)
		}
	}
}

func TestAPageHasOneAddressAndIsRead(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", minimal)
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, _ := s.do("GET", "/p/help/?draft=x")
	if res.StatusCode != http.StatusPermanentRedirect || res.Header.Get("Location") != "/p/help?draft=x" {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("Location"))
	}
	res, body := s.do("HEAD", "/p/help")
	if res.StatusCode != http.StatusOK || len(body) > 0 || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("HEAD: %d %s", res.StatusCode, body)
	}
	for _, path := range []string{"/p/help", "/p/help/manifest.webmanifest", "/p/"} {
		res, _ = s.do("POST", path)
		if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST %s: %d, Allow %q", path, res.StatusCode, res.Header.Get("Allow"))
		}
	}
}

func TestADraftIsShownToWhoHasItsToken(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", minimal)
	if _, err := s.accounts.Store.SaveDraft(within(t), "help", 1, "x", json.RawMessage(`{"title":"The draft","components":[],"functions":[],"embedding":["*"]}`)); err != nil {
		t.Fatal(err)
	}
	token := s.token("help")
	res, html, data := s.open("/p/help?draft=" + token)
	if !strings.Contains(html, "<title>The draft</title>") || data["draftToken"] != token {
		t.Errorf("%s", html)
	}
	if got := policyOf(t, res)["frame-ancestors"]; got != "'self'" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("frame-ancestors %s, %v", got, res.Header)
	}
	_, html, data = s.open("/p/help")
	if strings.Contains(html, "The draft") || data["draftToken"] != nil {
		t.Errorf("the draft is published:\n%s", html)
	}
}

func TestATokenIsForOneDraftAndOneHour(t *testing.T) {
	s := newSite(t, nil)
	s.draft("help", minimal)
	s.draft("other", minimal)
	good := s.token("help")
	source, err := newPageStore(within(t), s.accounts.Store)
	if err != nil {
		t.Fatal(err)
	}
	source.now = func() time.Time { return time.Now().Add(-draftTime - time.Second) }
	tampered, _ := base64.RawURLEncoding.DecodeString(good)
	tampered[7]++
	for name, token := range map[string]string{
		"of another page": s.token("other"), "expired": source.draftToken("help"),
		"with a later end": base64.RawURLEncoding.EncodeToString(tampered), "cut off": good[:len(good)-1], "made up": "x",
	} {
		res, body := s.do("GET", "/p/help?draft="+token)
		if res.StatusCode != http.StatusForbidden || !strings.Contains(string(body), "Open it again from the page builder") {
			t.Errorf("a token %s: %d %s", name, res.StatusCode, body)
		}
		s.run("/p/help/functions/x", "", "X-Draft-Token: "+token).fails(http.StatusForbidden, "This preview has ended")
	}
	s.open("/p/help?draft=" + good)
	if err := s.accounts.Store.RemovePage(within(t), "help"); err != nil {
		t.Fatal(err)
	}
	if res, _ := s.do("GET", "/p/help?draft="+good); res.StatusCode != http.StatusNotFound {
		t.Errorf("the draft of a page that is gone: %d", res.StatusCode)
	}
}

func TestAPageThatCanBeInstalledHasAManifest(t *testing.T) {
	s := newSite(t, nil)
	s.publish("app", `{"title":"Call us","language":"de","installable":true,"components":[],"functions":[]}`)
	s.publish("plain", minimal)
	res, body := s.do("GET", "/p/app/manifest.webmanifest")
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil || res.Header.Get("Content-Type") != "application/manifest+json" {
		t.Fatal(err, res.Header)
	}
	for member, want := range map[string]any{"name": "Call us", "id": "/p/app", "start_url": "/p/app", "scope": "/p/app", "lang": "de", "display": "standalone"} {
		if got[member] != want {
			t.Errorf("%s: %v, want %v", member, got[member], want)
		}
	}
	if icons, _ := got["icons"].([]any); len(icons) != 4 {
		t.Errorf("icons: %v", got["icons"])
	}
	if res, _ := s.do("GET", "/p/plain/manifest.webmanifest"); res.StatusCode != http.StatusNotFound {
		t.Errorf("of a page that is not: %d", res.StatusCode)
	}
}

func TestAPageWhoseVariablesCannotBeReadSaysSoWithoutTheReason(t *testing.T) {
	s := newSite(t, nil)
	s.publish("help", minimal)
	if err := s.accounts.Store.Close(); err != nil {
		t.Fatal(err)
	}
	res, body := s.do("GET", "/p/help")
	if res.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), "its log says why") || strings.Contains(string(body), "sql") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if !strings.Contains(s.log.String(), "a page cannot be shown") {
		t.Errorf("the log says %s", s.log)
	}
}

const exampleFile = `{"format":"webphone-page","version":1,"name":"help","page":{"title":"Example","installable":true,"components":[],"functions":[
	{"kind":"visitor","name":"guest","destination":{"env":"WHERE"}}]},
	"variables":[{"name":"WHERE","scope":"page","value":"*43","private":true},{"name":"NAME","scope":"page","value":"Ann"},{"name":"UNSET","scope":"page"}]}`

func TestExamplesAreShownFromTheirFiles(t *testing.T) {
	s := newSite(t, withExamples(map[string]string{"help": exampleFile}))
	res, html, data := s.open("/examples/help/")
	if data["functionsURL"] != "/examples/help/functions/" || !cmp.Equal(data["env"], any(map[string]any{"NAME": "Ann"})) ||
		!strings.Contains(html, `href="/examples/help/manifest.webmanifest"`) || strings.Contains(html, "*43") {
		t.Errorf("%v\n%s", data, html)
	}
	if got := policyOf(t, res); got["frame-ancestors"] != "'self'" || !strings.Contains(got["connect-src"], "/examples/help/functions/ ") {
		t.Errorf("%v", got)
	}
	got := s.run("/examples/help/functions/guest", "").is(http.StatusOK)
	if value, _ := got.body["value"].(map[string]any); value["destination"] != "*43" {
		t.Errorf("%s", got.text)
	}
	res, body := s.do("GET", "/examples/help/manifest.webmanifest")
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"scope":"/examples/help/"`) {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, _ := s.do("GET", "/examples/help"); res.Request.URL.Path != "/examples/help/" || res.StatusCode != http.StatusOK {
		t.Errorf("%d at %s", res.StatusCode, res.Request.URL)
	}
	for path, want := range map[string]int{"/examples/": 200, "/examples/index.html": 200, "/examples/help.json": 200, "/examples/index.json": 200, "/examples/none/": 404, "/examples/none": 404} {
		if res, _ := s.do("GET", path); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	if res, _ := s.do("GET", "/examples/"); policyOf(t, res)["frame-src"] != "'self'" {
		t.Errorf("the site of an example cannot hold its page: %v", res.Header)
	}
}

func TestExamplesThatAreOffAreNotThereButTheirFiles(t *testing.T) {
	s := newSite(t, func(c *Config) {
		withExamples(map[string]string{"help": exampleFile})(c)
		c.NoExamples = true
	})
	for _, path := range []string{"/examples/", "/examples/help", "/examples/help/", "/examples/help/manifest.webmanifest", "/examples/help/functions/guest"} {
		for _, method := range []string{"GET", "POST"} {
			if res, body := s.do(method, path); res.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "setting examples is off") {
				t.Errorf("%s %s: %d %s", method, path, res.StatusCode, body)
			}
		}
	}
	if res, _ := s.do("GET", "/examples/help.json"); res.StatusCode != http.StatusOK {
		t.Errorf("the template of the builder: %d", res.StatusCode)
	}
}

func TestTheSchemaIsServedBesideTheBuilder(t *testing.T) {
	s := newSite(t, nil)
	res, body := s.do("GET", "/builder/page.schema.json")
	var schema map[string]any
	if err := json.Unmarshal(body, &schema); err != nil || res.StatusCode != http.StatusOK || schema["$defs"] == nil ||
		res.Header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("%d %v %v", res.StatusCode, res.Header, err)
	}
}

func TestNoAnswerIsADocumentThatAPageCouldActThrough(t *testing.T) {
	s := newSite(t, withExamples(nil))
	s.publish("help", minimal)
	for _, path := range []string{
		"/", "/healthz", "/readyz", "/webphone.js", "/sw.js", "/icons/icon.png", "/none", "/sip", "/examples/", "/examples/index.json",
		"/builder/page.schema.json", "/p/none", "/p/help/manifest.webmanifest", "/p/help/functions/x", "/api/v1/openapi.json", "/api/v1/session", "/api/v1/none",
	} {
		res, _ := s.do("GET", path)
		if res.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, res.Header)
		}
	}
}
