package endpoint

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"

	"webphone/internal/media"
)

const (
	// handshakeLimit bounds a DTLS handshake over a path that is up.
	handshakeLimit = 30 * time.Second
	// waitingBytes bounds the DTLS packets that wait to be read.
	waitingBytes = 64 << 10
	// replayWindow is that of SRTP in packets (RFC 3711 §3.3.2).
	replayWindow = 128
	// maxSources bounds the SSRCs of one association, of which each costs memory.
	maxSources = 32
)

// profiles are the SRTP profiles in order of preference (RFC 5764 §4.1.2,
// RFC 7714 §14.2).
var profiles = []dtls.SRTPProtectionProfile{
	dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80,
}

var errFingerprint = errors.New("media: the certificate is not the one of the description")

// association is a DTLS association and the SRTP keys that come out of it
// (RFC 5764). It lives over whatever path is current.
type association struct {
	client       bool
	fingerprints []string
	pipe         *pipe
	conn         *dtls.Conn
	begin        sync.Once
	ctx          context.Context
	cancel       context.CancelFunc

	sendMu  sync.Mutex
	sending *srtp.Context
	buffer  []byte

	receiveMu sync.Mutex
	receiving *srtp.Context
	sources   map[uint32]struct{}

	mu             sync.Mutex
	secure, failed bool
}

// newAssociation is one with the other side that r describes.
func (e *Endpoint) newAssociation(r *remote, client bool, write func([]byte)) (*association, error) {
	a := &association{
		client:       client,
		fingerprints: r.fingerprints,
		pipe:         newPipe(write),
		sources:      map[uint32]struct{}{},
	}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	shared := []dtls.Option{
		dtls.WithCertificates(e.certificate),
		dtls.WithSRTPProtectionProfiles(profiles...),
		dtls.WithInsecureSkipVerify(true), // The fingerprint is what is verified.
		dtls.WithVerifyPeerCertificate(a.verify),
		dtls.WithLoggerFactory(media.NewLoggerFactory(e.log)),
	}
	var err error
	if client {
		options := make([]dtls.ClientOption, 0, len(shared))
		for _, option := range shared {
			options = append(options, option)
		}
		a.conn, err = dtls.ClientWithOptions(a.pipe, a.pipe.LocalAddr(), options...)
	} else {
		options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, option := range shared {
			options = append(options, option)
		}
		a.conn, err = dtls.ServerWithOptions(a.pipe, a.pipe.LocalAddr(), options...)
	}
	if err != nil {
		a.cancel()
		return nil, fmt.Errorf("media: DTLS: %w", err)
	}
	return a, nil
}

// verify compares the certificate with the fingerprints (RFC 8122 §6.2).
func (a *association) verify(certificates [][]byte, _ [][]*x509.Certificate) error {
	if len(certificates) == 0 {
		return errFingerprint
	}
	certificate, err := x509.ParseCertificate(certificates[0])
	if err != nil {
		return err
	}
	for _, print := range a.fingerprints {
		name, value, _ := strings.Cut(print, " ")
		hash, err := fingerprint.HashFromString(name)
		if err != nil {
			continue
		}
		if found, err := fingerprint.Fingerprint(certificate, hash); err == nil && strings.EqualFold(found, value) {
			return nil
		}
	}
	return errFingerprint
}

// start begins the handshake when the path is up for the first time; done is
// called when it has ended.
func (a *association) start(done func(err error)) {
	a.begin.Do(func() {
		go func() {
			ctx, cancel := context.WithTimeout(a.ctx, handshakeLimit)
			defer cancel()
			err := a.conn.HandshakeContext(ctx)
			if err == nil {
				err = a.key()
			}
			a.mu.Lock()
			a.secure, a.failed = err == nil, err != nil
			a.mu.Unlock()
			done(err)
		}()
	})
}

// key makes the SRTP contexts from the keys of the handshake.
func (a *association) key() error {
	state, ok := a.conn.ConnectionState()
	profile, agreed := a.conn.SelectedSRTPProtectionProfile()
	if !ok || !agreed {
		return errors.New("media: no SRTP profile in common (RFC 5764 §4.1)")
	}
	// The numbers are the same (RFC 5764 §4.1.2).
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := config.ExtractSessionKeysFromDTLS(&state, a.client); err != nil {
		return err
	}
	sending, err := srtp.CreateContext(config.Keys.LocalMasterKey, config.Keys.LocalMasterSalt, config.Profile)
	if err != nil {
		return err
	}
	receiving, err := srtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return err
	}
	a.sendMu.Lock()
	a.sending = sending
	a.sendMu.Unlock()
	a.receiveMu.Lock()
	a.receiving = receiving
	a.receiveMu.Unlock()
	return nil
}

