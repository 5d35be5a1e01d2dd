package functions

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"webphone/internal/pages"
)

const (
	// defaultTimeout is for the whole call, from the look-up of the name to the
	// answer's last byte.
	defaultTimeout = 10 * time.Second
	// maxAnswer bounds an answer, decompressed.
	maxAnswer = 256 << 10
	// maxRedirects bounds the redirects that are followed, to the same host.
	maxRedirects = 3
	maxIdle      = 16
	idleTime     = 30 * time.Second
)

// Kind classifies a failure.
type Kind int

const (
	// Failed is a URL that could not be reached or answered an error.
	Failed Kind = iota
	// TimedOut is a URL that did not answer in time.
	TimedOut
	// Unset is a function that cannot be called as it is written, or lacks an
	// environment variable.
	Unset
	// Input is data that the function cannot be called with.
	Input
)

// Error is a failure in words. It holds neither the URL nor a header nor a
// body, since variables are in them.
type Error struct {
	Kind           Kind
	Function, Host string
	What           string
}

func (e *Error) Error() string {
	at := ""
	if e.Host != "" {
		at = " at " + e.Host
	}
	return fmt.Sprintf("The function %s%s failed: %s.", e.Function, at, e.What)
}

// Config configures a Caller.
type Config struct {
	// Hosts are those, as host or host:port, that may have a private address
	// or be spoken to over plain HTTP. All others must be public and have TLS.
	Hosts []string
	// Timeout bounds a whole call. Default: 10 seconds.
	Timeout time.Duration
	// Roots verify certificates. Default: the system's.
	Roots *x509.CertPool
}

// Caller calls URLs. It keeps connections for a while: Close ends them.
type Caller struct {
	named     hosts
	timeout   time.Duration
	transport *http.Transport
}

// New makes a Caller.
func New(config Config) (*Caller, error) {
	named, err := parseHosts(config.Hosts)
	if err != nil {
		return nil, err
	}
	if config.Timeout < 0 {
		return nil, errors.New("functions: a duration cannot be negative")
	}
	c := &Caller{named: named, timeout: config.Timeout}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	c.transport = &http.Transport{
		// No Proxy: one of the environment would look names up itself, out of
		// reach of the check of addresses.
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: config.Roots},
		MaxIdleConns:           maxIdle,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return c, nil
}

// Close ends connections that are kept.
func (c *Caller) Close() { c.transport.CloseIdleConnections() }

// Request is one call of a function.
type Request struct {
	// Function is of the kind pages.KindURL.
	Function pages.Function
	// Env are all variables, the private ones too.
	Env map[string]string
	// Data is what the page gave, as JSON in UTF-8, or nothing.
	Data json.RawMessage
}

// Call calls a URL and returns its answer: what JSON says, or a string. Every
// error is an *Error.
func (c *Caller) Call(ctx context.Context, request Request) (any, error) {
	result, err := c.call(ctx, request)
	if err == nil {
		return result, nil
	}
	var failure *Error
	if !errors.As(err, &failure) {
		failure = classify(err)
	}
	told := *failure
	told.Function = request.Function.Name
	if origin, _ := splitURL(request.Function.URL); !strings.ContainsAny(origin, "{@") {
		if parsed, err := url.Parse(origin); err == nil {
			told.Host = parsed.Host
		}
	}
	return nil, &told
}

func (c *Caller) call(ctx context.Context, request Request) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := build(ctx, request)
	if err != nil {
		return nil, err
	}
	if err := c.allowed(req.URL); err != nil {
		return nil, err
	}
	client := http.Client{Transport: c.transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		first := before[0].URL
		switch {
		case len(before) > maxRedirects:
			return &Error{What: fmt.Sprintf("it redirects more than %d times", maxRedirects)}
		case !strings.EqualFold(next.URL.Hostname(), first.Hostname()) || portOf(next.URL) != portOf(first) || next.URL.Scheme != first.Scheme:
			return &Error{What: "it redirects to another host"}
		}
		return nil
	}}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return read(res)
}

