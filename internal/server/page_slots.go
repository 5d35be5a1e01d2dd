package server

import (
	"net/http"
	"sync"
)

// Bounds of the URLs that are called at once: altogether, and for one address,
// since whoever calls slow ones would otherwise keep all others from theirs.
const (
	maxCalls           = 64
	maxCallsPerAddress = 16
)

var (
	errNoSlot           = &functionProblem{http.StatusServiceUnavailable, "Too many functions are running. Wait a moment and try again."}
	errNoSlotForAddress = &functionProblem{http.StatusTooManyRequests, "Too many functions are running for your network. Wait a moment and try again."}
)

// slots are the places of calls that run. The zero value has all of them free.
type slots struct {
	mu        sync.Mutex
	taken     int
	byAddress map[string]int
}

// take takes a place for an address, or says why there is none. Each place that
// was taken is to be freed.
func (s *slots) take(address string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.byAddress[address] >= maxCallsPerAddress:
		return errNoSlotForAddress
	case s.taken >= maxCalls:
		return errNoSlot
	}
	if s.byAddress == nil {
		s.byAddress = map[string]int{}
	}
	s.taken++
	s.byAddress[address]++
	return nil
}

func (s *slots) free(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.byAddress[address]--; s.byAddress[address] == 0 {
		delete(s.byAddress, address)
	}
}
