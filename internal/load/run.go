package load

import (
	"context"
	"sync"
	"time"

	"webphone/internal/media/endpoint"
	"webphone/internal/sip"
)

// runner is one run:
//
//	ramp ─► steady ─► ending
//	  └── stopped ───────▲
type runner struct {
	cfg     Config
	stats   stats
	network *network
	layer   *sip.Layer
	phones  []*phone
	media   *endpoint.Endpoint // nil where calls have no media
	packets counted
	// work are the goroutines of calls.
	work sync.WaitGroup
	// ctx ends with the run.
	ctx context.Context

	mu          sync.Mutex
	byConn      map[string]*phone
	registered  int
	registering int // outstanding
	inviting    int // outstanding
	calls       map[*call]struct{}
	pairs       []*call            // the call of each pair, or nil
	streams     map[string]*stream // of callees, by Call-ID
	ending      bool
	changed     chan struct{} // closed at each change that somebody may wait for
}

// Run puts the load on the server and returns what came of it. It ends when the
// steady part is over, when no phone is left, or when Stop is closed, in order;
// when the context ends, at once, with the report of what was until then. The
// error is ErrConfig, ErrProcess, or that of looking the server's name up.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	r := &runner{
		cfg: cfg, byConn: map[string]*phone{}, calls: map[*call]struct{}{},
		pairs: make([]*call, len(cfg.Accounts)/2), changed: make(chan struct{}), streams: map[string]*stream{},
	}
	running, over := context.WithCancel(context.WithoutCancel(ctx))
	defer over()
	r.ctx = running
	var err error
	if cfg.Media {
		if r.media, err = endpoint.New(endpoint.Config{Codecs: []string{"PCMU"}, Log: cfg.Log}); err != nil {
			return nil, err
		}
	}
	r.layer, err = sip.NewLayer(sip.LayerConfig{
		OnRequest: r.onRequest, T1: cfg.Timeout / 64, MaxTransactions: 10 * MaxPhones, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	if r.network, err = newNetwork(ctx, r); err != nil {
		return nil, err
	}
	for i, account := range cfg.Accounts {
		r.phones = append(r.phones, newPhone(r, i, account))
	}
	watch, err := newWatch(r)
	if err != nil {
		return nil, err
	}
	watching := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		watch.runUntil(stopped)
		close(watching)
	}()
	r.load(ctx, watch)
	watch.phase("ending")
	r.end(ctx)
	over()
	r.endMedia()
	close(stopped)
	<-watching
	return watch.report(), nil
}

