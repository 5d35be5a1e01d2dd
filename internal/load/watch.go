package load

import (
	"os"
	"sync"
	"time"
)

// Sample is how things stand at one moment of a run.
type Sample struct {
	// Seconds are those since the start.
	Seconds float64 `json:"seconds"`
	// Phase is ramp, steady or ending.
	Phase      string `json:"phase"`
	Connected  int    `json:"connected"`
	Registered int    `json:"registered"`
	// Calls are those that were begun and have not ended.
	Calls int `json:"calls"`
	// Registrations, Answers and Failures are those of the time since the sample
	// before, for each second of it.
	Registrations float64 `json:"registrationsPerSecond"`
	Answers       float64 `json:"answersPerSecond"`
	Failures      float64 `json:"failuresPerSecond"`
	// CPU is what the process used of one core since the sample before: 1 is all
	// of it. Memory is in bytes. Both are 0 where no process is watched.
	CPU    float64 `json:"cpu"`
	Memory int64   `json:"memory"`
}

// maxSamples bounds the samples that are kept: of more, every second one goes.
const maxSamples = 1200

// watch takes a sample each second.
type watch struct {
	run   *runner
	began time.Time
	first Usage // of the process at the start
	self  Usage // of this process at the start

	selfPeak int64

	mu      sync.Mutex
	name    string
	samples []Sample
	every   int
	taken   int
	last    totals
	peak    Peak
	marks   []Phase
}

// totals are what rates are made from.
type totals struct {
	at                     time.Time
	registrations, answers int
	failures               int
	cpu                    float64
}

// Peak is the most of each at one moment.
type Peak struct {
	Connected  int `json:"connected"`
	Registered int `json:"registered"`
	Calls      int `json:"calls"`
	// Memory is that of the watched process, in bytes.
	Memory int64 `json:"memory"`
}

// Phase is what happened in one part of a run.
type Phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Registrations are those and refreshes that succeeded, Answers the calls
	// that were answered.
	Registrations int `json:"registrations"`
	Answers       int `json:"answers"`
	Failures      int `json:"failures"`
	// CPU are the seconds that the watched process used.
	CPU float64 `json:"cpuSeconds"`
}

func newWatch(r *runner) (*watch, error) {
	w := &watch{run: r, began: time.Now(), every: 1, name: "ramp"}
	if r.cfg.PID > 0 {
		usage, err := ReadUsage(r.cfg.PID)
		if err != nil {
			return nil, err
		}
		w.first = usage
		w.peak.Memory = usage.Memory
	}
	w.self, _ = ReadUsage(os.Getpid())
	w.last = w.totals(w.first)
	w.marks = []Phase{{Name: "ramp"}}
	return w, nil
}

func (w *watch) totals(usage Usage) totals {
	s := &w.run.stats
	s.mu.Lock()
	defer s.mu.Unlock()
	return totals{
		at: time.Now(), cpu: usage.CPU, failures: s.failed, answers: s.times[opAnswer].count,
		registrations: s.times[opRegister].count + s.times[opRefresh].count,
	}
}

func (w *watch) usage() Usage {
	if w.run.cfg.PID == 0 {
		return Usage{}
	}
	// A process that has ended used what it had used.
	usage, err := ReadUsage(w.run.cfg.PID)
	if err != nil {
		usage.CPU = w.last.cpu
	}
	return usage
}

// runUntil takes samples until stop is closed.
func (w *watch) runUntil(stop <-chan struct{}) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.run.cfg.Progress(w.sample())
		case <-stop:
			w.sample()
			return
		}
	}
}

// phase closes one part of the run and begins the next.
func (w *watch) phase(name string) {
	w.sample()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.name = name
	w.marks = append(w.marks, Phase{Name: name})
}

func (w *watch) sample() Sample {
	w.mu.Lock()
	defer w.mu.Unlock()
	usage := w.usage()
	now := w.totals(usage)
	r := w.run
	r.mu.Lock()
	s := Sample{
		Seconds: now.at.Sub(w.began).Seconds(), Phase: w.name,
		Connected: len(r.byConn), Registered: r.registered, Calls: len(r.calls), Memory: usage.Memory,
	}
	r.mu.Unlock()
	seconds := max(now.at.Sub(w.last.at).Seconds(), 1e-6)
	rate := func(now, before int) float64 { return float64(now-before) / seconds }
	s.Registrations = rate(now.registrations, w.last.registrations)
	s.Answers = rate(now.answers, w.last.answers)
	s.Failures = rate(now.failures, w.last.failures)
	s.CPU = max(now.cpu-w.last.cpu, 0) / seconds
	part := &w.marks[len(w.marks)-1]
	part.Seconds += seconds
	part.Registrations += now.registrations - w.last.registrations
	part.Answers += now.answers - w.last.answers
	part.Failures += now.failures - w.last.failures
	part.CPU += max(now.cpu-w.last.cpu, 0)
	w.last = now
	w.peak.Connected = max(w.peak.Connected, s.Connected)
	w.peak.Registered = max(w.peak.Registered, s.Registered)
	w.peak.Calls = max(w.peak.Calls, s.Calls)
	w.peak.Memory = max(w.peak.Memory, s.Memory)
	w.selfPeak = max(w.selfPeak, memoryOf(os.Getpid(), false))
	if seconds > 0.5 || len(w.samples) == 0 {
		w.keep(s)
	}
	return s
}

// keep thins the samples out when there are too many.
func (w *watch) keep(s Sample) {
	if w.taken++; w.taken%w.every != 0 {
		return
	}
	if len(w.samples) == maxSamples {
		half := w.samples[:0]
		for i := 0; i < maxSamples; i += 2 {
			half = append(half, w.samples[i])
		}
		w.samples = half
		w.every *= 2
	}
	w.samples = append(w.samples, s)
}
