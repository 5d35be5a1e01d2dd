package endpoint

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/pion/rtp"
)

// maxPacket bounds an RTP packet in bytes, so that it fits into a datagram of
// every network.
const maxPacket = 1200

var errPacket = errors.New("media: the RTP packet is longer than 1200 bytes")

// sender numbers what we send: audio and digits share one sequence (RFC 4733
// §2.6.1).
type sender struct {
	// turn is held by the digit that is being sent.
	turn chan struct{}

	mu     sync.Mutex
	buffer [maxPacket]byte
	begun  bool
	// shift is what digits have added to the caller's sequence numbers, less the
	// packets that were left out.
	shift uint16
	// last, timestamp and at are those of the packet sent last.
	last      uint16
	timestamp uint32
	at        time.Time
	// busy says that a digit is being sent.
	busy            bool
	packets, octets uint32
}

// WriteRTP sends an audio packet in the codec of Codec. Sequence number,
// timestamp, marker and payload are the caller's; SSRC and payload type are set
// here, and the sequence is moved on by the digits that are sent. A packet is
// left out, without an error, while there is no path, while a digit is being
// sent and while the other side holds. On hold of ours it goes out: it may be
// music.
func (p *Peer) WriteRTP(packet *rtp.Packet) error {
	if p.isClosed() {
		return ErrClosed
	}
	if packet.MarshalSize() > maxPacket {
		return errPacket
	}
	a := p.agreed.Load()
	s := &p.sender
	s.mu.Lock()
	defer s.mu.Unlock()
	if a == nil || !a.sends || s.busy {
		s.shift--
		return nil
	}
	header := rtp.Header{
		Version:        2,
		Marker:         packet.Marker,
		PayloadType:    a.codec.payload,
		SequenceNumber: packet.SequenceNumber + s.shift,
		Timestamp:      packet.Timestamp,
	}
	return p.send(header, packet.Payload)
}

// send sends a packet. sender.mu is held.
func (p *Peer) send(header rtp.Header, payload []byte) error {
	s := &p.sender
	header.SSRC = p.ssrc
	packet := rtp.Packet{Header: header, Payload: payload}
	n, err := packet.MarshalTo(s.buffer[:])
	if err != nil {
		return err
	}
	p.mu.Lock()
	association := p.association
	p.mu.Unlock()
	if association != nil {
		association.sealRTP(s.buffer[:n], p.write)
	}
	s.begun, s.last = true, header.SequenceNumber
	s.timestamp, s.at = header.Timestamp, time.Now()
	s.packets++
	s.octets += uint32(len(payload))
	return nil
}

const (
	digits = "0123456789*#ABCD"
	// A digit lasts 100 ms, is told of every 20 ms and ends with three packets
	// (RFC 4733 §2.5.1); then there is a pause.
	digitStep  = 20 * time.Millisecond
	digitSteps = 5
	digitEnds  = 3
	digitPause = 3
	// digitVolume is in -dBm0 (RFC 4733 §2.3.3).
	digitVolume = 10
)

// SendDigit sends 0-9, *, # or A-D as a telephone event of 100 ms (RFC 4733) and
// returns after a pause, 200 ms from its start. One digit goes after the other,
// and waits for the path, as right after the answer. The error is ErrDigit, ErrNoTelephoneEvent where the other side takes none,
// ErrState while it holds, or that of the context.
func (p *Peer) SendDigit(ctx context.Context, digit rune) error {
	code := strings.IndexRune(digits, unicode.ToUpper(digit))
	if code < 0 {
		return ErrDigit
	}
	s := &p.sender
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return ErrClosed
	}
	a := p.agreed.Load()
	switch {
	case p.isClosed():
		return ErrClosed
	case a == nil || a.event.rate == 0:
		return ErrNoTelephoneEvent
	case !a.sends:
		return ErrState
	}
	ticker := time.NewTicker(digitStep)
	defer ticker.Stop()
	for p.Path() != PathWell {
		select {
		case <-ticker.C:
		case <-p.ctx.Done():
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	start := p.beginDigit(a.event.rate)
	defer p.endDigit()
	for step := 1; step < digitSteps+digitEnds+digitPause; step++ {
		if step < digitSteps+digitEnds {
			if err := p.sendEvent(a.event, code, start, step); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-p.ctx.Done():
			return ErrClosed
		case <-ctx.Done():
			// What has begun is ended for the other side too.
			for end := max(step+1, digitSteps); end < digitSteps+digitEnds; end++ {
				if err := p.sendEvent(a.event, code, start, end); err != nil {
					return err
				}
			}
			return ctx.Err()
		}
	}
	return nil
}

// beginDigit keeps audio back and gives the timestamp of the digit, which all
// its packets have.
func (p *Peer) beginDigit(rate int) uint32 {
	s := &p.sender
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = true
	if !s.begun {
		s.last = uint16(rand.Uint32())
		return rand.Uint32()
	}
	return s.timestamp + uint32(time.Since(s.at).Seconds()*float64(rate))
}

func (p *Peer) endDigit() {
	p.sender.mu.Lock()
	defer p.sender.mu.Unlock()
	p.sender.busy = false
}

// sendEvent sends one packet of a digit (RFC 4733 §2.3).
func (p *Peer) sendEvent(event codec, code int, start uint32, step int) error {
	duration := uint16(min(step, digitSteps) * event.rate / int(time.Second/digitStep))
	flags := byte(digitVolume)
	if step >= digitSteps {
		flags |= 0x80
	}
	s := &p.sender
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift++
	return p.send(rtp.Header{
		Version:        2,
		Marker:         step == 1,
		PayloadType:    event.payload,
		SequenceNumber: s.last + 1,
		Timestamp:      start,
	}, []byte{byte(code), flags, byte(duration >> 8), byte(duration)})
}
