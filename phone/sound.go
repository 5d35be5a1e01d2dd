package phone

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/pion/rtp"

	"webphone/internal/pcm"
)

// PCM sound: 16 bits, one channel, SampleRate samples a second.
const SampleRate = pcm.Rate

// FrameSamples is a frame of 20 ms.
const FrameSamples = pcm.FrameSamples

type (
	// PCMReader is a source of PCM sound. ReadPCM fills p as far as there is sound
	// and gives the number of samples; io.EOF is the end. It must not block: a
	// call that waits for it says nothing.
	PCMReader = pcm.Reader
	// PCMWriter takes PCM sound: all of p, or it gives an error. It must not keep p.
	PCMWriter = pcm.Writer
	// WAVWriter writes a WAV file; Close completes it.
	WAVWriter = pcm.WAVWriter
)

// Tone is a sine of hz at a level in dBFS, where 0 is the loudest sine there can
// be (AES17). A duration of 0 has no end.
func Tone(hz, dbfs float64, d time.Duration) PCMReader { return pcm.Tone(hz, dbfs, d) }

// Silence lasts d; a duration of 0 has no end.
func Silence(d time.Duration) PCMReader { return pcm.Silence(d) }

// NewWAVReader reads a WAV file: PCM of 8 or 16 bits, A-law or µ-law, mono or
// stereo, of any rate, which becomes SampleRate.
func NewWAVReader(r io.Reader) (PCMReader, error) { return pcm.NewWAVReader(r) }

// NewWAVWriter writes a WAV file of 16-bit PCM at SampleRate.
func NewWAVWriter(w io.WriteSeeker) (*WAVWriter, error) { return pcm.NewWAVWriter(w) }

// Play says what a source gives, in time, and returns when its end is said. It
// waits for the answer, or for early media, and for what others play. The error
// is the source's, the context's, or ErrUnsupported where the call is over or its
// codec is neither PCMU nor PCMA.
func (c *Call) Play(ctx context.Context, source PCMReader) error { return c.audio.play(ctx, source) }

// Record gives a writer a frame of 20 ms every 20 ms of what is heard, silence
// where nothing comes. Several writers may listen. It returns what ends it. A
// writer that gives an error gets no more.
func (c *Call) Record(w PCMWriter) (stop func()) { return c.audio.record(w) }

// OnRTP gives f each audio packet that comes (RFC 3550), in the order of arrival.
// The packet is shared with others who listen. It returns what ends that.
func (c *Call) OnRTP(f func(*rtp.Packet)) (stop func()) { return c.audio.listen(f) }

// WriteRTP sends an audio packet. Sequence number and timestamp are the
// program's; SSRC and payload type are set by the call. From the first packet on
// the call says nothing by itself.
func (c *Call) WriteRTP(packet *rtp.Packet) error { return c.audio.write(packet) }

// Codec is the audio codec that was agreed, such as PCMU; empty before.
func (c *Call) Codec() string {
	if p := c.current(); p != nil {
		return p.Codec()
	}
	return ""
}

// ClockRate is that of the timestamps in WriteRTP, in Hz; 0 before there is a codec.
func (c *Call) ClockRate() int {
	if p := c.current(); p != nil {
		return p.ClockRate()
	}
	return 0
}

func (c *Call) current() (p peer) {
	c.phone.loop.run(func() { p = c.peer })
	return p
}

// meterSamples are those that a Meter looks at: 200 ms.
const meterSamples = SampleRate / 5

// Meter is a PCMWriter that tells how loud the last 200 ms are, and their
// strongest frequency.
type Meter struct {
	mu     sync.Mutex
	last   [meterSamples]int16
	frames int
}

// NewMeter makes one.
func NewMeter() *Meter { return &Meter{} }

// WritePCM implements PCMWriter.
func (m *Meter) WritePCM(p []int16) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frames++
	p = p[max(0, len(p)-meterSamples):]
	copy(m.last[:], m.last[len(p):])
	copy(m.last[meterSamples-len(p):], p)
	return nil
}

// Frames counts what was written so far.
func (m *Meter) Frames() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frames
}

// Read is the level in dBFS, -100 for digital silence, and the strongest
// frequency in Hz, 0 where there is none.
func (m *Meter) Read() (dbfs, hz float64) {
	m.mu.Lock()
	last := m.last
	m.mu.Unlock()
	dbfs = pcm.Level(last[:])
	hz, _ = pcm.Strongest(last[:])
	return dbfs, hz
}
