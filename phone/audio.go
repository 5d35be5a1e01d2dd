package phone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtp"

	"webphone/internal/pcm"
)

// sourceLimit is how long the end of a call, and of Play, waits for a source or a
// writer of the program that blocks, though it must not: then it goes on without.
const sourceLimit = time.Second

// audio is what a call says and hears.
type audio struct {
	call *Call
	// turn is held by the one who plays.
	turn chan struct{}
	// ready is closed when there is a codec, over when the call is over.
	ready, over chan struct{}

	mu      sync.Mutex
	peer    peer
	law     pcm.Law
	isPCM   bool
	stopped bool
	// held tells that the call is on hold: the other side hears nothing of us.
	held bool
	// raw tells that the program writes RTP itself.
	raw       bool
	sender    *pcm.Sender
	source    pcm.Reader
	onEnd     func()
	receiver  *pcm.Receiver
	recorder  *pcm.Recorder
	serial    int
	writers   map[int]PCMWriter
	listeners map[int]func(*rtp.Packet)
}

func newAudio(c *Call) *audio {
	return &audio{
		call: c, turn: make(chan struct{}, 1), ready: make(chan struct{}), over: make(chan struct{}),
		writers: map[int]PCMWriter{}, listeners: map[int]func(*rtp.Packet){},
	}
}

// begin says that something was agreed: the call says silence until it is given
// something to say.
func (a *audio) begin(p peer) {
	a.mu.Lock()
	a.held = p.Held()
	a.hush()
	a.mu.Unlock()
	law, isPCM := pcm.Mu, true
	switch p.Codec() {
	case "PCMU":
	case "PCMA":
		law = pcm.A
	case "":
		return
	default:
		isPCM = false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped || a.peer == p && a.law == law && a.isPCM == isPCM {
		return
	}
	if a.peer == nil {
		close(a.ready)
	}
	a.peer, a.law, a.isPCM = p, law, isPCM
	old := a.sender
	a.sender = nil
	if old != nil {
		go old.Stop()
	}
	if isPCM && !a.raw {
		a.sender = pcm.NewSender(law, pcm.SystemClock{}, p.WriteRTP)
		a.hush()
		a.sender.Play(a.source, a.onEnd)
		a.sender.Start()
	}
}

// end says that the call is over. It waits for a source or a writer of the
// program, up to sourceLimit.
func (a *audio) end() {
	a.mu.Lock()
	if a.stopped {
		a.mu.Unlock()
		return
	}
	a.stopped = true
	close(a.over)
	sender, recorder := a.sender, a.recorder
	a.mu.Unlock()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if sender != nil {
			sender.Stop()
		}
		if recorder != nil {
			recorder.Stop()
		}
	}()
	select {
	case <-stopped:
	case <-time.After(sourceLimit):
	}
}

func (a *audio) mute(muted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.call.muted.Store(muted)
	a.hush()
}

// hush is called with the lock held.
func (a *audio) hush() {
	if a.sender != nil {
		a.sender.Mute(a.held || a.call.muted.Load())
	}
}

// received takes a packet of the other side.
func (a *audio) received(packet *rtp.Packet) {
	a.mu.Lock()
	receiver := a.receiver
	listeners := make([]func(*rtp.Packet), 0, len(a.listeners))
	for _, f := range a.listeners {
		listeners = append(listeners, f)
	}
	a.mu.Unlock()
	if receiver != nil {
		receiver.Push(packet)
	}
	for _, f := range listeners {
		if err := guarded(func() error { f(packet); return nil }); err != nil {
			a.call.phone.failed(err)
		}
	}
}

// guarded turns a panic of the program's own code into an error: that one call
// goes wrong is no reason to end all others.
func guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Error{ErrInternal, "A function of the program panicked. Look at the cause.", 0, fmt.Errorf("panic: %v", r)}
		}
	}()
	return f()
}

// play says a source and waits for its end.
func (a *audio) play(ctx context.Context, source PCMReader) error {
	for _, step := range []func() bool{
		func() bool {
			select {
			case a.turn <- struct{}{}:
				return true
			case <-ctx.Done():
			case <-a.over:
			}
			return false
		},
		func() bool {
			select {
			case <-a.ready:
				return true
			case <-ctx.Done():
			case <-a.over:
			}
			<-a.turn
			return false
		},
	} {
		if !step() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return notUp()
		}
	}
	defer func() { <-a.turn }()
	watched := newWatchedReader(source)
	if err := a.say(watched, nil); err != nil {
		return err
	}
	defer func() {
		_ = a.say(nil, nil)
		watched.leave()
	}()
	select {
	case <-watched.ended:
		return watched.err
	case <-ctx.Done():
		return ctx.Err()
	case <-a.over:
		return notUp()
	}
}

// say gives the call another source; nil is silence.
func (a *audio) say(source pcm.Reader, onEnd func()) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.source, a.onEnd = source, onEnd
	switch {
	case source != nil && !a.isPCM:
		a.source, a.onEnd = nil, nil
		return fault(ErrUnsupported, "The codec of this call is not PCMU or PCMA. Send RTP, or set Codecs.")
	case source != nil && a.raw:
		a.source, a.onEnd = nil, nil
		return fault(ErrUnsupported, "RTP was written to this call, so that it takes no PCM any more.")
	case a.sender != nil:
		a.sender.Play(source, onEnd)
	}
	return nil
}

// record gives a writer what is heard.
func (a *audio) record(w PCMWriter) (stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := a.serial
	a.serial++
	a.writers[id] = w
	if a.recorder == nil && !a.stopped {
		a.receiver = pcm.NewReceiver()
		a.recorder = pcm.NewRecorder(pcm.SystemClock{}, a.receiver, a)
		a.recorder.Start()
	}
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.writers, id)
	}
}

// WritePCM gives a frame to all writers. One that fails gets no more.
func (a *audio) WritePCM(frame []int16) error {
	a.mu.Lock()
	writers := make(map[int]PCMWriter, len(a.writers))
	for id, w := range a.writers {
		writers[id] = w
	}
	a.mu.Unlock()
	for id, w := range writers {
		if err := guarded(func() error { return w.WritePCM(frame) }); err != nil {
			a.mu.Lock()
			delete(a.writers, id)
			a.mu.Unlock()
			a.call.phone.failed(&Error{ErrInternal, "What is heard could not be written. Look at the cause.", 0, err})
		}
	}
	return nil
}

// listen gives f each packet that comes.
func (a *audio) listen(f func(*rtp.Packet)) (stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := a.serial
	a.serial++
	a.listeners[id] = f
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.listeners, id)
	}
}

// write sends a packet of the program.
func (a *audio) write(packet *rtp.Packet) error {
	a.mu.Lock()
	a.raw = true
	sender, current, over, held := a.sender, a.peer, a.stopped, a.held
	a.sender = nil
	a.mu.Unlock()
	if sender != nil {
		sender.Stop()
	}
	switch {
	case over || current == nil:
		return notUp()
	case held || a.call.muted.Load():
		return nil
	}
	if err := current.WriteRTP(packet); err != nil {
		return errorOf(err)
	}
	return nil
}
