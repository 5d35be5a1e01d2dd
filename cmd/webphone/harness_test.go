package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"webphone/internal/sip"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		_ = os.RemoveAll(built)
		os.Exit(status)
	}))
}

// patience bounds every wait; a test that reaches it has failed.
const patience = 5 * time.Second

// outcome is what a command leaves.
type outcome struct {
	status        int
	out, problems string
}

// webphone runs a command to its end, with in as standard input.
func webphone(t *testing.T, in string, args ...string) outcome {
	t.Helper()
	// The default data folder is in the working directory.
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, problems bytes.Buffer
	status := run(ctx, args, strings.NewReader(in), &out, &problems)
	return outcome{status, out.String(), problems.String()}
}

// succeeds says that a command ends with status 0 and this output alone.
func (o outcome) succeeds(t *testing.T, out string) {
	t.Helper()
	if o.status != 0 || o.out != out || o.problems != "" {
		t.Fatalf("status %d, output %q, problems %q; want the output %q", o.status, o.out, o.problems, out)
	}
}

// fails says that a command ends with a failure and a sentence that holds the
// words, and prints nothing else.
func (o outcome) fails(t *testing.T, words string) {
	t.Helper()
	if o.status == 0 || o.out != "" || !strings.HasPrefix(o.problems, "webphone: ") || !strings.Contains(o.problems, words) {
		t.Fatalf("status %d, output %q, problems %q; want a failure that says %q", o.status, o.out, o.problems, words)
	}
	if strings.Contains(o.problems, "goroutine ") {
		t.Fatal("it crashed")
	}
}

// buffer is written to by the server and read by the test.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// serving is a `webphone serve` that runs.
type serving struct {
	t             *testing.T
	out, problems buffer
	url           string
	stop          func() int
}

var announced = regexp.MustCompile(`The web phone is at (https?://\S+/)\n`)

// serve starts the server and waits until it says where it is. The test's end
// stops it.
func serve(t *testing.T, args ...string) *serving {
	t.Helper()
	t.Chdir(t.TempDir())
	s := &serving{t: t}
	ctx, cancel := context.WithCancel(context.Background())
	status := make(chan int, 1)
	go func() { status <- run(ctx, args, strings.NewReader(""), &s.out, &s.problems) }()
	s.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case got := <-status:
			return got
		case <-time.After(2 * shutdownTime):
			t.Error("serve has not ended")
			return -1
		}
	})
	t.Cleanup(func() { s.stop() })
	deadline := time.Now().Add(patience)
	for {
		if found := announced.FindStringSubmatch(s.out.String()); found != nil {
			s.url = found[1]
			break
		}
		if len(status) > 0 || time.Now().After(deadline) {
			t.Fatalf("serve did not start: %s %s", s.out.String(), s.problems.String())
		}
		time.Sleep(time.Millisecond)
	}
	return s
}

// get returns the status of a page.
func (s *serving) get(path string) int {
	s.t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Get(strings.TrimSuffix(s.url, "/") + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// register registers over a connection of its own and returns the status of
// the answer to the credentials.
func (s *serving) register(domain, user, password string) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	ws, _, err := websocket.Dial(ctx, s.url, &websocket.DialOptions{
		Subprotocols: []string{"sip"}, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer ws.CloseNow()
	uri, callID := "sip:"+domain, sip.NewTag()
	ask := func(cseq int, headers string) *sip.Response {
		text := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/WS client.invalid;branch=%s\r\n"+
			"From: <sip:%[3]s@%[4]s>;tag=a\r\nTo: <sip:%[3]s@%[4]s>\r\nCall-ID: %[5]s\r\nCSeq: %[6]d REGISTER\r\n"+
			"Max-Forwards: 70\r\nContact: <sip:%[3]s@client.invalid;transport=ws>\r\n%[7]sContent-Length: 0\r\n\r\n",
			uri, sip.NewBranch(), user, domain, callID, cseq, headers)
		if err := ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			s.t.Fatal(err)
		}
		_, data, err := ws.Read(ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		msg, err := sip.Parse(data)
		res, ok := msg.(*sip.Response)
		if err != nil || !ok {
			s.t.Fatalf("got %v, %v", msg, err)
		}
		return res
	}
	res := ask(1, "")
	if res.StatusCode != 401 {
		return res.StatusCode
	}
	challenge, err := sip.ParseChallenge(res.GetHeader("WWW-Authenticate").Value())
	if err != nil {
		s.t.Fatal(err)
	}
	credentials, err := challenge.Answer(user, password, "REGISTER", uri, "0a4f113b", 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return ask(2, "Authorization: "+credentials.String()+"\r\n").StatusCode
}
