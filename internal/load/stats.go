package load

import (
	"sort"
	"sync"
	"time"
)

// operation is what is measured.
type operation int

const (
	opConnect operation = iota
	opRegister
	opRefresh
	opRing
	opAnswer
	opHangUp
	opUnregister
	operations
)

var operationNames = [operations]string{
	"connect", "register", "refresh", "ring", "answer", "hang up", "unregister",
}

// maxKinds bounds the kinds of failures that are told apart.
const maxKinds = 200

// stats are the counts of a run.
type stats struct {
	mu       sync.Mutex
	times    [operations]histogram
	begun    [operations]int
	failures map[string]int
	failed   int
	held     int
	givenUp  int
}

func (s *stats) begin(op operation) {
	s.mu.Lock()
	s.begun[op]++
	s.mu.Unlock()
}

func (s *stats) done(op operation, d time.Duration) {
	s.mu.Lock()
	s.times[op].add(d)
	s.mu.Unlock()
}

// fail counts a failure: what was asked for, and what came of it.
func (s *stats) fail(what, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := what + ": " + why
	if s.failures == nil {
		s.failures = map[string]int{}
	}
	if _, known := s.failures[kind]; !known && len(s.failures) >= maxKinds {
		kind = "other"
	}
	s.failures[kind]++
	s.failed++
}

// giveUp counts a call that was cancelled.
func (s *stats) giveUp() {
	s.mu.Lock()
	s.givenUp++
	s.mu.Unlock()
}

// hold counts what was not begun since too much was outstanding.
func (s *stats) hold(n int) {
	s.mu.Lock()
	s.held += n
	s.mu.Unlock()
}

// Failure is how often one kind of failure happened.
type Failure struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// kinds are the failures, most frequent first.
func (s *stats) kinds() []Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := []Failure{}
	for kind, count := range s.failures {
		kinds = append(kinds, Failure{kind, count})
	}
	sort.Slice(kinds, func(i, j int) bool {
		if kinds[i].Count != kinds[j].Count {
			return kinds[i].Count > kinds[j].Count
		}
		return kinds[i].Kind < kinds[j].Kind
	})
	return kinds
}
