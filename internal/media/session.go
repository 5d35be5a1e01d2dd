package media

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// Session is the media of one call.
type Session struct {
	engine *Engine
	onEnd  func(reason string)

	// answering serialises offers and fragments: SDP allows one exchange at a
	// time, and a fragment belongs to the offer before it.
	answering sync.Mutex

	mu      sync.Mutex
	peer    *peer
	longest *time.Timer
	// lost runs while there is no media path.
	lost  *time.Timer
	ended bool
}

// Answer answers an offer: the first one, or a later one of the same call
// (hold, ICE restart, video added). A caller that holds hears nothing. An offer
// with another DTLS fingerprint is that of a caller which has started anew, as
// after the reload of its page; it is answered by a new PeerConnection, since the
// old one would wait for the old keys.
func (s *Session) Answer(ctx context.Context, offer string) (string, error) {
	s.answering.Lock()
	defer s.answering.Unlock()
	remote, err := readOffer(offer)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, gatherTimeout)
	defer cancel()
	s.mu.Lock()
	p, ended := s.peer, s.ended
	s.mu.Unlock()
	switch {
	case ended:
		return "", ErrClosed
	case p == nil || !slices.Equal(p.remote.fingerprints, remote.fingerprints):
		return s.replacePeer(ctx, remote)
	}
	return p.answer(ctx, remote)
}

// replacePeer answers with a new PeerConnection. When that fails, the old one
// stays.
func (s *Session) replacePeer(ctx context.Context, remote offered) (string, error) {
	p, err := s.engine.newPeer()
	if err != nil {
		return "", err
	}
	answer, err := p.answer(ctx, remote)
	if err != nil {
		p.close()
		return "", err
	}
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		p.close()
		return "", ErrClosed
	}
	old := s.peer
	s.peer = p
	s.await(connectTimeout, "no media path")
	s.mu.Unlock()
	p.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) { s.changed(p, state) })
	// What changed before is not told again.
	s.changed(p, p.pc.ConnectionState())
	if old != nil {
		old.close()
	}
	return answer, nil
}

// Trickle takes candidates that come after the offer (RFC 8838), as the SDP
// fragment of RFC 8840 §9. Those of an offer that is no longer valid are
// ignored. The error is ErrFragment for one that breaks a documented bound or
// makes no sense; then nothing of it is taken.
func (s *Session) Trickle(text string) error {
	f, err := ParseFragment(text)
	if err != nil {
		return err
	}
	s.answering.Lock()
	defer s.answering.Unlock()
	s.mu.Lock()
	p, ended := s.peer, s.ended
	s.mu.Unlock()
	if ended || p == nil {
		return ErrClosed
	}
	return p.trickle(f)
}

// Close ends the session. onEnd is not called.
func (s *Session) Close() { s.end() }

func (s *Session) end() bool {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return false
	}
	s.ended = true
	p := s.peer
	for _, t := range []*time.Timer{s.longest, s.lost} {
		if t != nil {
			t.Stop()
		}
	}
	s.mu.Unlock()
	s.engine.remove(s)
	if p != nil {
		p.close()
	}
	return true
}

func (s *Session) endWith(reason string) {
	if s.end() && s.onEnd != nil {
		s.onEnd(reason)
	}
}

// changed ends a session whose media path is lost and does not come back.
func (s *Session) changed(p *peer, state webrtc.PeerConnectionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.peer != p || s.ended:
	case state == webrtc.PeerConnectionStateConnected && s.lost != nil:
		s.lost.Stop()
		s.lost = nil
	case state != webrtc.PeerConnectionStateConnected && s.lost == nil:
		s.await(s.engine.config.LostTimeout, "media path lost")
	}
}

// await ends the session unless it is connected within d. s.mu is held.
func (s *Session) await(d time.Duration, reason string) {
	if s.lost != nil {
		s.lost.Stop()
	}
	s.lost = time.AfterFunc(d, func() { s.endWith(reason) })
}
