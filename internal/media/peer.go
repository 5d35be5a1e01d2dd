package media

import (
	"context"
	"fmt"
	"sync"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// peer is a PeerConnection with the tracks that go back over it.
type peer struct {
	pc *webrtc.PeerConnection
	// remote is the last offer that was answered, and taken counts the
	// candidates that came after it. Session.answering guards both.
	remote offered
	taken  int

	mu      sync.Mutex
	mirrors map[string]*mirror // by mid
}

func (e *Engine) newPeer() (*peer, error) {
	pc, err := e.api.NewPeerConnection(webrtc.Configuration{Certificates: []webrtc.Certificate{e.cert}})
	if err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	p := &peer{pc: pc, mirrors: map[string]*mirror{}}
	pc.OnTrack(func(remote *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		p.mu.Lock()
		m := p.mirrors[midOf(pc, receiver)]
		p.mu.Unlock()
		if m != nil {
			m.copyFrom(remote, func() { p.askKeyFrame(remote) })
		}
	})
	return p, nil
}

func (p *peer) close() { _ = p.pc.Close() }

// answer answers an offer with the candidates in it.
func (p *peer) answer(ctx context.Context, remote offered) (string, error) {
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: remote.text}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if p.remote.ufrag != remote.ufrag {
		p.taken = 0
	}
	p.remote = remote
	if err := p.addMirrors(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCodec, err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCodec, err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	local := p.pc.LocalDescription()
	if local == nil {
		return "", ErrClosed
	}
	text, sending, err := giveDirections(local.SDP, remote.directions)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for mid, m := range p.mirrors {
		m.paused.Store(!sending[mid])
	}
	return text, nil
}

// addMirrors gives every media section that has none a track that goes back.
func (p *peer) addMirrors() error {
	for _, transceiver := range p.pc.GetTransceivers() {
		if transceiver.Sender() != nil && transceiver.Sender().Track() != nil {
			continue
		}
		sender, err := p.pc.AddTrack(newMirror(transceiver.Kind()))
		if err != nil {
			return err
		}
		m := sender.Track().(*mirror)
		p.mu.Lock()
		p.mirrors[midOfSender(p.pc, sender)] = m
		p.mu.Unlock()
		go readFeedback(sender, m)
	}
	return nil
}

func (p *peer) askKeyFrame(remote *webrtc.TrackRemote) {
	_ = p.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(remote.SSRC())}})
}

func midOf(pc *webrtc.PeerConnection, receiver *webrtc.RTPReceiver) string {
	for _, t := range pc.GetTransceivers() {
		if t.Receiver() == receiver {
			return t.Mid()
		}
	}
	return ""
}

func midOfSender(pc *webrtc.PeerConnection, sender *webrtc.RTPSender) string {
	for _, t := range pc.GetTransceivers() {
		if t.Sender() == sender {
			return t.Mid()
		}
	}
	return ""
}
