package pcm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	wavHead = 44
	// maxSound is what a WAV file can hold in bytes: sizes have 32 bits.
	maxSound = math.MaxUint32 - wavHead
)

// ErrFull says that a WAV file can hold no more: it has 74 hours of sound.
var ErrFull = errors.New("pcm: the WAV file is full")

// WAVWriter writes sound into a WAV file, PCM of 16 bits at 8000 Hz, as it
// comes. The file is valid at first and after each Flush and Close.
type WAVWriter struct {
	to     io.WriteSeeker
	sound  int64
	buffer []byte
	closed bool
}

// NewWAVWriter writes the head of a file without sound. The writer stays the
// caller's to close, after Close of the WAVWriter.
func NewWAVWriter(to io.WriteSeeker) (*WAVWriter, error) {
	w := &WAVWriter{to: to}
	if _, err := to.Write(w.head()); err != nil {
		return nil, fmt.Errorf("pcm: WAV: %w", err)
	}
	return w, nil
}

func (w *WAVWriter) head() []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, wavHead), "RIFF"...)
	b = le.AppendUint32(b, uint32(wavHead-8+w.sound))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, formatPCM)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, 2*Rate)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(w.sound))
}

// WritePCM adds sound. The error is ErrFull when the file can hold no more.
func (w *WAVWriter) WritePCM(p []int16) error {
	switch {
	case w.closed:
		return ErrClosed
	case w.sound+2*int64(len(p)) > maxSound:
		return ErrFull
	}
	w.buffer = w.buffer[:0]
	for _, sample := range p {
		w.buffer = binary.LittleEndian.AppendUint16(w.buffer, uint16(sample))
	}
	n, err := w.to.Write(w.buffer)
	// Half a sample would turn all that follows into noise.
	w.sound += int64(n - n%2)
	if err != nil {
		return fmt.Errorf("pcm: WAV: %w", err)
	}
	return nil
}

// Flush makes the file valid as it is.
func (w *WAVWriter) Flush() error {
	if w.closed {
		return ErrClosed
	}
	return w.flush()
}

func (w *WAVWriter) flush() error {
	if _, err := w.to.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("pcm: WAV: %w", err)
	}
	if _, err := w.to.Write(w.head()); err != nil {
		return fmt.Errorf("pcm: WAV: %w", err)
	}
	if _, err := w.to.Seek(wavHead+w.sound, io.SeekStart); err != nil {
		return fmt.Errorf("pcm: WAV: %w", err)
	}
	return nil
}

// Close makes the file valid. A second one does nothing.
func (w *WAVWriter) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.flush()
}
