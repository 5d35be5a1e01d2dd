package edge

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"webphone/internal/media"
	"webphone/internal/sip"
	"webphone/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	domain   = "example.com"
	password = "correct horse"
	// patience bounds every wait; a test that reaches it has failed.
	patience = 5 * time.Second
)

// directory holds accounts whose password is the constant above.
type directory map[string]bool

func (d directory) Account(_ context.Context, username string) (store.Account, error) {
	if !d[username] {
		return store.Account{}, store.ErrNotFound
	}
	account := store.Account{Username: username, Realm: domain, Hashes: map[string]string{}}
	for _, algorithm := range []sip.DigestAlgorithm{sip.SHA512256, sip.SHA256, sip.MD5} {
		account.Hashes[string(algorithm)] = sip.HA1(algorithm, username, domain, password)
	}
	return account, nil
}

// harness is an edge on a real loopback socket.
type harness struct {
	t    *testing.T
	edge *Edge
	http *httptest.Server
}

func newHarness(t *testing.T, changes ...func(*Config)) *harness {
	t.Helper()
	config := Config{
		Domains:  []string{domain},
		Accounts: directory{"1001": true, "1002": true, "1003": true},
		NonceKey: make([]byte, 32),
		TokenKey: make([]byte, 32),
	}
	for _, change := range changes {
		if change != nil {
			change(&config)
		}
	}
	edge, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, edge: edge, http: httptest.NewServer(edge)}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := edge.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		h.http.Close()
	})
	return h
}

// leave closes a client's connection and waits until the edge has taken note.
func (h *harness) leave(c *client) {
	h.t.Helper()
	left := h.edge.Connections() - 1
	c.close()
	h.until("the edge has seen the connection's end", func() bool { return h.edge.Connections() == left })
}

// until waits for what happens on another goroutine.
func (h *harness) until(what string, happened func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("never: %s", what)
		}
	}
}

// back is the same phone over a new connection.
func (h *harness) back(user, instance string) *client {
	h.t.Helper()
	c := h.dial()
	c.register(user, instance)
	return c
}

// withClock stops the time.
func withClock(clock sip.Clock) func(*Config) {
	return func(c *Config) {
		c.Clock = clock
		c.WebSocket.PingInterval, c.WebSocket.IdleTimeout = time.Hour, 2*time.Hour
	}
}

