package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Spread is the middle of a list of samples and how far they lie apart.
type Spread struct{ Least, Median, Most float64 }

func spreadOf(samples []float64) Spread {
	sorted := slices.Sorted(slices.Values(samples))
	n := len(sorted)
	return Spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}
}

// ratioOf is that of the medians; its spread is over the pairs that were measured
// one after the other, so that a busy moment of the machine is in both.
func ratioOf(ours, theirs []float64) Spread {
	var ratios []float64
	for i := range min(len(ours), len(theirs)) {
		ratios = append(ratios, ours[i]/theirs[i])
	}
	spread := spreadOf(ratios)
	spread.Median = spreadOf(ours).Median / spreadOf(theirs).Median
	return spread
}

// verdict is what became of a goal.
type verdict struct {
	// value is the median or the ratio; where there is an axis, the worst of them.
	value Spread
	// at is the index on the axis.
	at  int
	met bool
}

// judge says whether a goal was met: with an axis, at each of its values.
func (f Figure) judge() verdict {
	var worst verdict
	for i, samples := range f.series(f.Goal.Who).Samples {
		value := spreadOf(samples)
		if f.Goal.Against != "" {
			value = ratioOf(samples, f.series(f.Goal.Against).Samples[i])
		}
		worse := f.Goal.AtMost != nil && value.Median > worst.value.Median ||
			f.Goal.AtLeast != nil && value.Median < worst.value.Median
		if i == 0 || worse {
			worst = verdict{value: value, at: i}
		}
	}
	if f.Goal.AtMost != nil {
		worst.met = worst.value.Median <= *f.Goal.AtMost
	} else {
		worst.met = worst.value.Median >= *f.Goal.AtLeast
	}
	return worst
}

// text writes a number with three digits that count.
func text(value float64) string {
	size := math.Abs(value)
	switch {
	case math.IsInf(value, 0) || math.IsNaN(value):
		return "-"
	case size >= 100 || value == math.Trunc(value):
		return grouped(math.Round(value))
	case size >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	case size >= 0.1:
		return strconv.FormatFloat(value, 'f', 2, 64)
	default:
		return strconv.FormatFloat(value, 'g', 2, 64)
	}
}

// grouped writes a number with commas between thousands.
func grouped(value float64) string {
	digits := strconv.FormatFloat(math.Abs(value), 'f', -1, 64)
	whole, fraction, _ := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if value < 0 {
		return "-" + whole
	}
	return whole
}

// String writes the median, and the spread where there is one.
func (s Spread) String() string {
	least, median, most := text(s.Least), text(s.Median), text(s.Most)
	if least == most {
		return median
	}
	return median + " (" + least + " to " + most + ")"
}
