package load

import (
	"os"
	"strings"
	"time"
)

// Report is what came of a run.
type Report struct {
	// Server is the URL without its query.
	Server  string    `json:"server"`
	Started time.Time `json:"started"`
	// Seconds are those of the whole run.
	Seconds  float64  `json:"seconds"`
	Settings Settings `json:"settings"`
	Counts   Counts   `json:"counts"`
	Peak     Peak     `json:"peak"`
	Phases   []Phase  `json:"phases"`
	// Latencies are in milliseconds: connect is TCP, TLS and the WebSocket's
	// handshake; register REGISTER to 200 with the challenge between; ring and
	// answer INVITE to 180 and to 200; hang up BYE to 200.
	Latencies []Latency `json:"latencies"`
	// Failed is how often something failed, Failures by kind. What was begun and
	// did not fail has succeeded.
	Failed   int       `json:"failed"`
	Failures []Failure `json:"failures"`
	// Media are the RTP packets of all calls; nil where calls had none.
	Media *Media `json:"media,omitempty"`
	// Process is the watched process; nil where there is none.
	Process *Process `json:"process,omitempty"`
	// Generator is this process.
	Generator Process  `json:"generator"`
	Timeline  []Sample `json:"timeline"`
}

// Settings are what was asked for.
type Settings struct {
	Phones       int     `json:"phones"`
	RegisterRate float64 `json:"registerRate"`
	CallRate     float64 `json:"callRate"`
	CallSeconds  float64 `json:"callSeconds"`
	Seconds      float64 `json:"seconds"`
	Expires      float64 `json:"expiresSeconds"`
}

// Counts are how often each was begun.
type Counts struct {
	Connects      int `json:"connects"`
	Registrations int `json:"registrations"`
	Refreshes     int `json:"refreshes"`
	Calls         int `json:"calls"`
	HangUps       int `json:"hangUps"`
	Unregistered  int `json:"unregistered"`
	// Cancelled are connections that were not made, and calls that were not
	// answered, when the run ended.
	Cancelled int `json:"cancelled"`
	// HeldBack was not begun, since too much was outstanding.
	HeldBack int `json:"heldBack"`
}

// Total is how often anything was begun.
func (c Counts) Total() int {
	return c.Connects + c.Registrations + c.Refreshes + c.Calls + c.HangUps + c.Unregistered
}

// Process is what a process used.
type Process struct {
	CPU float64 `json:"cpuSeconds"`
	// MemoryBefore and MemoryPeak are in bytes.
	MemoryBefore int64 `json:"memoryBefore"`
	MemoryPeak   int64 `json:"memoryPeak"`
	// PerPhone is the difference of both for each phone that was connected.
	PerPhone int64 `json:"memoryPerPhone"`
}

func (w *watch) report() *Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, s := w.run, &w.run.stats
	failures := s.kinds()
	s.mu.Lock()
	defer s.mu.Unlock()
	server, _, _ := strings.Cut(r.cfg.Server, "?")
	report := &Report{
		Server: server, Started: w.began.UTC(), Seconds: time.Since(w.began).Seconds(),
		Settings: Settings{
			Phones: len(r.phones), RegisterRate: r.cfg.RegisterRate, CallRate: r.cfg.CallRate,
			CallSeconds: r.cfg.CallDuration.Seconds(), Seconds: r.cfg.Duration.Seconds(), Expires: r.cfg.Expires.Seconds(),
		},
		Counts: Counts{
			Connects: s.begun[opConnect], Registrations: s.begun[opRegister], Refreshes: s.begun[opRefresh],
			Calls: s.begun[opAnswer], HangUps: s.begun[opHangUp], Unregistered: s.begun[opUnregister], Cancelled: s.givenUp, HeldBack: s.held,
		},
		Peak: w.peak, Phases: w.marks, Failed: s.failed, Failures: failures, Timeline: w.samples,
	}
	for op := range operations {
		report.Latencies = append(report.Latencies, s.times[op].latency(operationNames[op]))
	}
	if r.media != nil {
		report.Media = r.packets.media()
	}
	if r.cfg.PID > 0 {
		report.Process = process(w.first, Usage{CPU: w.last.cpu, Memory: w.peak.Memory}, w.peak.Connected)
	}
	self, _ := ReadUsage(os.Getpid())
	self.Memory = w.selfPeak
	report.Generator = *process(w.self, self, w.peak.Connected)
	return report
}

func process(before, after Usage, phones int) *Process {
	p := &Process{CPU: after.CPU - before.CPU, MemoryBefore: before.Memory, MemoryPeak: after.Memory}
	if phones > 0 {
		p.PerPhone = (after.Memory - before.Memory) / int64(phones)
	}
	return p
}

// FailedShare is the part of all that was begun that failed, in percent. A
// connection that the server closed counts too.
func (r *Report) FailedShare() float64 {
	if r.Failed == 0 {
		return 0
	}
	return min(100, 100*float64(r.Failed)/float64(max(r.Counts.Total(), 1)))
}
