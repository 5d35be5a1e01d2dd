package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"webphone/internal/server"
	"webphone/internal/store"
	"webphone/web"
)

// shutdownTime is how long phones get to take their leave.
const shutdownTime = 5 * time.Second

type serveCommand struct {
	Listen                   string `help:"Host and port of the one listener. Browsers give a page the microphone on localhost or over TLS only." default:"localhost:8080" env:"WEBPHONE_LISTEN"`
	TLS                      string `name:"tls" help:"off: plain HTTP, for localhost or behind a proxy. self-signed: a certificate that browsers warn of, for trying out. files: the certificate of --tls-cert and --tls-key. auto: a certificate for --domain from the authority of --tls-ca, whose terms you accept by this; it asks back on port 443." enum:"off,self-signed,files,auto" default:"off" env:"WEBPHONE_TLS"`
	TLSCert                  string `name:"tls-cert" help:"PEM file with the certificate chain; read again when it changes." env:"WEBPHONE_TLS_CERT"`
	TLSKey                   string `name:"tls-key" help:"PEM file with the private key." env:"WEBPHONE_TLS_KEY"`
	TLSCA                    string `name:"tls-ca" help:"ACME directory for --tls auto. The default is Let's Encrypt, which is contacted with --tls auto alone." env:"WEBPHONE_TLS_CA"`
	TLSEmail                 string `name:"tls-email" help:"Address told to the authority of --tls auto for its notices." env:"WEBPHONE_TLS_EMAIL"`
	MediaPort                int    `help:"UDP port of the echo test's media. 0 takes the number of the listener's port. When the port is in use, any other is taken, and the log says so." default:"0" env:"WEBPHONE_MEDIA_PORT"`
	MediaAddresses           string `help:"Public addresses to announce for media, separated by commas, for a server behind one-to-one NAT. The default is the machine's own." env:"WEBPHONE_MEDIA_ADDRESSES"`
	AllowedOrigins           string `help:"Sites whose pages may connect a phone, such as https://shop.example.com, separated by commas. The default is any: a phone needs a password whatever its page." env:"WEBPHONE_ALLOWED_ORIGINS"`
	FunctionHosts            string `help:"Hosts, as host or host:port, separated by commas, that functions of pages may reach although their address is private or they speak plain HTTP, such as crm.lan:8443. All others have to be public and have TLS." env:"WEBPHONE_FUNCTION_HOSTS"`
	Examples                 string `help:"The example pages under /examples/. on: any visitor may reach the echo test through them. off: they are not there." enum:"on,off" default:"on" env:"WEBPHONE_EXAMPLES"`
	MaxConnections           int    `help:"Phones connected at once; more are refused with 503. 0 takes the built-in limit, 10,000." default:"0" env:"WEBPHONE_MAX_CONNECTIONS"`
	MaxConnectionsPerAddress int    `help:"Phones connected at once from one address; more are refused with 503. 0 takes the built-in limit, 200. Behind a reverse proxy all phones have the proxy's address, unless --trusted-proxies names it." default:"0" env:"WEBPHONE_MAX_CONNECTIONS_PER_ADDRESS"`
	TrustedProxies           string `help:"Reverse proxies, as addresses or prefixes such as 10.0.0.5,fd00::/8, separated by commas, whose X-Forwarded-For is believed: limits by address then count a proxy's clients one by one. Name those alone that write this header themselves. The default is none." env:"WEBPHONE_TRUSTED_PROXIES"`
}

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, global *cli, out io.Writer, log *slog.Logger) (err error) {
	if os.Getenv("GOGC") == "" {
		// A phone holds little memory and its messages make garbage: collecting half
		// as often is 8 % less CPU for a registration.
		debug.SetGCPercent(200)
	}
	domains := global.domains()
	first := server.DefaultDomain(c.Listen)
	if len(domains) > 0 {
		first = domains[0]
	}
	accounts, err := server.OpenAccounts(ctx, global.Data, first)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, accounts.Store.Close()) }()
	dist, err := fs.Sub(web.Dist, "dist")
	if err != nil {
		return err
	}
	config := server.Config{
		Listen:          c.Listen,
		Domains:         domains,
		MediaPort:       c.MediaPort,
		AllowedOrigins:  split(c.AllowedOrigins),
		TrustedProxies:  split(c.TrustedProxies),
		FunctionHosts:   split(c.FunctionHosts),
		NoExamples:      c.Examples == "off",
		MaxConns:        c.MaxConnections,
		MaxConnsPerAddr: c.MaxConnectionsPerAddress,
		Accounts:        accounts,
		Dist:            dist,
		Log:             log,
	}
	for _, text := range split(c.MediaAddresses) {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("--media-addresses: %w", err)
		}
		config.MediaAddresses = append(config.MediaAddresses, address)
	}
	fetchCertificates := func(context.Context) error { return nil }
	switch c.TLS {
	case "self-signed":
		config.TLS, err = server.TLSSelfSigned(global.Data, []string{first})
	case "files":
		config.TLS, err = server.TLSFiles(c.TLSCert, c.TLSKey)
	case "auto":
		config.TLS, fetchCertificates, err = server.TLSAuto(server.ACME{
			Domains: domains, CA: c.TLSCA, Email: c.TLSEmail, Folder: global.Data, Listen: c.Listen, Log: log,
		})
	}
	if err != nil {
		return err
	}
	s, err := server.New(ctx, config)
	if errors.Is(err, syscall.EADDRINUSE) {
		return portTakenError{err, c.Listen}
	}
	if err != nil {
		return err
	}
	// Accounts are made when the ports are open: a start that fails must not
	// use up the one time that passwords are shown.
	made, err := accounts.AddFirst(ctx)
	adminPassword := ""
	if err == nil {
		adminPassword, err = server.NewAdministrator(accounts.Store).AddFirst(ctx)
	}
	if err == nil {
		err = announce(ctx, out, announcement{s.URL(), made, adminPassword, accounts.Store, global.Data})
	}
	served := make(chan error, 1)
	if err != nil {
		served <- err
	} else {
		go func() { served <- s.Serve() }()
		if err := fetchCertificates(ctx); err != nil {
			log.Error("certificates cannot be fetched", "error", err)
		}
	}
	select {
	case err = <-served:
	case <-ctx.Done():
		log.Info("shutting down")
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	return errors.Join(err, s.Shutdown(deadline))
}

