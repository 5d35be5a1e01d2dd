package sip

import (
	"errors"
	"log/slog"
	"time"
)

// LayerConfig sets up the transaction layer.
type LayerConfig struct {
	// OnRequest takes each new request. tx is nil for an ACK that belongs to no
	// transaction, which is how the ACK to a 2xx arrives.
	OnRequest func(tx *ServerTransaction, conn Conn, req *Request)
	// OnResponse takes a response that belongs to no client transaction.
	OnResponse func(conn Conn, res *Response)

	MaxTransactions int
	T1, T2, T4      time.Duration

	Clock Clock
	Log   *slog.Logger
}

// Layer holds the transactions.
type Layer struct{ cfg LayerConfig }

// NewLayer checks the config.
func NewLayer(cfg LayerConfig) (*Layer, error) { return &Layer{cfg: cfg}, nil }

// Receive takes a message from a connection.
func (l *Layer) Receive(conn Conn, msg Message) {}

// Request starts a client transaction.
func (l *Layer) Request(conn Conn, req *Request, h ClientHandler) (*ClientTransaction, error) {
	return nil, errors.New("sip: not yet")
}

// ConnClosed tells the layer that a connection has ended.
func (l *Layer) ConnClosed(conn Conn) {}

// Close ends all transactions.
func (l *Layer) Close() {}

// ClientHandler receives what happens to a client transaction, in order.
type ClientHandler struct {
	OnResponse       func(*Response)
	OnTimeout        func()
	OnTransportError func(error)
	OnTerminated     func()
}

// ClientTransaction is a request that was sent.
type ClientTransaction struct{ req *Request }

// Request is the request that was sent.
func (tx *ClientTransaction) Request() *Request { return tx.req }

// Cancel sends a CANCEL, now or upon the first provisional response
// (RFC 3261 §9.1). The headers (a Reason, say) are added to it.
func (tx *ClientTransaction) Cancel(headers ...Header) {}

// ServerTransaction is a request that was received.
type ServerTransaction struct {
	req  *Request
	conn Conn
}

// Request is the request that was received.
func (tx *ServerTransaction) Request() *Request { return tx.req }

// Conn is the connection on which the request came.
func (tx *ServerTransaction) Conn() Conn { return tx.conn }

// Respond sends a response.
func (tx *ServerTransaction) Respond(res *Response) error { return nil }

// OnCancel sets what happens when the INVITE is cancelled.
func (tx *ServerTransaction) OnCancel(f func(cancel *Request)) {}

// OnTerminated sets what happens at the transaction's end.
func (tx *ServerTransaction) OnTerminated(f func()) {}
