package media

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

// Errors of the engine, for errors.Is.
var (
	// ErrBusy says that MaxSessions sessions are up.
	ErrBusy = errors.New("media: all sessions are in use")
	// ErrOffer says that the offer is not usable SDP for WebRTC.
	ErrOffer = errors.New("media: the offer cannot be answered")
	// ErrNoCodec says that the offer has no codec that the engine knows.
	ErrNoCodec = errors.New("media: the offer has no codec in common")
	// ErrFragment says that late candidates are not a usable SDP fragment.
	ErrFragment = errors.New("media: the fragment cannot be taken")
	// ErrClosed says that the engine or the session has ended.
	ErrClosed = errors.New("media: closed")
)

const (
	maxOfferBytes  = 64 << 10
	gatherTimeout  = 2 * time.Second
	connectTimeout = 30 * time.Second
)

// Config configures an Engine. The zero value is usable.
type Config struct {
	// Port is the UDP port that carries all media. 0 lets the system choose.
	Port int
	// PublicAddresses are announced in place of the machine's own addresses,
	// for a server behind a one-to-one NAT.
	PublicAddresses []netip.Addr
	// Loopback also announces the loopback addresses, for phones on the same
	// machine while it has no network.
	Loopback bool
	// MaxSessions bounds the sessions that are up at once. 0 means 500.
	MaxSessions int
	// MaxDuration ends a session that lasts longer. 0 means one hour.
	MaxDuration time.Duration
	// LostTimeout is how long a session whose media path is lost waits for an
	// ICE restart, or for the caller to come back with another connection, which
	// phones do within 30 s. 0 means one minute.
	LostTimeout time.Duration
	// Log receives what an operator should see. nil discards it.
	Log *slog.Logger
}

func (c *Config) validate() error {
	if c.Port < 0 || c.Port > 65535 {
		return fmt.Errorf("media: port %d is not between 0 and 65535", c.Port)
	}
	if c.MaxSessions < 0 || c.MaxDuration < 0 || c.LostTimeout < 0 {
		return errors.New("media: limits cannot be negative")
	}
	if c.MaxSessions == 0 {
		c.MaxSessions = 500
	}
	if c.MaxDuration == 0 {
		c.MaxDuration = time.Hour
	}
	if c.LostTimeout == 0 {
		c.LostTimeout = time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Engine holds what all sessions share.
type Engine struct {
	config Config
	api    *webrtc.API
	mux    *ice.MultiUDPMuxDefault
	cert   webrtc.Certificate
	port   int

	mu       sync.Mutex
	sessions map[*Session]struct{}
	closed   bool
}

// New opens the UDP port on every address of the machine.
func New(config Config) (*Engine, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	if config.Port == 0 {
		port, err := freePort()
		if err != nil {
			return nil, fmt.Errorf("media: no free UDP port: %w", err)
		}
		config.Port = port
	}
	options := []ice.UDPMuxFromPortOption{
		ice.UDPMuxFromPortWithIPFilter(func(ip net.IP) bool { return !ip.IsLinkLocalUnicast() }),
		ice.UDPMuxFromPortWithReadBufferSize(1 << 20),
		ice.UDPMuxFromPortWithWriteBufferSize(1 << 20),
		ice.UDPMuxFromPortWithLogger(logger{config.Log}),
	}
	if config.Loopback {
		options = append(options, ice.UDPMuxFromPortWithLoopback())
	}
	mux, err := ice.NewMultiUDPMuxFromPort(config.Port, options...)
	if err != nil {
		return nil, fmt.Errorf("media: UDP port %d: %w", config.Port, err)
	}
	api, cert, err := newAPI(config, mux)
	if err != nil {
		return nil, errors.Join(err, mux.Close())
	}
	return &Engine{
		config:   config,
		api:      api,
		mux:      mux,
		cert:     *cert,
		port:     config.Port,
		sessions: map[*Session]struct{}{},
	}, nil
}

// Port is the UDP port that is open.
func (e *Engine) Port() int { return e.port }

// Sessions is the number of sessions that are up.
func (e *Engine) Sessions() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.sessions)
}

// Close ends all sessions and closes the port.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	open := make([]*Session, 0, len(e.sessions))
	for s := range e.sessions {
		open = append(open, s)
	}
	e.mu.Unlock()
	for _, s := range open {
		s.Close()
	}
	return e.mux.Close()
}

