package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"webphone/internal/media/endpoint"
)

const (
	// ptime is the time that one packet holds: 50 of them make a second.
	ptime = 20 * time.Millisecond
	// samplesEach are a packet's, at 8 kHz.
	samplesEach = 160
)

// Media are the RTP packets of all calls.
type Media struct {
	// Streams are the sides of calls that had a path for media.
	Streams int64 `json:"streams"`
	// Sent are the packets that left, Received those that came at the other side.
	Sent     int64 `json:"sent"`
	Received int64 `json:"received"`
}

// counted is Media while it is being counted.
type counted struct{ streams, sent, received atomic.Int64 }

func (c *counted) media() *Media {
	return &Media{Streams: c.streams.Load(), Sent: c.sent.Load(), Received: c.received.Load()}
}

// stream is the media of one side of a call. It sends silence in PCMU from the
// moment that there is a path.
type stream struct {
	run  *runner
	peer *endpoint.Peer
	stop chan struct{}
	once sync.Once
	well atomic.Bool
}

// newStream is nil where calls have no media.
func (r *runner) newStream() (*stream, error) {
	if r.media == nil {
		return nil, nil
	}
	s := &stream{run: r, stop: make(chan struct{})}
	var err error
	s.peer, err = r.media.NewPeer(endpoint.Handler{
		OnRTP:  func(*rtp.Packet) { r.packets.received.Add(1) },
		OnPath: s.onPath,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *stream) onPath(p endpoint.Path) {
	switch {
	case p == endpoint.PathWell && s.well.CompareAndSwap(false, true):
		s.run.packets.streams.Add(1)
		s.run.work.Go(s.talk)
	case p == endpoint.PathSick && !s.well.Load():
		s.run.stats.fail("media", "no path")
	case p == endpoint.PathSick:
		s.run.stats.fail("media", "the path was lost")
	}
}

// talk sends a packet each 20 ms until the stream ends.
func (s *stream) talk() {
	silence := make([]byte, samplesEach)
	for i := range silence {
		silence[i] = 0xff // no amplitude in µ-law
	}
	ticker := time.NewTicker(ptime)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ticker.C:
		case <-s.stop:
			return
		}
		packet := &rtp.Packet{Payload: silence}
		packet.Marker, packet.SequenceNumber, packet.Timestamp = n == 0, uint16(n), uint32(n*samplesEach)
		if s.peer.WriteRTP(packet) != nil {
			return // It was closed.
		}
		s.run.packets.sent.Add(1)
	}
}

// end may be called on a stream that is none, and more than once.
func (s *stream) end() {
	if s == nil {
		return
	}
	s.once.Do(func() {
		close(s.stop)
		_ = s.peer.Close() // What fails here was being closed.
	})
}

// offer is what the INVITE describes.
func (s *stream) offer(ctx context.Context) ([]byte, error) {
	if s == nil {
		return description, nil
	}
	text, err := s.peer.Offer(ctx, endpoint.OfferOptions{})
	return []byte(text), err
}

// answer is what the 200 describes.
func (s *stream) answer(ctx context.Context, offer []byte) ([]byte, error) {
	if s == nil {
		return description, nil
	}
	text, err := s.peer.Answer(ctx, string(offer))
	return []byte(text), err
}

// accept takes the 200's description.
func (s *stream) accept(answer []byte) error {
	if s == nil {
		return nil
	}
	return s.peer.Accept(string(answer), false)
}
