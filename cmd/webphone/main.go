// Command webphone serves the web phone and gives it a place to call.
//
//	webphone                    the same as webphone serve
//	webphone serve              pages, component and SIP over WebSocket on one port
//	webphone user add 1003      an account more
//	webphone call 1002          a call, and how it went
//	webphone listen             calls taken: echoed, played to, recorded
//	webphone load wss://…       load on a server
//	webphone admin passwd       another password for the page builder
//	webphone version
//
// Every setting has a flag, an environment variable and a key in the file
// named by --config, which win in this order. `webphone serve --help` lists
// them.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Config string `help:"File of settings: one JSON object whose keys are the names of the flags." type:"existingfile" env:"WEBPHONE_CONFIG"`
	Data   string `help:"Folder for accounts and keys. It is made when it is missing." default:"webphone-data" type:"path" env:"WEBPHONE_DATA"`
	Domain string `help:"Domains whose calls are answered here, separated by commas; the first is the realm of a new data folder. The default is the host of --listen, or localhost when that is an address." env:"WEBPHONE_DOMAIN"`

	Serve   serveCommand   `cmd:"" default:"withargs" help:"Serve pages, component and SIP (the default)."`
	User    userCommand    `cmd:"" help:"Manage accounts; a running server takes notice at once."`
	Admin   adminCommand   `cmd:"" help:"Manage the administrator of the page builder."`
	Call    callCommand    `cmd:"" help:"Make a call, say and record something, and tell how it went: a probe for monitoring."`
	Listen  listenCommand  `cmd:"" help:"Take calls: echo, play or record."`
	Load    loadCommand    `cmd:"" help:"Put load on a SIP server: phones that register and call each other."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func (c *cli) domains() []string {
	var domains []string
	for domain := range strings.SplitSeq(c.Domain, ",") {
		if domain = strings.TrimSpace(domain); domain != "" {
			domains = append(domains, strings.ToLower(domain))
		}
	}
	return domains
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "webphone", version())
	return err
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "(development)"
	}
	return info.Main.Version
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, in io.Reader, out, problems io.Writer) int {
	command := &cli{}
	file := &fileSettings{args: args}
	exit := -1
	parser, err := kong.New(command,
		kong.Name("webphone"),
		kong.Description("A telephone for the browser, and a place to call."),
		kong.UsageOnError(),
		kong.Writers(out, problems),
		kong.Exit(func(code int) { exit = code }),
		kong.ValueFormatter(describeSetting),
		kong.Resolvers(file),
		kong.WithBeforeResolve(file.load),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(in, (*io.Reader)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)),
		kong.Bind(slog.New(slog.NewTextHandler(problems, nil))),
		kong.Bind(command),
	)
	if err != nil {
		fmt.Fprintln(problems, "webphone:", err)
		return 1
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err == nil {
		err = parsed.Run()
	}
	if err != nil {
		fmt.Fprintln(problems, "webphone:", err)
		return 1
	}
	return 0
}

// describeSetting shows a setting's three names in --help.
func describeSetting(value *kong.Value) string {
	if value.Flag == nil || len(value.Tag.Envs) == 0 {
		return value.Help
	}
	return fmt.Sprintf("%s ($%s; key %q)", value.Help, value.Tag.Envs[0], value.Name)
}

// maxConfigFile bounds the config file, in bytes.
const maxConfigFile = 64 << 10

// fileSettings resolves what neither a flag nor an environment variable has
// set from the file named by --config.
type fileSettings struct {
	args   []string
	values map[string]any
}

// load reads the file. It runs before the first setting is resolved, and
// refuses a key that is no setting: a typo would otherwise leave the default in
// force without a word.
func (f *fileSettings) load(parsed *kong.Context) error {
	// The file's name is itself a setting, which kong has not stored yet.
	path := os.Getenv("WEBPHONE_CONFIG")
	for i, arg := range f.args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			path = value
		} else if arg == "--config" && i+1 < len(f.args) {
			path = f.args[i+1]
		}
	}
	if path == "" {
		return nil
	}
	text, err := readBounded(kong.ExpandPath(path))
	if err != nil {
		return err
	}
	// Numbers stay as they are written: as a float, a million reads 1e+06.
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&f.values)
	if err == nil && decoder.Decode(new(any)) != io.EOF {
		err = errors.New("more follows the object")
	}
	if err == nil && f.values == nil {
		err = errors.New("it is null")
	}
	if err != nil {
		return fmt.Errorf("%s is not a JSON object of settings: %w", path, err)
	}
	known := map[string]bool{}
	_ = kong.Visit(parsed.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && len(flag.Tag.Envs) > 0 {
			known[flag.Name] = true
		}
		return next(nil)
	})
	for key := range f.values {
		if !known[key] {
			return fmt.Errorf("the config file has %q, which is not a setting", key)
		}
	}
	return nil
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConfigFile+1))
	if err == nil && len(text) > maxConfigFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfigFile)
	}
	return text, err
}

// Validate implements kong.Resolver; load has done it.
func (f *fileSettings) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (f *fileSettings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Tag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	switch value := f.values[flag.Name].(type) {
	case nil:
		return nil, nil
	case string, bool:
		return value, nil
	case json.Number:
		return value.String(), nil
	default:
		return nil, errors.New("takes a string, a number or true/false")
	}
}
