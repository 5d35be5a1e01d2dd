package sip

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// The errors of the transaction layer.
var (
	// ErrLayerClosed says that the layer was closed.
	ErrLayerClosed = errors.New("sip: the transaction layer is closed")
	// ErrTooManyTransactions says that MaxTransactions is reached.
	ErrTooManyTransactions = errors.New("sip: too many transactions")
	// ErrFinalSent says that a final response was sent, after which no other may follow.
	ErrFinalSent = errors.New("sip: the final response was sent already")
	// ErrTerminated says that the transaction has ended.
	ErrTerminated = errors.New("sip: the transaction has ended")
)

// LayerConfig sets up the transaction layer. Every field but OnRequest may be left out.
type LayerConfig struct {
	// OnRequest takes each new request, once: retransmissions, CANCEL and the
	// ACK of a refused INVITE stay in the layer. tx is nil for an ACK that
	// belongs to no transaction, which is how the ACK to a 2xx arrives.
	OnRequest func(tx *ServerTransaction, conn Conn, req *Request)
	// OnResponse takes a response that belongs to no client transaction.
	// Without it such a response is dropped.
	OnResponse func(conn Conn, res *Response)

	// MaxTransactions bounds the transactions of both kinds together; requests
	// beyond it are answered 503 with Retry-After. Default 100,000. The CANCEL
	// of an INVITE that is among them is always let in.
	MaxTransactions int
	// T1 is the estimate of the round trip (500 ms), T2 the longest pause
	// between retransmissions (4 s) and T4 the longest life of a message in the
	// network (5 s): RFC 3261 §17.1.1.1 and table 4, which has the defaults.
	T1, T2, T4 time.Duration

	// Clock drives all timers. Default SystemClock.
	Clock Clock
	// Log takes what goes wrong between peers at level debug. Default slog.Default.
	Log *slog.Logger
}

