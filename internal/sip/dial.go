package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/coder/websocket"
)

// DialConfig sets up the client's end of SIP over WebSocket (RFC 7118). Every
// field but OnMessage may be left out.
type DialConfig struct {
	// OnMessage takes each well-formed message of a connection, in order and one
	// at a time. Malformed requests are answered before it.
	OnMessage func(Conn, Message)
	// OnPong is told of each CRLF, the answer to ClientConn.Ping (RFC 5626 §4.4.1).
	OnPong func(Conn)
	// OnClose is called once, after the last OnMessage, when a connection has
	// ended, whoever ended it.
	OnClose func(Conn)

	// Origin is told to servers that let in the pages of some sites alone, such as
	// https://www.example.com (RFC 6454 §7). Default: none.
	Origin string
	// TLS is used for wss URLs. The default trusts the system's authorities.
	TLS *tls.Config
	// Dial makes the TCP connections. The default is a net.Dialer's.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// MaxMessageBytes is the largest message, default 65,536. A larger one closes
	// the connection.
	MaxMessageBytes int
	// Log takes openings and ends at level debug. Default slog.Default.
	Log *slog.Logger
}

// Dialer opens WebSocket connections to SIP servers. Its connections share no
// state but the config.
type Dialer struct {
	cfg    *WebSocketConfig
	onPong func(Conn)
	client *http.Client
	header http.Header
}

// ClientConn is a connection that this side has opened.
type ClientConn interface {
	Conn
	// Ping sends a keep-alive, to which servers of RFC 5626 §4.4.1 answer.
	Ping() error
}

// ErrDialURL says that a server's URL is none of ws://host or wss://host.
var ErrDialURL = errors.New("sip: a server is named by a ws:// or wss:// URL with a host")

// ErrNotSIP says that the server accepted the WebSocket without the subprotocol
// "sip" (RFC 7118 §4.1).
var ErrNotSIP = errors.New("sip: the server does not speak SIP over WebSocket")

// HandshakeError says that the server refused the WebSocket.
type HandshakeError struct {
	// Host is that of the URL, and Status the HTTP status of the answer.
	Host   string
	Status int
}

func (e *HandshakeError) Error() string {
	return fmt.Sprintf("sip: %s refused the WebSocket with status %d", e.Host, e.Status)
}

// NewDialer checks the config and fills in its defaults.
func NewDialer(cfg DialConfig) (*Dialer, error) {
	// What the server sends is not slowed down: this side has asked for it.
	const unlimited = 1_000_000
	ws := &WebSocketConfig{
		OnMessage: cfg.OnMessage, OnClose: cfg.OnClose, Log: cfg.Log,
		MaxMessageBytes: cfg.MaxMessageBytes, MessageRate: unlimited, MessageBurst: unlimited,
	}
	if err := ws.validate(); err != nil {
		return nil, err
	}
	dial := cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			socket, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			timed := timedSocket{socket}
			if conn, ok := ctx.Value(dialled{}).(*wsConn); ok {
				conn.socket = timed
			}
			return timed, nil
		},
		TLSClientConfig: cfg.TLS, TLSHandshakeTimeout: 10 * time.Second,
		// A connection serves one WebSocket: nothing is kept for another.
		DisableKeepAlives: true, DisableCompression: true,
	}
	if cfg.OnPong == nil {
		cfg.OnPong = func(Conn) {}
	}
	header := http.Header{}
	if cfg.Origin != "" {
		header.Set("Origin", cfg.Origin)
	}
	return &Dialer{cfg: ws, onPong: cfg.OnPong, header: header, client: &http.Client{
		Transport: transport,
		// What redirects a phone takes it where nobody has sent it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// dialled carries the connection to the function that makes its socket.
type dialled struct{}

// Dial connects to a server, by a URL such as wss://phone.example.com/sip. The
// context bounds the handshake alone. The error is ErrDialURL for a URL of
// another kind.
func (d *Dialer) Dial(ctx context.Context, server string) (ClientConn, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, ErrDialURL
	}
	var ws *websocket.Conn
	conn := newWSConn(d.cfg, u.Host, u.Scheme == "wss", u.Hostname())
	conn.pong = func() { d.onPong(conn) }
	ws, response, err := websocket.Dial(context.WithValue(ctx, dialled{}, conn), server, &websocket.DialOptions{
		HTTPClient: d.client, HTTPHeader: d.header, Subprotocols: []string{"sip"}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return nil, &HandshakeError{Host: u.Host, Status: response.StatusCode}
		}
		return nil, fmt.Errorf("sip: %s: %w", u.Host, err)
	}
	if ws.Subprotocol() != "sip" {
		_ = ws.CloseNow()
		return nil, fmt.Errorf("%w: %s", ErrNotSIP, u.Host)
	}
	conn.ws = ws
	go conn.serve()
	return conn, nil
}

// Ping implements ClientConn.
func (c *wsConn) Ping() error {
	crlfs := []byte("\r\n\r\n")
	return c.enqueue(&crlfs)
}

// isPong tells the answer to a keep-alive from other blank messages.
func isPong(data []byte) bool { return bytes.Equal(data, []byte("\r\n")) }
