package pcm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrWAV says that a file is not a WAV file that can be read.
var ErrWAV = errors.New("pcm: not a usable WAV file")

// Formats of a WAV file (RFC 2361 §3).
const (
	formatPCM        = 1
	formatALaw       = 6
	formatMuLaw      = 7
	formatExtensible = 0xfffe
)

// Bounds of what comes before the sound in a file.
const (
	maxChunks     = 64
	maxChunkBytes = 1 << 20
	maxFormat     = 64
	minRate       = 4000
	maxRate       = 192_000
)

// WAVReader reads a WAV file as sound of 8000 Hz.
type WAVReader struct {
	from io.Reader
	// left are the bytes of sound that are still to come; endless says that the
	// file was written to a pipe and does not know.
	left     int64
	endless  bool
	format   uint16
	bits     uint16
	channels int
	block    int
	buffer   []byte
	samples  []int16
	resample *resampler
}

// NewWAVReader reads the head of a WAV file: PCM of 8 or 16 bits, A-law or
// µ-law, of one channel or two, which are mixed, at 4000 to 192000 Hz. Before
// the sound there may be 64 other chunks of 1 MiB. The error is ErrWAV for
// another file, and io.ErrUnexpectedEOF of ReadPCM for one that is cut short.
func NewWAVReader(from io.Reader) (*WAVReader, error) {
	w := &WAVReader{from: from}
	var head [12]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, bad("no head", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, bad("no RIFF of WAVE", nil)
	}
	for range maxChunks {
		var chunk [8]byte
		if _, err := io.ReadFull(from, chunk[:]); err != nil {
			return nil, bad("no sound in it", err)
		}
		size := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			if err := w.readFormat(size); err != nil {
				return nil, err
			}
		case "data":
			if w.block == 0 {
				return nil, bad("sound before its format", nil)
			}
			w.left, w.endless = size, size == 0xffffffff
			if !w.endless && size%int64(w.block) != 0 {
				return nil, bad("its sound ends within a sample", nil)
			}
			return w, nil
		default:
			if size > maxChunkBytes {
				return nil, bad("a chunk of more than 1 MiB", nil)
			}
			// Chunks begin at even places.
			if _, err := io.CopyN(io.Discard, from, size+size%2); err != nil {
				return nil, bad("cut short", err)
			}
		}
	}
	return nil, bad("more than 64 chunks", nil)
}

func bad(what string, cause error) error {
	if cause != nil {
		return fmt.Errorf("%w: %s: %w", ErrWAV, what, cause)
	}
	return fmt.Errorf("%w: %s", ErrWAV, what)
}

func (w *WAVReader) readFormat(size int64) error {
	if w.block != 0 || size < 16 || size > maxFormat {
		return bad("its format chunk", nil)
	}
	chunk := make([]byte, size+size%2)
	if _, err := io.ReadFull(w.from, chunk); err != nil {
		return bad("cut short", err)
	}
	at := binary.LittleEndian.Uint16
	w.format, w.channels, w.bits = at(chunk), int(at(chunk[2:])), at(chunk[14:])
	rate := int(binary.LittleEndian.Uint32(chunk[4:]))
	if w.format == formatExtensible {
		if size < 40 {
			return bad("its format chunk", nil)
		}
		// The first bytes of the identifier are the format.
		w.format = at(chunk[24:])
	}
	switch {
	case w.channels < 1 || w.channels > 2:
		return bad(fmt.Sprintf("%d channels (1 and 2 are read)", w.channels), nil)
	case rate < minRate || rate > maxRate:
		return bad(fmt.Sprintf("%d Hz (4000 to 192000 are read)", rate), nil)
	case w.format == formatPCM && (w.bits == 8 || w.bits == 16):
	case (w.format == formatALaw || w.format == formatMuLaw) && w.bits == 8:
	default:
		return bad(fmt.Sprintf("format %d of %d bits (PCM of 8 or 16, A-law and µ-law are read)", w.format, w.bits), nil)
	}
	w.block = w.channels * int(w.bits) / 8
	if int(at(chunk[12:])) != w.block {
		return bad("its block size", nil)
	}
	w.resample = newResampler(rate, w.read)
	return nil
}

// ReadPCM gives the sound, io.EOF at its end.
func (w *WAVReader) ReadPCM(p []int16) (int, error) { return w.resample.ReadPCM(p) }

// read gives samples of one channel at the rate of the file.
func (w *WAVReader) read(p []int16) (int, error) {
	want := len(p) * w.block
	if !w.endless {
		want = int(min(int64(want), w.left))
	}
	if want == 0 {
		return 0, io.EOF
	}
	if len(w.buffer) < want {
		w.buffer = make([]byte, want)
	}
	got, err := io.ReadFull(w.from, w.buffer[:want])
	w.left -= int64(got)
	switch {
	case err == nil:
	case w.endless && errors.Is(err, io.ErrUnexpectedEOF):
		err = nil
	case !w.endless && (err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF)):
		err = io.ErrUnexpectedEOF
	}
	n := got / w.block
	w.decode(p[:n], w.buffer[:n*w.block])
	return n, err
}

// decode mixes the channels into one.
func (w *WAVReader) decode(p []int16, raw []byte) {
	switch {
	case w.format == formatALaw:
		w.samples = A.Decode(w.samples[:0], raw)
	case w.format == formatMuLaw:
		w.samples = Mu.Decode(w.samples[:0], raw)
	case w.bits == 8:
		w.samples = w.samples[:0]
		for _, b := range raw {
			w.samples = append(w.samples, (int16(b)-128)<<8)
		}
	default:
		w.samples = w.samples[:0]
		for i := 0; i+1 < len(raw); i += 2 {
			w.samples = append(w.samples, int16(binary.LittleEndian.Uint16(raw[i:])))
		}
	}
	for i := range p {
		sum := 0
		for _, sample := range w.samples[i*w.channels : (i+1)*w.channels] {
			sum += int(sample)
		}
		p[i] = int16(sum / w.channels)
	}
}
