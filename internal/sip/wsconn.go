package sip

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

const (
	// writeTimeout is how long one message may take to leave.
	writeTimeout = 10 * time.Second
	// closeWait is how long the peer has to answer a close frame.
	closeWait = 2 * time.Second
)

// wsConn is one WebSocket. One goroutine reads, and writes what was queued while
// it handled a message. Others run while there is something to write beside
// that, and while a ping waits for its pong. An idle phone costs what is here, so
// that nothing is kept that can be made when it is needed.
type wsConn struct {
	cfg *WebSocketConfig
	ws  *websocket.Conn
	// socket is below ws. To close it is to cut the connection.
	socket    net.Conn
	id        string
	remote    string
	localHost string
	transport string
	messages  *rate.Limiter
	malformed *rate.Limiter
	heard     atomic.Int64 // Unix time in nanoseconds
	// pong is told of CRLFs where this side has opened the connection; else nil.
	pong func()

	mu     sync.Mutex
	queue  []*[]byte // of outgoing
	queued int       // bytes
	// writing is set while a goroutine writes, and while the reader handles a
	// message, after which it does: to wake another for the answer costs as much
	// as the answer.
	writing bool
	code    websocket.StatusCode
	reason  string
	timers  [2]Timer // idle, ping
	ended   bool

	done chan struct{}
	wait sync.WaitGroup
}

func newWSConn(cfg *WebSocketConfig, remote string, secure bool, localHost string) *wsConn {
	c := &wsConn{
		cfg: cfg, id: rand.Text(), remote: remote, localHost: localHost, transport: "WS",
		messages:  rate.NewLimiter(rate.Limit(cfg.MessageRate), cfg.MessageBurst),
		malformed: rate.NewLimiter(1, cfg.MalformedBurst),
		done:      make(chan struct{}),
	}
	if secure {
		c.transport = "WSS"
	}
	c.touch()
	return c
}

// cut ends the connection without a word to the peer. What reads or writes fails.
func (c *wsConn) cut() {
	if c.socket != nil {
		_ = c.socket.Close()
	}
}

func (c *wsConn) ID() string            { return c.id }
func (c *wsConn) Transport() string     { return c.transport }
func (c *wsConn) RemoteAddr() string    { return c.remote }
func (c *wsConn) LocalHost() string     { return c.localHost }
func (c *wsConn) Done() <-chan struct{} { return c.done }

func (c *wsConn) Send(msg Message) error {
	buffer := outgoing.Get().(*[]byte)
	*buffer = appendMessage((*buffer)[:0], msg)
	return c.enqueue(buffer)
}

// outgoing are buffers of messages that are yet to be sent.
var outgoing = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// sent gives a buffer back. The smallest and the largest are left to be freed.
func sent(buffer *[]byte) {
	if size := cap(*buffer); size >= 512 && size <= maxPooledFrame {
		outgoing.Put(buffer)
	}
}

func (c *wsConn) Close(reason string) { c.end(websocket.StatusNormalClosure, reason) }

// enqueue never blocks. The buffer is the connection's then.
func (c *wsConn) enqueue(data *[]byte) error {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return ErrConnClosed
	}
	if len(c.queue) >= c.cfg.SendQueue || c.queued+len(*data) > c.cfg.SendQueueBytes {
		c.mu.Unlock()
		c.end(websocket.StatusPolicyViolation, "The connection is read too slowly")
		c.cut()
		return ErrConnSlow
	}
	c.queue = append(c.queue, data)
	c.queued += len(*data)
	c.startWriter()
	c.mu.Unlock()
	return nil
}

// startWriter is called with the lock held.
func (c *wsConn) startWriter() {
	if !c.writing {
		c.writing = true
		c.wait.Go(c.write)
	}
}

// end is the beginning of the end: nothing more is taken in or queued, what is
// queued is sent, and then the close frame.
func (c *wsConn) end(code websocket.StatusCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended, c.code, c.reason = true, code, closeReason(reason)
	for _, t := range c.timers {
		if t != nil {
			t.Stop()
		}
	}
	close(c.done)
	c.startWriter() // It says goodbye.
}

