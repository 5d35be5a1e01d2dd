package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"webphone/internal/edge"
	"webphone/internal/functions"
	"webphone/internal/media"
)

// Limits of the listener.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 16 << 10
)

// Config configures a Server.
type Config struct {
	// Listen is the host:port of the one listener.
	Listen string
	// Domains are the domains whose calls are ours. Default: the host of
	// Listen, or localhost when that is every address.
	Domains []string
	// TLS is nil for plain HTTP.
	TLS *tls.Config
	// MediaPort is the UDP port of the echo test. 0 takes the number of the
	// listener's port. When the port is in use, any other is taken: a second
	// process with the same settings still starts.
	MediaPort int
	// MediaAddresses are announced for media in place of the machine's own.
	MediaAddresses []netip.Addr
	// AllowedOrigins are the sites whose pages may connect a phone; any when
	// empty.
	AllowedOrigins []string
	// MaxConns bounds the phones that are connected, MaxConnsPerAddr those of
	// one address; 0 takes the default.
	MaxConns, MaxConnsPerAddr int
	// TrustedProxies are the addresses and prefixes of the reverse proxies whose
	// X-Forwarded-For is believed; none when empty. All that is bounded by
	// address then counts the client's that a proxy names, and else the proxy's.
	TrustedProxies []string
	// FunctionHosts are those, as host or host:port, that the functions of
	// pages may reach although their address is private, or over plain HTTP.
	// All others must be public and have TLS.
	FunctionHosts []string
	// NoExamples takes the example pages away, which let visitors reach the
	// echo test.
	NoExamples bool
	Accounts   *Accounts
	Dist       fs.FS
	Log        *slog.Logger
}

// Server is the listener with all that answers on it.
type Server struct {
	config   Config
	listener net.Listener
	http     *http.Server
	edge     *edge.Edge
	media    *media.Engine
	pages    *pageServer
	ready    atomic.Bool
}