// build makes the HTTP request.
func build(ctx context.Context, request Request) (*http.Request, error) {
	function := request.Function
	fill := values{request.Env, request.Data}
	target, err := fill.url(function.URL)
	if err != nil {
		return nil, err
	}
	headers := http.Header{}
	for _, header := range function.Headers {
		if pages.ReservedHeader(header.Name) {
			return nil, &Error{Kind: Unset, What: fmt.Sprintf("the header %s cannot be set", header.Name)}
		}
		filled, err := fill.header(header)
		if err != nil {
			return nil, err
		}
		headers.Add(header.Name, filled)
	}
	method, content := function.Method, function.Body
	switch {
	case method == "" && content == "":
		method = http.MethodGet
	case method == "":
		method = http.MethodPost
	case method == http.MethodGet:
		// As in a browser, which sends none either (RFC 9110 §9.3.1).
		content = ""
	}
	if content != "" && headers.Get("Content-Type") == "" {
		headers.Set("Content-Type", "application/json")
	}
	body, err := fill.body(headers.Get("Content-Type"), content)
	if err != nil {
		return nil, err
	}
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), reader)
	if err != nil {
		return nil, &Error{Kind: Unset, What: "its method or URL cannot be used"}
	}
	req.Header = headers
	if headers.Get("User-Agent") == "" {
		headers.Set("User-Agent", "webphone")
	}
	return req, nil
}

// allowed refuses what is not over TLS, but for hosts that are named.
func (c *Caller) allowed(u *url.URL) error {
	switch {
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && c.named.have(u.Hostname(), portOf(u)):
		return nil
	case u.Scheme == "http":
		return &Error{Kind: Unset, What: "it is not over https; the server's setting function-hosts names the hosts that need not be"}
	default:
		return &Error{Kind: Unset, What: "its URL begins with neither https:// nor http://"}
	}
}

// dial connects to a host. The address is looked at when the name has been
// resolved, so that no name leads elsewhere in between.
func (c *Caller) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{}
	if !c.named.have(host, port) {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			resolved, err := netip.ParseAddrPort(address)
			if err != nil || !isPublic(resolved.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	return dialer.DialContext(ctx, network, address)
}

// read takes an answer.
func read(res *http.Response) (any, error) {
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, &Error{What: strings.TrimSpace(fmt.Sprintf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode)))}
	}
	content, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxAnswer {
		return nil, &Error{What: fmt.Sprintf("its answer has more than %d KiB", maxAnswer>>10)}
	}
	if !pages.IsJSON(res.Header.Get("Content-Type")) {
		return strings.ToValidUTF8(string(content), "\uFFFD"), nil
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, nil
	}
	// Numbers stay as they are written: a float would round large ones.
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	var decoded any
	err = decoder.Decode(&decoded)
	if err == nil {
		_, err = decoder.Token()
	}
	if !errors.Is(err, io.EOF) {
		return nil, &Error{What: "its answer is not the JSON that its content type says"}
	}
	return decoded, nil
}

// classify puts a failure of the network into words of our own: those of
// net/http hold the URL.
func classify(err error) *Error {
	var (
		name      *net.DNSError
		network   net.Error
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		authority x509.UnknownAuthorityError
	)
	switch {
	case errors.Is(err, errPrivate):
		return &Error{What: "its address is not public; the server's setting function-hosts names the hosts that need not be"}
	case errors.Is(err, context.Canceled):
		return &Error{What: "the call was given up"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &Error{Kind: TimedOut, What: "it did not answer in time"}
	case errors.As(err, &name):
		return &Error{What: "its name is not known"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{What: "it refuses connections"}
	case errors.As(err, &verify), errors.As(err, &authority):
		return &Error{What: "its certificate is not valid"}
	case errors.As(err, &record), errors.As(err, &alert):
		return &Error{What: "it does not speak TLS as this server does"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return &Error{What: "it ended the connection before its answer was complete"}
	default:
		return &Error{What: "it could not be reached"}
	}
}
