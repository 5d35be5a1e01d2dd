package server

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"webphone/internal/store"
)

const secret = "v3ry-s3cret"

// written is what the server logs.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// site is a server with pages, whose log is read.
type site struct {
	*running
	accounts *Accounts
	log      *written
}

func newSite(t *testing.T, change func(*Config)) *site {
	t.Helper()
	s := &site{accounts: openAccounts(t, t.TempDir(), domain), log: &written{}}
	s.running = start(t, func(c *Config) {
		c.Accounts, c.Log = s.accounts, slog.New(slog.NewTextHandler(s.log, nil))
		if change != nil {
			change(c)
		}
	})
	return s
}

// draft keeps a page that is not published.
func (s *site) draft(name, document string) {
	s.t.Helper()
	if _, err := s.accounts.Store.AddPage(within(s.t), name, "a title", json.RawMessage(document)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) publish(name, document string) {
	s.t.Helper()
	s.draft(name, document)
	if _, err := s.accounts.Store.Publish(within(s.t), name, 1); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) set(page, name, value string, private bool) {
	s.t.Helper()
	_, err := s.accounts.Store.ChangeVariable(within(s.t), page, name, func(v store.Variable, _ bool) (store.Variable, error) {
		v.Value, v.Set, v.Private = value, true, private
		return v, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// token lets its bearer see the draft of a page.
func (s *site) token(page string) string {
	s.t.Helper()
	source, err := newPageStore(within(s.t), s.accounts.Store)
	if err != nil {
		s.t.Fatal(err)
	}
	return source.draftToken(page)
}

// run calls a function as a page does.
func (s *site) run(path, body string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(within(s.t), "POST", s.url(path), strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	got := answer{t: s.t, status: res.StatusCode, header: res.Header}
	if got.text, err = io.ReadAll(res.Body); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(got.text, &got.body); err != nil {
		s.t.Fatalf("%s: %s: %v", path, got.text, err)
	}
	if res.Header.Get("Access-Control-Allow-Origin") != "*" || res.Header.Get("Access-Control-Allow-Credentials") != "" || res.Header.Get("Cache-Control") != "no-store" {
		s.t.Errorf("%s: a preview cannot read the answer, or a cache may keep it: %v", path, res.Header)
	}
	return got
}

var (
	pageDataOf = regexp.MustCompile(`(?s)<script type="application/json" id="page-data">(.*?)</script>`)
	nonceOf    = regexp.MustCompile(`<script type="module" src="/page.js" nonce="([A-Za-z0-9+/=]{16,})"></script>`)
)

// open loads a page and returns what it is given.
func (s *site) open(path string) (res *http.Response, html string, data map[string]any) {
	s.t.Helper()
	res, body := s.do("GET", path)
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, res.StatusCode, body)
	}
	found := pageDataOf.FindSubmatch(body)
	if found == nil {
		s.t.Fatalf("%s has no data:\n%s", path, body)
	}
	if err := json.Unmarshal(found[1], &data); err != nil {
		s.t.Fatalf("%s: %v in\n%s", path, err, found[1])
	}
	return res, string(body), data
}

// policyOf is a Content-Security-Policy by directive.
func policyOf(t *testing.T, res *http.Response) map[string]string {
	t.Helper()
	policy := map[string]string{}
	for directive := range strings.SplitSeq(res.Header.Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), " ")
		if _, twice := policy[name]; twice {
			t.Errorf("%s stands in the policy twice", name)
		}
		policy[name] = value
	}
	return policy
}

// withExamples adds export files to the built ones.
func withExamples(examples map[string]string) func(*Config) {
	return func(c *Config) {
		files := dist()
		files["examples/index.html"] = &fstest.MapFile{Data: []byte("<title>Examples</title>")}
		files["examples/index.json"] = &fstest.MapFile{Data: []byte("[]")}
		for use, text := range examples {
			files["examples/"+use+".json"] = &fstest.MapFile{Data: []byte(text)}
		}
		c.Dist = files
	}
}
