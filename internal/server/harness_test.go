package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"webphone/internal/sip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	domain   = "example.com"
	password = "correct horse"
	// patience bounds every wait; a test that reaches it has failed.
	patience = 5 * time.Second
)

// module is long enough to be worth compressing.
var module = strings.Repeat("export const phone = 1;\n", 100)

// dist stands in for the built pages.
func dist() fstest.MapFS {
	return fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html><title>Phone</title>")},
		"webphone.js":          {Data: []byte(module)},
		"phone.js":             {Data: []byte(module)},
		"phone-extras.js":      {Data: []byte(module)},
		"webphone.d.ts":        {Data: []byte(module)},
		"custom-elements.json": {Data: []byte("{}")},
		"page.js":              {Data: []byte(module)},
		"page.css":             {Data: []byte("body{}")},
		"embed.js":             {Data: []byte(module)},
		"builder/index.html":   {Data: []byte("<!doctype html><title>Builder</title>")},
		"builder/builder.js":   {Data: []byte(module)},
		"builder/guard.js":     {Data: []byte(module)},
		"app.js":               {Data: []byte(module)},
		"app.css":              {Data: []byte("body{}")},
		"sw.js":                {Data: []byte("onfetch")},
		"manifest.webmanifest": {Data: []byte("{}")},
		"icons/icon.png":       {Data: []byte(module)},
	}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func openAccounts(t *testing.T, folder, domain string) *Accounts {
	t.Helper()
	accounts, err := OpenAccounts(within(t), folder, domain)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := accounts.Store.Close(); err != nil {
			t.Error(err)
		}
	})
	return accounts
}

func add(t *testing.T, accounts *Accounts, username string) {
	t.Helper()
	if err := accounts.Add(within(t), username, password); err != nil {
		t.Fatal(err)
	}
}

// running is a server on a real loopback socket with a client of its own.
type running struct {
	t      *testing.T
	server *Server
	client *http.Client
	served chan error
	stop   func() error
}

// start starts a server that the test's end shuts down.
func start(t *testing.T, change func(*Config)) *running {
	t.Helper()
	config := Config{Listen: "127.0.0.1:0", Dist: dist(), Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&config)
	}
	if config.Accounts == nil {
		config.Accounts = openAccounts(t, t.TempDir(), domain)
	}
	s, err := New(within(t), config)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		// The tests look at what is on the wire.
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
	}
	r := &running{t: t, server: s, served: make(chan error, 1), client: &http.Client{Transport: transport}}
	go func() { r.served <- s.Serve() }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			return err
		}
		select {
		case err := <-r.served:
			return err
		case <-ctx.Done():
			return fmt.Errorf("Serve has not returned: %w", ctx.Err())
		}
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *running) url(path string) string {
	return strings.TrimSuffix(r.server.URL(), "/") + path
}

// do makes a request, with header lines like "Accept-Encoding: br".
func (r *running) do(method, path string, headers ...string) (res *http.Response, body []byte) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(within(r.t), method, r.url(path), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	res, err = r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res, body
}

// dial opens a WebSocket that offers the subprotocols.
func (r *running) dial(path string, subprotocols ...string) (*websocket.Conn, *http.Response, error) {
	ws, res, err := websocket.Dial(within(r.t), r.url(path), &websocket.DialOptions{
		Subprotocols: subprotocols, HTTPClient: r.client,
	})
	if err == nil {
		r.t.Cleanup(func() { _ = ws.CloseNow() })
	}
	return ws, res, err
}

func (r *running) phone(path string) *phone {
	r.t.Helper()
	ws, _, err := r.dial(path, "sip")
	if err != nil {
		r.t.Fatal(err)
	}
	return &phone{t: r.t, ws: ws}
}

// phone speaks as much SIP as a registration takes.
type phone struct {
	t    *testing.T
	ws   *websocket.Conn
	cseq int
}

// request sends a request from user and returns the final response.
func (p *phone) request(method, uri, user string, headers ...string) *sip.Response {
	p.t.Helper()
	p.cseq++
	lines := append([]string{
		method + " " + uri + " SIP/2.0",
		"Via: SIP/2.0/WS client.invalid;branch=" + sip.NewBranch(),
		"From: <sip:" + user + "@" + domain + ">;tag=a",
		"To: <sip:" + user + "@" + domain + ">",
		"Call-ID: " + sip.NewTag(),
		fmt.Sprintf("CSeq: %d %s", p.cseq, method),
		"Max-Forwards: 70",
		"Content-Length: 0",
	}, headers...)
	text := strings.Join(lines, "\r\n") + "\r\n\r\n"
	if err := p.ws.Write(within(p.t), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
	for {
		_, data, err := p.ws.Read(within(p.t))
		if err != nil {
			p.t.Fatal(err)
		}
		msg, err := sip.Parse(data)
		if err != nil {
			p.t.Fatal(err)
		}
		if res, ok := msg.(*sip.Response); ok && res.StatusCode >= 200 {
			return res
		}
	}
}

// register registers and returns the status of the answer to the credentials.
func (p *phone) register(user, password string) int {
	p.t.Helper()
	const uri = "sip:" + domain
	contact := "Contact: <sip:" + user + "@client.invalid;transport=ws>"
	res := p.request("REGISTER", uri, user, contact)
	if res.StatusCode != 401 {
		p.t.Fatalf("REGISTER without credentials got %d, want 401", res.StatusCode)
	}
	challenge, err := sip.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
	if err != nil {
		p.t.Fatal(err)
	}
	credentials, err := challenge.Answer(user, password, "REGISTER", uri, "0a4f113b", 1)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.request("REGISTER", uri, user, contact, "Authorization: "+credentials.String()).StatusCode
}