func withEcho(t *testing.T) func(*Config) {
	engine, err := media.New(media.Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	return func(c *Config) { c.Media = engine }
}

// client is a phone that speaks SIP by hand.
type client struct {
	t        *testing.T
	ws       *websocket.Conn
	incoming chan sip.Message
	gone     chan struct{}
	user     string
	cseq     int
	// nonce is of the last challenge.
	challenge sip.Challenge
	nc        uint32
}

func (h *harness) connect() *websocket.Conn {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(h.http.URL, "http"), &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		h.t.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	return ws
}

func (h *harness) dial() *client {
	h.t.Helper()
	ws := h.connect()
	c := &client{t: h.t, ws: ws, incoming: make(chan sip.Message, 100), gone: make(chan struct{}), user: "anonymous"}
	go func() {
		defer close(c.gone)
		for {
			_, data, err := ws.Read(context.Background())
			if err != nil {
				return
			}
			if msg, err := sip.Parse(data); err == nil {
				c.incoming <- msg
			}
		}
	}()
	h.t.Cleanup(c.close)
	return c
}

func (c *client) close() {
	_ = c.ws.CloseNow()
	<-c.gone
}

// closed waits until the edge has closed the connection.
func (c *client) closed() {
	c.t.Helper()
	select {
	case <-c.gone:
	case <-time.After(patience):
		c.t.Fatal("the connection stays open")
	}
}

func (c *client) write(text string) {
	c.t.Helper()
	if err := c.ws.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// next returns the next message.
func (c *client) next() sip.Message {
	c.t.Helper()
	select {
	case msg := <-c.incoming:
		return msg
	case <-time.After(patience):
		c.t.Fatal("no message came")
		return nil
	}
}

// response returns the next response, which has to have the status.
func (c *client) response(status int) *sip.Response {
	c.t.Helper()
	msg := c.next()
	res, ok := msg.(*sip.Response)
	if !ok || res.StatusCode != status {
		c.t.Fatalf("want %d, got %v", status, msg)
	}
	return res
}

// request returns the next request, which has to have the method.
func (c *client) request(method sip.Method) *sip.Request {
	c.t.Helper()
	msg := c.next()
	req, ok := msg.(*sip.Request)
	if !ok || req.Method != method {
		c.t.Fatalf("want %s, got %v", method, msg)
	}
	return req
}

// silent says that nothing more has come: an OPTIONS to the edge is answered
// after everything before it.
func (c *client) silent() {
	c.t.Helper()
	c.send(message{method: "OPTIONS", uri: "sip:" + domain, to: "sip:" + domain})
	c.response(200)
}

// message is a request to write.
type message struct {
	method, uri, to, from string
	callID, fromTag       string
	cseq                  int
	branch                string
	headers               []string
	contentType, body     string
}

func (c *client) send(m message) message {
	c.t.Helper()
	if m.cseq == 0 {
		c.cseq++
		m.cseq = c.cseq
	}
	if m.callID == "" {
		m.callID = sip.NewTag() + "-call"
	}
	if m.fromTag == "" {
		m.fromTag = sip.NewTag()
	}
	if m.branch == "" {
		m.branch = sip.NewBranch()
	}
	if m.from == "" {
		m.from = fmt.Sprintf("<sip:%s@%s>", c.user, domain)
	}
	if !strings.Contains(m.to, "<") {
		m.to = "<" + m.to + ">"
	}
	lines := []string{
		fmt.Sprintf("%s %s SIP/2.0", m.method, m.uri),
		"Via: SIP/2.0/WS client.invalid;branch=" + m.branch,
		"From: " + m.from + ";tag=" + m.fromTag,
		"To: " + m.to,
		"Call-ID: " + m.callID,
		fmt.Sprintf("CSeq: %d %s", m.cseq, m.method),
	}
	if !strings.Contains(strings.Join(m.headers, "\n"), "Max-Forwards") {
		lines = append(lines, "Max-Forwards: 70")
	}
	lines = append(lines, m.headers...)
	if m.contentType != "" {
		lines = append(lines, "Content-Type: "+m.contentType)
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(m.body)), "", m.body)
	c.write(strings.Join(lines, "\r\n"))
	return m
}

// learn reads the nonce of a challenge.
func (c *client) learn(res *sip.Response, header string) {
	c.t.Helper()
	challenge, err := sip.ParseChallenge(res.GetHeader(header).Value())
	if err != nil {
		c.t.Fatal(err)
	}
	c.challenge, c.nc = challenge, 0
}

// authorization answers the last challenge.
func (c *client) authorization(header, method, uri, password string) string {
	c.nc++
	credentials, err := c.challenge.Answer(c.user, password, sip.Method(method), uri, "0a4f113b", c.nc)
	if err != nil {
		c.t.Fatal(err)
	}
	return header + ": " + credentials.String()
}

// authorized sends a request, answers its challenge and returns what was sent.
func (c *client) authorized(m message) message {
	c.t.Helper()
	status, challenge, header := 407, "Proxy-Authenticate", "Proxy-Authorization"
	if m.method == "REGISTER" {
		status, challenge, header = 401, "WWW-Authenticate", "Authorization"
	}
	if m.callID == "" {
		m.callID = sip.NewTag() + "-call"
	}
	first := c.send(m)
	c.learn(c.response(status), challenge)
	if m.method == "INVITE" {
		first.headers = nil
		c.ack(first, m.to)
	}
	m.fromTag = first.fromTag
	m.headers = append(m.headers, c.authorization(header, m.method, m.uri, password))
	return c.send(m)
}

// ack acknowledges a failure: same branch, same CSeq (RFC 3261 §17.1.1.3).
func (c *client) ack(invite message, to string) {
	invite.method, invite.to, invite.body, invite.contentType = "ACK", to, "", ""
	c.send(invite)
}

// register registers as user and returns the 200.
func (c *client) register(user string, contactParams ...string) *sip.Response {
	c.t.Helper()
	c.user = user
	c.authorized(message{
		method: "REGISTER", uri: "sip:" + domain, to: "sip:" + user + "@" + domain,
		headers: []string{"Contact: " + c.contact() + strings.Join(contactParams, ""), "Expires: 600"},
	})
	return c.response(200)
}

func (c *client) contact() string { return "<sip:" + c.user + "@client.invalid;transport=ws>" }

// reply writes a response to a request that came from the edge.
func (c *client) reply(req *sip.Request, status int, headers ...string) *sip.Response {
	c.t.Helper()
	res := sip.NewResponse(req, status, "")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		res.AppendHeader(sip.NewHeader(name, value))
	}
	for _, header := range req.GetHeaders("Record-Route") {
		res.AppendHeader(header)
	}
	c.write(string(sip.Bytes(res)))
	return res
}

// call calls another account and returns the INVITE as both sides saw it.
func (c *client) call(callee *client) (sent message, received *sip.Request) {
	c.t.Helper()
	sent = c.authorized(message{
		method: "INVITE", uri: "sip:" + callee.user + "@" + domain, to: "sip:" + callee.user + "@" + domain,
		headers: []string{"Contact: " + c.contact()}, contentType: "application/sdp", body: "v=0\r\n",
	})
	c.response(100)
	return sent, callee.request(sip.INVITE)
}
