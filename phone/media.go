package phone

import (
	"context"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"webphone/internal/media/endpoint"
)

// peer is the media of one call; endpoint.Peer is one.
type peer interface {
	Offer(context.Context, endpoint.OfferOptions) (string, error)
	Answer(ctx context.Context, offer string) (string, error)
	Accept(sdp string, early bool) error
	Rollback() error
	AddCandidates(fragment string) error
	Held() bool
	RemoteHeld() bool
	Codec() string
	ClockRate() int
	WriteRTP(*rtp.Packet) error
	SendDigit(context.Context, rune) error
	Quality() (endpoint.Quality, bool)
	Close() error
}

// peers makes the media of calls; endpoint.Endpoint does.
type peers interface {
	NewPeer(endpoint.Handler) (peer, error)
	Close() error
}

// realPeers makes real ones.
type realPeers struct{ *endpoint.Endpoint }

func newPeers(c Config) (peers, error) {
	servers := make([]webrtc.ICEServer, 0, len(c.ICEServers))
	for _, s := range c.ICEServers {
		servers = append(servers, webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential})
	}
	e, err := endpoint.New(endpoint.Config{ICEServers: servers, Codecs: c.Codecs, Log: c.Log})
	if err != nil {
		return nil, &Error{ErrNotConfigured, "The setting ICEServers or Codecs has no valid value. Correct it.", 0, err}
	}
	return realPeers{e}, nil
}

// NewPeer implements peers.
func (e realPeers) NewPeer(h endpoint.Handler) (peer, error) {
	p, err := e.Endpoint.NewPeer(h)
	if err != nil {
		return nil, err
	}
	return p, nil
}
