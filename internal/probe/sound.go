package probe

import (
	"math"
	"os"
	"sync"

	"webphone/phone"
)

// ear keeps the loudest moment of what is heard.
type ear struct {
	mu        sync.Mutex
	meter     *phone.Meter
	frames    int
	level, hz float64
}

func newEar() *ear { return &ear{meter: phone.NewMeter(), level: -100} }

// WritePCM implements phone.PCMWriter. It looks five times a second.
func (e *ear) WritePCM(p []int16) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frames++
	if err := e.meter.WritePCM(p); err != nil {
		return err
	}
	if e.frames%10 == 0 {
		if level, hz := e.meter.Read(); level > e.level {
			e.level, e.hz = level, hz
		}
	}
	return nil
}

func (e *ear) heard() *Heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &Heard{
		Level: math.Round(e.level*10) / 10, Frequency: math.Round(e.hz), Seconds: math.Round(float64(e.frames)*100*phone.FrameSamples/phone.SampleRate) / 100,
	}
}

// recording is a WAV file that is written; one without a name is none.
type recording struct {
	file   *os.File
	writer *phone.WAVWriter
	mu     sync.Mutex
	closed bool
	err    error
}

func create(name string) (*recording, error) {
	if name == "" {
		return &recording{closed: true}, nil
	}
	// What was said is nobody else's.
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	writer, err := phone.NewWAVWriter(file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &recording{file: file, writer: writer}, nil
}

// WritePCM implements phone.PCMWriter.
func (r *recording) WritePCM(p []int16) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.err = r.writer.WritePCM(p)
	return r.err
}

// failure is why writing has failed.
func (r *recording) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close completes the file.
func (r *recording) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	err := r.writer.Close()
	if closing := r.file.Close(); err == nil {
		err = closing
	}
	return err
}

// echoDelay bounds what an echo holds back: half a second.
const echoDelay = phone.SampleRate / 2

// echo says what it hears.
type echo struct {
	mu      sync.Mutex
	samples []int16
}

// WritePCM implements phone.PCMWriter.
func (e *echo) WritePCM(p []int16) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.samples = append(e.samples, p...)
	if over := len(e.samples) - echoDelay; over > 0 {
		e.samples = append(e.samples[:0], e.samples[over:]...)
	}
	return nil
}

// ReadPCM implements phone.PCMReader; it has no end.
func (e *echo) ReadPCM(p []int16) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(p)
	n := copy(p, e.samples)
	e.samples = append(e.samples[:0], e.samples[n:]...)
	return len(p), nil
}
