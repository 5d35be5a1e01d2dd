package endpoint

import (
	"fmt"
	"net"
	"slices"

	"github.com/pion/ice/v4"

	"webphone/internal/media"
)

// openSockets opens the UDP sockets of a path, one for each address that the
// machine has now. Paths do not share them: what is not STUN tells its call by
// the addresses alone, and a server that has one port for all calls, as the echo
// test has, would be at the same ones in each.
func (e *Endpoint) openSockets() (*ice.MultiUDPMuxDefault, error) {
	options := []ice.UDPMuxFromPortOption{
		ice.UDPMuxFromPortWithIPFilter(usable),
		ice.UDPMuxFromPortWithLogger(media.NewLoggerFactory(e.log).NewLogger("mux")),
	}
	if alone() {
		options = append(options, ice.UDPMuxFromPortWithLoopback())
	}
	mux, err := ice.NewMultiUDPMuxFromPort(0, options...)
	if err != nil {
		return nil, fmt.Errorf("media: UDP sockets: %w", err)
	}
	return mux, nil
}

// alone tells that the machine has no address but those of its loopback, which
// is used then, for peers on one machine. Beside others it is not: Firefox has no
// loopback candidates, and a path from 127.0.0.1 to one of its addresses answers
// checks and carries nothing.
func alone() bool {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(addresses, func(address net.Addr) bool {
		prefix, ok := address.(*net.IPNet)
		return ok && !prefix.IP.IsLoopback() && usable(prefix.IP)
	})
}

// usable leaves out addresses that name their interface, which a candidate
// cannot.
func usable(ip net.IP) bool { return !ip.IsLinkLocalUnicast() }
