package edge

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"webphone/internal/sip"
	"webphone/internal/store"
)

// Edge is where phones connect, register and are called.
type Edge struct {
	config  Config
	ws      *sip.WebSocketServer
	layer   *sip.Layer
	nonces  *sip.Nonces
	tokens  tokens
	guards  *guards
	domains map[string]bool
	echo    *echo
	returns *returns
	callers *callers
	pulse   *pulse
	recent  *recent

	mu    sync.Mutex
	conns map[string]sip.Conn
}

// New makes an edge. Serve its connections with ServeHTTP.
func New(config Config) (*Edge, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	e := &Edge{
		config:  config,
		nonces:  sip.NewNonces(config.NonceKey, config.Clock, config.NonceLifetime),
		tokens:  tokens{config.TokenKey},
		guards:  newGuards(),
		domains: map[string]bool{},
		conns:   map[string]sip.Conn{},
		returns: newReturns(),
		callers: newCallers(),
		recent:  newRecent(config.Clock),
	}
	for _, domain := range config.Domains {
		e.domains[domain] = true
	}
	e.echo = newEcho(e)
	var err error
	if e.layer, err = sip.NewLayer(sip.LayerConfig{OnRequest: e.onRequest, Clock: config.Clock, Log: config.Log}); err != nil {
		return nil, err
	}
	transport := config.WebSocket
	transport.Clock, transport.Log = config.Clock, config.Log
	transport.OnOpen, transport.OnMessage, transport.OnClose = e.onOpen, e.receive, e.onClose
	if e.ws, err = sip.NewWebSocketServer(transport); err != nil {
		return nil, err
	}
	e.pulse = newPulse(config.Clock, e.closeAll)
	return e, nil
}

// ServeHTTP takes a WebSocket handshake (RFC 7118).
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.ws.ServeHTTP(w, r) }

// Connections is the number of open connections.
func (e *Edge) Connections() int { return e.ws.Len() }

// Shutdown ends the edge's own calls with a BYE, closes all connections and
// then all transactions.
func (e *Edge) Shutdown(ctx context.Context) error {
	e.pulse.stop()
	e.echo.shutdown()
	e.returns.close()
	err := e.ws.Shutdown(ctx)
	e.layer.Close()
	return err
}

func (e *Edge) onOpen(conn sip.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conns[conn.ID()] = conn
	e.recent.opened(conn)
}

func (e *Edge) onClose(conn sip.Conn) {
	e.mu.Lock()
	delete(e.conns, conn.ID())
	e.mu.Unlock()
	e.recent.closed(conn, e.config.Location.RemoveConn(conn.ID()))
	e.layer.ConnClosed(conn)
	e.callers.gone(conn)
}

// conn is an open connection, or nil.
func (e *Edge) conn(id string) sip.Conn {
	e.mu.Lock()
	conn := e.conns[id]
	e.mu.Unlock()
	if conn == nil || ended(conn) {
		return nil
	}
	return conn
}

func ended(conn sip.Conn) bool {
	select {
	case <-conn.Done():
		return true
	default:
		return false
	}
}

// isOurs tells whether a URI's host is one of ours.
func (e *Edge) isOurs(conn sip.Conn, uri sip.URI) bool {
	if strings.EqualFold(uri.Scheme, "tel") {
		return true
	}
	host := hostOf(uri)
	return e.domains[host] || host == strings.Trim(conn.LocalHost(), "[]")
}

// onRequest takes every new request; tx is nil for the ACK to a 2xx. The order
// of the checks is that of RFC 3261 §16.3.
func (e *Edge) onRequest(tx *sip.ServerTransaction, conn sip.Conn, req *sip.Request) {
	if tx == nil {
		e.routeACK(conn, req)
		return
	}
	switch strings.ToLower(req.Recipient.Scheme) {
	case "sip", "sips", "tel":
	default:
		e.respond(tx, 416, "")
		return
	}
	ours := e.isOurs(conn, req.Recipient)
	user := userOf(req.Recipient)
	toUs := ours && user == "" && req.Method == sip.OPTIONS
	if hops := req.MaxForwards(); hops != nil && hops.Val() == 0 && !toUs {
		e.respond(tx, 483, "")
		return
	}
	if unknown := values(req, "Proxy-Require"); len(unknown) > 0 {
		e.refuseExtensions(tx, unknown)
		return
	}
	if e.looped(req) {
		e.respond(tx, 482, "")
		return
	}
	switch {
	case toUs:
		e.answerOptions(tx)
	case req.Method == sip.REGISTER:
		e.register(tx)
	case e.inDialog(tx):
	case ours && e.echo.is(user) && tag(req.To().Params) != "":
		e.echo.inDialog(tx)
	default:
		account, ok := e.authenticate(tx, toProxy)
		if !ok {
			return
		}
		e.call(tx, account, ours, user)
	}
}

// call routes a request of a known sender that belongs to no dialog.
func (e *Edge) call(tx *sip.ServerTransaction, sender store.Account, ours bool, user string) {
	req := tx.Request()
	if sender.Visitor() && !e.visitorCalls(tx, sender, ours, user) {
		return
	}
	switch {
	case req.Route() != nil:
		e.respond(tx, 403, "No relaying to other servers")
	case !ours:
		e.respond(tx, 404, "No relaying to other domains")
	case e.echo.is(user):
		e.echo.request(tx, sender)
	case user == "":
		e.respond(tx, 404, "")
	default:
		e.forward(tx, sender, user)
	}
}

// answerOptions answers the edge's own OPTIONS (RFC 3261 §11.2).
func (e *Edge) answerOptions(tx *sip.ServerTransaction) {
	if unknown := values(tx.Request(), "Require"); len(unknown) > 0 {
		e.refuseExtensions(tx, unknown)
		return
	}
	res := sip.NewResponse(tx.Request(), 200, "")
	res.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	res.AppendHeader(sip.NewHeader("Supported", "outbound"))
	e.send(tx, res)
}

// refuseExtensions answers 420 (RFC 3261 §8.2.2.3).
func (e *Edge) refuseExtensions(tx *sip.ServerTransaction, unknown []string) {
	res := sip.NewResponse(tx.Request(), 420, "")
	res.AppendHeader(sip.NewHeader("Unsupported", strings.Join(unknown, ", ")))
	e.send(tx, res)
}

func (e *Edge) respond(tx *sip.ServerTransaction, status int, reason string) {
	e.send(tx, sip.NewResponse(tx.Request(), status, reason))
}

// send answers a request. A sender that is gone needs no answer.
func (e *Edge) send(tx *sip.ServerTransaction, res *sip.Response) {
	if err := tx.Respond(res); err != nil {
		e.config.Log.Debug("an answer was not sent", "status", res.StatusCode, "error", err)
	}
}
