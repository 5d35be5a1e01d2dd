package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"webphone/internal/load"
)

type loadCommand struct {
	Server          string        `arg:"" name:"url" help:"The server, such as wss://phone.example.com/sip. All traffic goes there; redirects and proxies of the environment are not followed."`
	Phones          int           `help:"Phones, 1 to 100,000. With --accounts, 0 takes as many as the file has." default:"0" env:"WEBPHONE_LOAD_PHONES"`
	RegisterRate    float64       `help:"Phones that connect and register in a second, up to 20,000; once all are, refreshes a second." default:"100" env:"WEBPHONE_LOAD_REGISTER_RATE"`
	NoRefresh       bool          `help:"Leave registrations alone once all phones are registered." env:"WEBPHONE_LOAD_NO_REFRESH"`
	CallRate        float64       `help:"Calls begun in a second between pairs of the phones, up to 20,000." default:"0" env:"WEBPHONE_LOAD_CALL_RATE"`
	CallDuration    time.Duration `help:"How long an answered call lasts." default:"5s" env:"WEBPHONE_LOAD_CALL_DURATION"`
	Media           bool          `help:"Both sides of each call send RTP, 50 packets a second, by ICE, DTLS and SRTP. Without it calls describe audio that nobody sends." env:"WEBPHONE_LOAD_MEDIA"`
	Duration        time.Duration `help:"How long the load goes on once all phones are registered, up to 24h." default:"30s" env:"WEBPHONE_LOAD_DURATION"`
	Accounts        string        `help:"File of accounts, a line user,password for each phone." type:"existingfile" env:"WEBPHONE_LOAD_ACCOUNTS"`
	User            string        `help:"In place of --accounts: a pattern of user names such as load%05d, counted from 1. Needs --password-stdin." env:"WEBPHONE_LOAD_USER"`
	PasswordStdin   bool          `help:"Read the password of all accounts of --user from the first line of standard input."`
	Expires         time.Duration `help:"Lifetime that is asked for each registration." default:"1h" env:"WEBPHONE_LOAD_EXPIRES"`
	Timeout         time.Duration `help:"How long an answer may take, and a handshake." default:"32s" env:"WEBPHONE_LOAD_TIMEOUT"`
	EndTimeout      time.Duration `help:"How long hanging up, unregistering and closing may take at the end." default:"30s" env:"WEBPHONE_LOAD_END_TIMEOUT"`
	MaxOutstanding  int           `help:"Registrations, and calls, that may wait for an answer; beyond that nothing new is begun." default:"1000" env:"WEBPHONE_LOAD_MAX_OUTSTANDING"`
	SourceAddresses string        `help:"Addresses of this machine to connect from in turn, separated by commas, such as 127.0.0.1,127.0.0.2: one has some 28,000 ports." env:"WEBPHONE_LOAD_SOURCE_ADDRESSES"`
	Insecure        bool          `help:"Take any certificate of the server, a self-signed one for instance." env:"WEBPHONE_LOAD_INSECURE"`
	PID             int           `name:"pid" help:"Process on this machine whose CPU time and memory are reported, with those of its children: the server's." default:"0" env:"WEBPHONE_LOAD_PID"`
	JSON            bool          `name:"json" help:"Print the report as JSON." env:"WEBPHONE_LOAD_JSON"`
	HTML            string        `name:"html" help:"Write the report to this file too, as one page with charts." type:"path" env:"WEBPHONE_LOAD_HTML"`
	AllowFailures   float64       `help:"Percent of what is begun that may fail for the exit status to be 0." default:"0" env:"WEBPHONE_LOAD_ALLOW_FAILURES"`
}

// errLoadFailed says that more failed than --allow-failures lets pass.
var errLoadFailed = errors.New("the load had failures")

// Run puts the load on the server and prints the report. The first interrupt
// ends it in order, the second at once.
func (c *loadCommand) Run(ctx context.Context, global *cli, in io.Reader, out io.Writer, app *kong.Kong) error {
	if c.AllowFailures < 0 || c.AllowFailures > 100 {
		return errors.New("--allow-failures is 0 to 100 percent")
	}
	config, err := c.config(global, in)
	if err != nil {
		return err
	}
	config.Stop = ctx.Done()
	config.Progress = func(s load.Sample) { fmt.Fprintln(app.Stderr, s.Line()) }
	hard, stop := onSecondSignal(ctx)
	defer stop()
	report, err := load.Run(hard, config)
	if err != nil {
		return err
	}
	return c.tell(report, out)
}

func (c *loadCommand) config(global *cli, in io.Reader) (load.Config, error) {
	config := load.Config{
		Server: c.Server, RegisterRate: c.RegisterRate, NoRefresh: c.NoRefresh, CallRate: c.CallRate,
		CallDuration: c.CallDuration, Media: c.Media, Duration: c.Duration, Expires: c.Expires, Timeout: c.Timeout,
		EndTimeout: c.EndTimeout, MaxOutstanding: c.MaxOutstanding, PID: c.PID, Log: slog.New(slog.DiscardHandler),
	}
	if domains := global.domains(); len(domains) > 0 {
		config.Domain = domains[0]
	}
	if c.Insecure {
		config.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	for _, text := range split(c.SourceAddresses) {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return config, fmt.Errorf("--source-addresses: %w", err)
		}
		config.Sources = append(config.Sources, address)
	}
	var err error
	config.Accounts, err = c.accounts(in)
	return config, err
}

func (c *loadCommand) accounts(in io.Reader) ([]load.Account, error) {
	switch {
	case (c.Accounts == "") == (c.User == ""):
		return nil, errors.New("name the accounts by --accounts FILE, or by --user PATTERN --password-stdin")
	case c.User != "" && !c.PasswordStdin:
		return nil, errors.New("the password of --user comes by --password-stdin")
	case c.User != "":
		line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return load.MakeAccounts(c.User, strings.TrimRight(line, "\r\n"), c.Phones)
	}
	file, err := os.Open(c.Accounts)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	accounts, err := load.ReadAccounts(file)
	switch {
	case err != nil:
		return nil, err
	case c.Phones > len(accounts):
		return nil, fmt.Errorf("%s has %d accounts, too few for %d phones", c.Accounts, len(accounts), c.Phones)
	case c.Phones > 0:
		return accounts[:c.Phones], nil
	}
	return accounts, nil
}

// tell prints the report, writes its page, and says by the error whether the
// load passed.
func (c *loadCommand) tell(report *load.Report, out io.Writer) error {
	if c.HTML != "" {
		file, err := os.Create(c.HTML)
		if err != nil {
			return err
		}
		if err := errors.Join(report.WriteHTML(file), file.Close()); err != nil {
			return err
		}
	}
	if c.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(report); err != nil {
			return err
		}
	} else if err := report.WriteText(out); err != nil {
		return err
	}
	if share := report.FailedShare(); share > c.AllowFailures {
		return fmt.Errorf("%w: %.2f %% of what was begun", errLoadFailed, share)
	}
	return nil
}

// onSecondSignal makes a context that outlives the first interrupt and ends with
// the second.
func onSecondSignal(ctx context.Context) (context.Context, func()) {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for range 2 {
			select {
			case <-signals:
			case <-hard.Done():
				return
			}
		}
		cancel()
	}()
	return hard, func() {
		signal.Stop(signals)
		cancel()
	}
}
