package pcm

import "math"

// Quiet is the level of digital silence in dBFS.
const Quiet = -100.0

// Level is the loudness in dBFS: a sine of full scale has 0 (AES17), and silence
// has Quiet.
func Level(p []int16) float64 {
	if len(p) == 0 {
		return Quiet
	}
	var sum float64
	for _, sample := range p {
		sum += float64(sample) * float64(sample)
	}
	return decibels(math.Sqrt(2 * sum / float64(len(p))))
}

// LevelAt is the loudness of one frequency in dBFS, by the algorithm of Goertzel.
// It tells frequencies apart that differ by 2 · 8000 / len(p) Hz or more.
func LevelAt(p []int16, hz float64) float64 { return decibels(amplitude(p, hz)) }

// Strongest is the frequency that is the loudest, in Hz, and its loudness in
// dBFS. A tone is found to within a few hertz in 100 ms of sound; at most the
// last second of p is looked at.
func Strongest(p []int16) (hz, dbfs float64) {
	p = p[max(0, len(p)-Rate):]
	if len(p) < 8 {
		return 0, Quiet
	}
	bin := Rate / float64(len(p))
	best, peak := 0, 0.0
	for i := 1; i < len(p)/2; i++ {
		if a := amplitude(p, float64(i)*bin); a > peak {
			best, peak = i, a
		}
	}
	if best == 0 {
		return 0, Quiet
	}
	// The top of a parabola through the loudest bin and those beside it.
	left, right := amplitude(p, float64(best-1)*bin), amplitude(p, float64(best+1)*bin)
	shift := 0.0
	if curve := left - 2*peak + right; curve != 0 {
		shift = (left - right) / (2 * curve)
	}
	hz = (float64(best) + shift) * bin
	return hz, LevelAt(p, hz)
}

// amplitude is that of a sine of hz, with a window of Hann, which keeps loud
// neighbours out.
func amplitude(p []int16, hz float64) float64 {
	if len(p) == 0 {
		return 0
	}
	turn := 2 * math.Pi * hz / Rate
	coefficient := 2 * math.Cos(turn)
	var s1, s2 float64
	// cos(i·step) by rotation: the window of a second has 8000 of them.
	step := 2 * math.Pi / float64(len(p))
	cos, sin, dc, ds := 1.0, 0.0, math.Cos(step), math.Sin(step)
	for _, sample := range p {
		s1, s2 = float64(sample)*(1-cos)+coefficient*s1-s2, s1
		cos, sin = cos*dc-sin*ds, sin*dc+cos*ds
	}
	power := s1*s1 + s2*s2 - coefficient*s1*s2
	return 2 * math.Sqrt(max(0, power)) / float64(len(p))
}

func decibels(amplitude float64) float64 {
	if amplitude <= 0 {
		return Quiet
	}
	return max(Quiet, 20*math.Log10(amplitude/fullScale))
}
