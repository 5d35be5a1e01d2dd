package sip

import "errors"

// Conn is one connection with a peer. All methods may be called from any
// goroutine. No method calls back into the code that uses the connection.
type Conn interface {
	// ID is random and names this connection alone, for as long as the process runs.
	ID() string
	// Transport is the name that stands in a Via: "WS", "WSS", "UDP", "TCP" or "TLS".
	Transport() string
	// RemoteAddr is the peer's host:port.
	RemoteAddr() string
	// LocalHost is the host, without port and in lower case, by which the peer
	// addressed this side.
	LocalHost() string
	// Send queues a message behind the earlier ones and returns at once.
	// The queue is bounded: a peer that reads too slowly is disconnected and
	// Send returns ErrConnSlow. After the end it returns ErrConnClosed.
	Send(msg Message) error
	// Close ends the connection; the reason is shown to the peer and logged.
	Close(reason string)
	// Done is closed when the connection has ended.
	Done() <-chan struct{}
}

var (
	// ErrConnClosed says that the connection has ended, so nothing was sent.
	ErrConnClosed = errors.New("sip: the connection is closed")
	// ErrConnSlow says that the peer reads slower than it is written to; the
	// connection is closed because its queue is full.
	ErrConnSlow = errors.New("sip: the peer reads too slowly; its connection was closed")
)

// unreliable reports whether the transport can lose messages, which turns the
// retransmissions of RFC 3261 §17 on.
func unreliable(conn Conn) bool { return conn.Transport() == "UDP" }
