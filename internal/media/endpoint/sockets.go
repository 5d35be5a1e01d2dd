package endpoint

import (
	"fmt"
	"net"

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
	if e.loopback {
		options = append(options, ice.UDPMuxFromPortWithLoopback())
	}
	mux, err := ice.NewMultiUDPMuxFromPort(0, options...)
	if err != nil {
		return nil, fmt.Errorf("media: UDP sockets: %w", err)
	}
	return mux, nil
}

// usable leaves out addresses that name their interface, which a candidate
// cannot.
func usable(ip net.IP) bool { return !ip.IsLinkLocalUnicast() }
