package endpoint

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/pion/ice/v4"

	"webphone/internal/media"
)

// sockets are the UDP sockets that all paths of an endpoint share, one for each
// address of the machine: a call costs none of its own. When the machine has
// got other addresses, as after a change of network, the next path gets new
// ones; those before close with the last path over them.
type sockets struct {
	loopback bool
	log      *slog.Logger

	mu      sync.Mutex
	current *socketSet
	closed  bool
}

// socketSet are the sockets of one set of addresses.
type socketSet struct {
	mux       *ice.MultiUDPMuxDefault
	addresses string
	// users are the paths over it, and the endpoint while it is the current one.
	users int
}

// usable leaves out addresses that name their interface, which a candidate
// cannot.
func usable(ip net.IP) bool { return !ip.IsLinkLocalUnicast() }

// take gives the sockets of the addresses of now. They are handed back by give.
func (s *sockets) take() (*socketSet, error) {
	addresses, err := machineAddresses()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.current == nil || s.current.addresses != addresses {
		opened, err := s.open()
		if err != nil {
			return nil, err
		}
		opened.addresses = addresses
		s.drop(s.current)
		s.current = opened
	}
	s.current.users++
	return s.current, nil
}

func (s *sockets) open() (*socketSet, error) {
	options := []ice.UDPMuxFromPortOption{
		ice.UDPMuxFromPortWithIPFilter(usable),
		ice.UDPMuxFromPortWithReadBufferSize(1 << 20),
		ice.UDPMuxFromPortWithWriteBufferSize(1 << 20),
		ice.UDPMuxFromPortWithLogger(media.NewLoggerFactory(s.log).NewLogger("mux")),
	}
	if s.loopback {
		options = append(options, ice.UDPMuxFromPortWithLoopback())
	}
	mux, err := ice.NewMultiUDPMuxFromPort(0, options...)
	if err != nil {
		return nil, fmt.Errorf("media: UDP sockets: %w", err)
	}
	return &socketSet{mux: mux, users: 1}, nil
}

func (s *sockets) give(set *socketSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(set)
}

// drop takes one user away. s.mu is held.
func (s *sockets) drop(set *socketSet) {
	if set == nil {
		return
	}
	if set.users--; set.users == 0 {
		if err := set.mux.Close(); err != nil {
			s.log.Debug("sockets do not close", "error", err)
		}
	}
}

func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.drop(s.current)
	}
}

func machineAddresses() (string, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return "", fmt.Errorf("media: the machine's addresses: %w", err)
	}
	texts := make([]string, 0, len(list))
	for _, address := range list {
		texts = append(texts, address.String())
	}
	slices.Sort(texts)
	return strings.Join(texts, " "), nil
}
