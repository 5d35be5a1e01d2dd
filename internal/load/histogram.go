package load

import (
	"math/bits"
	"time"
)

// A histogram counts durations in buckets of 1/32 of their power of two, so that
// any number of them takes the same memory and a percentile is right to 3 %.
const (
	subBits    = 5
	subBuckets = 1 << subBits
	octaves    = 42 - subBits // up to 2^42 µs
)

type histogram struct {
	buckets  [octaves * subBuckets]uint32
	count    int
	sum      time.Duration
	min, max time.Duration
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	if h.count == 0 || d < h.min {
		h.min = d
	}
	h.max = max(h.max, d)
	h.count++
	h.sum += d
	h.buckets[bucketOf(uint64(d.Microseconds()))]++
}

func bucketOf(us uint64) int {
	if us < subBuckets {
		return int(us)
	}
	octave := bits.Len64(us) - subBits - 1
	return min((octave+1)<<subBits|int(us>>octave)&(subBuckets-1), octaves*subBuckets-1)
}

// middle is the middle of a bucket.
func middle(bucket int) time.Duration {
	if bucket < subBuckets {
		return time.Duration(bucket) * time.Microsecond
	}
	octave := bucket>>subBits - 1
	low := uint64(subBuckets|bucket&(subBuckets-1)) << octave
	return time.Duration(low+uint64(1)<<octave/2) * time.Microsecond
}

// percentile is the value that share of the durations do not exceed; 0 where
// there are none.
func (h *histogram) percentile(share float64) time.Duration {
	rank := int(share*float64(h.count) + 0.999999)
	seen := 0
	for i, n := range h.buckets {
		if seen += int(n); seen >= rank && n > 0 {
			if i == len(h.buckets)-1 {
				return h.max // It takes all that is longer, too.
			}
			return min(max(middle(i), h.min), h.max)
		}
	}
	return h.max
}

// Latency are the times that one kind of request took, in milliseconds.
type Latency struct {
	Name  string  `json:"name"`
	Count int     `json:"count"`
	Min   float64 `json:"min"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

func (h *histogram) latency(name string) Latency {
	l := Latency{Name: name, Count: h.count}
	if h.count == 0 {
		return l
	}
	l.Min, l.Max = milliseconds(h.min), milliseconds(h.max)
	l.Mean = milliseconds(h.sum / time.Duration(h.count))
	for _, p := range []struct {
		to    *float64
		share float64
	}{{&l.P50, 0.5}, {&l.P90, 0.9}, {&l.P95, 0.95}, {&l.P99, 0.99}} {
		*p.to = milliseconds(h.percentile(p.share))
	}
	return l
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
