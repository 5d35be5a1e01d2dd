package pcm

import (
	"io"
	"math"
	"time"
)

// fullScale is the peak of a sine of 0 dBFS.
const fullScale = math.MaxInt16

// Tone is a sine of hz at a level in dBFS, where 0 dBFS is the loudest sine
// there can be (AES17). A duration of 0 has no end.
func Tone(hz, dbfs float64, d time.Duration) Reader {
	return &tone{step: 2 * math.Pi * hz / Rate, peak: fullScale * math.Pow(10, dbfs/20), left: lasting(d)}
}

// Silence lasts d; a duration of 0 has no end.
func Silence(d time.Duration) Reader { return &tone{left: lasting(d)} }

// lasting is a number of samples, negative for no end.
func lasting(d time.Duration) int64 {
	if d == 0 {
		return -1
	}
	return max(0, samplesIn(d))
}

type tone struct {
	phase, step, peak float64
	left              int64
}

func (t *tone) ReadPCM(p []int16) (int, error) {
	if t.left == 0 {
		return 0, io.EOF
	}
	n := len(p)
	if t.left > 0 {
		n = int(min(int64(n), t.left))
		t.left -= int64(n)
	}
	for i := range p[:n] {
		p[i] = clip(t.peak * math.Sin(t.phase))
		// Kept small, so that a tone of days is as exact as one of seconds.
		t.phase = math.Mod(t.phase+t.step, 2*math.Pi)
	}
	return n, nil
}

// clip rounds to a sample.
func clip(v float64) int16 {
	return int16(math.Round(min(math.MaxInt16, max(math.MinInt16, v))))
}
