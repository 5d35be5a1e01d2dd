package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"webphone/internal/probe"
)

// signIn is how a command of a phone says where and as whom it signs in.
type signIn struct {
	Server        string `help:"Servers as ws:// or wss:// URLs, separated by commas, in order of preference." default:"ws://localhost:8080/sip" env:"WEBPHONE_SERVER"`
	Username      string `help:"The account." required:"" env:"WEBPHONE_USERNAME"`
	PasswordStdin bool   `help:"Read the password from the first line of standard input. Without it, the environment variable WEBPHONE_PASSWORD has it."`
	Realm         string `help:"The domain of the account. The default is the host of the first server." env:"WEBPHONE_REALM"`
	DisplayName   string `help:"The name that the other side sees." env:"WEBPHONE_DISPLAY_NAME"`
	CLI           string `name:"cli" help:"The number that the other side sees. The default is the account." env:"WEBPHONE_CLI"`
	Origin        string `help:"Site told to servers that let in the pages of some sites alone, such as https://www.example.com." env:"WEBPHONE_ORIGIN"`
	Insecure      bool   `help:"Take any certificate of the server, a self-signed one for instance." env:"WEBPHONE_INSECURE"`
	Trace         bool   `help:"Print each SIP message, without credentials and keys." env:"WEBPHONE_TRACE"`
	JSON          bool   `name:"json" help:"Print results as JSON, one object for each call." env:"WEBPHONE_JSON"`
}

func (s signIn) account(in io.Reader, problems io.Writer) (probe.Account, error) {
	account := probe.Account{
		Servers: split(s.Server), Username: s.Username, Realm: s.Realm, DisplayName: s.DisplayName, Number: s.CLI, Origin: s.Origin,
		Insecure: s.Insecure, Password: os.Getenv("WEBPHONE_PASSWORD"), Log: slog.New(slog.NewTextHandler(problems, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if s.PasswordStdin {
		line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return account, err
		}
		account.Password = strings.TrimRight(line, "\r\n")
	}
	if account.Password == "" {
		return account, errors.New("the password comes by --password-stdin or the environment variable WEBPHONE_PASSWORD")
	}
	if s.Trace {
		account.Trace = func(direction, text string) { fmt.Fprintf(problems, "%s\n%s\n", direction, text) }
	}
	return account, nil
}

type callCommand struct {
	signIn
	Address     string        `arg:"" help:"A number, user@host, a sip:, sips: or tel: URI, or a service name such as *43."`
	Play        string        `help:"WAV file to say: PCM, A-law or µ-law." type:"existingfile" env:"WEBPHONE_CALL_PLAY"`
	Tone        float64       `help:"Say a tone of so many Hz, where there is no --play. 0 says silence." default:"440" env:"WEBPHONE_CALL_TONE"`
	Record      string        `help:"WAV file to write what is heard to." type:"path" env:"WEBPHONE_CALL_RECORD"`
	Digits      string        `help:"Digits to press after the answer: 0-9 * # A-D." env:"WEBPHONE_CALL_DIGITS"`
	Duration    time.Duration `help:"How long the call lasts after the answer. 0 is until --play is said, or 10s without it." default:"0s" env:"WEBPHONE_CALL_DURATION"`
	Ring        time.Duration `help:"How long it may ring." default:"30s" env:"WEBPHONE_CALL_RING"`
	Register    bool          `help:"Sign in before the call, as some servers want it." env:"WEBPHONE_CALL_REGISTER"`
	ExpectSound bool          `help:"Fail when nothing louder than -50 dBFS is heard." env:"WEBPHONE_CALL_EXPECT_SOUND"`
	MinMOS      float64       `name:"min-mos" help:"Fail when the mean opinion score (1 to 4.5) is below, or not known. 0 asks for none." default:"0" env:"WEBPHONE_CALL_MIN_MOS"`
}

// Run makes a call. The exit status is 0 only for one that was answered, that
// nothing broke off, and that was what the settings expect.
func (c *callCommand) Run(ctx context.Context, in io.Reader, out io.Writer, app *kong.Kong) error {
	account, err := c.account(in, app.Stderr)
	if err != nil {
		return err
	}
	call := probe.Call{
		Account: account, Address: c.Address, Play: c.Play, Tone: c.Tone, Record: c.Record, Digits: c.Digits,
		Lasts: c.Duration, Rings: c.Ring, Register: c.Register, ExpectSound: c.ExpectSound, MinMOS: c.MinMOS,
		Progress: app.Stderr,
	}
	result, err := call.Run(ctx)
	if err != nil && !errors.Is(err, probe.ErrFailed) {
		return err
	}
	if told := tellCall(out, result, c.JSON); told != nil {
		return told
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, result.Message)
	}
	return nil
}

// tellCall prints what became of a call.
func tellCall(out io.Writer, result probe.Result, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(result)
	}
	_, err := io.WriteString(out, result.Text())
	return err
}

type listenCommand struct {
	signIn
	Echo     bool          `help:"Say what is heard." env:"WEBPHONE_LISTEN_ECHO"`
	Play     string        `help:"WAV file to say to each caller: PCM, A-law or µ-law." type:"existingfile" env:"WEBPHONE_LISTEN_PLAY"`
	Tone     float64       `help:"Say a tone of so many Hz. 0 says silence." default:"0" env:"WEBPHONE_LISTEN_TONE"`
	Record   string        `help:"Folder for a WAV file of what each caller says. It is made when it is missing." type:"path" env:"WEBPHONE_LISTEN_RECORD"`
	Calls    int           `help:"End after so many calls. 0 goes on until it is interrupted." default:"0" env:"WEBPHONE_LISTEN_CALLS"`
	Duration time.Duration `help:"Hang up after so long. 0 waits for the caller." default:"0s" env:"WEBPHONE_LISTEN_DURATION"`
}

// Run takes calls until it is interrupted, or --calls have come.
func (c *listenCommand) Run(ctx context.Context, in io.Reader, out io.Writer, app *kong.Kong) error {
	account, err := c.account(in, app.Stderr)
	if err != nil {
		return err
	}
	var told error
	listen := probe.Listen{
		Account: account, Echo: c.Echo, Play: c.Play, Tone: c.Tone, Record: c.Record, Calls: c.Calls, Lasts: c.Duration,
		Progress: app.Stderr,
		OnCall: func(result probe.Result) {
			if err := tellCall(out, result, c.JSON); told == nil {
				told = err
			}
		},
	}
	return errors.Join(listen.Run(ctx), told)
}
