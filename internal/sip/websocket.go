package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// WebSocketConfig sets up the WebSocket transport. Every field but OnMessage may
// be left out.
type WebSocketConfig struct {
	// OnMessage takes each well-formed message: for one connection in order and
	// one at a time, for several at the same time. While it runs, no more is read
	// from that connection. Malformed messages are answered before it.
	OnMessage func(Conn, Message)
	// OnOpen is called before the first OnMessage of a connection, and OnClose
	// after the last; when OnClose is called, the connection is Done.
	OnOpen, OnClose func(Conn)

	// MaxMessageBytes is the largest message. Default 65,536. A larger one closes
	// the connection with code 1009.
	MaxMessageBytes int
	// MaxHeaders is the largest number of header field values in a message.
	// Default 128. More are answered with 400.
	MaxHeaders int
	// MaxConns bounds the connections altogether, default 10,000, and
	// MaxConnsPerAddr those of one IPv4 address or IPv6 /64, default 200. Beyond
	// them the handshake is refused with 503 and Retry-After.
	MaxConns, MaxConnsPerAddr int
	// HandshakeTimeout bounds the writing of the handshake's answer. Default 10 s.
	// How long a peer may take to ask is up to http.Server.ReadHeaderTimeout.
	HandshakeTimeout time.Duration
	// IdleTimeout closes a connection from which nothing whole came for so long:
	// no message, ping or pong. Default 90 s.
	IdleTimeout time.Duration
	// PingInterval is the pause between the server's pings. Default 30 s. It has
	// to be shorter than IdleTimeout.
	PingInterval time.Duration
	// SendQueue bounds the messages that wait for a peer to read, default 256, and
	// SendQueueBytes their size, default 1 MiB. A peer that lets them pile up
	// higher is disconnected.
	SendQueue, SendQueueBytes int
	// MessageRate is how many messages a second are read from a connection in the
	// long run, default 100, and MessageBurst how many at once, default 200. A
	// peer that sends more is read more slowly, which slows itself alone.
	MessageRate, MessageBurst int
	// MalformedBurst is how many malformed messages a connection may send, with
	// one more each second. Default 50. Beyond it is closed with code 1008.
	MalformedBurst int
	// AllowedOrigins are the origins ("https://www.example.com") whose pages may
	// connect; pages of this server's own host always may, and so may peers that
	// are no browsers and send no Origin. Empty means any origin: the phone is
	// made to be embedded anywhere, and since a connection carries no cookie or
	// other ambient authority, and every account proves its password by digest,
	// a foreign page can do no more than the person in front of it.
	AllowedOrigins []string
	// Peer tells who is behind a handshake: the host:port, and whether the way
	// from there was TLS. The default takes both from the HTTP connection. Behind
	// a reverse proxy it has to come from the proxy's header fields, or all users
	// share one address.
	Peer func(*http.Request) (addr string, secure bool)

	// Clock drives pings, timeouts and rates. Default SystemClock.
	Clock Clock
	// Log takes openings and ends at level debug. Default slog.Default.
	Log *slog.Logger
}

