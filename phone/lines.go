package phone

import (
	"crypto/rand"
	"reflect"
	"slices"
	"strings"

	"webphone/internal/sip"
)

// newPeer opens the media of a call.
func (p *Phone) newPeer(call *Call) (peer, error) {
	c := p.account.config
	same := reflect.DeepEqual(c.ICEServers, p.peersOf.ICEServers) && slices.Equal(c.Codecs, p.peersOf.Codecs)
	if p.peers != nil && !same {
		// Those of calls that are up end with their calls.
		if !slices.ContainsFunc(p.calls, func(c *Call) bool { return c.peer != nil }) {
			_ = p.peers.Close()
		}
		p.peers = nil
	}
	if p.peers == nil {
		made, err := p.env.newPeers(c)
		if err != nil {
			return nil, err
		}
		p.peers, p.peersOf = made, c
	}
	return p.peers.NewPeer(call.media())
}

// newLine makes the line of an account.
func (p *Phone) newLine(c Config) (*line, error) {
	l := &line{
		loop: p.loop, user: p.account, realm: c.realm(), username: c.Username, expires: c.Expires,
		instance: newInstance(), fraction: p.env.fraction, state: unregistered, callID: sip.NewTag(), tag: sip.NewTag(),
	}
	host := strings.ToLower(rand.Text()[:12]) + ".invalid"
	a := &agent{
		loop: p.loop, user: l, host: host, dialogs: map[string]dialogUser{}, trace: masking(c.Trace),
		contact: sip.URI{Scheme: "sip", User: escapeUser(c.Username), Host: host},
	}
	a.contact.UriParams.Add("transport", "ws")
	last := [2]string{c.Username, c.Password}
	a.auth = sip.NewAuthenticator(func() (string, string) {
		// Called on the loop alone. A line that is let go of keeps its own.
		if now := p.account.config; !l.retired && l == p.account.line && now.Password != "" {
			last = [2]string{now.Username, now.Password}
		}
		return last[0], last[1]
	})
	layer, err := sip.NewLayer(sip.LayerConfig{OnRequest: a.request, Clock: p.env.clock, Log: c.Log, MaxTransactions: 1000})
	if err != nil {
		return nil, err
	}
	a.layer = layer
	var conn *connection
	dial, err := p.env.newDialer(sip.DialConfig{
		OnMessage: func(c sip.Conn, msg sip.Message) { conn.message(c, msg) },
		OnPong:    func(c sip.Conn) { conn.pong(c) },
		TLS:       c.TLS, Origin: c.Origin, Log: c.Log,
	})
	if err != nil {
		return nil, err
	}
	conn = newConnection(p.loop, dial, c.Servers, p.env.fraction, a)
	a.conn, l.agent = conn, a
	return l, nil
}
