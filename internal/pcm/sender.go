package pcm

import (
	"math/rand/v2"
	"sync"

	"github.com/pion/rtp"
)

// Sender sends sound as RTP: a packet of 20 ms in G.711 every 20 ms, silence
// when there is nothing else (RFC 3551 §4.2).
type Sender struct {
	law   Law
	write func(*rtp.Packet) error
	pacer pacer

	mu     sync.Mutex
	source Reader
	onEnd  func()
	// serial is another number for each source.
	serial int
	muted  bool

	// Those below belong to the beat.
	frame     [FrameSamples]int16
	sequence  uint16
	timestamp uint32
	begun     bool
}

// NewSender makes a sender of silence; Start begins. The packets handed to
// write are its own; an error of it loses the packet, as a wire would.
func NewSender(law Law, clock Clock, write func(*rtp.Packet) error) *Sender {
	s := &Sender{law: law, write: write, sequence: uint16(rand.Uint32()), timestamp: rand.Uint32()}
	s.pacer = pacer{clock: clock, step: s.beat}
	return s
}

// Start begins to send. It does nothing when that has begun.
func (s *Sender) Start() { s.pacer.begin() }

// Stop ends it; no packet is written after it returns. It may be started again.
// write and onEnd must not call it.
func (s *Sender) Stop() { s.pacer.end() }

// Play sends a source from the next packet on, in the place of the one before;
// nil is silence. onEnd, which may be nil, is called once when the source has
// ended or failed, not when another takes its place; silence follows. A source
// that is being read when another takes its place is read to the end of that
// frame, which is not sent: Play does not wait for it.
func (s *Sender) Play(source Reader, onEnd func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source, s.onEnd = source, onEnd
	s.serial++
}

// Mute sends silence while the source goes on.
func (s *Sender) Mute(muted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = muted
}

func (s *Sender) beat(skipped int) {
	ended := s.fill()
	s.timestamp += uint32(skipped) * FrameSamples
	packet := &rtp.Packet{
		Header: rtp.Header{
			Version: 2,
			// The first packet after a gap (RFC 3551 §4.1).
			Marker:         !s.begun || skipped > 0,
			PayloadType:    uint8(s.law),
			SequenceNumber: s.sequence,
			Timestamp:      s.timestamp,
		},
		Payload: s.law.Encode(make([]byte, 0, FrameSamples), s.frame[:]),
	}
	s.begun = true
	s.sequence++
	s.timestamp += FrameSamples
	_ = s.write(packet)
	if ended != nil {
		ended()
	}
}

// fill takes the next frame from the source, and gives what is to be called
// when it has ended.
func (s *Sender) fill() (ended func()) {
	s.mu.Lock()
	source, serial := s.source, s.serial
	s.mu.Unlock()
	clear(s.frame[:])
	n, over := 0, false
	// Without the lock: a source that blocks holds up nobody else.
	for source != nil && n < len(s.frame) && !over {
		got, err := source.ReadPCM(s.frame[n:])
		n += min(max(got, 0), len(s.frame)-n)
		if over = err != nil; got <= 0 {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if over && serial == s.serial {
		ended, s.source, s.onEnd = s.onEnd, nil, nil
	}
	if s.muted || serial != s.serial {
		clear(s.frame[:])
	}
	return ended
}

// Recorder takes a frame of 20 ms out of a source every 20 ms, as out of a
// Receiver, and writes it.
type Recorder struct {
	pacer pacer

	mu  sync.Mutex
	err error
}

// NewRecorder makes one; Start begins. It ends with the first error of the
// source or the writer, io.EOF among them.
func NewRecorder(clock Clock, from Reader, to Writer) *Recorder {
	r := &Recorder{}
	frame := make([]int16, FrameSamples)
	r.pacer = pacer{clock: clock, step: func(int) {
		if r.Err() != nil {
			return
		}
		n, err := from.ReadPCM(frame)
		if n > 0 {
			if failed := to.WritePCM(frame[:n]); failed != nil {
				err = failed
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.err = err
	}}
	return r
}

// Start begins to record.
func (r *Recorder) Start() { r.pacer.begin() }

// Stop ends it; nothing is written after it returns.
func (r *Recorder) Stop() { r.pacer.end() }

// Err is what has ended the recording, nil while it goes on.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
