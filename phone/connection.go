package phone

import (
	"context"
	"sync/atomic"
	"time"

	"webphone/internal/sip"
)

const (
	// openLimit is how long one server may take to accept the WebSocket.
	openLimit = 5 * time.Second
	// keepAlive is how often a keep-alive is sent, and pongLimit how long its
	// answer may take (RFC 5626 §4.4.1 and §5.4): a server that falls silent is
	// noticed within 10 seconds.
	keepAlive = 5 * time.Second
	pongLimit = 4 * time.Second
	// late is what a timer may be behind before it says nothing about the server
	// any more: the process stood still.
	late = time.Second
	// firstRest is how long a server that failed is passed over at first, and
	// longestRest at most.
	firstRest   = 30 * time.Second
	longestRest = 10 * time.Minute
)

// dialer opens connections; sip.Dialer is one.
type dialer interface {
	Dial(ctx context.Context, server string) (sip.ClientConn, error)
}

// connectionUser hears of a connection, on the loop.
type connectionUser interface {
	opened()
	received(conn sip.Conn, msg sip.Message)
	// closed says that an open connection is gone, whoever closed it.
	closed(conn sip.Conn)
	// moved says that it goes to another server now: what was under way over the
	// old one is lost.
	moved(old sip.Conn)
	// pulse comes with every keep-alive.
	pulse()
	// probe asks the server something that it must answer.
	probe(answered func())
}

// server is what is known of one.
type server struct {
	url      string
	failures int
	// rests is when it is tried in its order again, barred when at all: it asked
	// for that (Retry-After).
	rests, barred time.Time
	// answers tells that it gives signs of life, so that silence means something.
	answers bool
	// probes tells that it is asked by requests: it does not answer CRLF.
	probes bool
}

// connection is a WebSocket to the first of the servers that accepts one.
//
//	closed ──open()──► opening ──accepted──► open ──lost, close()──► closed
//	                      │                  │  ▲                      ▲
//	                      │                  └──┘ prefer()             │
//	                      └── no server accepted, close() ─────────────┘
type connection struct {
	*loop
	dial     dialer
	user     connectionUser
	fraction func() float64
	servers  []*server

	conn    sip.ClientConn                 // while open
	now     atomic.Pointer[sip.ClientConn] // the same, for other goroutines
	current *server
	opening *opening
	timer   *alarm
	// asked tells that a sign of life is due.
	asked      bool
	preferring bool
	// over tells that no connection is to be opened any more.
	over bool
}

// opening is an attempt under way and who waits for it.
type opening struct {
	cancel  context.CancelFunc
	waiting []func(error)
}

func newConnection(l *loop, dial dialer, servers []string, fraction func() float64, user connectionUser) *connection {
	c := &connection{loop: l, dial: dial, user: user, fraction: fraction}
	for _, url := range servers {
		c.servers = append(c.servers, &server{url: url})
	}
	return c
}

// server is the URL of the server that is connected, or an empty string.
func (c *connection) server() string {
	if c.conn == nil {
		return ""
	}
	return c.current.url
}

// barred is the time until a server may be tried.
func (c *connection) barred() time.Duration {
	now := c.clock.Now()
	shortest := longestRest
	for _, s := range c.servers {
		shortest = min(shortest, max(0, s.barred.Sub(now)))
	}
	return shortest
}

// open connects, or joins an attempt under way. The error is a local 503 when
// every server was tried.
func (c *connection) open(done func(error)) {
	switch {
	case c.over:
		done(&failure{status: 503, local: true})
	case c.conn != nil:
		done(nil)
	case c.opening != nil:
		c.opening.waiting = append(c.opening.waiting, done)
	default:
		ctx, cancel := context.WithCancel(context.Background())
		c.opening = &opening{cancel: cancel, waiting: []func(error){done}}
		c.try(ctx, c.opening, c.order())
	}
}

// order are the servers that may be tried: the ones that rest come last.
func (c *connection) order() (rested []*server) {
	now := c.clock.Now()
	var resting []*server
	for _, s := range c.servers {
		switch {
		case s.barred.After(now):
		case s.rests.After(now):
			resting = append(resting, s)
		default:
			rested = append(rested, s)
		}
	}
	return append(rested, resting...)
}

func (c *connection) try(ctx context.Context, attempt *opening, servers []*server) {
	if len(servers) == 0 {
		c.opened(attempt, &failure{status: 503, local: true})
		return
	}
	s := servers[0]
	c.connect(ctx, s, func(conn sip.ClientConn, err error) {
		switch {
		case c.opening != attempt:
			// It was closed meanwhile.
			if conn != nil {
				conn.Close("")
			}
		case err != nil:
			c.failed(s, 0)
			c.try(ctx, attempt, servers[1:])
		default:
			c.enter(s, conn)
			c.opened(attempt, nil)
		}
	})
}