// closeReason fits a reason into a close frame (RFC 6455 §5.5).
func closeReason(s string) string {
	const most = 123
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "")
}

// serve runs until the connection has ended.
func (c *wsConn) serve() {
	c.ws.SetReadLimit(int64(c.cfg.MaxMessageBytes))
	c.debug("a connection opened", "remote", c.remote, "transport", c.transport)
	c.watch()
	// What a callback leaves unfinished by a panic is cleaned up all the same.
	defer func() {
		c.end(websocket.StatusNormalClosure, "")
		c.cfg.OnClose(c)
		c.wait.Wait()
		c.cut()
		c.ws.CloseNow()
		c.debug("a connection ended", "reason", c.reason)
	}()
	c.cfg.OnOpen(c)
	c.read()
}

func (c *wsConn) debug(text string, args ...any) {
	c.cfg.Log.Debug(text, append(args, "conn", c.id)...)
}

func (c *wsConn) read() {
	for {
		// No context: a connection is cut by its socket, and a context that can end
		// costs several allocations for each message.
		_, from, err := c.ws.Reader(context.Background())
		if err != nil {
			c.readFailed(err)
			return
		}
		if !c.receive(from) {
			return
		}
	}
}

// buffers hold messages while they are read and handled. What a message becomes
// shares nothing with them.
var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 2048)) }}

// receive reads and handles one message; it is false at the connection's end.
func (c *wsConn) receive(from io.Reader) bool {
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(from); err != nil {
		c.readFailed(err)
		return false
	}
	c.touch()
	if buffer.Len() > c.cfg.MaxMessageBytes {
		c.end(websocket.StatusMessageTooBig, "The message is too large")
		return false
	}
	if !c.pace() {
		return false
	}
	c.handle(buffer.Bytes())
	return true
}

// handle has a message handled and writes what that left.
func (c *wsConn) handle(data []byte) {
	c.mu.Lock()
	writes := !c.writing
	c.writing = true
	c.mu.Unlock()
	if writes {
		defer c.write()
	}
	c.take(data)
}

func (c *wsConn) readFailed(err error) {
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		c.end(websocket.StatusMessageTooBig, "The message is too large")
	case websocket.CloseStatus(err) != -1:
		c.end(websocket.StatusNormalClosure, "The peer closed the connection")
	default:
		c.end(websocket.StatusNormalClosure, "The connection broke")
		c.cut()
	}
}

// pace waits until the peer may send its next message; it is false when the
// connection ended meanwhile.
func (c *wsConn) pace() bool {
	now := c.cfg.Clock.Now()
	if c.messages.AllowN(now, 1) {
		return !c.isDone()
	}
	if delay := c.messages.ReserveN(now, 1).DelayFrom(now); delay > 0 {
		over := make(chan struct{})
		timer := c.cfg.Clock.AfterFunc(delay, func() { close(over) })
		defer timer.Stop()
		select {
		case <-over:
		case <-c.done:
		}
	}
	return !c.isDone()
}

func (c *wsConn) isDone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// take handles one WebSocket message: a keep-alive (RFC 5626 §4.4.1) or one SIP
// message (RFC 7118 §5).
func (c *wsConn) take(data []byte) {
	switch {
	case bytes.Equal(data, []byte("\r\n\r\n")):
		c.answer([]byte("\r\n"))
		return
	case len(bytes.Trim(data, "\r\n")) == 0:
		if c.pong != nil && isPong(data) {
			c.pong()
		}
		return
	}
	msg, err := parse(data, c.cfg.MaxHeaders)
	if err != nil {
		c.refuse(err)
		return
	}
	if req, ok := msg.(*Request); ok && c.pong == nil {
		c.stamp(req.Via())
	}
	c.cfg.OnMessage(c, msg)
}