func (c *WebSocketConfig) validate() error {
	if c.OnMessage == nil {
		return errors.New("sip: WebSocketConfig.OnMessage is missing")
	}
	for _, bound := range []struct {
		field *int
		value int
	}{
		{&c.MaxMessageBytes, MaxMessageBytes},
		{&c.MaxHeaders, MaxHeaders},
		{&c.MaxConns, 10_000},
		{&c.MaxConnsPerAddr, 200},
		{&c.SendQueue, 256},
		{&c.SendQueueBytes, 1 << 20},
		{&c.MessageRate, 100},
		{&c.MessageBurst, 200},
		{&c.MalformedBurst, 50},
	} {
		if *bound.field < 0 {
			return errors.New("sip: WebSocketConfig has a negative bound")
		}
		orDefault(bound.field, bound.value)
	}
	orDefault(&c.HandshakeTimeout, 10*time.Second)
	orDefault(&c.IdleTimeout, 90*time.Second)
	orDefault(&c.PingInterval, 30*time.Second)
	switch {
	case c.MaxMessageBytes > MaxMessageBytes:
		return fmt.Errorf("sip: WebSocketConfig.MaxMessageBytes is above %d", MaxMessageBytes)
	case c.HandshakeTimeout < 0 || c.PingInterval < 0:
		return errors.New("sip: WebSocketConfig has a negative time")
	case c.PingInterval >= c.IdleTimeout:
		return errors.New("sip: WebSocketConfig.PingInterval is not shorter than IdleTimeout")
	}
	for _, origin := range c.AllowedOrigins {
		if u, err := url.Parse(origin); err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return fmt.Errorf("sip: %q in WebSocketConfig.AllowedOrigins is no origin; write it like https://www.example.com", origin)
		}
	}
	nothing := func(Conn) {}
	if c.OnOpen == nil {
		c.OnOpen = nothing
	}
	if c.OnClose == nil {
		c.OnClose = nothing
	}
	if c.Peer == nil {
		c.Peer = func(r *http.Request) (string, bool) { return r.RemoteAddr, r.TLS != nil }
	}
	if c.Clock == nil {
		c.Clock = SystemClock
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// WebSocketServer carries SIP over WebSocket (RFC 7118). It is an http.Handler,
// so that pages and SIP share a port.
type WebSocketServer struct {
	cfg WebSocketConfig

	mu      sync.Mutex
	conns   map[*wsConn]struct{}
	perAddr map[netip.Prefix]int
	count   int // of connections and handshakes
	closing bool
	idle    chan struct{} // closed when closing and count is 0
}

// NewWebSocketServer checks the config and fills in its defaults.
func NewWebSocketServer(cfg WebSocketConfig) (*WebSocketServer, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &WebSocketServer{
		cfg:     cfg,
		conns:   map[*wsConn]struct{}{},
		perAddr: map[netip.Prefix]int{},
		idle:    make(chan struct{}),
	}, nil
}

// ServeHTTP upgrades one request; its connection is served until it ends, also
// after ServeHTTP has returned.
// A request that is no WebSocket handshake is answered 426, one that does not
// offer the subprotocol "sip" (RFC 7118 §4.1) 400, one of a foreign origin 403,
// and one too many 503.
func (s *WebSocketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !hasToken(r.Header, "Upgrade", "websocket"):
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		http.Error(w, "This address speaks SIP over WebSocket (RFC 7118). Connect with a WebSocket.", http.StatusUpgradeRequired)
		return
	case !hasToken(r.Header, "Sec-WebSocket-Protocol", "sip"):
		http.Error(w, `The WebSocket has to ask for the subprotocol "sip" (RFC 7118).`, http.StatusBadRequest)
		return
	case !s.allowed(r):
		http.Error(w, "Pages of this origin may not connect.", http.StatusForbidden)
		return
	}
	remote, secure := s.cfg.Peer(r)
	prefix := prefixOf(remote)
	if !s.reserve(prefix) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "Too many connections. Try again later.", http.StatusServiceUnavailable)
		return
	}
	// A peer that does not read the answer is given up. Not every ResponseWriter
	// has deadlines; where one has none, the server's own timeouts apply.
	control := http.NewResponseController(w)
	deadline := control.SetWriteDeadline(time.Now().Add(s.cfg.HandshakeTimeout))
	conn := newWSConn(&s.cfg, remote, secure, localHost(r))
	lean := &leanWriter{ResponseWriter: w}
	ws, err := websocket.Accept(lean, r, &websocket.AcceptOptions{
		Subprotocols:       []string{"sip"},
		InsecureSkipVerify: true, // the origin was checked above
		OnPingReceived:     func(context.Context, []byte) bool { conn.touch(); return true },
		OnPongReceived:     func(context.Context, []byte) { conn.touch() },
	})
	if err != nil {
		s.cfg.Log.Debug("a WebSocket handshake failed", "remote", remote, "error", err, "deadline", deadline)
		s.release(prefix)
		return
	}
	conn.ws, conn.socket = ws, lean.socket
	if !s.add(conn) {
		conn.end(websocket.StatusGoingAway, goingAway)
	}
	// On a goroutine of its own, since that of the handshake holds the request,
	// its buffers and a stack that has grown: some 20 kB for each idle phone.
	go s.run(conn, prefix)
}

// run serves a connection. A callback that panics ends its connection alone.
func (s *WebSocketServer) run(conn *wsConn, prefix netip.Prefix) {
	defer func() {
		if fault := recover(); fault != nil {
			s.cfg.Log.Error("a message's handler panicked", "conn", conn.id, "panic", fault, "stack", string(debug.Stack()))
		}
		s.remove(conn)
		s.release(prefix)
	}()
	conn.serve()
}

// goingAway is what Shutdown tells the peers.
const goingAway = "The server is going away"

// allowed checks the Origin (RFC 6455 §10.2).
func (s *WebSocketServer) allowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if len(s.cfg.AllowedOrigins) == 0 || origin == "" {
		return true
	}
	if u, err := url.Parse(origin); err == nil && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, allowed := range s.cfg.AllowedOrigins {
		if strings.EqualFold(origin, allowed) {
			return true
		}
	}
	return false
}

func hasToken(h http.Header, name, token string) bool {
	for _, value := range h.Values(name) {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

func localHost(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// prefixOf is the network that counts as one address. All of an IPv6 /64 is one
// customer's as a rule.
func prefixOf(remote string) netip.Prefix {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := addr.Addr().Unmap().WithZone(""), 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}

func (s *WebSocketServer) reserve(prefix netip.Prefix) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || s.count >= s.cfg.MaxConns || s.perAddr[prefix] >= s.cfg.MaxConnsPerAddr {
		return false
	}
	s.count++
	s.perAddr[prefix]++
	return true
}

func (s *WebSocketServer) release(prefix netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count--
	if s.perAddr[prefix]--; s.perAddr[prefix] == 0 {
		delete(s.perAddr, prefix)
	}
	s.checkIdle()
}

// checkIdle is called with the lock held.
func (s *WebSocketServer) checkIdle() {
	if s.closing && s.count == 0 {
		select {
		case <-s.idle:
		default:
			close(s.idle)
		}
	}
}

func (s *WebSocketServer) add(conn *wsConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = struct{}{}
	return !s.closing
}

func (s *WebSocketServer) remove(conn *wsConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// Len is the number of open connections.
func (s *WebSocketServer) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Shutdown refuses new connections, closes all others with code 1001 after what
// is queued for them, and waits for their end. When the context ends first, the
// rest is cut off and its error is returned.
func (s *WebSocketServer) Shutdown(ctx context.Context) error {
	for _, conn := range s.close() {
		conn.end(websocket.StatusGoingAway, goingAway)
	}
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
	}
	for _, conn := range s.close() {
		conn.cut()
	}
	<-s.idle
	return fmt.Errorf("sip: connections were cut off: %w", ctx.Err())
}

func (s *WebSocketServer) close() []*wsConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	s.checkIdle()
	conns := make([]*wsConn, 0, len(s.conns))
	for conn := range s.conns {
		conns = append(conns, conn)
	}
	return conns
}
