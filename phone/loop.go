package phone

import (
	"bytes"
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"webphone/internal/sip"
)

// loop runs what the phone does: one piece at a time, in the order in which it
// was posted, so that state needs no locks and callbacks from below can come
// from any goroutine. It has a goroutine only while there is something to do.
// Nothing that runs on it may block.
type loop struct {
	clock sip.Clock

	mu    sync.Mutex
	queue []func()
	busy  bool
	work  int // pieces of async work under way
	count int // of what was posted so far
	quiet *sync.Cond
	// runner is the goroutine that runs a piece, 0 for none.
	runner atomic.Int64
	// known tells that runner is kept.
	known bool
}

func newLoop(clock sip.Clock) *loop {
	l := &loop{clock: clock}
	l.quiet = sync.NewCond(&l.mu)
	return l
}

func (l *loop) post(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, f)
	l.count++
	if !l.busy {
		l.busy = true
		go l.drain()
	}
}

func (l *loop) drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		f := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		if l.known {
			l.runner.Store(goroutine())
		}
		f()
		l.runner.Store(0)
		l.mu.Lock()
	}
	l.queue, l.busy = nil, false
	l.quiet.Broadcast()
}

// run posts and waits until f has run. It must not be called on the loop.
func (l *loop) run(f func()) {
	done := make(chan struct{})
	l.post(func() {
		defer close(done)
		f()
	})
	<-done
}

// settle waits until nothing is queued and no async work is under way, as long
// as ctx lets it.
func (l *loop) settle(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.quiet.Broadcast()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for (l.busy || l.work > 0) && ctx.Err() == nil {
		l.quiet.Wait()
	}
}

// waiting is how many pieces wait for their turn.
func (l *loop) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// flush is called by a piece that is running: what waits runs within it.
func (l *loop) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.queue) > 0 {
		f := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		f()
		l.mu.Lock()
	}
}

// goroutine is the number of the one that calls, as its stack trace begins with
// it: "goroutine 7 [running]:".
func goroutine() int64 {
	var buffer [64]byte
	fields := bytes.Fields(buffer[:runtime.Stack(buffer[:], false)])
	n, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return n
}

// posted counts what was posted so far.
func (l *loop) posted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// async does on a goroutine of its own what may take long, and goes on with the
// result on the loop.
func async[T any](l *loop, work func() (T, error), then func(T, error)) {
	l.mu.Lock()
	l.work++
	l.mu.Unlock()
	go func() {
		value, err := work()
		l.post(func() { then(value, err) })
		l.mu.Lock()
		l.work--
		l.quiet.Broadcast()
		l.mu.Unlock()
	}()
}

// alarm is something that is to happen on the loop later.
type alarm struct {
	timer sip.Timer
	over  bool
}

func (l *loop) after(d time.Duration, f func()) *alarm {
	a := &alarm{}
	a.timer = l.clock.AfterFunc(d, func() {
		l.post(func() {
			if !a.over {
				a.over = true
				f()
			}
		})
	})
	return a
}

// stop is called on the loop; f does not run after it. A nil alarm is none.
func (a *alarm) stop() {
	if a != nil {
		a.over = true
		a.timer.Stop()
	}
}