func (c *LayerConfig) validate() error {
	if c.OnRequest == nil {
		return errors.New("sip: LayerConfig.OnRequest is missing")
	}
	if c.T1 < 0 || c.T2 < 0 || c.T4 < 0 || c.MaxTransactions < 0 {
		return errors.New("sip: LayerConfig has a negative bound or time")
	}
	orDefault(&c.MaxTransactions, 100_000)
	orDefault(&c.T1, 500*time.Millisecond)
	orDefault(&c.T2, 4*time.Second)
	orDefault(&c.T4, 5*time.Second)
	if c.Clock == nil {
		c.Clock = SystemClock
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Layer holds the transactions of all connections (RFC 3261 §17, RFC 6026) and
// finds for each message the one that it belongs to. Its callbacks run on the
// goroutine that brought the message or the timer, never with a lock held, and
// for one transaction in order and one at a time.
type Layer struct {
	cfg LayerConfig

	mu      sync.Mutex
	clients map[string]*ClientTransaction
	servers map[string]*ServerTransaction
	// invites finds the INVITE of a sender that is at another connection now.
	invites map[string]map[*ServerTransaction]struct{}
	// byConn finds the client transactions that a closed connection leaves alone.
	byConn map[string]map[*ClientTransaction]struct{}
	closed bool
}

// NewLayer checks the config and fills in its defaults.
func NewLayer(cfg LayerConfig) (*Layer, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &Layer{
		cfg:     cfg,
		clients: map[string]*ClientTransaction{},
		servers: map[string]*ServerTransaction{},
		invites: map[string]map[*ServerTransaction]struct{}{},
		byConn:  map[string]map[*ClientTransaction]struct{}{},
	}, nil
}

// Receive takes a message from a connection: it is WebSocketConfig.OnMessage.
func (l *Layer) Receive(conn Conn, msg Message) {
	switch msg := msg.(type) {
	case *Response:
		l.receiveResponse(conn, msg)
	case *Request:
		l.receiveRequest(conn, msg)
	}
}

func (l *Layer) receiveResponse(conn Conn, res *Response) {
	l.mu.Lock()
	tx, closed := l.clients[clientKey(res.Via(), res.CSeq().MethodName)], l.closed
	l.mu.Unlock()
	switch {
	case closed:
	case tx != nil:
		tx.receive(conn, res)
	case l.cfg.OnResponse != nil:
		l.cfg.OnResponse(conn, res)
	}
}

func (l *Layer) receiveRequest(conn Conn, req *Request) {
	key := serverKey(conn, req, req.Method)
	var invite *ServerTransaction
	l.mu.Lock()
	tx, closed := l.servers[key], l.closed
	l.mu.Unlock()
	switch {
	case closed:
	case req.Method == INVITE && tx == nil:
		tx = l.follow(conn, req)
	case req.Method == CANCEL && tx == nil:
		invite = l.inviteOf(conn, req)
	}
	switch {
	case closed:
	case tx != nil:
		if !tx.receive(req) {
			l.cfg.OnRequest(nil, conn, req)
		}
	case req.Method == ACK:
		l.cfg.OnRequest(nil, conn, req)
	default:
		tx = newServerTransaction(l, conn, req, key)
		if err := l.addServer(tx, invite != nil); err != nil {
			l.refuse(conn, req, err)
		} else if req.Method == CANCEL {
			l.cancel(tx, invite)
		} else {
			l.cfg.OnRequest(tx, conn, req)
		}
	}
}

// inviteOf finds the INVITE that a CANCEL means (RFC 3261 §9.2).
func (l *Layer) inviteOf(conn Conn, cancel *Request) *ServerTransaction {
	l.mu.Lock()
	invite := l.servers[serverKey(conn, cancel, INVITE)]
	l.mu.Unlock()
	if invite == nil {
		invite = l.follow(conn, cancel)
	}
	return invite
}

// follow finds, by branch and sent-by, an INVITE that came over another
// connection and whose sender is at this one now, and moves it here.
func (l *Layer) follow(conn Conn, req *Request) *ServerTransaction {
	l.mu.Lock()
	var candidates []*ServerTransaction
	for tx := range l.invites[inviteKey(req)] {
		candidates = append(candidates, tx)
	}
	l.mu.Unlock()
	for _, tx := range candidates {
		if tx.follow(conn) {
			return tx
		}
	}
	return nil
}

// cancel answers a CANCEL and passes it to the INVITE's transaction user
// (RFC 3261 §9.2).
func (l *Layer) cancel(tx, invite *ServerTransaction) {
	status := 481
	if invite != nil {
		status = 200
	}
	if err := tx.Respond(NewResponse(tx.req, status, "")); err != nil {
		l.cfg.Log.Debug("a CANCEL could not be answered", "conn", tx.conn.ID(), "error", err)
	}
	if invite != nil {
		invite.cancelled(tx.req)
	}
}

func (l *Layer) refuse(conn Conn, req *Request, err error) {
	if errors.Is(err, ErrLayerClosed) {
		return
	}
	res := NewResponse(req, 503, "")
	res.AppendHeader(NewHeader("Retry-After", "5"))
	if err := conn.Send(res); err != nil {
		l.cfg.Log.Debug("a request could not be refused", "conn", conn.ID(), "error", err)
	}
}

// Request sends a request and starts its client transaction. The top Via has to
// be there, with a branch of its own that starts with the magic cookie. The
// request must not be changed afterwards: it is what retransmissions, the ACK
// and the CANCEL are made from. An ACK to a 2xx has no transaction; it is given
// to Conn.Send.
//
// When an error is returned, nothing of h is ever called.
func (l *Layer) Request(conn Conn, req *Request, h ClientHandler) (*ClientTransaction, error) {
	via := req.Via()
	if via == nil || !hasCookie(via) {
		return nil, errors.New("sip: a request needs a Via with a branch of RFC 3261")
	}
	if req.Method == ACK {
		return nil, errors.New("sip: an ACK has no transaction of its own")
	}
	tx := newClientTransaction(l, conn, req, h)
	if err := l.addClient(tx); err != nil {
		return nil, err
	}
	if err := tx.start(); err != nil {
		return nil, fmt.Errorf("sip: %s was not sent: %w", req.Method, err)
	}
	return tx, nil
}

// ConnClosed tells the layer that a connection has ended. Client transactions
// on it that have no final response get OnConnClosed or, without that,
// OnTransportError. Server transactions live on until their timers end them,
// without retransmissions; what is answered later goes where Follow says.
func (l *Layer) ConnClosed(conn Conn) {
	l.mu.Lock()
	var orphans []*ClientTransaction
	for tx := range l.byConn[conn.ID()] {
		orphans = append(orphans, tx)
	}
	l.mu.Unlock()
	for _, tx := range orphans {
		tx.connClosed()
	}
}

// Close ends all transactions at once; each gets OnTerminated and nothing else.
// Messages that come later are dropped.
func (l *Layer) Close() {
	l.mu.Lock()
	l.closed = true
	var all []interface{ abandon() }
	for _, tx := range l.clients {
		all = append(all, tx)
	}
	for _, tx := range l.servers {
		all = append(all, tx)
	}
	l.mu.Unlock()
	for _, tx := range all {
		tx.abandon()
	}
}

// Len is the number of client and of server transactions.
func (l *Layer) Len() (clients, servers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.clients), len(l.servers)
}

// room is called with the lock held.
func (l *Layer) room(privileged bool) error {
	if l.closed {
		return ErrLayerClosed
	}
	if !privileged && len(l.clients)+len(l.servers) >= l.cfg.MaxTransactions {
		return ErrTooManyTransactions
	}
	return nil
}

func (l *Layer) addServer(tx *ServerTransaction, privileged bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(privileged); err != nil {
		return err
	}
	l.servers[tx.key] = tx
	if tx.req.Method != INVITE {
		return nil
	}
	if key := inviteKey(tx.req); key != "" {
		if l.invites[key] == nil {
			l.invites[key] = map[*ServerTransaction]struct{}{}
		}
		l.invites[key][tx] = struct{}{}
	}
	return nil
}

// moveServer files a transaction under the connection at which its sender is
// now. It is false where that connection has one of the same name.
func (l *Layer) moveServer(tx *ServerTransaction, key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.servers[key] != nil || l.servers[tx.key] != tx {
		return false
	}
	delete(l.servers, tx.key)
	tx.key = key
	l.servers[key] = tx
	return true
}

func (l *Layer) addClient(tx *ClientTransaction) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(tx.req.Method == CANCEL); err != nil {
		return err
	}
	if l.clients[tx.key] != nil {
		return errors.New("sip: the branch is in use by another transaction")
	}
	l.clients[tx.key] = tx
	l.indexClient(tx, tx.conn)
	return nil
}

