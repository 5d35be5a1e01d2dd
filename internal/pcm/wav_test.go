package pcm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// wavFile writes a file as another program would.
func wavFile(format, channels uint16, rate uint32, bits uint16, sound []byte, extra ...byte) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVE"), extra...)
	b = append(b, "fmt \x10\x00\x00\x00"...)
	b = le.AppendUint16(b, format)
	b = le.AppendUint16(b, channels)
	b = le.AppendUint32(b, rate)
	block := channels * bits / 8
	b = le.AppendUint32(b, rate*uint32(block))
	b = le.AppendUint16(b, block)
	b = le.AppendUint16(b, bits)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(len(sound)))
	return append(b, sound...)
}

// sine is a second of a tone of half the full scale at a rate.
func sine(hz float64, rate int) []int16 {
	p := make([]int16, rate)
	for i := range p {
		p[i] = int16(fullScale / 2 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return p
}

func bytes16(p []int16, channels int) (b []byte) {
	for _, sample := range p {
		for range channels {
			b = binary.LittleEndian.AppendUint16(b, uint16(sample))
		}
	}
	return b
}

func readAll(t *testing.T, file []byte) []int16 {
	t.Helper()
	r, err := NewWAVReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var all []int16
	p := make([]int16, 333)
	for {
		n, err := r.ReadPCM(p)
		all = append(all, p[:n]...)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const half = -6.02

func TestWAVFilesOfAllKindsSoundTheSame(t *testing.T) {
	files := map[string][]byte{
		"A-law":  wavFile(6, 1, 8000, 8, A.Encode(nil, sine(440, 8000))),
		"µ-law":  wavFile(7, 1, 8000, 8, Mu.Encode(nil, sine(440, 8000))),
		"chunks": wavFile(1, 1, 8000, 16, bytes16(sine(440, 8000), 1), []byte("LIST\x03\x00\x00\x00abc\x00")...),
	}
	var eight []byte
	for _, sample := range sine(440, 8000) {
		eight = append(eight, byte(sample>>8)+128)
	}
	files["8 bits"] = wavFile(1, 1, 8000, 8, eight)
	for _, rate := range []int{4000, 8000, 11025, 44100, 48000, 192000} {
		for channels := range 2 {
			files[fmt.Sprintf("%d Hz, %d channels", rate, channels+1)] =
				wavFile(1, uint16(channels+1), uint32(rate), 16, bytes16(sine(440, rate), channels+1))
		}
	}
	for name, file := range files {
		p := readAll(t, file)
		if len(p) != Rate || !near(p[Rate/4:3*Rate/4], 440, half) {
			hz, level := Strongest(p[Rate/4 : 3*Rate/4])
			t.Errorf("%s: %d samples, %.0f Hz at %.1f dBFS", name, len(p), hz, level)
		}
	}
}

func TestAnotherRateLetsNothingThroughThatTheTelephoneCannotCarry(t *testing.T) {
	p := readAll(t, wavFile(1, 1, 48000, 16, bytes16(sine(6000, 48000), 1)))
	if level := Level(p[Rate/4 : 3*Rate/4]); level > -60 {
		t.Errorf("6000 Hz come back at %.1f dBFS", level)
	}
	p = readAll(t, wavFile(1, 1, 48000, 16, bytes16(sine(3400, 48000), 1)))
	if !near(p[Rate/4:3*Rate/4], 3400, half) {
		t.Errorf("3400 Hz come back at %.1f dBFS", Level(p[Rate/4:3*Rate/4]))
	}
}

func TestAnExtensibleFormatIsRead(t *testing.T) {
	file := wavFile(1, 1, 8000, 16, bytes16(sine(440, 8000), 1))
	extension := append([]byte{22, 0, 16, 0, 4, 0, 0, 0, 1, 0}, make([]byte, 14)...)
	file = slices.Concat(file[:36], extension, file[36:])
	file[16] = 40
	binary.LittleEndian.PutUint16(file[20:], formatExtensible)
	if p := readAll(t, file); !near(p, 440, half) {
		t.Error("it is not")
	}
}

func TestAFileThatWasWrittenToAPipeIsReadToItsEnd(t *testing.T) {
	file := wavFile(1, 1, 8000, 16, bytes16(sine(440, 8000), 1))
	copy(file[40:], "\xff\xff\xff\xff")
	if p := readAll(t, append(file, 0)); len(p) != Rate {
		t.Errorf("%d samples", len(p))
	}
}

func TestMalformedWAVFilesAreRefused(t *testing.T) {
	valid := wavFile(1, 1, 8000, 16, make([]byte, 320))
	with := func(at int, b ...byte) []byte {
		file := slices.Clone(valid)
		copy(file[at:], b)
		return file
	}
	files := map[string][]byte{
		"no RIFF":               with(0, 'X'),
		"no WAVE":               with(8, 'X'),
		"a short format":        with(16, 15),
		"a long format":         with(16, 0, 1),
		"another format":        with(20, 3),
		"no channels":           with(22, 0),
		"three channels":        with(22, 3),
		"a low rate":            with(24, 100, 0, 0, 0),
		"a high rate":           with(24, 0, 0, 0, 1),
		"24 bits":               with(34, 24),
		"another block":         with(32, 4),
		"half a sample":         with(40, 65),
		"extensible but short":  with(20, 0xfe, 0xff),
		"no format":             with(12, 'X'),
		"a chunk without bound": with(36, 'X', 'X', 'X', 'X', 0, 0, 0, 0x80),
		"two formats":           wavFile(1, 1, 8000, 16, nil, valid[12:36]...),
		"too many chunks":       wavFile(1, 1, 8000, 16, nil, bytes.Repeat([]byte("LIST\x00\x00\x00\x00"), maxChunks)...),
	}
	for n := range wavHead {
		files[fmt.Sprintf("%d bytes", n)] = valid[:n]
	}
	for name, file := range files {
		if _, err := NewWAVReader(bytes.NewReader(file)); !errors.Is(err, ErrWAV) {
			t.Errorf("%s: got %v, want ErrWAV", name, err)
		}
	}
	r, err := NewWAVReader(bytes.NewReader(valid[:len(valid)-2]))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.ReadPCM(make([]int16, 160)); n != 159 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file cut short: %d samples, %v", n, err)
	}
}

func TestAWAVFileIsValidAfterEachFlush(t *testing.T) {
	name := filepath.Join(t.TempDir(), "call.wav")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWAVWriter(file)
	if err != nil {
		t.Fatal(err)
	}
	want := take(t, Tone(440, -10, 0), time.Second)
	check := func(samples int) {
		t.Helper()
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, raw); !slices.Equal(got, want[:samples]) {
			t.Errorf("%d samples, want %d", len(got), samples)
		}
	}
	check(0)
	for at := 0; at < Rate; at += Rate / 4 {
		if err := w.WritePCM(want[at : at+Rate/4]); err != nil {
			t.Fatal(err)
		}
		if at == Rate/4 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			check(Rate / 2)
		}
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	check(Rate)
	if err := w.WritePCM(want); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAWAVFileIsBounded(t *testing.T) {
	w := &WAVWriter{sound: maxSound - 2}
	if err := w.WritePCM(make([]int16, 2)); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wavFile(1, 2, 44100, 16, make([]byte, 4000)))
	f.Add(wavFile(6, 1, 8000, 8, make([]byte, 100), []byte("LIST\x01\x00\x00\x00a\x00")...))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewWAVReader(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, ErrWAV) {
				t.Fatalf("got %v", err)
			}
			return
		}
		p := make([]int16, 100)
		// A sample of a byte at 4000 Hz is two of ours.
		for limit := 2*len(file) + 100; ; limit-- {
			if _, err := r.ReadPCM(p); err != nil {
				return
			}
			if limit == 0 {
				t.Fatal("it has no end")
			}
		}
	})
}
