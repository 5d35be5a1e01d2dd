package phone

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"webphone/internal/sip"
)

const (
	// firstWait is the wait between attempts: the first comes at once, then they
	// are doubled each time up to longestWait, each half to one and a half times
	// as long; while a call waits for it, up to longestInCall.
	firstWait     = time.Second
	longestWait   = time.Minute
	longestInCall = 4 * time.Second
	// shortestLife bounds what a server may make us refresh.
	shortestLife = 10 * time.Second
	// registerLimit is how long a server may take to answer REGISTER before the
	// next one is asked.
	registerLimit = 10 * time.Second
	// longestBar is the longest Retry-After that is honoured.
	longestBar = time.Hour
)

// registration is the state of a line.
type registration string

const (
	unregistered registration = "unregistered"
	registering  registration = "registering"
	registered   registration = "registered"
)

// lineUser hears of a line, on the loop.
type lineUser interface {
	// changed comes with the reason when the line is not registered any more.
	changed(l *line, reason string)
	// again says that it is time to register again, after a loss or a refusal.
	again(l *line)
	// inUse tells that a call needs the connection, registered or not.
	inUse(l *line) bool
	invitedTo(l *line, tx *sip.ServerTransaction)
	// lost says that the connection is gone, with what was under way over it.
	lost(l *line)
	// restored says that there is a connection again, and the line is registered
	// if it wants to be and may.
	restored(l *line)
	// released says that the line has let go of its connection.
	released(l *line)
}

// line is one account at its servers, and its registration (RFC 3261 §10,
// RFC 5626 §4.2). A changed account is another line.
//
//	unregistered ──register()──► registering ──200──► registered ─┐
//	     ▲                            │                │  ▲       │ refresh
//	     │                            │                │  └───────┘
//	     └──── refused, unreachable ──┴── lost, gone ──┘
type line struct {
	*loop
	agent    *agent
	user     lineUser
	realm    string
	username string
	expires  time.Duration // asked for
	instance string        // RFC 5626 §4.1
	fraction func() float64

	state   registration
	server  string        // last registered at
	granted time.Duration // by it
	// wanted tells that it registers again by itself when the connection was lost.
	wanted bool
	// callID and tag are those of all its REGISTERs (RFC 3261 §10.2.4).
	callID, tag string
	sequence    uint32
	attempt     []func(error) // who waits for the attempt under way
	timer       *alarm
	// due is when the binding is to be refreshed, by the wall clock.
	due      time.Time
	failures int
	// patience is what a refusal asked to wait.
	patience time.Duration
	// broken tells that a connection was lost and what hung on it is not restored.
	broken  bool
	retired bool
}

// connect connects without registering.
func (l *line) connect(done func(error)) { l.agent.conn.open(done) }

// register registers, or joins an attempt under way; the error is an *Error.
func (l *line) register(done func(error)) {
	l.attempt = append(l.attempt, done)
	if len(l.attempt) > 1 {
		return
	}
	l.timer.stop()
	if l.state != registered {
		l.to(registering, "")
	}
	l.tryRegister(len(l.agent.conn.servers))
}

// tryRegister asks the next server at once when one does not do its work.
func (l *line) tryRegister(left int) {
	conn := l.agent.conn
	l.connect(func(err error) {
		if err != nil {
			l.registerFailed(err)
			return
		}
		server := conn.server()
		l.bind(l.expires, 0, func(granted time.Duration, f *failure) {
			switch {
			case f == nil:
				l.registered(server, granted)
			case left > 1 && conn.server() == "":
				l.tryRegister(left - 1)
			default:
				l.registerFailed(f)
			}
		})
	})
}

func (l *line) registered(server string, granted time.Duration) {
	l.agent.conn.proven()
	l.wanted = true
	l.granted = granted
	life := max(granted, shortestLife) * 85 / 100
	l.due = l.clock.Now().Add(life)
	l.timer = l.after(life, l.refresh)
	moved := l.server != server && l.state == registered
	l.server = server
	l.to(registered, "")
	if moved {
		l.user.changed(l, "")
	}
	l.registerDone(nil)
}