// indexClient is called with the lock held.
func (l *Layer) indexClient(tx *ClientTransaction, conn Conn) {
	id := conn.ID()
	if l.byConn[id] == nil {
		l.byConn[id] = map[*ClientTransaction]struct{}{}
	}
	l.byConn[id][tx] = struct{}{}
}

func (l *Layer) unindexClient(tx *ClientTransaction, conn Conn) {
	id := conn.ID()
	delete(l.byConn[id], tx)
	if len(l.byConn[id]) == 0 {
		delete(l.byConn, id)
	}
}

func (l *Layer) moveClient(tx *ClientTransaction, from, to Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients[tx.key] == tx {
		l.unindexClient(tx, from)
		l.indexClient(tx, to)
	}
}

func (l *Layer) removeServer(tx *ServerTransaction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.servers[tx.key] == tx {
		delete(l.servers, tx.key)
	}
	if tx.req.Method != INVITE {
		return
	}
	key := inviteKey(tx.req)
	delete(l.invites[key], tx)
	if len(l.invites[key]) == 0 {
		delete(l.invites, key)
	}
}

func (l *Layer) removeClient(tx *ClientTransaction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clients[tx.key] == tx {
		delete(l.clients, tx.key)
	}
	l.unindexClient(tx, tx.conn)
}
