package main

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is the folder of the binary, which outlives the test that asks first.
var built string

// buildBinary builds the real binary once for all tests.
var buildBinary = sync.OnceValues(func() (path string, err error) {
	if built, err = os.MkdirTemp("", "webphone-test-"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "webphone")
	build := exec.Command("go", "build", "-o", path, ".")
	// Other tests change the working directory.
	build.Dir = sourceFolder
	build.Stderr = os.Stderr
	return path, build.Run()
})

var sourceFolder, _ = os.Getwd()

// process is the real binary, running.
type process struct {
	t             *testing.T
	command       *exec.Cmd
	out, problems buffer
	url           string
	ended         chan struct{}
}

// launch starts the binary without waiting for it.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	binary, err := buildBinary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, command: exec.Command(binary, args...), ended: make(chan struct{})}
	p.command.Dir = t.TempDir()
	p.command.Stdout, p.command.Stderr = &p.out, &p.problems
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

// ready waits until the process says where it is.
func (p *process) ready() *process {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if found := announced.FindStringSubmatch(p.out.String()); found != nil {
			p.url = found[1]
			return p
		}
		select {
		case <-p.ended:
			p.t.Fatalf("it ended: %s", p.problems.String())
		default:
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("it did not start: %s", p.problems.String())
		}
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.ended
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// phones are those of the links in an output.
func phones(t *testing.T, out string) (caller, callee *phone) {
	t.Helper()
	found := links(t, out)
	if len(found) != 2 {
		t.Fatalf("%d links in %q", len(found), out)
	}
	one := func(link url.Values) *phone { return newPhone(t, link.Get("username"), link.Get("password")) }
	return one(found[0]), one(found[1])
}

// goesOn says that a call works in both directions and ends.
func goesOn(mine, theirs *dialog) {
	mine.phone.t.Helper()
	mine.reinvite(theirs)
	theirs.reinvite(mine)
	mine.exchange(theirs, "REFER", 202, "Refer-To: <sip:1003@localhost>", "Contact: "+mine.phone.contact())
	theirs.exchange(mine, "NOTIFY", 200, "Event: refer", "Subscription-State: terminated", "Contact: "+theirs.phone.contact())
	theirs.exchange(mine, "BYE", 200)
}

func TestProcessesThatStartTogetherOnAnEmptyFolderShareIt(t *testing.T) {
	for _, extra := range [][]string{nil, {"--tls=self-signed"}} {
		data := filepath.Join(t.TempDir(), "data")
		args := append([]string{"--listen=localhost:0", "--data", data}, extra...)
		var all []*process
		for range 3 {
			all = append(all, launch(t, args...))
		}
		printed := 0
		for _, p := range all {
			p.ready()
			printed += len(links(t, p.out.String()))
		}
		// The links are printed with the address.
		if printed != 2 {
			t.Errorf("%v: %d links were printed by all together, want those of 1001 and 1002 once", extra, printed)
		}
		for _, p := range all {
			p.kill()
		}
	}
}

func TestProcessesWithTheSameMediaPortBothStart(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, port, _ := net.SplitHostPort(conn.LocalAddr().String())
	p := launch(t, "--listen=localhost:0", "--media-port", port).ready()
	if got := p.problems.String(); !strings.Contains(got, "media takes another port") {
		t.Errorf("the operator is not told: %q", got)
	}
}

func TestACallMovesToTheSecondProcessWhenTheFirstIsKilled(t *testing.T) {
	data := t.TempDir()
	first := launch(t, "--listen=localhost:0", "--data", data).ready()
	second := launch(t, "--listen=localhost:0", "--data", data).ready()
	caller, callee := phones(t, first.out.String())
	caller.connect(first.url)
	callee.connect(first.url)
	mine, theirs := caller.call(callee)
	mine.exchange(theirs, "INFO", 200)

	first.kill()
	<-caller.gone
	<-callee.gone
	caller.connect(second.url)
	callee.connect(second.url)
	goesOn(mine, theirs)
	// New calls are made there too.
	goesOn(callee.call(caller))
}

func TestACallOutlivesTheRestartOfItsProcess(t *testing.T) {
	data := t.TempDir()
	first := launch(t, "--listen=localhost:0", "--data", data).ready()
	caller, callee := phones(t, first.out.String())
	caller.connect(first.url)
	callee.connect(first.url)
	mine, theirs := caller.call(callee)
	address, err := url.Parse(first.url)
	if err != nil {
		t.Fatal(err)
	}
	first.kill()
	again := launch(t, "--listen", address.Host, "--data", data).ready()
	if again.url != first.url {
		t.Fatalf("it is at %s, was at %s", again.url, first.url)
	}
	// The caller is back first: its request waits for the callee.
	caller.connect(again.url)
	sent := mine.send("INVITE", "Contact: "+caller.contact())
	caller.silent()
	callee.connect(again.url)
	invite := callee.request("INVITE")
	theirs.remote = invite.Contact().Address.String()
	callee.reply(invite, 200)
	mine.remote = caller.response(200).Contact().Address.String()
	mine.acknowledge(sent.cseq)
	callee.request("ACK")
	goesOn(mine, theirs)
}

func TestConnectionsThatEndWhileAProcessIsStoppedAreCleanedUp(t *testing.T) {
	p := launch(t, "--listen=localhost:0", "--data", t.TempDir()).ready()
	caller, callee := phones(t, p.out.String())
	caller.connect(p.url)
	callee.connect(p.url)
	p.signal(syscall.SIGSTOP)
	callee.close()
	p.signal(syscall.SIGCONT)

	// Another phone of the account sees the binding of the first go.
	other := newPhone(t, callee.user, callee.password)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if n := len(other.connect(p.url).GetHeaders("Contact")); n == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the binding of the closed connection stays")
		}
	}
	goesOn(caller.call(other))
}
