package pcm

import (
	"io"
	"sync"
	"time"

	"github.com/pion/rtp"
)

const (
	// playoutDelay is what packets may be late by without a gap.
	playoutDelay = 60 * time.Millisecond
	// maxBuffered bounds what a receiver holds; beyond, the oldest is skipped.
	maxBuffered = 200 * time.Millisecond
)

var (
	delaySamples  = int(samplesIn(playoutDelay))
	bufferSamples = int(samplesIn(maxBuffered))
)

// Receiver turns RTP packets of G.711 into even sound: a jitter buffer of at
// most 200 ms. It puts packets in order by their timestamps, fills what is lost
// with the sound before it, fading within 60 ms, and is silent then. It is a
// Reader that always has sound; who reads sets the pace.
type Receiver struct {
	mu      sync.Mutex
	started bool
	ssrc    uint32
	// next is the timestamp of the next sample to be read, and samples what
	// follows it where known says so.
	next    uint32
	samples []int16
	known   []bool
	scratch []int16
	// empty counts the samples that were read since the last known one.
	empty int
	// last is a ring of the sound before a gap, at its oldest, and gap how long
	// that is.
	last   [FrameSamples]int16
	at     int
	filled int
	gap    int
	stats  ReceiverStats
	closed bool
}

// ReceiverStats count packets, and samples that were made up.
type ReceiverStats struct {
	Packets, Late, Skipped int
	Concealed              int
}

// NewReceiver makes one.
func NewReceiver() *Receiver {
	return &Receiver{samples: make([]int16, bufferSamples), known: make([]bool, bufferSamples)}
}

// Push takes a packet. One that is not G.711, holds no sound or more than 200 ms
// is left out.
func (r *Receiver) Push(packet *rtp.Packet) {
	law, ok := LawOf(packet.PayloadType)
	if !ok || len(packet.Payload) == 0 || len(packet.Payload) > bufferSamples {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.stats.Packets++
	offset := int(int32(packet.Timestamp - r.next))
	length := len(packet.Payload)
	switch {
	case !r.started || packet.SSRC != r.ssrc || r.empty > bufferSamples,
		offset > 2*bufferSamples || offset < -2*bufferSamples:
		// A sender that begins, or begins again.
		r.restart(packet)
		offset = delaySamples
		length = min(length, bufferSamples-offset)
	case offset+length <= 0:
		r.stats.Late++
		return
	case offset+length > bufferSamples:
		// The sender is faster than the reader, or has sent at once what was held
		// up: the oldest goes.
		skip := offset + length - bufferSamples
		r.stats.Skipped++
		r.advance(skip)
		offset -= skip
	}
	r.scratch = law.Decode(r.scratch[:0], packet.Payload)
	for i, sample := range r.scratch[:length] {
		if at := offset + i; at >= 0 {
			r.samples[at], r.known[at] = sample, true
		}
	}
	r.empty = 0
}

func (r *Receiver) restart(packet *rtp.Packet) {
	r.started, r.ssrc = true, packet.SSRC
	r.next = packet.Timestamp - uint32(delaySamples)
	clear(r.known)
	r.empty, r.filled = 0, 0
}

// advance forgets the next n samples.
func (r *Receiver) advance(n int) {
	gone := min(n, bufferSamples)
	copy(r.samples, r.samples[gone:])
	copy(r.known, r.known[gone:])
	clear(r.known[bufferSamples-gone:])
	r.next += uint32(n)
}

// ReadPCM fills p, and gives io.EOF only after Close.
func (r *Receiver) ReadPCM(p []int16) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, io.EOF
	}
	for start := 0; start < len(p); start += FrameSamples {
		part := p[start:min(len(p), start+FrameSamples)]
		for i := range part {
			part[i] = r.sample(i)
		}
		if r.started {
			r.advance(len(part))
		}
	}
	return len(p), nil
}

// sample gives the ith sample from next on.
func (r *Receiver) sample(i int) int16 {
	if r.started && r.known[i] {
		r.empty, r.gap = 0, 0
		r.last[r.at] = r.samples[i]
		r.at = (r.at + 1) % FrameSamples
		r.filled = min(r.filled+1, FrameSamples)
		return r.samples[i]
	}
	r.empty++
	if r.filled < FrameSamples || r.gap >= 3*FrameSamples {
		return 0
	}
	// The frame before, fading to nothing over three frames.
	sample := int(r.last[(r.at+r.gap)%FrameSamples]) * (3*FrameSamples - r.gap) / (3 * FrameSamples)
	r.gap++
	r.stats.Concealed++
	return int16(sample)
}

// Stats are the counts so far.
func (r *Receiver) Stats() ReceiverStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Close ends the sound.
func (r *Receiver) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return nil
}