// New opens the ports. Serve must follow.
func New(ctx context.Context, config Config) (*Server, error) {
	assets, err := newAssets(config.Dist)
	if err != nil {
		return nil, err
	}
	proxies, err := parseProxies(config.TrustedProxies)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &Server{config: config, listener: listener}
	mux := http.NewServeMux()
	err = s.open(ctx)
	if err == nil {
		err = s.openPages(ctx, mux, assets)
	}
	if err != nil {
		return nil, errors.Join(err, s.closeAll())
	}
	mux.Handle("/sip", s.edge)
	mux.Handle("/healthz", readOnly(func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }))
	mux.Handle("/readyz", readOnly(s.answerReady))
	mux.Handle("/", s.orSIP(assets))
	s.http = &http.Server{
		Handler:           secured(proxies.reveal(mux)),
		TLSConfig:         config.TLS,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(config.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	address := s.listener.Addr().(*net.TCPAddr)
	var err error
	mediaConfig := media.Config{
		Port:            s.config.MediaPort,
		PublicAddresses: s.config.MediaAddresses,
		Loopback:        address.IP.IsLoopback(),
		Log:             s.config.Log,
	}
	if s.config.MediaPort == 0 {
		mediaConfig.Port = address.Port
	}
	s.media, err = media.New(mediaConfig)
	if first := err; first != nil && (s.config.MediaPort == 0 || errors.Is(first, syscall.EADDRINUSE)) {
		mediaConfig.Port = 0
		s.media, err = media.New(mediaConfig)
		if err == nil && s.config.MediaPort != 0 {
			s.config.Log.Warn("media takes another port", "port", s.media.Port(), "error", first)
		}
	}
	if err != nil {
		return err
	}
	nonceKey, err := s.config.Accounts.Store.Key(ctx, "nonce")
	if err != nil {
		return err
	}
	tokenKey, err := s.config.Accounts.Store.Key(ctx, "route")
	if err != nil {
		return err
	}
	if len(s.config.Domains) == 0 {
		s.config.Domains = []string{DefaultDomain(s.config.Listen)}
	}
	edgeConfig := edge.Config{
		Domains:  append(s.config.Domains, s.config.Accounts.Realm),
		Realm:    s.config.Accounts.Realm,
		Accounts: s.config.Accounts.Store,
		Media:    s.media,
		NonceKey: nonceKey,
		TokenKey: tokenKey,
		Log:      s.config.Log,
	}
	edgeConfig.WebSocket.AllowedOrigins = s.config.AllowedOrigins
	edgeConfig.WebSocket.MaxConns = s.config.MaxConns
	edgeConfig.WebSocket.MaxConnsPerAddr = s.config.MaxConnsPerAddr
	s.edge, err = edge.New(edgeConfig)
	return err
}

// openPages adds what the builder makes and needs.
func (s *Server) openPages(ctx context.Context, mux *http.ServeMux, files http.Handler) error {
	source, err := newPageStore(ctx, s.config.Accounts.Store)
	if err != nil {
		return err
	}
	caller, err := functions.New(functions.Config{Hosts: s.config.FunctionHosts})
	if err != nil {
		return err
	}
	s.pages = newPageServer(source, s.config.Accounts, caller, s.config.Log)
	if err := s.pages.loadExamples(s.config.Dist, s.config.NoExamples); err != nil {
		return err
	}
	s.pages.routes(mux, files)
	mux.Handle("/builder/page.schema.json", readOnly(serveSchema))
	api, err := newAPI(source, s.config.Log)
	if err != nil {
		return err
	}
	mux.Handle(apiRoot, api)
	return nil
}

// DefaultDomain is the domain of a server that was told none: the host it
// listens on, or localhost when that is every address or an address alone.
func DefaultDomain(listen string) string {
	host, _, err := net.SplitHostPort(listen)
	if _, notName := netip.ParseAddr(host); err != nil || host == "" || notName == nil {
		return "localhost"
	}
	return strings.ToLower(host)
}

// URL is where a browser on this machine finds the server.
func (s *Server) URL() string {
	scheme := "http"
	if s.config.TLS != nil {
		scheme = "https"
	}
	address := s.listener.Addr().(*net.TCPAddr)
	host, _, _ := net.SplitHostPort(s.config.Listen)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return fmt.Sprintf("%s://%s/", scheme, net.JoinHostPort(host, fmt.Sprint(address.Port)))
}

// Serve answers until Shutdown.
func (s *Server) Serve() error {
	s.ready.Store(true)
	var err error
	if s.config.TLS != nil {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown takes no more calls, tells the phones, and closes the ports. Who has
// not taken leave when the context ends is cut off; that is no failure, since a
// phone out of reach must not turn an orderly end into one.
func (s *Server) Shutdown(ctx context.Context) error {
	s.ready.Store(false)
	err := s.edge.Shutdown(ctx)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		s.config.Log.Info("phones were cut off", "error", err)
		err = nil
	}
	return errors.Join(err, s.endHTTP(ctx), s.closeAll())
}

// endHTTP lets requests end until ctx does, and closes what is left. Without
// that http.Server waits for connections on which nothing has come yet, and
// browsers open such ahead of need.
func (s *Server) endHTTP(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if ctx.Err() != nil {
		return s.http.Close()
	}
	return err
}

func (s *Server) closeAll() error {
	var all []error
	if s.pages != nil {
		s.pages.caller.Close()
	}
	if s.media != nil {
		all = append(all, s.media.Close())
	}
	if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// orSIP gives a WebSocket handshake on / to the edge, so that the host name
// alone is a SIP server's address.
func (s *Server) orSIP(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			s.edge.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

func (s *Server) answerReady(w http.ResponseWriter, r *http.Request) {
	if !s.ready.Load() || s.config.Accounts.Store.Ping(r.Context()) != nil {
		plain(w, http.StatusServiceUnavailable, "not ready")
		return
	}
	plain(w, http.StatusOK, "ready")
}

// readOnly refuses every method but GET and HEAD (RFC 9110 §15.5.6).
func readOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD are allowed here", http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// secured sets what every answer carries; pages replace the last two. Those are
// on everything, since a browser makes a document of any answer: without them an
// action of a page could open one, such as /healthz, and make it ask the API with
// an administrator's session, which the action's own policy forbids.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
