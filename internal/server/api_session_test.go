package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// another is a second browser at the same server, not signed in.
func (a *administrator) another() *administrator { return &administrator{running: a.running} }

func TestTheSessionsCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	a := builder(t, nil)
	for _, c := range []struct{ forwarded, name, secure string }{
		{"", "webphone-session=", ""},
		{"X-Forwarded-Proto: https", "__Host-webphone-session=", "Secure"},
		{"X-Forwarded-Proto: https, http", "__Host-webphone-session=", "Secure"},
		{"X-Forwarded-Proto: http", "webphone-session=", ""},
	} {
		cookie := a.call("POST", "/session", map[string]any{"password": adminPassword}, c.forwarded).is(http.StatusOK).header.Get("Set-Cookie")
		if !strings.HasPrefix(cookie, c.name) {
			t.Errorf("the cookie is %s", cookie)
		}
		for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/", c.secure} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie %s lacks %s", cookie, want)
			}
		}
		if strings.Contains(cookie, "Domain") {
			t.Errorf("the cookie %s goes to other hosts", cookie)
		}
	}
	config, err := TLSSelfSigned(t.TempDir(), []string{"localhost"})
	if err != nil {
		t.Fatal(err)
	}
	secure := builder(t, func(c *Config) { c.TLS = config })
	if !strings.HasPrefix(secure.cookie, "__Host-webphone-session=") {
		t.Errorf("over TLS the cookie is %s", secure.cookie)
	}
	secure.call("GET", "/session", nil).is(http.StatusOK)
	// A cookie that any site of the domain may set is not taken over TLS.
	secure.call("GET", "/session", nil, "Cookie: "+strings.TrimPrefix(secure.cookie, "__Host-")).fails(http.StatusUnauthorized, "Sign in")
}

func TestASessionIsAskedForByEveryOperation(t *testing.T) {
	a := builder(t, nil)
	var described struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(a.call("GET", "/openapi.json", nil, "Cookie:").is(http.StatusOK).text, &described); err != nil {
		t.Fatal(err)
	}
	count := 0
	for path, methods := range described.Paths {
		for method, operation := range methods {
			if operation.OperationID == "sign-in" {
				continue
			}
			count++
			path := strings.NewReplacer("/api/v1", "", "{page}", "help", "{name}", "A", "{number}", "1").Replace(path)
			method = strings.ToUpper(method)
			a.call(method, path, "{}", "Cookie:").fails(http.StatusUnauthorized, "Sign in first")
			a.call(method, path, "{}", "Cookie: webphone-session=guessed").fails(http.StatusUnauthorized, "Sign in first")
			if method != "GET" {
				a.call(method, path, "{}", "X-CSRF-Token:").fails(http.StatusForbidden, "X-CSRF-Token is missing")
				a.call(method, path, "{}", "X-CSRF-Token: guessed").fails(http.StatusForbidden, "X-CSRF-Token is missing")
			}
		}
	}
	if count < 17 {
		t.Errorf("only %d operations are described", count)
	}
}

func TestTheTokenOfAnotherSessionDoesNotDo(t *testing.T) {
	a := builder(t, nil)
	other := a.another()
	other.signIn(adminPassword).is(http.StatusOK)
	a.call("DELETE", "/session", nil, "X-CSRF-Token: "+other.csrf).fails(http.StatusForbidden, "X-CSRF-Token")
	if again := a.call("GET", "/session", nil).is(http.StatusOK); again.at("csrf") != a.csrf {
		t.Error("the session's token has changed")
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	a := builder(t, nil)
	for _, line := range []string{
		"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "Origin: null",
	} {
		a.call("POST", "/pages", "{}", line).fails(http.StatusForbidden, "another site")
		a.call("POST", "/session", map[string]any{"password": adminPassword}, line).fails(http.StatusForbidden, "another site")
	}
	for _, method := range []string{"GET", "OPTIONS"} {
		got := a.call(method, "/pages", nil, "Origin: https://evil.example", "Access-Control-Request-Method: POST")
		for name := range got.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s is answered with %s", method, name)
			}
		}
	}
}

