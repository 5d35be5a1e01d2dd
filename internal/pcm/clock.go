package pcm

import (
	"sync"
	"time"
)

// Clock is the source of time, so that tests need none.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once, on a goroutine of its own, when d has passed, unless
	// stop is called before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// SystemClock is the clock of the operating system.
type SystemClock struct{}

// Now is the time.
func (SystemClock) Now() time.Time { return time.Now() }

// AfterFunc is that of package time.
func (SystemClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// maxBehind is how far a beat may lag behind and still catch up.
const maxBehind = 200 * time.Millisecond

// pacer calls step every 20 ms: the nth time n · 20 ms after the start, so that
// it does not drift. When the machine has slept, it skips what it has missed.
type pacer struct {
	clock Clock
	// step is told how many beats were skipped before this one.
	step func(skipped int)

	mu      sync.Mutex
	running bool
	start   time.Time
	beats   time.Duration
	cancel  func() bool
	// turn is held while step runs, for Stop to wait for.
	turn sync.Mutex
}

func (p *pacer) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running {
		p.running, p.start, p.beats = true, p.clock.Now(), 0
		p.cancel = p.clock.AfterFunc(0, p.beat)
	}
}

// end stops; no step runs when it returns. step must not call it.
func (p *pacer) end() {
	p.mu.Lock()
	if p.running {
		p.running = false
		p.cancel()
	}
	p.mu.Unlock()
	p.turn.Lock()
	defer p.turn.Unlock()
}

func (p *pacer) beat() {
	p.turn.Lock()
	defer p.turn.Unlock()
	for {
		p.mu.Lock()
		if !p.running {
			p.mu.Unlock()
			return
		}
		behind := p.clock.Now().Sub(p.start.Add(p.beats * FrameTime))
		if behind < 0 {
			p.cancel = p.clock.AfterFunc(-behind, p.beat)
			p.mu.Unlock()
			return
		}
		skipped := time.Duration(0)
		if behind > maxBehind {
			skipped = behind / FrameTime
		}
		p.beats += skipped + 1
		p.mu.Unlock()
		p.step(int(skipped))
	}
}
