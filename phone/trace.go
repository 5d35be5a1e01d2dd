package phone

import (
	"regexp"

	"webphone/internal/sip"
)

// secrets are what a trace must not show: credentials (RFC 7616 §3.4) and the
// keys of a media path (RFC 8839 §5.4).
var secrets = regexp.MustCompile(`(?im)^((?:Proxy-)?Authorization:|a=ice-pwd:).*$`)

// tracedConn shows what is sent over a connection.
type tracedConn struct {
	sip.Conn
	trace func(direction string, msg sip.Message)
}

// Send implements sip.Conn.
func (c tracedConn) Send(msg sip.Message) error {
	c.trace("out", msg)
	return c.Conn.Send(msg)
}

func (a *agent) tracing(conn sip.Conn) sip.Conn {
	if a.trace == nil {
		return conn
	}
	return tracedConn{conn, a.trace}
}

// masking makes a trace of messages from one of texts.
func masking(trace func(direction, text string)) func(string, sip.Message) {
	if trace == nil {
		return nil
	}
	return func(direction string, msg sip.Message) {
		// What watches the phone never breaks it.
		defer func() { _ = recover() }()
		trace(direction, secrets.ReplaceAllString(string(sip.Bytes(msg)), "$1 ***"))
	}
}
