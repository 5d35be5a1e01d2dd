// Command edge measures our server against Kamailio, both under the load of
// internal/load, interleaved in one run, and writes bench/results/edge.json.
//
//	go run ./bench/edge
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"webphone/bench/edge/figures"
	"webphone/bench/edge/servers"
	"webphone/internal/load"
)

// The sizes of the parts of a run.
const (
	phones       = 2000
	refreshRate  = load.MaxRate
	callRate     = 300
	firstRate    = 400
	growthRate   = 2000
	idlePhones   = 2000
	sustainedFor = 3 * time.Second
)

func main() {
	out := flag.String("out", "bench/results/edge.json", "File of the results.")
	rounds := flag.Int("rounds", 3, "Rounds of what is interleaved.")
	seconds := flag.Float64("seconds", 4, "Seconds of each measurement.")
	only := flag.String("only", "", "One part alone: work, highest, idle or growth.")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	b := &bench{rounds: *rounds, each: time.Duration(*seconds * float64(time.Second)), only: *only}
	if err := b.run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
}

// bench is one run of all measurements.
type bench struct {
	rounds  int
	each    time.Duration
	only    string
	binary  string
	results *figures.Results
}

var whos = []string{"webphone", "kamailio"}

func (b *bench) run(ctx context.Context, out string) error {
	folder, err := os.MkdirTemp("", "bench-edge-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	b.binary = filepath.Join(folder, "webphone")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", b.binary, "./cmd/webphone").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	b.results = figures.New(
		fmt.Sprintf("Both servers: plain ws unless said otherwise, digest by SHA-256 with qop=auth, bindings in memory, %s at once at most for each measurement, interleaved %d times", b.each, b.rounds),
		"webphone: the binary's defaults with --max-connections 30000 --max-connections-per-address 30000; accounts in SQLite",
		fmt.Sprintf("kamailio: children=1, tcp_children=%d, accounts (HA1) in htable, usrloc db_mode 0, nonce_expire 600, no logging, -m 4096 -M 512 (bench/edge/kamailio.cfg)", servers.KamailioWorkers),
		"The generator (internal/load) runs on the same machine as the server; CPU is the server's alone, with that of its child processes. Memory is resident memory, what processes share counted once.",
		"A refresh is one REGISTER with credentials for a nonce in use, and its 200. A call is INVITE, 100, 180, 200, ACK through the server, 1 s, BYE, 200.",
	)
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{{"work", b.work}, {"highest", b.highest}, {"idle", b.idle}, {"growth", b.growth}} {
		if b.only != "" && b.only != part.name {
			continue
		}
		if err := part.do(ctx); err != nil {
			return err
		}
	}
	return b.results.Write(out)
}

// open starts a server with n accounts and waits until its memory has settled.
func (b *bench) open(ctx context.Context, who string, n int, secure bool) (*servers.Started, []load.Account, int64, error) {
	accounts, err := load.MakeAccounts("load%05d", "correct horse battery", n)
	if err != nil {
		return nil, nil, 0, err
	}
	var s *servers.Started
	if who == "webphone" {
		s, err = servers.Webphone(ctx, b.binary, accounts, secure)
	} else {
		s, err = servers.Kamailio(ctx, accounts, secure)
	}
	if err != nil {
		return nil, nil, 0, err
	}
	var last int64
	for same := 0; same < 3; {
		time.Sleep(200 * time.Millisecond)
		usage, err := load.ReadUsage(s.PID())
		if err != nil {
			return nil, nil, 0, errors.Join(err, s.Stop())
		}
		if same++; usage.Memory > last+last/100 {
			same = 0
		}
		last = usage.Memory
	}
	return s, accounts, last, nil
}

// put puts a load on a server. A failure of more than 1 % makes no figure.
func (b *bench) put(ctx context.Context, s *servers.Started, accounts []load.Account, change func(*load.Config)) (*load.Report, error) {
	report, err := b.try(ctx, s, accounts, change)
	if err == nil && report.FailedShare() > 1 {
		err = fmt.Errorf("%s: %d failures: %v", s.Who, report.Failed, report.Failures)
	}
	return report, err
}

func (b *bench) try(ctx context.Context, s *servers.Started, accounts []load.Account, change func(*load.Config)) (*load.Report, error) {
	config := load.Config{
		Server: s.URL, Domain: servers.Realm, Accounts: accounts, RegisterRate: growthRate, CallDuration: time.Second,
		Duration: b.each, PID: s.PID(), TLS: &tls.Config{InsecureSkipVerify: true}, Timeout: 10 * time.Second,
	}
	for i := range 4 {
		config.Sources = append(config.Sources, netip.AddrFrom4([4]byte{127, 0, 0, byte(i + 1)}))
	}
	change(&config)
	return load.Run(ctx, config)
}

// steady is the part of a report in which all phones are registered.
func steady(r *load.Report) load.Phase {
	for _, p := range r.Phases {
		if p.Name == "steady" {
			return p
		}
	}
	return load.Phase{}
}

func ramp(r *load.Report) load.Phase { return r.Phases[0] }

// latencyOf finds one kind of request in a report.
func latencyOf(r *load.Report, name string) load.Latency {
	for _, l := range r.Latencies {
		if l.Name == name {
			return l
		}
	}
	return load.Latency{}
}

func itoa(n int) string { return strconv.Itoa(n) }

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
