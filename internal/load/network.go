package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"

	"webphone/internal/sip"
)

// network makes the connections, all of them to one address.
type network struct {
	dialer *sip.Dialer
	target string // host:port
}

// dialing carries the phone to the function that makes its TCP connection.
type dialing struct{}

func newNetwork(ctx context.Context, r *runner) (*network, error) {
	u, err := url.Parse(r.cfg.Server)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ws": "80", "wss": "443"}[u.Scheme]
	}
	// The name is looked up once: each phone would ask otherwise, and the load
	// would go to whoever answers.
	addresses, err := (&net.Resolver{}).LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	n := &network{target: net.JoinHostPort(pick(addresses, r.cfg.Sources).String(), port)}
	n.dialer, err = sip.NewDialer(sip.DialConfig{
		OnMessage: r.onMessage, OnClose: r.onClose, TLS: r.cfg.TLS, Dial: n.dial, Log: r.cfg.Log,
	})
	return n, err
}

// pick takes the first address that the sources can reach.
func pick(addresses []netip.Addr, sources []netip.Addr) netip.Addr {
	for _, a := range addresses {
		if len(sources) == 0 || a.Unmap().Is4() == sources[0].Unmap().Is4() {
			return a.Unmap()
		}
	}
	return addresses[0].Unmap()
}

// dial makes the TCP connection of a phone. It is kept, to be cut when the run
// has to end at once.
func (n *network) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	p := ctx.Value(dialing{}).(*phone)
	var d net.Dialer
	if sources := p.run.cfg.Sources; len(sources) > 0 {
		d.LocalAddr = &net.TCPAddr{IP: sources[p.index%len(sources)].AsSlice()}
	}
	conn, err := d.DialContext(ctx, network, n.target)
	if err == nil {
		p.mu.Lock()
		p.socket = conn
		p.mu.Unlock()
	}
	return conn, err
}

// reasonOf names why a connection was not made.
func reasonOf(err error) string {
	var status *sip.HandshakeError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var verification *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &status):
		return "status " + strconv.Itoa(status.Status)
	case errors.Is(err, sip.ErrNotSIP):
		return "no SIP over WebSocket"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection lost"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EADDRINUSE):
		return "no port is free; name more source addresses"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "too many open files; raise ulimit -n"
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &verification):
		return "the certificate is not trusted"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "other"
}
