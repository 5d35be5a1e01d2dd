package endpoint

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// Peer is the media of one call. Its methods may be called from any goroutine.
//
// Offer and answer take turns (RFC 3264 §4):
//
//	        Offer                 Accept, Rollback
//	stable ───────▶ offer open ───────────────────▶ stable
//	   │▲            │▲
//	   └┘ Answer     └┘ Accept(early)
//
// What was agreed is in force from Answer or the final Accept on, and from an
// early Accept on for what is heard and said before the call is up.
type Peer struct {
	endpoint *Endpoint
	handler  Handler
	queue    queue
	// id names the session in the o= line, ssrc and cname what we send.
	id    uint64
	ssrc  uint32
	cname string
	// ctx ends with the peer.
	ctx    context.Context
	cancel context.CancelFunc

	// negotiating serialises what changes offer and answer. It guards the fields
	// up to mu.
	negotiating sync.Mutex
	version     uint64
	sections    []section
	audio       int
	// numbers are the payload types in use.
	numbers []codec
	remote  *remote
	open    *offer

	mu   sync.Mutex
	path *path
	// before is the path that media keeps to while path is being looked for.
	before      *path
	association *association
	held        bool
	remoteHeld  bool
	told        Path
	closed      bool

	agreed    atomic.Pointer[agreed]
	sender    sender
	reception reception
	reports   reports
}

// agreed is what an offer and its answer say of the audio.
type agreed struct {
	// codec is what we send.
	codec codec
	// event is how we send digits; its rate is 0 where they are not taken.
	event           codec
	sends, receives bool
	mux             bool
	// heard are the formats that we receive, by payload type.
	heard [128]*codec
}

func newPeer(e *Endpoint, h Handler) *Peer {
	p := &Peer{
		endpoint: e,
		handler:  h,
		// It has to fit into 62 bits (RFC 8829 §5.2.1).
		id:    rand.Uint64() >> 2,
		ssrc:  rand.Uint32(),
		cname: newName(),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.sender.turn = make(chan struct{}, 1)
	return p
}

// Held tells whether we hold the call, as was agreed.
func (p *Peer) Held() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.held
}

// RemoteHeld tells whether the other side holds the call: it sends nothing
// (RFC 3264 §8.4).
func (p *Peer) RemoteHeld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remoteHeld
}

// Path is the state of the media path.
func (p *Peer) Path() Path {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told
}

// Codec is the name of the codec to send, "" before there is one.
func (p *Peer) Codec() string { return p.spoken().name }

// ClockRate is that of the RTP timestamps to send, in Hz; 0 before there is a
// codec.
func (p *Peer) ClockRate() int { return p.spoken().rate }

// PayloadType is that of the packets to send. Those received may be of another
// codec that was agreed on: their payload type tells.
func (p *Peer) PayloadType() uint8 { return p.spoken().payload }

func (p *Peer) spoken() codec {
	if a := p.agreed.Load(); a != nil {
		return a.codec
	}
	return codec{}
}

// CodecOf is the name of the codec of packets received with a payload type, ""
// when it was not agreed on.
func (p *Peer) CodecOf(payloadType uint8) string {
	if a := p.agreed.Load(); a != nil && payloadType < 128 && a.heard[payloadType] != nil {
		return a.heard[payloadType].name
	}
	return ""
}

// TakesDigits tells whether SendDigit can work: the other side takes telephone
// events.
func (p *Peer) TakesDigits() bool {
	a := p.agreed.Load()
	return a != nil && a.event.rate != 0
}

// Close ends the media. Quality can still be asked.
func (p *Peer) Close() error {
	p.mu.Lock()
	closed := p.closed
	p.closed = true
	p.mu.Unlock()
	if closed {
		return nil
	}
	p.queue.close()
	p.cancel()
	p.negotiating.Lock()
	defer p.negotiating.Unlock()
	if p.open != nil {
		p.open.path.close()
	}
	p.reports.stop()
	p.replace(nil, nil)
	p.endpoint.remove(p)
	return nil
}

func (p *Peer) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func newName() string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	name := make([]byte, 16)
	for i := range name {
		name[i] = letters[rand.IntN(len(letters))]
	}
	return string(name)
}
