package media

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// maxSections bounds the media sections of an offer.
const maxSections = 8

// Session is the media of one call.
type Session struct {
	engine *Engine
	pc     *webrtc.PeerConnection
	onEnd  func(reason string)

	// answering serialises offers: SDP allows one exchange at a time.
	answering sync.Mutex

	mu      sync.Mutex
	mirrors map[string]*mirror // by mid
	timers  []*time.Timer
	ended   bool
}

// Answer answers an offer: the first one, or a later one of the same call
// (hold, ICE restart, video added). A caller that holds hears nothing.
func (s *Session) Answer(ctx context.Context, offer string) (string, error) {
	s.answering.Lock()
	defer s.answering.Unlock()
	offer, directions, err := takeDirections(offer)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, gatherTimeout)
	defer cancel()
	if err := s.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if err := s.addMirrors(); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCodec, err)
	}
	answer, err := s.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCodec, err)
	}
	gathered := webrtc.GatheringCompletePromise(s.pc)
	if err := s.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: %w", ErrOffer, err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	local := s.pc.LocalDescription()
	if local == nil {
		return "", ErrClosed
	}
	text, sending, err := giveDirections(local.SDP, directions)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for mid, m := range s.mirrors {
		m.paused.Store(!sending[mid])
	}
	return text, nil
}

// Close ends the session. onEnd is not called.
func (s *Session) Close() {
	if s.end() {
		_ = s.pc.Close()
	}
}

func (s *Session) end() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.ended = true
	for _, t := range s.timers {
		t.Stop()
	}
	s.engine.remove(s)
	return true
}

func (s *Session) endWith(reason string) {
	if s.end() {
		_ = s.pc.Close()
		if s.onEnd != nil {
			s.onEnd(reason)
		}
	}
}

// watch ends a session whose media never comes, is lost, or never stops.
func (s *Session) watch() {
	connected := time.AfterFunc(connectTimeout, func() { s.endWith("no media path") })
	longest := time.AfterFunc(s.engine.config.MaxDuration, func() { s.endWith("longest duration reached") })
	s.mu.Lock()
	s.timers = append(s.timers, connected, longest)
	s.mu.Unlock()
	s.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			connected.Stop()
		case webrtc.PeerConnectionStateFailed:
			// Closing from within Pion's callback would wait for itself.
			go s.endWith("media path lost")
		}
	})
	s.pc.OnTrack(func(remote *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		s.mu.Lock()
		m := s.mirrors[midOf(s.pc, receiver)]
		s.mu.Unlock()
		if m != nil {
			m.copyFrom(remote, func() { s.askKeyFrame(remote) })
		}
	})
}

// addMirrors gives every media section that has none a track that goes back.
func (s *Session) addMirrors() error {
	for _, transceiver := range s.pc.GetTransceivers() {
		if transceiver.Sender() != nil && transceiver.Sender().Track() != nil {
			continue
		}
		sender, err := s.pc.AddTrack(newMirror(transceiver.Kind()))
		if err != nil {
			return err
		}
		m := sender.Track().(*mirror)
		s.mu.Lock()
		s.mirrors[midOfSender(s.pc, sender)] = m
		s.mu.Unlock()
		go readFeedback(sender, m)
	}
	return nil
}

func (s *Session) askKeyFrame(remote *webrtc.TrackRemote) {
	_ = s.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(remote.SSRC())}})
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
