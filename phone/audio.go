package phone

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/pion/rtp"

	"webphone/internal/pcm"
)

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

// end says that the call is over. It may wait for a source or a writer of the
// program.
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
	if sender != nil {
		sender.Stop()
	}
	if recorder != nil {
		recorder.Stop()
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
		f(packet)
	}
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
	watched := &watchedReader{source: source}
	ended := make(chan struct{})
	if err := a.say(watched, func() { close(ended) }); err != nil {
		return err
	}
	defer func() { _ = a.say(nil, nil) }()
	select {
	case <-ended:
		return watched.failure()
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

// watchedReader keeps why a source has ended.
type watchedReader struct {
	source PCMReader
	mu     sync.Mutex
	err    error
}

// ReadPCM implements PCMReader.
func (w *watchedReader) ReadPCM(p []int16) (int, error) {
	n, err := w.source.ReadPCM(p)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.err = err
	}
	return n, err
}

func (w *watchedReader) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(w.err, io.EOF) {
		return nil
	}
	return w.err
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
		if err := w.WritePCM(frame); err != nil {
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