// sealRTP encrypts a packet for write, which must not keep it.
func (a *association) sealRTP(packet []byte, write func([]byte)) {
	a.seal(func(dst []byte) ([]byte, error) { return a.sending.EncryptRTP(dst, packet, nil) }, write)
}

func (a *association) sealRTCP(packet []byte, write func([]byte)) {
	a.seal(func(dst []byte) ([]byte, error) { return a.sending.EncryptRTCP(dst, packet, nil) }, write)
}

func (a *association) seal(encrypt func([]byte) ([]byte, error), write func([]byte)) {
	a.sendMu.Lock()
	defer a.sendMu.Unlock()
	if a.sending == nil {
		return
	}
	if sealed, err := encrypt(a.buffer[:0]); err == nil {
		a.buffer = sealed
		write(sealed)
	}
}

// openRTP decrypts and authenticates a packet; the result is the caller's.
func (a *association) openRTP(packet []byte) (*rtp.Packet, bool) {
	a.receiveMu.Lock()
	defer a.receiveMu.Unlock()
	opened := &rtp.Packet{}
	if a.receiving == nil {
		return nil, false
	}
	if _, err := opened.Header.Unmarshal(packet); err != nil || !a.admits(opened.SSRC) {
		return nil, false
	}
	plain, err := a.receiving.DecryptRTP(make([]byte, 0, len(packet)), packet, nil)
	if err != nil || opened.Unmarshal(plain) != nil {
		return nil, false
	}
	a.sources[opened.SSRC] = struct{}{}
	return opened, true
}

func (a *association) admits(ssrc uint32) bool {
	_, known := a.sources[ssrc]
	return known || len(a.sources) < maxSources
}

func (a *association) openRTCP(packet []byte) ([]byte, bool) {
	a.receiveMu.Lock()
	defer a.receiveMu.Unlock()
	// The sender's SSRC is in the clear (RFC 3711 §3.4).
	if a.receiving == nil || len(packet) < 8 {
		return nil, false
	}
	ssrc := uint32(packet[4])<<24 | uint32(packet[5])<<16 | uint32(packet[6])<<8 | uint32(packet[7])
	if !a.admits(ssrc) {
		return nil, false
	}
	plain, err := a.receiving.DecryptRTCP(nil, packet, nil)
	if err != nil {
		return nil, false
	}
	a.sources[ssrc] = struct{}{}
	return plain, true
}

func (a *association) isSecure() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.secure
}

func (a *association) hasFailed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed
}

// with tells whether it is with the other side that r describes. The roles do
// not count, although RFC 8842 §5 has it so: Firefox, once passive, answers a
// later offer of actpass with active, and keeps its association.
func (a *association) with(r *remote) bool {
	return a != nil && slices.Equal(a.fingerprints, r.fingerprints)
}

// setup is our role as an answer says it (RFC 8842 §5.3).
func (a *association) setup() string {
	if a.client {
		return "active"
	}
	return "passive"
}

func (a *association) close() {
	if a == nil {
		return
	}
	a.cancel()
	_ = a.conn.Close()
	_ = a.pipe.Close()
}

// pipe is the connection that DTLS sees.
type pipe struct {
	in    *packetio.Buffer
	write func([]byte)
}

func newPipe(write func([]byte)) *pipe {
	in := packetio.NewBuffer()
	in.SetLimitSize(waitingBytes)
	return &pipe{in, write}
}

// deliver hands DTLS a packet; one too many is lost.
func (p *pipe) deliver(packet []byte) { _, _ = p.in.Write(packet, nil) }

func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := p.in.Read(b, nil)
	return n, p.LocalAddr(), err
}

func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.write(b)
	return len(b), nil
}

func (p *pipe) Close() error                       { return p.in.Close() }
func (p *pipe) LocalAddr() net.Addr                { return &net.UDPAddr{} }
func (p *pipe) SetDeadline(t time.Time) error      { return p.in.SetReadDeadline(t) }
func (p *pipe) SetReadDeadline(t time.Time) error  { return p.in.SetReadDeadline(t) }
func (p *pipe) SetWriteDeadline(t time.Time) error { return nil }