func TestAnAnswerIsNoPartOfAPage(t *testing.T) {
	a := builder(t, nil)
	// A module of JSON is a script to some browsers, which a page may import.
	for _, kind := range []string{"json", "script", "style", "image", "iframe", "serviceworker"} {
		a.call("GET", "/session", nil, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: "+kind).fails(http.StatusForbidden, "not loaded as a part of a page")
	}
	for _, kind := range []string{"empty", "document"} {
		a.call("GET", "/session", nil, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Dest: "+kind).is(http.StatusOK)
	}
}

func TestACookieThatAPageSetsKeepsNobodyOut(t *testing.T) {
	a := builder(t, nil)
	// As a browser sends one that an action has set for the path /api/.
	a.call("GET", "/session", nil, "Cookie: webphone-session=other; "+a.cookie).is(http.StatusOK)
}

func TestAScriptThatOpensAnAnswerInAWindowCannotReadIt(t *testing.T) {
	a := builder(t, nil)
	for _, path := range []string{"/session", "/pages", "/none", "/openapi.json"} {
		header := a.call("GET", path, nil).header
		for name, want := range map[string]string{
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'; sandbox",
			"Cache-Control":                "no-store",
			"X-Content-Type-Options":       "nosniff",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestGuessesAreLimited(t *testing.T) {
	a := builder(t, nil).another()
	a.signIn("wrong password").fails(http.StatusUnauthorized, "The password is wrong.")
	// All at once they are not more.
	statuses := map[int]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			got := a.another().call("POST", "/session", map[string]any{"password": "wrong password"})
			mu.Lock()
			defer mu.Unlock()
			statuses[got.status]++
		})
	}
	group.Wait()
	if statuses[http.StatusUnauthorized] != maxGuesses-1 || statuses[http.StatusTooManyRequests] != 20-maxGuesses+1 {
		t.Errorf("statuses %v", statuses)
	}
	if got := a.signIn(adminPassword).fails(http.StatusTooManyRequests, "Wait a minute"); got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestWhoKnowsThePasswordHasAllGuessesAgain(t *testing.T) {
	a := builder(t, nil).another()
	for range 2 {
		for range maxGuesses - 1 {
			a.signIn("wrong password").is(http.StatusUnauthorized)
		}
		a.signIn(adminPassword).is(http.StatusOK)
	}
	for range maxGuesses {
		a.call("PUT", "/session/password", map[string]any{"current": "wrong password", "password": "another password"}).is(http.StatusForbidden)
	}
	a.call("PUT", "/session/password", map[string]any{"current": "wrong password", "password": "another password"}).is(http.StatusTooManyRequests)
}

func TestAGuessIsGivenBackWithTime(t *testing.T) {
	g := newGuesses()
	now := time.Unix(1_000_000, 0)
	g.now = func() time.Time { return now }
	for range maxGuesses {
		if !g.allow("a") {
			t.Fatal("refused too early")
		}
	}
	if g.allow("a") || !g.allow("b") {
		t.Fatal("the limit is not one of an address")
	}
	now = now.Add(guessEvery)
	if !g.allow("a") || g.allow("a") {
		t.Fatal("ten seconds are not worth one guess")
	}
}

func TestAFloodOfAddressesClosesTheDoorRatherThanFillingMemory(t *testing.T) {
	g := newGuesses()
	now := time.Unix(1_000_000, 0)
	g.now = func() time.Time { return now }
	let := 0
	for i := range maxCounted + 100 {
		if g.allow(string(rune(i))) {
			let++
		}
	}
	if len(g.counted) != maxCounted || let != maxCounted+maxGuesses {
		t.Errorf("%d addresses are counted, %d guesses were let", len(g.counted), let)
	}
	now = now.Add(time.Hour)
	if !g.allow("late") || len(g.counted) != 1 {
		t.Errorf("after an hour %d addresses are counted", len(g.counted))
	}
}

func TestAFloodOfAddressesIsNotSearchedAtEveryGuess(t *testing.T) {
	g := newGuesses()
	now := time.Unix(1_000_000, 0)
	g.now = func() time.Time { return now }
	for i := range maxCounted + 1 {
		g.allow(fmt.Sprint(i))
	}
	// All have their guesses back, but it is not looked again so soon.
	for i := range maxCounted {
		g.counted[fmt.Sprint(i)] = rate.NewLimiter(0, maxGuesses)
	}
	if g.allow("late"); len(g.counted) != maxCounted {
		t.Errorf("%d are counted", len(g.counted))
	}
	now = now.Add(time.Second)
	if g.allow("late"); len(g.counted) != 1 {
		t.Errorf("a second later %d are counted", len(g.counted))
	}
}

func TestAnotherPasswordEndsTheOtherSessions(t *testing.T) {
	a := builder(t, nil)
	other := a.another()
	other.signIn(adminPassword).is(http.StatusOK)
	const changed = "battery staple"
	a.call("PUT", "/session/password", map[string]any{"current": "not this", "password": changed}).fails(http.StatusForbidden, "The password is wrong")
	a.call("PUT", "/session/password", map[string]any{"current": adminPassword, "password": "short"}).fails(http.StatusUnprocessableEntity, "8 to 256 bytes")
	other.call("GET", "/session", nil).is(http.StatusOK)
	a.call("PUT", "/session/password", map[string]any{"current": adminPassword, "password": changed}).is(http.StatusNoContent)
	a.call("GET", "/session", nil).is(http.StatusOK)
	other.call("GET", "/session", nil).is(http.StatusUnauthorized)
	other.signIn(adminPassword).is(http.StatusUnauthorized)
	other.signIn(changed).is(http.StatusOK)
}

func TestSigningOutEndsTheSession(t *testing.T) {
	a := builder(t, nil)
	if cookie := a.call("DELETE", "/session", nil).is(http.StatusNoContent).header.Get("Set-Cookie"); !strings.Contains(cookie, "Max-Age=0") {
		t.Errorf("the cookie stays: %s", cookie)
	}
	a.call("GET", "/session", nil).is(http.StatusUnauthorized)
}

func TestASessionEndsTwelveHoursAfterItsLastUse(t *testing.T) {
	accounts := openAccounts(t, t.TempDir(), domain)
	if err := NewAdministrator(accounts.Store).SetPassword(within(t), adminPassword); err != nil {
		t.Fatal(err)
	}
	source, err := newPageStore(within(t), accounts.Store)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	source.now = func() time.Time { return now }
	api, err := newAPI(source, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	request := func(method, body, cookie string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/api/v1/session", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	cookie, _, _ := strings.Cut(request("POST", `{"password":"`+adminPassword+`"}`, "").Header().Get("Set-Cookie"), ";")
	for range 3 {
		now = now.Add(sessionIdle - time.Minute)
		if got := request("GET", "", cookie); got.Code != http.StatusOK {
			t.Fatalf("a session in use ended with %d", got.Code)
		}
	}
	now = now.Add(sessionIdle)
	if got := request("GET", "", cookie); got.Code != http.StatusUnauthorized {
		t.Fatalf("status %d after 12 hours", got.Code)
	}
	now = now.Add(-sessionIdle)
	if got := request("GET", "", cookie); got.Code != http.StatusUnauthorized {
		t.Fatalf("a session that has ended is back with %d", got.Code)
	}
}

func TestTwoProcessesShareTheSessionsAndThePages(t *testing.T) {
	folder := t.TempDir()
	accounts := func(c *Config) { c.Accounts = openAccounts(t, folder, domain) }
	a := builder(t, accounts)
	b := &administrator{running: start(t, accounts), cookie: a.cookie, csrf: a.csrf}
	set(a, "", "SHARED", "one", "")
	a.call("POST", "/pages", map[string]any{"name": "help", "page": page("Help", "", "")}).is(http.StatusCreated)
	b.call("PUT", "/pages/help/draft", map[string]any{"revision": 1, "page": page("Changed", "", "")}).is(http.StatusOK)
	a.call("PUT", "/pages/help/draft", map[string]any{"revision": 1, "page": page("Lost", "", "")}).fails(http.StatusConflict, "changed in another window")
	if got := b.values(""); got["SHARED"] != "one" {
		t.Errorf("the other process reads %v", got)
	}
	b.call("DELETE", "/session", nil).is(http.StatusNoContent)
	a.call("GET", "/session", nil).is(http.StatusUnauthorized)
}

func TestNoSecretIsInAnAnswerALogOrTheDatabase(t *testing.T) {
	folder := t.TempDir()
	var log bytes.Buffer
	a := builder(t, func(c *Config) {
		c.Accounts = openAccounts(t, folder, domain)
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const secret = "a-secret-to-look-for"
	var answers []answer
	answers = append(answers,
		a.call("POST", "/session", `{"password":"`+secret+`"}`),
		a.call("POST", "/session", `{"password":["`+secret+`"]}`),
		a.call("POST", "/session", `{"password":"`+secret),
		a.call("POST", "/session", `{"password":"x","passwort":"`+secret+`"}`),
		a.call("POST", "/session", secret),
		a.call("PUT", "/session/password", map[string]any{"current": secret, "password": secret}),
		a.call("PUT", "/session/password", map[string]any{"current": adminPassword, "password": secret}).is(http.StatusNoContent),
		a.call("POST", "/import", file("help", "Help", `{"name":"A","scope":"page","value":"`+secret+`","protected":true}`)).is(http.StatusCreated),
		a.call("PUT", "/variables/B", `{"value":"`+secret+`","protected":true,"private":false,"locked":false,"default":false}`).is(http.StatusOK),
		a.call("PUT", "/variables/C", `{"value":["`+secret+`"],"protected":"`+secret+`"}`),
		a.call("PUT", "/variables/A?page=help", `{"protected":false,"private":false,"locked":false,"default":false}`).is(http.StatusUnprocessableEntity),
		a.call("GET", "/variables?page=help", nil).is(http.StatusOK),
		a.call("GET", "/pages/help", nil).is(http.StatusOK),
		a.call("GET", "/pages/help/export", nil).is(http.StatusOK),
		a.call("POST", "/pages/help/duplicate", `{"name":"copy"}`).is(http.StatusCreated),
		a.call("GET", "/variables?page=copy", nil).is(http.StatusOK),
	)
	for i, got := range answers {
		if bytes.Contains(got.text, []byte(secret)) {
			t.Errorf("answer %d holds the secret: %s", i, got.text)
		}
	}
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log holds the secret: %s", log.String())
	}
	_, token, _ := strings.Cut(a.cookie, "=")
	for _, path := range glob(t, folder) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"secret": secret, "session's token": token, "CSRF token": a.csrf} {
			if bytes.Contains(content, []byte(text)) {
				t.Errorf("%s holds the %s", filepath.Base(path), what)
			}
		}
	}
}

func glob(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	return files
}

func TestWhatIsNotThereIsToldInWords(t *testing.T) {
	a := builder(t, nil)
	a.call("GET", "/nothing", nil).fails(http.StatusNotFound, "nothing at this address")
	a.call("GET", "/", nil).fails(http.StatusNotFound, "nothing at this address")
	if got := a.call("PATCH", "/pages", nil).fails(http.StatusMethodNotAllowed, "Only GET, POST can be done here."); got.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %s", got.header.Get("Allow"))
	}
	large := `{"password":"` + strings.Repeat("x", 2<<20) + `"}`
	a.call("POST", "/session", large).fails(http.StatusRequestEntityTooLarge, "larger than can be taken")
	a.call("PUT", "/pages/help/draft", large).fails(http.StatusRequestEntityTooLarge, "larger than can be taken")
	a.call("POST", "/session", "").fails(http.StatusBadRequest, "not as the API describes it")
	a.call("POST", "/session", "{}", "Content-Type: text/plain").is(http.StatusUnsupportedMediaType)
}

func TestWhatIsTooLargeIsToldToWhoSendsAllOfItFirst(t *testing.T) {
	a := builder(t, nil)
	send := func(method, path string) (rest func() *http.Response) {
		conn, err := net.Dial("tcp", a.server.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		half := bytes.Repeat([]byte(" "), 3<<19)
		_, err = fmt.Fprintf(conn, "%s /api/v1%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nCookie: %s\r\nX-CSRF-Token: %s\r\nContent-Length: %d\r\n\r\n%s",
			method, path, a.cookie, a.csrf, 2*len(half), half)
		if err != nil {
			t.Fatal(err)
		}
		return func() *http.Response {
			if _, err := conn.Write(half); err != nil {
				t.Fatalf("%s: the connection is cut while the request is sent: %v", path, err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("%s: the connection is cut before the answer is read: %v", path, err)
			}
			return res
		}
	}
	file, draft := send("POST", "/import"), send("PUT", "/pages/help/draft")
	// net/http cuts a connection half a second after an answer that did not
	// wait for its request.
	time.Sleep(time.Second)
	if got := file(); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the import got %d", got.StatusCode)
	}
	if got := draft(); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("the draft got %d", got.StatusCode)
	}
}
