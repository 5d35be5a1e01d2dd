// Package pcm is sound as a telephone has it: linear samples of 16 bits, one
// channel at 8000 Hz. It turns WAV files, tones and G.711 in RTP into it and
// back, and measures it. It knows no network and no call.
package pcm

import (
	"errors"
	"time"
)

const (
	// Rate is the number of samples in a second.
	Rate = 8000
	// FrameTime is how much sound an RTP packet carries, and FrameSamples as
	// samples.
	FrameTime    = 20 * time.Millisecond
	FrameSamples = 160
)

// ErrClosed says that a writer or receiver is closed.
var ErrClosed = errors.New("pcm: closed")

// Reader is a source of sound, mono at 8000 Hz.
type Reader interface {
	// ReadPCM fills p as far as there is sound and gives the number of samples;
	// io.EOF is the end. A source that paces a call must not block.
	ReadPCM(p []int16) (n int, err error)
}

// Writer takes sound, mono at 8000 Hz.
type Writer interface {
	// WritePCM takes all of p, or gives an error. It must not keep p.
	WritePCM(p []int16) error
}

// samplesIn is the number of samples in a time.
func samplesIn(d time.Duration) int64 { return int64(d) * Rate / int64(time.Second) }