// opened ends an attempt.
func (c *connection) opened(attempt *opening, err error) {
	c.opening = nil
	attempt.cancel()
	if err == nil {
		c.user.opened()
	}
	for _, done := range attempt.waiting {
		done(err)
	}
}

func (c *connection) connect(ctx context.Context, s *server, then func(sip.ClientConn, error)) {
	ctx, cancel := context.WithCancel(ctx)
	limit := c.after(openLimit, cancel)
	async(c.loop, func() (sip.ClientConn, error) { return c.dial.Dial(ctx, s.url) }, func(conn sip.ClientConn, err error) {
		limit.stop()
		cancel()
		then(conn, err)
	})
}

// close ends the connection, or the attempt at one.
func (c *connection) close() {
	if attempt := c.opening; attempt != nil {
		c.opened(attempt, &failure{status: 503, local: true})
		return
	}
	c.drop()
}

// end closes it for good.
func (c *connection) end() {
	c.over = true
	c.close()
}

// fail says that the server can't be used although it is connected: the next
// open goes to others first.
func (c *connection) fail(wait time.Duration) {
	if c.conn != nil {
		c.failed(c.current, wait)
		c.drop()
	}
}

// proven says that the server does what it should.
func (c *connection) proven() {
	if c.conn != nil {
		c.current.failures, c.current.rests = 0, time.Time{}
	}
}

// prefer moves to a server earlier in the list if one has come back and it is
// still a good time.
func (c *connection) prefer(idle func() bool) {
	if c.conn == nil || c.preferring || c.over {
		return
	}
	now := c.clock.Now()
	var better *server
	for _, s := range c.servers {
		if s == c.current {
			return
		}
		if !s.rests.After(now) && !s.barred.After(now) {
			better = s
			break
		}
	}
	if better == nil {
		return
	}
	old := c.conn
	c.preferring = true
	c.connect(context.Background(), better, func(conn sip.ClientConn, err error) {
		c.preferring = false
		switch {
		case err != nil:
			c.failed(better, 0)
		case c.conn != old || c.over || !idle():
			conn.Close("")
		default:
			c.leave()
			c.enter(better, conn)
			c.user.moved(old)
		}
	})
}

func (c *connection) failed(s *server, wait time.Duration) {
	rest := min(longestRest, firstRest<<min(s.failures, 10))
	s.failures++
	now := c.clock.Now()
	s.rests = now.Add(time.Duration(float64(rest) * (0.5 + c.fraction())))
	s.barred = now.Add(wait)
}

func (c *connection) enter(s *server, conn sip.ClientConn) {
	c.conn, c.current = conn, s
	c.now.Store(&conn)
	go func() {
		<-conn.Done()
		c.post(func() { c.lost(conn) })
	}()
	// What the server makes of a keep-alive is known before it falls silent.
	c.ask(pongLimit)
}

func (c *connection) ask(limit time.Duration) {
	c.timer.stop()
	c.asked = true
	conn, s := c.conn, c.current
	switch {
	case limit != pongLimit:
		// It was asked before.
	case s.probes:
		c.user.probe(func() { c.alive(conn) })
	default:
		// One that can't be written to is Done.
		_ = conn.Ping()
	}
	if c.conn != conn {
		return
	}
	due := c.clock.Now().Add(limit)
	c.timer = c.after(limit, func() {
		switch {
		case c.clock.Now().Sub(due) > late:
			c.ask(late)
		case s.answers:
			c.lost(conn)
		default:
			// Some servers ignore one kind: silence means something only after an answer.
			s.probes = !s.probes
			c.rest()
		}
	})
}

// pong is told of the answer to a keep-alive.
func (c *connection) pong(conn sip.Conn) { c.post(func() { c.alive(conn) }) }

func (c *connection) alive(conn sip.Conn) {
	if !c.is(conn) {
		return
	}
	c.current.answers = true
	if c.asked {
		c.rest()
	}
}

func (c *connection) rest() {
	c.timer.stop()
	c.asked = false
	c.timer = c.after(keepAlive, func() {
		c.ask(pongLimit)
		c.user.pulse()
	})
}

// message takes a message; the connection is read on when it is dealt with.
func (c *connection) message(conn sip.Conn, msg sip.Message) {
	c.run(func() {
		if c.is(conn) {
			c.user.received(c.conn, msg)
		}
	})
}

func (c *connection) is(conn sip.Conn) bool { return c.conn != nil && conn.ID() == c.conn.ID() }

// lost says that the network or the server ended it.
func (c *connection) lost(conn sip.Conn) {
	if c.is(conn) {
		c.failed(c.current, 0)
		c.drop()
	}
}

func (c *connection) drop() {
	if c.conn == nil {
		return
	}
	conn := c.conn
	c.leave()
	c.conn = nil
	c.now.Store(nil)
	c.user.closed(conn)
}

func (c *connection) leave() {
	c.timer.stop()
	c.asked = false
	c.conn.Close("")
}
