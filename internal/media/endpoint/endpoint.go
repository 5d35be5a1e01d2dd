package endpoint

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"

	"webphone/internal/media"
)

// Errors of this package, for errors.Is.
var (
	// ErrOffer says that an offer is not usable SDP for WebRTC audio.
	ErrOffer = media.ErrOffer
	// ErrNoCodec says that the other side has no codec that we have. It comes
	// with ErrOffer or ErrAnswer.
	ErrNoCodec = media.ErrNoCodec
	// ErrFragment says that late candidates are not a usable SDP fragment.
	ErrFragment = media.ErrFragment
	// ErrClosed says that the endpoint or the peer is closed.
	ErrClosed = media.ErrClosed
	// ErrAnswer says that an answer is not usable SDP for WebRTC audio, or does
	// not fit the offer.
	ErrAnswer = errors.New("media: the answer cannot be taken")
	// ErrState says that the step does not fit the state of offer and answer
	// (RFC 3264 §4): an offer while another is open, an answer without one.
	ErrState = errors.New("media: offer and answer are not in that state")
	// ErrNoTelephoneEvent says that the other side takes no digits by RTP
	// (RFC 4733).
	ErrNoTelephoneEvent = errors.New("media: the other side takes no telephone events")
	// ErrDigit says that a rune is not one of 0-9, *, # and A-D.
	ErrDigit = errors.New("media: not a digit of a telephone")
)

// Config is what all peers of a phone share. The zero value is usable: there is
// no STUN or TURN server, and no third party is contacted.
type Config struct {
	// ICEServers are the STUN and TURN servers, with a password where they want
	// one. None by default.
	ICEServers []webrtc.ICEServer
	// Codecs are those to talk with, in order of preference: "PCMU", "PCMA",
	// "G722", "opus". None means PCMU and PCMA.
	Codecs []string
	// Log receives, at debug level, what a stranger's packet can cause. nil
	// discards it.
	Log *slog.Logger
}

// Endpoint holds what the peers of a phone share: the DTLS certificate and the
// settings.
type Endpoint struct {
	servers     []*stun.URI
	codecs      []codec
	log         *slog.Logger
	certificate tls.Certificate
	// fingerprint is that of the certificate, as SDP has it.
	fingerprint string

	mu     sync.Mutex
	peers  map[*Peer]struct{}
	closed bool
}

// New makes an endpoint. It opens no socket: a peer does, with its first offer
// or answer.
func New(config Config) (*Endpoint, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	list, err := codecsOf(config.Codecs)
	if err != nil {
		return nil, err
	}
	servers, err := serversOf(config.ICEServers)
	if err != nil {
		return nil, err
	}
	certificate, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("media: certificate: %w", err)
	}
	parsed, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("media: certificate: %w", err)
	}
	print, err := fingerprint.Fingerprint(parsed, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("media: certificate: %w", err)
	}
	return &Endpoint{
		servers:     servers,
		codecs:      list,
		log:         config.Log,
		certificate: certificate,
		fingerprint: "sha-256 " + strings.ToUpper(print),
		peers:       map[*Peer]struct{}{},
	}, nil
}

// serversOf reads the URLs of RFC 7064 and RFC 7065.
func serversOf(list []webrtc.ICEServer) ([]*stun.URI, error) {
	var servers []*stun.URI
	for _, server := range list {
		for _, text := range server.URLs {
			uri, err := stun.ParseURI(text)
			if err != nil {
				return nil, fmt.Errorf("media: ICE server %q: %w", text, err)
			}
			if uri.Scheme == stun.SchemeTypeTURN || uri.Scheme == stun.SchemeTypeTURNS {
				password, is := server.Credential.(string)
				if !is || server.Username == "" {
					return nil, fmt.Errorf("media: ICE server %q needs a user name and a password", text)
				}
				uri.Username, uri.Password = server.Username, password
			}
			servers = append(servers, uri)
		}
	}
	return servers, nil
}

// NewPeer makes the media of one call. It costs next to nothing before its
// first Offer or Answer.
func (e *Endpoint) NewPeer(h Handler) (*Peer, error) {
	p := newPeer(e, h)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, ErrClosed
	}
	e.peers[p] = struct{}{}
	return p, nil
}

func (e *Endpoint) remove(p *Peer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.peers, p)
}

// Close closes all peers.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	e.closed = true
	open := make([]*Peer, 0, len(e.peers))
	for p := range e.peers {
		open = append(open, p)
	}
	e.mu.Unlock()
	var errs []error
	for _, p := range open {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