func (l *line) registerFailed(cause error) {
	err := registrationError(cause)
	was := l.state
	l.to(unregistered, err.Message)
	// Refused credentials are worth another attempt only with others.
	if err.Code == ErrAuthentication {
		l.wanted = false
		if was == registered {
			l.user.again(l)
		}
	}
	// Only what was lost is tried again at once.
	l.failures = max(l.failures, 1)
	l.retry()
	l.registerDone(err)
}

func (l *line) registerDone(err error) {
	waiting := l.attempt
	l.attempt = nil
	l.restore()
	for _, done := range waiting {
		done(err)
	}
}

func (l *line) refresh() { l.register(func(error) {}) }

// unregister removes the binding.
func (l *line) unregister(done func(error)) {
	l.wanted = false
	if l.attempt != nil {
		l.attempt = append(l.attempt, func(error) { l.unregister(done) })
		return
	}
	l.timer.stop()
	if l.state != registered {
		done(nil)
		return
	}
	l.bind(0, 0, func(_ time.Duration, f *failure) {
		l.to(unregistered, "The phone has signed off.")
		// Without a connection there is nothing left to remove the binding by.
		if f != nil && !f.local {
			done(registrationError(f))
			return
		}
		done(nil)
	})
}

// retire lets go of the line, and of the connection once no call needs it.
func (l *line) retire(done func()) {
	l.unregister(func(error) {
		l.retired = true
		l.release()
		done()
	})
}

// release closes the connection once nothing needs it.
func (l *line) release() {
	l.agent.whenDrained(func() {
		if l.wanted || l.state != unregistered || l.attempt != nil || l.user.inUse(l) {
			return
		}
		l.timer.stop()
		l.agent.conn.close()
		l.user.released(l)
	})
}

// bind sends one REGISTER, again with a longer lifetime where 423 asks for it.
func (l *line) bind(expires time.Duration, tries int, done func(granted time.Duration, f *failure)) {
	conn := l.agent.conn
	over := false
	finish := func(granted time.Duration, f *failure) {
		if !over {
			over = true
			done(granted, f)
		}
	}
	limit := l.after(registerLimit, func() {
		// The failure comes first: closing tells of another one.
		f := &failure{status: 408}
		conn.fail(0)
		finish(0, f)
	})
	l.agent.send(func() *sip.Request {
		contact := &sip.ContactHeader{Address: l.agent.contact}
		contact.Params.Add("reg-id", "1")
		contact.Params.Add("+sip.instance", `"<urn:uuid:`+l.instance+`>"`)
		contact.Params.Add("expires", seconds(expires))
		l.sequence++
		return l.request(sip.REGISTER, l.callID, l.sequence, contact,
			sip.NewHeader("Expires", seconds(expires)), sip.NewHeader("Supported", "path, outbound"))
	}, reply{final: func(res *sip.Response, f *failure) {
		limit.stop()
		if over {
			return
		}
		l.patience = retryAfter(res)
		if res != nil && res.StatusCode >= 500 && res.StatusCode < 600 && len(conn.servers) > 1 {
			wait := l.patience
			l.patience = 0
			conn.fail(wait)
		}
		if longer := duration(res, "Min-Expires"); f != nil && f.status == 423 && tries < 2 && longer > expires && longer <= maxExpires {
			over = true
			l.bind(longer, tries+1, done)
			return
		}
		finish(l.grantedBy(res, expires), f)
	}})
}

// grantedBy reads the lifetime that a 200 grants our contact (RFC 3261 §10.3).
func (l *line) grantedBy(res *sip.Response, asked time.Duration) time.Duration {
	granted := time.Duration(0)
	if res != nil {
		for _, h := range res.GetHeaders("Contact") {
			contact, ok := h.(*sip.ContactHeader)
			if ok && contact.Address.User == l.agent.contact.User && strings.EqualFold(contact.Address.Host, l.agent.contact.Host) {
				n, _ := strconv.ParseUint(contact.Params.GetOr("expires", ""), 10, 31)
				granted = time.Duration(n) * time.Second
			}
		}
		if granted == 0 {
			granted = duration(res, "Expires")
		}
	}
	if granted == 0 {
		return asked
	}
	return min(granted, maxExpires)
}

