package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// loading starts a load of an hour by two phones in a process of its own, and
// waits until it says the words.
func loading(t *testing.T, url, words string) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accounts.csv")
	if err := os.WriteFile(file, []byte("load1,correct horse\nload2,correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, "load", url, "--accounts", file, "--duration", "1h", "--no-refresh", "--timeout", "1h", "--end-timeout", "1h")
	for deadline := time.Now().Add(2 * patience); !strings.Contains(p.problems.String(), words); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never says %q: %s", words, p.problems.String())
		}
	}
	return p
}

// ends waits for the end and returns the exit status.
func (p *process) ends() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2 * patience):
		p.t.Fatal("it has not ended")
	}
	return p.command.ProcessState.ExitCode()
}

func TestAnInterruptEndsALoadInOrder(t *testing.T) {
	p := loading(t, withPhones(t).sip(), "2 registered")
	if err := p.command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := p.ends(); status != 0 {
		t.Errorf("status %d: %s", status, p.problems.String())
	}
	for _, want := range []string{"unregister  2", "Failures: 0"} {
		if text := strings.Join(strings.Fields(p.out.String()), " "); !strings.Contains(text, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the report lacks %q: %s", want, p.out.String())
		}
	}
}

func TestASecondInterruptEndsALoadAtOnce(t *testing.T) {
	mute := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"sip"}})
		for err == nil {
			_, _, err = ws.Read(context.Background())
		}
	}))
	defer mute.Close()
	p := loading(t, "ws"+strings.TrimPrefix(mute.URL, "http"), "2 connected")
	// The first has begun the end by the second sample after it.
	for _, words := range []string{"ending", ""} {
		if err := p.command.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(patience); !strings.Contains(p.problems.String(), words) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
	if status := p.ends(); status == 0 || !strings.Contains(p.out.String(), "2  register: stopped") {
		t.Errorf("status %d: %s", status, p.out.String())
	}
}
