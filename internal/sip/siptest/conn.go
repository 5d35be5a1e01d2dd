package siptest

import (
	"fmt"
	"sync"

	"webphone/internal/sip"
)

// Conn is a sip.Conn that keeps what was sent.
type Conn struct {
	mu        sync.Mutex
	id        string
	transport string
	sent      []sip.Message
	err       error
	reason    string
	done      chan struct{}
	closed    bool
}

// NewConn makes an open connection of the given transport ("WSS", "UDP", …).
func NewConn(id, transport string) *Conn {
	return &Conn{id: id, transport: transport, done: make(chan struct{})}
}

// ID is the one given to NewConn.
func (c *Conn) ID() string { return c.id }

// Transport is the one given to NewConn.
func (c *Conn) Transport() string { return c.transport }

// RemoteAddr is an address of the documentation range.
func (c *Conn) RemoteAddr() string { return "192.0.2.1:5060" }

// LocalHost is edge.example.com.
func (c *Conn) LocalHost() string { return "edge.example.com" }

// Done is closed by Close.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Send keeps a copy of the message: what it says later is no longer its sender's to change.
func (c *Conn) Send(msg sip.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	switch m := msg.(type) {
	case *sip.Request:
		c.sent = append(c.sent, sip.CloneRequest(m))
	case *sip.Response:
		c.sent = append(c.sent, m.Clone())
	default:
		return fmt.Errorf("siptest: cannot send a %T", msg)
	}
	return nil
}

// Fail makes every later Send return err.
func (c *Conn) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// Close ends the connection: Send fails from now on.
func (c *Conn) Close(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed, c.reason, c.err = true, reason, sip.ErrConnClosed
	close(c.done)
}

// Reason is what Close was told.
func (c *Conn) Reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// Take returns what was sent since the last call.
func (c *Conn) Take() []sip.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return sent
}