func (l *line) closed() {
	l.timer.stop()
	l.broken = true
	l.user.lost(l)
	// An attempt under way hears it from its transaction.
	if l.attempt != nil {
		return
	}
	l.to(unregistered, "The connection to the server was lost.")
	l.retry()
}

func (l *line) moved() {
	l.broken = true
	l.refresh()
}

func (l *line) restore() {
	if l.broken && l.agent.conn.server() != "" {
		l.broken = false
		l.user.restored(l)
	}
}

func (l *line) retry() {
	needed := l.user.inUse(l) || len(l.agent.waiting) > 0
	if !l.wanted && !needed {
		return
	}
	longest := longestWait
	if needed {
		longest = longestInCall
	}
	wait := time.Duration(0)
	if l.failures > 0 {
		wait = min(longest, firstWait<<min(l.failures-1, 10))
	}
	l.failures++
	wait = time.Duration(float64(wait) * (0.5 + l.fraction()))
	l.timer.stop()
	l.timer = l.after(max(wait, l.patience, l.agent.conn.barred()), l.again)
}

func (l *line) again() {
	if l.wanted {
		l.user.again(l)
		return
	}
	l.connect(func(err error) {
		if err != nil {
			l.retry()
		} else {
			l.restore()
		}
	})
}

func (l *line) pulse() {
	// A connection that lives is no failure, unless the server refuses the phone.
	if l.state == registered || !l.wanted {
		l.failures = 0
	}
	if l.state != registered || l.attempt != nil {
		return
	}
	idle := func() bool { return l.attempt == nil && !l.user.inUse(l) }
	if !l.clock.Now().Before(l.due) {
		l.refresh()
	} else if idle() {
		l.agent.conn.prefer(idle)
	}
}

// probe sends OPTIONS, for servers that know no keep-alive (RFC 3261 §11).
func (l *line) probe(answered func()) {
	callID := sip.NewTag()
	number := uint32(0)
	l.agent.send(func() *sip.Request {
		number++
		return l.request(sip.OPTIONS, callID, number)
	}, reply{final: func(res *sip.Response, _ *failure) {
		if res != nil {
			answered()
		}
	}})
}

func (l *line) invited(tx *sip.ServerTransaction) { l.user.invitedTo(l, tx) }

// request makes a request to the registrar (RFC 3261 §10.2).
func (l *line) request(method sip.Method, callID string, number uint32, more ...sip.Header) *sip.Request {
	aor := l.aor()
	from := &sip.FromHeader{Address: aor}
	from.Params.Add("tag", l.tag)
	return newRequest(method, sip.URI{Scheme: "sip", Host: l.realm}, from, aor, callID, number, more...)
}

func (l *line) aor() sip.URI {
	return sip.URI{Scheme: "sip", User: escapeUser(l.username), Host: l.realm}
}

// address is the account's as text.
func (l *line) address() string {
	aor := l.aor()
	return aor.String()
}

func (l *line) to(state registration, reason string) {
	if state != l.state {
		l.state = state
		l.user.changed(l, reason)
	}
}

// newRequest makes a request outside a dialog, without a Via.
func newRequest(method sip.Method, uri sip.URI, from *sip.FromHeader, to sip.URI, callID string, number uint32, more ...sip.Header) *sip.Request {
	req := sip.NewRequest(method, uri)
	hops := sip.MaxForwardsHeader(70)
	id := sip.CallIDHeader(callID)
	req.AppendHeader(&hops)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: to})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: number, MethodName: method})
	for _, h := range more {
		req.AppendHeader(h)
	}
	return req
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// duration reads a header field of seconds; 0 stands for none.
func duration(res *sip.Response, name string) time.Duration {
	if res == nil {
		return 0
	}
	for _, h := range res.GetHeaders(name) {
		digits, _, _ := strings.Cut(strings.TrimSpace(h.Value()), ";")
		digits, _, _ = strings.Cut(digits, " ")
		if n, err := strconv.ParseUint(digits, 10, 31); err == nil {
			return time.Duration(n) * time.Second
		}
	}
	return 0
}

func retryAfter(res *sip.Response) time.Duration {
	return min(longestBar, duration(res, "Retry-After"))
}

func join(values []string) string { return strings.Join(values, ", ") }

// newInstance makes a version 4 UUID (RFC 9562 §5.4).
func newInstance() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