// portTakenError says what to do about a port that another program holds.
type portTakenError struct {
	cause  error
	listen string
}

func (e portTakenError) Unwrap() error { return e.cause }

func (e portTakenError) Error() string {
	host, port, _ := net.SplitHostPort(e.listen)
	other := "8081"
	if port == other {
		other = "8082"
	}
	return fmt.Sprintf("%v. Choose another with --listen %s.", e.cause, net.JoinHostPort(host, other))
}

// maxNamed bounds the accounts that a start names.
const maxNamed = 10

// announcement is what a start has to say.
type announcement struct {
	url string
	// made are the accounts that were made by this start, and adminPassword the
	// administrator's password if it was.
	made          []server.Account
	adminPassword string
	kept          *store.SQLite
	data          string
}

// announce tells the operator where to click, and how to sign in.
func announce(ctx context.Context, out io.Writer, start announcement) error {
	var text strings.Builder
	url, made, newPassword := start.url, start.made, commandOn(start.data, "user passwd")
	fmt.Fprintf(&text, "The web phone is at %s\n", url)
	if len(made) > 0 {
		text.WriteString("\nAccounts were made. Each link opens a phone signed in:\n\n")
		for _, account := range made {
			fmt.Fprintf(&text, "  %s  %s\n", account.Username, server.SignInLink(url, account))
		}
		text.WriteString("\nDial *43 to hear yourself. Open the second link in another window and call 1002.\n" +
			"The links hold the passwords, which are shown this once.\n")
		fmt.Fprintf(&text, "A new password: %s %s\n", newPassword, made[0].Username)
	} else if all, err := start.kept.Accounts(ctx); err != nil {
		return err
	} else if len(all) > 0 {
		var names []string
		for _, account := range all[:min(len(all), maxNamed)] {
			names = append(names, account.Username)
		}
		more := ""
		if len(all) > maxNamed {
			more = fmt.Sprintf(" and %d more", len(all)-maxNamed)
		}
		fmt.Fprintf(&text, "Accounts: %s%s. A new password: %s %s\n", strings.Join(names, ", "), more, newPassword, names[0])
	}
	fmt.Fprintf(&text, "\nPages are built at %sbuilder/\n", url)
	if start.adminPassword != "" {
		fmt.Fprintf(&text, "The administrator's password, shown this once: %s\n", start.adminPassword)
	}
	fmt.Fprintf(&text, "A new administrator's password: %s\n", commandOn(start.data, "admin passwd"))
	_, err := io.WriteString(out, text.String())
	return err
}

// commandOn is what an operator types to run a command on the data in use, by
// the program as it was started.
func commandOn(data, command string) string {
	words := []string{program(os.Args[0]), command}
	if usual, err := filepath.Abs("webphone-data"); err != nil || usual != data {
		if strings.ContainsAny(data, " \t'\"\\$`&;|<>()*?[]#~!") {
			data = "'" + strings.ReplaceAll(data, "'", `'\''`) + "'"
		}
		words = append(words, "--data", data)
	}
	return strings.Join(words, " ")
}

// program is how the program at a path is started. `go run` builds into a
// folder of Go's build cache, which is gone or unknown to whoever typed it.
func program(path string) string {
	if strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "go run ./cmd/webphone"
	}
	return path
}

func split(list string) []string {
	var items []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
