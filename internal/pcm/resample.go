package pcm

import (
	"errors"
	"io"
	"math"
)

// zeroCrossings is half the length of the filter: more is steeper. Of 3400 Hz
// nothing is lost, and from 4000 Hz on all but a thousandth.
const zeroCrossings = 32

// steps is how finely the filter is tabled between two zero crossings.
const steps = 256

// passband is how much of the band is let through, for the filter to fall off in
// the rest.
const passband = 0.92

// resampler turns sound of a rate into sound of 8000 Hz by a windowed sinc,
// which lets nothing through that the lower of the two rates cannot carry.
type resampler struct {
	read  func([]int16) (int, error)
	ratio float64
	// cut is the edge of the filter, by half the rate of the source; reach its
	// half length in samples of the source.
	cut   float64
	reach int
	// filter is one half of it, from its middle on.
	filter []float32
	// window are the samples of the source from first on, and count those that
	// were given out.
	window []int16
	first  int64
	count  int64
	// end is the number of samples of the source, once it is known.
	end    int64
	err    error
	buffer [1024]int16
}

func newResampler(rate int, read func([]int16) (int, error)) *resampler {
	r := &resampler{read: read, ratio: float64(rate) / Rate, end: -1}
	r.cut = passband * min(1, 1/r.ratio)
	r.reach = int(math.Ceil(zeroCrossings / r.cut))
	if r.ratio != 1 {
		r.filter = make([]float32, zeroCrossings*steps+2)
		for i := range r.filter {
			x := float64(i) / steps
			r.filter[i] = float32(r.cut * sinc(x) * blackman(x/zeroCrossings))
		}
	}
	return r
}

// ReadPCM gives the sound at 8000 Hz.
func (r *resampler) ReadPCM(p []int16) (int, error) {
	if r.ratio == 1 {
		n, err := r.read(p)
		if n > 0 && errors.Is(err, io.EOF) {
			err = nil
		}
		return n, err
	}
	for i := range p {
		at := float64(r.count) * r.ratio
		r.fetch(int64(at) + int64(r.reach) + 1)
		if r.end >= 0 && at >= float64(r.end) {
			if i > 0 {
				return i, nil
			}
			return 0, r.err
		}
		p[i] = clip(r.value(at))
		r.count++
	}
	return len(p), nil
}

// fetch reads the source up to a sample, and forgets what is out of reach.
func (r *resampler) fetch(to int64) {
	for r.end < 0 && r.first+int64(len(r.window)) <= to {
		n, err := r.read(r.buffer[:])
		r.window = append(r.window, r.buffer[:n]...)
		if err != nil {
			r.err, r.end = err, r.first+int64(len(r.window))
		}
	}
	if over := to - 2*int64(r.reach) - 2 - r.first; over > int64(len(r.buffer)) {
		r.window = append(r.window[:0], r.window[over:]...)
		r.first += over
	}
}

// value is the sound at a time, in samples of the source.
func (r *resampler) value(at float64) float64 {
	middle := int64(at)
	from := max(r.first, middle-int64(r.reach)+1)
	to := min(middle+int64(r.reach)+1, r.first+int64(len(r.window)))
	sum := 0.0
	for k := from; k < to; k++ {
		place := math.Abs(at-float64(k)) * r.cut * steps
		i := int(place)
		if i >= len(r.filter)-1 {
			continue
		}
		part := float32(place - float64(i))
		sum += float64(r.window[k-r.first]) * float64(r.filter[i]+part*(r.filter[i+1]-r.filter[i]))
	}
	return sum
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// blackman is the window of that name, over -1 to 1.
func blackman(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return 0.42 + 0.5*math.Cos(math.Pi*x) + 0.08*math.Cos(2*math.Pi*x)
}
