package functions

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"webphone/internal/pages"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "v3ry-s3cret"

// far is a server elsewhere and a Caller that may reach it.
func far(t *testing.T, change func(*Config), handler http.HandlerFunc) (url string, c *Caller) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config := Config{Hosts: []string{"127.0.0.1"}}
	if change != nil {
		change(&config)
	}
	return server.URL, newCaller(t, config)
}

func newCaller(t *testing.T, config Config) *Caller {
	t.Helper()
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ask calls a function that has the secret in its URL, a header and its body.
func ask(t *testing.T, c *Caller, url string) (any, error) {
	t.Helper()
	return c.Call(t.Context(), Request{
		Function: pages.Function{
			Kind: pages.KindURL, Name: "crm", Method: "POST", URL: url + "/{{env.KEY}}?key={{env.KEY}}",
			Headers: []pages.Header{{Name: "Authorization", Value: "Bearer {{env.KEY}}"}},
			Body:    `{"key":"{{env.KEY}}","caller":"{{data.caller}}"}`,
		},
		Env:  map[string]string{"KEY": secret},
		Data: json.RawMessage(`{"caller":"1001"}`),
	})
}

// fails says that a call failed in these words, without the secret.
func fails(t *testing.T, err error, kind Kind, words string) {
	t.Helper()
	var failure *Error
	if !errors.As(err, &failure) || failure.Kind != kind || !strings.Contains(err.Error(), words) ||
		!strings.Contains(err.Error(), "crm") {
		t.Errorf("got %v, want %q", err, words)
	}
	for shown := err; shown != nil; shown = errors.Unwrap(shown) {
		if strings.Contains(fmt.Sprintf("%+v %#v", shown, shown), secret) {
			t.Errorf("the secret is in the error: %#v", shown)
		}
	}
}

func TestAPrivateVariableArrivesInURLHeaderAndBody(t *testing.T) {
	url, c := far(t, nil, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode([]string{r.Method, r.URL.String(), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)})
	})
	got, err := ask(t, c, url)
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"POST", "/" + secret + "?key=" + secret, "Bearer " + secret, "application/json", `{"key":"` + secret + `","caller":"1001"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnswerIsWhatItsContentTypeSays(t *testing.T) {
	for name, test := range map[string]struct {
		contentType, body string
		want              any
	}{
		"JSON":                   {"application/json", `{"n":12345678901234567890}`, map[string]any{"n": json.Number("12345678901234567890")}},
		"a type of JSON":         {"application/vnd.crm+json", `null`, nil},
		"JSON without a word":    {"application/json", "\n", nil},
		"text":                   {"text/plain", "hi", "hi"},
		"text that is not UTF-8": {"text/plain; charset=latin1", "\xe9", "\uFFFD"},
		"an answer of no type":   {"", "hi", "hi"},
	} {
		url, c := far(t, nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{test.contentType}
			_, _ = io.WriteString(w, test.body)
		})
		got, err := ask(t, c, url)
		if err != nil || !cmp.Equal(got, test.want) {
			t.Errorf("%s: %#v, %v, want %#v", name, got, err, test.want)
		}
	}
}

func TestABadAnswerIsToldInWords(t *testing.T) {
	for words, handler := range map[string]http.HandlerFunc{
		"not the JSON that":      func(w http.ResponseWriter, _ *http.Request) { send(w, "application/json", `{"a":`) },
		"the JSON that its":      func(w http.ResponseWriter, _ *http.Request) { send(w, "application/json", `{} {}`) },
		"more than 256 KiB":      func(w http.ResponseWriter, _ *http.Request) { send(w, "text/plain", strings.Repeat("x", 300<<10)) },
		"answered 500 Internal":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); send(w, "", secret) },
		"answered 304":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) },
		"ended the connection":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"redirects more than 3":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/"+secret, 307) },
		"redirects to another":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://localhost:1/"+secret, 302) },
		"redirects to another h": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "file:///etc/passwd", 302) },
	} {
		url, c := far(t, nil, handler)
		_, err := ask(t, c, url)
		fails(t, err, Failed, words)
	}
}

func send(w http.ResponseWriter, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, body)
}

func TestTheMethodFollowsTheBodyWhereNoneIsNamed(t *testing.T) {
	url, c := far(t, nil, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		send(w, "text/plain", r.Method+string(body))
	})
	for want, function := range map[string]pages.Function{
		"GET":    {},
		"POST1":  {Body: "1"},
		"PUT1":   {Method: "PUT", Body: "1"},
		"DELETE": {Method: "DELETE"},
		"GET#":   {Method: "GET", Body: "1"},
	} {
		function.Name, function.URL = "crm", url
		if got, err := c.Call(t.Context(), Request{Function: function}); err != nil || got != strings.TrimSuffix(want, "#") {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
}

func TestARedirectWithinTheHostIsFollowed(t *testing.T) {
	url, c := far(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		send(w, "text/plain", r.Header.Get("Authorization")+string(body))
	})
	got, err := ask(t, c, url)
	if text, _ := got.(string); err != nil || !strings.Contains(text, "Bearer "+secret) || !strings.Contains(text, `"caller":"1001"`) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAURLThatHangsIsGivenUp(t *testing.T) {
	over := make(chan struct{})
	for name, handler := range map[string]http.HandlerFunc{
		"before its answer": func(http.ResponseWriter, *http.Request) { <-over },
		"within its answer": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "begins")
			w.(http.Flusher).Flush()
			<-over
		},
	} {
		url, c := far(t, func(config *Config) { config.Timeout = 50 * time.Millisecond }, handler)
		_, err := ask(t, c, url)
		t.Log(name)
		fails(t, err, TimedOut, "in time")
	}
	close(over)
}

func TestACallIsGivenUpWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	defer close(over)
	url, c := far(t, nil, func(http.ResponseWriter, *http.Request) { cancel(); <-over })
	_, err := c.Call(ctx, Request{Function: pages.Function{Name: "crm", URL: url}})
	fails(t, err, Failed, "given up")
	over <- struct{}{}
}

func TestOnlyHostsThatAreNamedMayBePrivateOrWithoutTLS(t *testing.T) {
	reached := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, test := range []struct{ named, url, words string }{
		{"", server.URL, "not public"},
		{"", "https://localhost:" + port, "not public"},
		{"", "https://[::ffff:127.0.0.1]:" + port, "not public"},
		{"", "https://0.0.0.0:" + port, "not public"},
		{"", "https://2130706433:" + port, "failed"},
		{"127.0.0.1:1", server.URL, "not public"},
		{"localhost", server.URL, "not public"},
		{"", plain.URL, "not over https"},
		{"127.0.0.1:" + port, plain.URL, "not over https"},
	} {
		config := Config{Roots: roots}
		if test.named != "" {
			config.Hosts = []string{test.named}
		}
		_, err := ask(t, newCaller(t, config), test.url)
		var failure *Error
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%s with %q named: %v, want %q", test.url, test.named, err, test.words)
		}
		if reached {
			t.Fatalf("%s was reached with %q named", test.url, test.named)
		}
	}
	for named, url := range map[string]string{"127.0.0.1:" + port: server.URL, "127.0.0.1": plain.URL} {
		reached = false
		if _, err := ask(t, newCaller(t, Config{Roots: roots, Hosts: []string{named}}), url); err != nil || !reached {
			t.Errorf("%s with %s named: %v", url, named, err)
		}
	}
}

func TestACertificateIsVerified(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	_, err := ask(t, newCaller(t, Config{Hosts: []string{"127.0.0.1"}}), server.URL)
	fails(t, err, Failed, "certificate is not valid")
}

func TestAServerThatIsNotThereIsToldInWords(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	_ = listener.Close()
	_, err = ask(t, newCaller(t, Config{Hosts: []string{"127.0.0.1"}}), url)
	fails(t, err, Failed, "refuses connections")
	_, err = ask(t, newCaller(t, Config{Hosts: []string{"nowhere.invalid"}}), "http://nowhere.invalid")
	fails(t, err, Failed, "nowhere.invalid")
}

func TestTheEnvironmentNamesNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	url, c := far(t, nil, func(w http.ResponseWriter, _ *http.Request) { send(w, "text/plain", "direct") })
	if c.transport.Proxy != nil {
		t.Error("there is a proxy")
	}
	if got, err := ask(t, c, url); err != nil || got != "direct" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWhatCannotBeSentIsRefusedBeforeItIs(t *testing.T) {
	url, c := far(t, nil, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for words, function := range map[string]pages.Function{
		"header host cannot":              {URL: url, Headers: []pages.Header{{Name: "host", Value: "x"}}},
		"header Transfer-Encoding cannot": {URL: url, Headers: []pages.Header{{Name: "Transfer-Encoding", Value: "x"}}},
		"header Proxy-Authorization":      {URL: url, Headers: []pages.Header{{Name: "Proxy-Authorization", Value: "x"}}},
		"line end":                        {URL: url, Headers: []pages.Header{{Name: "X-Key", Value: "{{env.LINES}}"}}},
		"{{env.ABSENT}}":                  {URL: url + "/{{env.ABSENT}}"},
		"neither https:// nor http://":    {URL: "ftp://127.0.0.1/"},
		"method or URL":                   {URL: url, Method: "GET X"},
	} {
		function.Name = "crm"
		_, err := c.Call(t.Context(), Request{Function: function, Env: map[string]string{"LINES": "a\r\n" + secret}})
		var failure *Error
		if !errors.As(err, &failure) {
			t.Fatalf("%s: %v", words, err)
		}
		fails(t, err, failure.Kind, words)
	}
}

func TestASettingThatNamesNoHostIsRefused(t *testing.T) {
	for _, item := range []string{"http://crm", "crm/path", "crm:", "user@crm", ":80", "crm:x", "a b"} {
		if _, err := New(Config{Hosts: []string{item}}); err == nil {
			t.Errorf("%q is taken", item)
		}
	}
	named, err := parseHosts([]string{"CRM.lan", "[::1]:8080", "10.0.0.1:80"})
	if err != nil || !named.have("crm.LAN", "1") || !named.have("::1", "8080") || named.have("::1", "80") || named.have("10.0.0.1", "443") {
		t.Errorf("%v, %v", named, err)
	}
}

func TestPublicAddresses(t *testing.T) {
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.192",
		"192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
		"255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
		"64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "fc00::1", "fe80::1", "fe80::1%eth0",
		"2606:4700::1%eth0", "ff02::1", "3fff::1", "5f00::1", "fec0::1",
	} {
		if isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as public", text)
		}
	}
	for _, text := range []string{"1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "::ffff:1.1.1.1", "2606:4700::1111", "64:ff9b::1.1.1.1"} {
		if !isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s counts as private", text)
		}
	}
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