// load is the ramp and the steady part.
func (r *runner) load(ctx context.Context, watch *watch) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if r.cfg.Stop != nil {
		go func() {
			select {
			case <-r.cfg.Stop:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	var dials sync.WaitGroup
	defer dials.Wait()
	next := 0
	r.pace(ctx, r.cfg.RegisterRate, func() bool {
		if !r.reserve(&r.registering) {
			return false
		}
		p := r.phones[next]
		next++
		dials.Go(func() { p.start(ctx, func() { r.free(&r.registering) }) })
		return true
	}, func() bool { return next == len(r.phones) })
	r.await(ctx, r.cfg.Timeout, func() bool { return r.registering == 0 })
	watch.phase("steady")
	if r.cfg.Duration == 0 {
		return
	}
	steady, done := context.WithTimeout(ctx, r.cfg.Duration)
	defer done()
	var work sync.WaitGroup
	defer work.Wait()
	nobody := func() bool { return r.left() == 0 }
	if !r.cfg.NoRefresh {
		work.Go(func() { r.pace(steady, r.cfg.RegisterRate, r.refresher(), nobody) })
	}
	if r.cfg.CallRate > 0 {
		work.Go(func() { r.pace(steady, r.cfg.CallRate, r.dialler(), nobody) })
	}
	r.await(steady, r.cfg.Duration, func() bool { return len(r.byConn) == 0 })
	done()
}

// pace calls one at a rate until the context ends or over says so. What one
// refuses is tried again at the next tick, and what is more than a second late is
// given up: a server that was slow for a moment gets no flood after it.
func (r *runner) pace(ctx context.Context, rate float64, one func() bool, over func() bool) {
	const tick = 2 * time.Millisecond
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	began, done := time.Now(), 0.0
	for !over() {
		due := time.Since(began).Seconds() * rate
		for done+1 <= due && !over() {
			if !one() {
				break
			}
			done++
		}
		if late := due - done - max(rate, 1); late >= 1 {
			r.stats.hold(int(late))
			done += float64(int(late))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// refresher refreshes the phones in turn, each call one.
func (r *runner) refresher() func() bool {
	next := 0
	return func() bool {
		if !r.reserve(&r.registering) {
			return false
		}
		for range r.phones {
			p := r.phones[next]
			next = (next + 1) % len(r.phones)
			if p.isRegistered() {
				p.register(opRefresh, r.cfg.Expires, func() { r.free(&r.registering) })
				return true
			}
		}
		r.free(&r.registering)
		return false
	}
}

// dialler begins a call between the next pair that has none.
func (r *runner) dialler() func() bool {
	next := 0
	return func() bool {
		if !r.reserve(&r.inviting) {
			return false
		}
		for range r.pairs {
			i := next
			next = (next + 1) % len(r.pairs)
			caller, callee := r.phones[2*i], r.phones[2*i+1]
			if !caller.isRegistered() || !callee.isRegistered() {
				continue
			}
			c := newCall(r, i, caller, callee)
			r.mu.Lock()
			free := r.pairs[i] == nil
			if free {
				r.pairs[i], r.calls[c] = c, struct{}{}
			}
			r.mu.Unlock()
			if free {
				if r.media == nil {
					c.start()
				} else {
					r.work.Go(c.start)
				}
				return true
			}
		}
		r.free(&r.inviting)
		return false
	}
}

// end hangs up, unregisters and closes, in the time that there is: two fifths of
// it for the calls, two for the registrations, and the rest for the connections.
// When the context has ended, connections are cut.
func (r *runner) end(ctx context.Context) {
	r.mu.Lock()
	r.ending = true
	var calls []*call
	for c := range r.calls {
		calls = append(calls, c)
	}
	r.mu.Unlock()
	part := r.cfg.EndTimeout * 2 / 5
	for _, c := range calls {
		c.hangUp()
	}
	r.await(ctx, part, func() bool { return len(r.calls) == 0 })
	bounded, cancel := context.WithTimeout(ctx, part)
	next := 0
	rate := max(r.cfg.RegisterRate, float64(len(r.phones))/(part.Seconds()/2+0.001))
	r.pace(bounded, rate, func() bool {
		for !r.phones[next].isRegistered() {
			if next++; next == len(r.phones) {
				return true
			}
		}
		if !r.reserve(&r.registering) {
			return false
		}
		r.phones[next].register(opUnregister, 0, func() { r.free(&r.registering) })
		next++
		return true
	}, func() bool { return next == len(r.phones) })
	r.await(bounded, part, func() bool { return r.registering == 0 })
	cancel()
	for _, p := range r.phones {
		p.leave()
	}
	gone := func() bool { return len(r.byConn) == 0 }
	if !r.await(ctx, r.cfg.EndTimeout/5, gone) {
		for _, p := range r.phones {
			p.cut()
		}
		r.await(context.WithoutCancel(ctx), time.Second, gone)
	}
	r.layer.Close()
}

// endMedia ends what sends and receives.
func (r *runner) endMedia() {
	r.mu.Lock()
	left := r.streams
	r.streams = nil
	r.mu.Unlock()
	for _, s := range left {
		s.end()
	}
	r.work.Wait()
	if r.media != nil {
		_ = r.media.Close() // Its peers are closed.
	}
}

// await waits until a condition holds, which is asked with the lock held, and
// tells whether it does.
func (r *runner) await(ctx context.Context, most time.Duration, holds func() bool) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		r.mu.Lock()
		is, changed := holds(), r.changed
		r.mu.Unlock()
		if is {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// signal is called with the lock held.
func (r *runner) signal() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *runner) reserve(outstanding *int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *outstanding >= r.cfg.MaxOutstanding {
		return false
	}
	*outstanding++
	return true
}

func (r *runner) free(outstanding *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *outstanding--; *outstanding == 0 {
		r.signal()
	}
}

func (r *runner) invited() { r.free(&r.inviting) }

func (r *runner) callOver(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, c)
	r.pairs[c.pair] = nil
	if len(r.calls) == 0 {
		r.signal()
	}
}

// count keeps the number of registered phones.
func (r *runner) count(was, is bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if is && !was {
		r.registered++
	} else if was && !is {
		r.registered--
	}
}

func (r *runner) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.byConn)
}

// connected gives a phone its connection. It is false when that has ended
// already, or comes too late.
func (r *runner) connected(p *phone, conn sip.ClientConn) bool {
	p.mu.Lock()
	p.conn, p.state = conn, phoneConnected
	p.mu.Unlock()
	r.mu.Lock()
	r.byConn[conn.ID()] = p
	ending := r.ending
	r.mu.Unlock()
	if ending {
		p.leave()
		return false
	}
	select {
	case <-conn.Done():
		// OnClose may have come before there was a phone to tell.
		r.onClose(conn)
		return false
	default:
		return true
	}
}

func (r *runner) phoneOf(conn sip.Conn) *phone {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byConn[conn.ID()]
}

func (r *runner) onMessage(conn sip.Conn, msg sip.Message) { r.layer.Receive(conn, msg) }

func (r *runner) onClose(conn sip.Conn) {
	r.mu.Lock()
	p := r.byConn[conn.ID()]
	delete(r.byConn, conn.ID())
	var lost *call
	if p != nil && p.index/2 < len(r.pairs) {
		lost = r.pairs[p.index/2]
	}
	if len(r.byConn) == 0 {
		r.signal()
	}
	r.mu.Unlock()
	if p == nil {
		return
	}
	p.gone()
	r.layer.ConnClosed(conn)
	if lost != nil && lost.caller == p {
		lost.lost()
	}
}