// Echo answers an offer with a session that sends back what it receives. The
// callback onEnd runs once when the media ends by itself (path lost, never
// connected, too long), never after Close.
func (e *Engine) Echo(ctx context.Context, offer string, onEnd func(reason string)) (*Session, string, error) {
	s := &Session{engine: e, onEnd: onEnd}
	if err := e.add(s); err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	s.longest = time.AfterFunc(e.config.MaxDuration, func() { s.endWith("longest duration reached") })
	s.mu.Unlock()
	answer, err := s.Answer(ctx, offer)
	if err != nil {
		s.Close()
		return nil, "", err
	}
	return s, answer, nil
}

func (e *Engine) add(s *Session) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if len(e.sessions) >= e.config.MaxSessions {
		return ErrBusy
	}
	e.sessions[s] = struct{}{}
	return nil
}

func (e *Engine) remove(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sessions, s)
}

func newAPI(config Config, mux ice.UDPMux) (*webrtc.API, *webrtc.Certificate, error) {
	codecs := &webrtc.MediaEngine{}
	if err := registerCodecs(codecs); err != nil {
		return nil, nil, fmt.Errorf("media: codecs: %w", err)
	}
	chain := &interceptor.Registry{}
	for _, add := range []func(*webrtc.MediaEngine, *interceptor.Registry) error{
		webrtc.ConfigureNack,
		func(_ *webrtc.MediaEngine, r *interceptor.Registry) error { return webrtc.ConfigureRTCPReports(r) },
		webrtc.ConfigureTWCCSender,
	} {
		if err := add(codecs, chain); err != nil {
			return nil, nil, fmt.Errorf("media: interceptors: %w", err)
		}
	}
	settings := webrtc.SettingEngine{LoggerFactory: loggerFactory{config.Log}}
	settings.SetLite(true)
	settings.SetICEUDPMux(mux)
	settings.SetIncludeLoopbackCandidate(config.Loopback)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetFireOnTrackBeforeFirstRTP(true)
	if len(config.PublicAddresses) > 0 {
		var external []string
		for _, addr := range config.PublicAddresses {
			external = append(external, addr.String())
		}
		if err := settings.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External:        external,
			AsCandidateType: webrtc.ICECandidateTypeHost,
		}); err != nil {
			return nil, nil, fmt.Errorf("media: public addresses: %w", err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	cert, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return nil, nil, err
	}
	return webrtc.NewAPI(
		webrtc.WithMediaEngine(codecs),
		webrtc.WithInterceptorRegistry(chain),
		webrtc.WithSettingEngine(settings),
	), cert, nil
}

// registerCodecs names the codecs that come back. Order is preference when the
// other side leaves the choice to us.
func registerCodecs(m *webrtc.MediaEngine) error {
	type codec struct {
		mime     string
		rate     uint32
		channels uint16
		fmtp     string
		payload  webrtc.PayloadType
	}
	audio := []codec{
		{webrtc.MimeTypeOpus, 48000, 2, "minptime=10;useinbandfec=1", 111},
		{webrtc.MimeTypeG722, 8000, 1, "", 9},
		{webrtc.MimeTypePCMU, 8000, 1, "", 0},
		{webrtc.MimeTypePCMA, 8000, 1, "", 8},
		{"audio/telephone-event", 48000, 1, "0-16", 110},
		{"audio/telephone-event", 8000, 1, "0-16", 126},
	}
	for _, c := range audio {
		if err := m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: c.mime, ClockRate: c.rate, Channels: c.channels, SDPFmtpLine: c.fmtp,
			},
			PayloadType: c.payload,
		}, webrtc.RTPCodecTypeAudio); err != nil {
			return err
		}
	}
	feedback := []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}, {Type: "goog-remb"}}
	h264 := "level-asymmetry-allowed=1;packetization-mode=%d;profile-level-id=%s"
	video := []codec{
		{webrtc.MimeTypeVP8, 90000, 0, "", 96},
		{webrtc.MimeTypeH264, 90000, 0, fmt.Sprintf(h264, 1, "42e01f"), 102},
		{webrtc.MimeTypeH264, 90000, 0, fmt.Sprintf(h264, 0, "42e01f"), 125},
		{webrtc.MimeTypeH264, 90000, 0, fmt.Sprintf(h264, 1, "42001f"), 104},
	}
	for _, c := range video {
		if err := m.RegisterCodec(webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: c.mime, ClockRate: c.rate, SDPFmtpLine: c.fmtp, RTCPFeedback: feedback,
			},
			PayloadType: c.payload,
		}, webrtc.RTPCodecTypeVideo); err != nil {
			return err
		}
	}
	return nil
}

func freePort() (int, error) {
	conn, err := net.ListenPacket("udp", ":0")
	if err != nil {
		return 0, err
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	return port, conn.Close()
}