// refuse answers a malformed request, without a transaction: over a reliable
// transport it comes once.
func (c *wsConn) refuse(err error) {
	var refusal *SyntaxError
	if errors.As(err, &refusal) && refusal.Status != 0 {
		c.answer(Bytes(NewResponse(refusal.Request, refusal.Status, refusal.Reason)))
	}
	c.debug("a malformed message came", "error", err)
	if !c.malformed.AllowN(c.cfg.Clock.Now(), 1) {
		c.end(websocket.StatusPolicyViolation, "Too many malformed messages")
	}
}

// answer queues what this side says of its own accord. Where that fails, the
// connection is ending, and the reader will see it.
func (c *wsConn) answer(data []byte) {
	if err := c.enqueue(&data); err != nil {
		c.debug("an answer was not sent", "error", err)
	}
}

// stamp notes in the top Via where the request came from (RFC 3261 §18.2.1,
// RFC 3581 §4). What the peer wrote there itself is worth nothing.
func (c *wsConn) stamp(via *ViaHeader) {
	host, port, err := net.SplitHostPort(c.remote)
	if err != nil {
		return
	}
	via.Params.Remove("received")
	rport := via.Params.Has("rport")
	if rport || strings.Trim(via.Host, "[]") != host {
		via.Params.Add("received", host)
	}
	if rport {
		via.Params.Add("rport", port)
	}
}

func (c *wsConn) touch() { c.heard.Store(c.cfg.Clock.Now().UnixNano()) }

// watch starts the timers of silence and pings, where peers connect to this
// side: a client has reasons of its own to ask for signs of life.
func (c *wsConn) watch() {
	if c.pong != nil {
		return
	}
	c.arm(0, c.cfg.IdleTimeout, c.checkSilence)
	c.arm(1, c.cfg.PingInterval, c.ping)
}

func (c *wsConn) arm(slot int, d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.timers[slot] = c.cfg.Clock.AfterFunc(d, f)
	}
}

func (c *wsConn) checkSilence() {
	silent := c.cfg.Clock.Now().Sub(time.Unix(0, c.heard.Load()))
	if rest := c.cfg.IdleTimeout - silent; rest > 0 {
		c.arm(0, rest, c.checkSilence)
		return
	}
	c.end(websocket.StatusPolicyViolation, "Nothing was heard for too long")
}

// ping waits for the pong on a goroutine of its own. A missing pong holds back
// the next ping, and silence ends the connection.
func (c *wsConn) ping() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.wait.Go(func() {
		if c.ws.Ping(context.Background()) == nil {
			c.arm(1, c.cfg.PingInterval, c.ping)
		}
	})
}

// write sends what is queued, and says goodbye at the end.
func (c *wsConn) write() {
	for {
		data, ended := c.next()
		switch {
		case data != nil:
			kind := websocket.MessageText
			if !utf8.Valid(*data) {
				kind = websocket.MessageBinary
			}
			err := c.ws.Write(context.Background(), kind, *data)
			sent(data)
			if err != nil {
				c.end(websocket.StatusNormalClosure, "The connection broke")
				c.cut()
				return
			}
		case ended:
			c.goodbye()
			// The reader and a ping may wait for a peer that says nothing more.
			c.cut()
			return
		default:
			return
		}
	}
}

// next takes what is to be written next; where that is nothing, the writer ends.
func (c *wsConn) next() (data *[]byte, ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.queue = nil
		// At the end there is one goodbye: writing stays set.
		c.writing = c.ended
		return nil, c.ended
	}
	data = c.queue[0]
	c.queue = c.queue[1:]
	c.queued -= len(*data)
	return data, c.ended
}

func (c *wsConn) goodbye() {
	c.mu.Lock()
	code, reason := c.code, c.reason
	c.mu.Unlock()
	late := time.AfterFunc(closeWait, c.cut)
	defer late.Stop()
	if err := c.ws.Close(code, reason); err != nil {
		c.debug("the close handshake failed", "error", err)
	}
}
